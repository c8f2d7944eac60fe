#include "chaos.hpp"

#include <thread>

#include "http_client.hpp"

namespace lbdrain::test {
namespace {

constexpr std::array upstream_names{"rr_zone", "rr_plain", "least", "chash"};

std::string method_of(const std::string& upstream) {
    if (upstream == "rr_zone") {
        return "zone rr_zone 256k;";
    }
    if (upstream == "least") {
        return "zone least 256k; least_conn;";
    }
    return upstream == "chash" ? "hash $arg_k consistent;" : "";
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const ChaosResult& result) {
    out << result.load << "\nrestarts " << result.restarts << ", stuck " << result.stuck
        << ", reloads " << result.reloads << ", upgrades " << result.upgrades << ", worker kills "
        << result.kills << ", cut at replicas " << result.cut_at_replicas << "\nrestart ms:";
    for (const auto ms : result.restart_ms) {
        out << ' ' << ms;
    }
    for (const auto& surprise : result.surprises) {
        out << "\nsurprise: " << surprise;
    }
    return out;
}

ChaosRig::ChaosRig(Draining draining) : draining_(draining), nginx_(options()) {
    const auto handler = [this](const HttpReader& request) {
        control(request.target());
        return ReplicaReply{};
    };
    for (const auto& replica : replicas_) {
        control_.on("/stop/" + std::to_string(replica.port()), handler);
        control_.on("/start/" + std::to_string(replica.port()), handler);
    }
}

// The hooks: the replica is SIGKILLed, so to say, and started again.
void ChaosRig::control(const std::string& target) {
    for (auto& replica : replicas_) {
        if (target == "/stop/" + std::to_string(replica.port())) {
            replica.kill();
        } else if (target == "/start/" + std::to_string(replica.port())) {
            replica.start();
        }
    }
}

std::string ChaosRig::upstreams() const {
    const std::string hooks = "http://" + control_.address();
    std::string text;
    for (const std::string name : upstream_names) {
        text += "upstream " + name + " {\n    " + method_of(name) + "\n";
        for (const auto& replica : replicas_) {
            text += "    server " + replica.address() + " max_fails=0;\n";
        }
        text += "    keepalive 16;\n";
        if (draining_ == Draining::lbdrain) {
            text += "    drain_stop_hook http " + hooks + "/stop/$server_port timeout=10s;\n";
            text += "    drain_start_hook http " + hooks + "/start/$server_port timeout=10s;\n";
            text += "    drain_ready_check http://$server/health passes=2 interval=20ms;\n";
        }
        text += "}\n";
    }
    return text;
}

std::string ChaosRig::http() const {
    std::string text;
    if (draining_ == Draining::lbdrain) {
        text = "drain_state state/drain;\ndrain_hook_program " LBDRAIN_HOOK
               ";\ndrain_settle 100ms;\ndrain_timeout 15s;\n";
    }
    text += upstreams() + "server {\n    listen 127.0.0.1:" + std::to_string(port_) + ";\n";
    text += draining_ == Draining::lbdrain ? "    location /drain/ { drain_api write=on; }\n"
                                           : "    location /naive { naive_drain; }\n";
    for (const std::string name : upstream_names) {
        text += "    location /" + name + " {\n        proxy_pass http://" + name +
                ";\n        proxy_http_version 1.1;\n        proxy_set_header Connection \"\";\n"
                "        proxy_next_upstream off;\n        proxy_buffering off;\n    }\n";
    }
    return text + "}\n";
}

NginxOptions ChaosRig::options() const {
    NginxOptions result;
    result.http = http();
    result.modules = {draining_ == Draining::lbdrain ? LBDRAIN_MODULE : LBDRAIN_NAIVE_MODULE};
    result.log_level = "notice";
    return result;
}

LoadOptions ChaosRig::load_options(unsigned seed) const {
    LoadOptions result;
    result.target = Endpoint::tcp(port_);
    result.seed = seed;
    result.paths.clear();
    for (const std::string name : upstream_names) {
        // Naive draining knows nothing but round robin in a zone.
        const std::string path = draining_ == Draining::lbdrain ? name : upstream_names.front();
        for (int key = 0; key < 8; ++key) {
            result.paths.push_back("/" + path +
                                   "?chunks=3&gap_max_ms=160&k=" + std::to_string(key));
        }
    }
    return result;
}

void ChaosRig::restart(Replica& replica, ChaosResult& result) {
    const HttpClient client(Endpoint::tcp(port_), Millis{60000});
    const std::string target =
        "/drain/v1/services/rr_zone/servers/" + replica.address() + "/restart";
    const auto begin = steady_ms();
    for (int tries = 1;; ++tries) {
        const auto response = client.post(target, R"({"by":"chaos"})");
        if (response.status == 0 && tries < 20) {
            continue;  // the worker that answered was killed; asking again joins the sequence
        }
        if (response.status == 504) {
            ++result.stuck;
        } else if (response.status != 200) {
            result.surprises.push_back(std::to_string(response.status) + " " + response.body +
                                       response.error);
        } else {
            ++result.restarts;
            ++restarts_;
            result.restart_ms.push_back(steady_ms() - begin);
        }
        return;
    }
}

void ChaosRig::restart_naive(Replica& replica, ChaosResult& result) {
    const HttpClient client(Endpoint::tcp(port_));
    const std::string server = "/naive?upstream=rr_zone&server=" + replica.address();
    const auto begin = steady_ms();
    client.get(server + "&down=1");
    const bool drained = eventually(
        Millis{15000}, [&] { return client.get(server).body.ends_with(" 0\n"); }, Millis{30});
    if (!drained) {
        ++result.stuck;
    }
    replica.restart();
    client.get(server + "&down=0");
    ++result.restarts;
    ++restarts_;
    result.restart_ms.push_back(steady_ms() - begin);
}

void ChaosRig::restart_loop(const Load& load, unsigned seed) {
    std::mt19937 random(seed);
    while (!over_) {
        load.wait_for_total(20);  // so that the replica restarted last has traffic again
        Replica& replica = replicas_[random() % replicas_.size()];
        draining_ == Draining::lbdrain ? restart(replica, result_)
                                       : restart_naive(replica, result_);
    }
}

void ChaosRig::chaos_step(std::mt19937& random, const ChaosPlan& plan) {
    const auto sum =
        static_cast<unsigned>(plan.reload_share + plan.upgrade_share + plan.kill_share);
    const int pick = static_cast<int>(random() % sum);
    if (pick < plan.reload_share) {
        const auto done = nginx_.reload();
        ++result_.reloads;
        if (!done) {
            result_.surprises.push_back(std::string("reload: ") + done.message());
        }
    } else if (pick < plan.reload_share + plan.upgrade_share) {
        const auto done = nginx_.binary_upgrade();
        ++result_.upgrades;
        if (!done) {
            result_.surprises.push_back(std::string("upgrade: ") + done.message());
        }
    } else {
        const auto workers = nginx_.serving();
        if (!workers.empty() && nginx_.kill_worker(workers[random() % workers.size()])) {
            ++result_.kills;
        }
    }
}

ChaosResult ChaosRig::run(const ChaosPlan& plan) {
    result_ = {};
    if (const auto started = nginx_.start(); !started) {
        result_.surprises.push_back(started.message());
        return result_;
    }
    std::mt19937 random(plan.seed);
    Load load(load_options(plan.seed));
    load.wait_for_ok(20);
    std::jthread restarts([&] { restart_loop(load, plan.seed + 1); });
    for (int step = 0; step < plan.steps; ++step) {
        // Random moments are the point here: there is no event to wait for.
        std::this_thread::sleep_for(
            Millis{random() % static_cast<unsigned>(plan.pause_max.count())});
        chaos_step(random, plan);
    }
    eventually(Millis{60000}, [&] { return restarts_ >= plan.restarts_least; });
    over_ = true;
    restarts.join();
    result_.load = load.stop();
    for (auto& replica : replicas_) {
        result_.cut_at_replicas += replica.counts().cut;
    }
    return result_;
}

}  // namespace lbdrain::test
