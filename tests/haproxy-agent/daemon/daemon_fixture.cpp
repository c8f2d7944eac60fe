#include "daemon_fixture.hpp"

namespace lbdrain::test {
namespace {

HaproxyOptions options(const std::array<Replica, 2>& replicas, std::uint16_t port,
                       std::uint16_t check_port) {
    HaproxyOptions options;
    options.server_state = true;
    options.lua = LBDRAIN_LUA;
    options.proxies = "frontend fe\n    bind 127.0.0.1:" + std::to_string(port) +
                      "\n    default_backend be\nbackend be\n    balance roundrobin\n";
    for (const auto& replica : replicas) {
        options.proxies += "    server " + replica.name() + " " + replica.address() +
                           " weight 100 agent-check agent-addr 127.0.0.1 agent-port " +
                           std::to_string(check_port) + " agent-inter 200ms agent-send \"be/" +
                           replica.name() + "\\n\"\n";
    }
    return options;
}

}  // namespace

DaemonTest::DaemonTest() : haproxy(options(replicas, port, check_port)), agent(yaml(), listen()) {
    for (auto& replica : replicas) {
        control.on("/stop/" + replica.name(), [&](const HttpReader&) {
            replica.kill();
            return ReplicaReply{};
        });
        control.on("/start/" + replica.name(), [&](const HttpReader&) {
            replica.start();
            return ReplicaReply{};
        });
    }
}

std::string DaemonTest::listen() const {
    return "  agent_check: \"127.0.0.1:" + std::to_string(check_port) + "\"\n";
}

std::string DaemonTest::yaml(const std::string& drain) const {
    const std::string hooks = "http://" + control.address();
    std::string text =
        "balancers:\n  edge: {haproxy: {stats_socket: \"unix:" + haproxy.stats_socket() +
        "\", master_socket: \"unix:" + haproxy.master_socket() + "\", server_state_file: \"" +
        haproxy.state_file() + "\"}}\nservices:\n  be:\n    drain: {" + drain +
        "}\n    stop: {http: {url: \"" + hooks +
        "/stop/$server_name\"}}\n    start: {http: {url: \"" + hooks +
        "/start/$server_name\"}}\n"
        "    ready: {http: \"http://$server/health\", passes: 2, interval: 20ms}\n    servers:\n";
    for (const auto& replica : replicas) {
        text += "      " + replica.name() + ": {address: \"" + replica.address() + "\"}\n";
    }
    return text;
}

int DaemonTest::admin(const std::string& server) const {
    return admin_state(haproxy.cli("show servers state be").value_or(""), server);
}

bool DaemonTest::at_balancer(const std::string& server, const std::string& member) const {
    const auto view = agent.server("be", server);
    const auto* balancers = view.if_contains("balancers");
    return balancers != nullptr && balancers->as_array().at(0).as_object().at(member).as_bool();
}

std::unique_ptr<HttpCall> DaemonTest::hold_one(Replica& replica) {
    for (auto& each : replicas) {
        each.hold();
    }
    const HttpClient client(Endpoint::tcp(port));
    std::unique_ptr<HttpCall> other;
    // Round robin: one of two goes there.
    for (int i = 0; i < 2; ++i) {
        auto call = client.start({"GET", "/?chunks=3", {}, {}});
        EXPECT_TRUE(eventually(long_enough, [&] {
            return replicas[0].counts().held + replicas[1].counts().held > i;
        }));
        if (replica.counts().held == 1) {
            for (auto& each : replicas) {
                if (&each != &replica) {
                    each.release();
                }
            }
            return call;
        }
        other = std::move(call);
    }
    ADD_FAILURE() << "no request went to " << replica.name();
    return other;
}

}  // namespace lbdrain::test
