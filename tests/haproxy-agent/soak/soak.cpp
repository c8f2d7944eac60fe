#include "soak.hpp"

#include <thread>

namespace lbdrain::test {
namespace {

std::string name_of(std::size_t i) {
    return "s" + std::to_string(i + 1);
}

// One column of `show stat`, of one server; -1: not to be read.
int stat_of(const std::string& csv, const std::string& server, std::size_t column) {
    const auto at = csv.find("be," + server + ",");
    if (at == std::string::npos) {
        return -1;
    }
    std::size_t begin = at;
    for (std::size_t i = 0; i < column; ++i) {
        begin = csv.find(',', begin) + 1;
    }
    return std::atoi(csv.c_str() + begin);
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const SoakResult& result) {
    out << result.load << "\nrestarts " << result.restarts << ", stuck " << result.stuck
        << ", reloads " << result.reloads << ", agent kills " << result.agent_kills
        << ", cut at replicas " << result.cut_at_replicas << "\nrestart ms:";
    for (const auto ms : result.restart_ms) {
        out << ' ' << ms;
    }
    for (const auto& surprise : result.surprises) {
        out << "\nsurprise: " << surprise;
    }
    return out;
}

SoakRig::SoakRig(SoakMode mode) : mode_(mode), haproxy_(options()), agent_(yaml(), "") {
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
void SoakRig::control(const std::string& target) {
    for (auto& replica : replicas_) {
        if (target == "/stop/" + std::to_string(replica.port())) {
            replica.kill();
        } else if (target == "/start/" + std::to_string(replica.port())) {
            replica.start();
        }
    }
}

HaproxyOptions SoakRig::options() const {
    HaproxyOptions options;
    options.server_state = mode_ != SoakMode::naive;
    if (mode_ == SoakMode::lua) {
        options.lua = LBDRAIN_LUA;
    }
    options.proxies = "frontend fe\n    bind 127.0.0.1:" + std::to_string(port_) +
                      "\n    default_backend be\nbackend be\n    balance roundrobin\n"
                      "    option redispatch\n    retries 0\n";
    for (std::size_t i = 0; i < replicas_.size(); ++i) {
        options.proxies +=
            "    server " + name_of(i) + " " + replicas_[i].address() + " weight 100";
        if (mode_ != SoakMode::naive) {
            options.proxies += " agent-check agent-addr 127.0.0.1 agent-port " +
                               std::to_string(check_port_) + " agent-inter 1s agent-send \"be/" +
                               name_of(i) + "\\n\"";
        }
        options.proxies += "\n";
    }
    return options;
}

std::string SoakRig::yaml() const {
    const std::string hooks = "http://" + control_.address();
    std::string text =
        "balancers:\n  edge:\n    haproxy: {stats_socket: \"unix:" + haproxy_.stats_socket() +
        "\", master_socket: \"unix:" + haproxy_.master_socket() + "\", server_state_file: \"" +
        haproxy_.state_file() +
        "\", old_workers: " + (mode_ == SoakMode::lua ? "automatic" : "exit") +
        "}\nservices:\n  be:\n    drain: {settle: 100ms, timeout: 20s}\n"
        "    stop: {http: {url: \"" +
        hooks +
        "/stop/$server_port\"}, timeout: 10s}\n"
        "    start: {http: {url: \"" +
        hooks +
        "/start/$server_port\"}, timeout: 10s}\n"
        "    ready: {http: \"http://$server/health\", passes: 2, interval: 20ms, timeout: 10s}\n"
        "    servers:\n";
    for (std::size_t i = 0; i < replicas_.size(); ++i) {
        text += "      " + name_of(i) + ": {address: \"" + replicas_[i].address() + "\"}\n";
    }
    return text;
}

void SoakRig::restart(std::size_t i) {
    const auto begin = steady_ms();
    const auto deadline = begin + 90000;
    for (;;) {
        const auto response =
            agent_.command("be", name_of(i), "restart", R"({"by":"soak","reason":"soak"})");
        // The agent was killed, or has not looked at HAProxy again yet: asking again joins.
        const bool again = response.status == 0 || response.status == 502 ||
                           response.status == 503 || response.status == 409;
        if (again && steady_ms() < deadline && !over_) {
            last_refusal_ = response.body + response.error;
            std::this_thread::sleep_for(Millis{20});
            continue;
        }
        if (response.status == 504) {
            ++result_.stuck;
        } else if (response.status == 200) {
            ++result_.restarts;
            ++restarts_;
            result_.restart_ms.push_back(steady_ms() - begin);
        } else if (!over_) {
            result_.surprises.push_back(std::to_string(response.status) + " " + response.body +
                                        response.error);
        }
        return;
    }
}

void SoakRig::restart_naive(std::size_t i) {
    const std::string server = "be/" + name_of(i);
    const auto begin = steady_ms();
    const auto ask = [this](const std::string& command) {
        return haproxy_.cli(command).value_or(std::string());
    };
    ask("set server " + server + " state drain");
    constexpr std::size_t scur = 4;
    const bool drained = eventually(
        Millis{15000}, [&] { return stat_of(ask("show stat"), name_of(i), scur) == 0; },
        Millis{50});
    if (!drained) {
        ++result_.stuck;
    }
    replicas_[i].restart();
    ask("set server " + server + " state ready");
    ++result_.restarts;
    ++restarts_;
    result_.restart_ms.push_back(steady_ms() - begin);
}

void SoakRig::restart_loop(const Load& load, unsigned seed) {
    std::mt19937 random(seed);
    while (!over_) {
        load.wait_for_total(20);  // so that the replica restarted last has traffic again
        const std::size_t i = random() % replicas_.size();
        mode_ == SoakMode::naive ? restart_naive(i) : restart(i);
    }
}

void SoakRig::chaos_step(std::mt19937& random, const SoakPlan& plan) {
    const auto sum = static_cast<unsigned>(plan.reload_share + plan.agent_kill_share);
    if (static_cast<int>(random() % sum) < plan.reload_share) {
        const auto done = haproxy_.reload();
        ++result_.reloads;
        if (!done) {
            result_.surprises.push_back(std::string("reload: ") + done.message());
        }
        return;
    }
    agent_.kill();
    ++result_.agent_kills;
    if (const auto started = agent_.start(); !started) {
        result_.surprises.push_back(started.message());
    }
}

SoakResult SoakRig::run(const SoakPlan& plan) {
    result_ = {};
    if (const auto started = haproxy_.start(); !started) {
        result_.surprises.push_back(started.message());
        return result_;
    }
    if (mode_ != SoakMode::naive) {
        agent_.set_yaml(yaml(),
                        "  agent_check: \"127.0.0.1:" + std::to_string(check_port_) + "\"\n");
        if (const auto started = agent_.start(); !started) {
            result_.surprises.push_back(started.message());
            return result_;
        }
    }
    std::mt19937 random(plan.seed);
    LoadOptions options;
    options.target = Endpoint::tcp(port_);
    options.seed = plan.seed;
    options.keep_alive = true;
    options.paths = {"/?chunks=12&gap_max_ms=90"};
    Load load(options);
    load.wait_for_ok(20);
    std::jthread restarts([&] { restart_loop(load, plan.seed + 1); });
    const auto spread = static_cast<unsigned>((plan.pause_max - plan.pause_min).count());
    for (int step = 0; step < plan.steps; ++step) {
        // Random moments are the point here: there is no event to wait for.
        std::this_thread::sleep_for(plan.pause_min + Millis{random() % spread});
        chaos_step(random, plan);
    }
    const bool enough = eventually(Millis{60000}, [&] { return restarts_ >= plan.restarts_least; });
    over_ = true;
    restarts.join();
    if (!enough) {
        result_.surprises.push_back("too few restarts; the last refusal: " + last_refusal_);
    }
    result_.load = load.stop();
    for (auto& replica : replicas_) {
        result_.cut_at_replicas += replica.counts().cut;
    }
    return result_;
}

}  // namespace lbdrain::test
