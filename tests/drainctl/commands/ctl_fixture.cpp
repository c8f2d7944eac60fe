#include "ctl_fixture.hpp"

namespace lbdrain::test {
namespace {

DrainSetup nginx_setup(int replicas) {
    DrainSetup setup;
    setup.replicas = replicas;
    setup.http = "drain_settle 50ms; drain_timeout 20s;";
    return setup;
}

std::string name_of(std::size_t i) {
    return "s" + std::to_string(i);
}

}  // namespace

CtlFleet::CtlFleet(int replicas, const std::string& drain)
    : nginx(nginx_setup(replicas)), haproxy(haproxy_options()), agent(yaml(drain)) {
    agent.set_yaml(yaml(drain),
                   "  agent_check: \"127.0.0.1:" + std::to_string(check_port_) + "\"\n");
    for (std::size_t i = 0; i < nginx.replicas(); ++i) {
        control.on("/stop/" + name_of(i), [this, i](const HttpReader&) {
            nginx.replica(i).kill();
            return ReplicaReply{};
        });
        control.on("/start/" + name_of(i), [this, i](const HttpReader&) {
            nginx.replica(i).start();
            return ReplicaReply{};
        });
    }
}

HaproxyOptions CtlFleet::haproxy_options() const {
    HaproxyOptions options;
    options.server_state = true;
    options.lua = LBDRAIN_LUA;
    options.proxies = "frontend fe\n    bind 127.0.0.1:" + std::to_string(port_) +
                      "\n    default_backend up\nbackend up\n    balance roundrobin\n";
    for (std::size_t i = 0; i < nginx.replicas(); ++i) {
        options.proxies += "    server " + name_of(i) + " " + nginx.address(i) +
                           " weight 100 agent-check agent-addr 127.0.0.1 agent-port " +
                           std::to_string(check_port_) + " agent-inter 200ms agent-send \"up/" +
                           name_of(i) + "\\n\"\n";
    }
    return options;
}

std::string CtlFleet::yaml(const std::string& drain) const {
    const std::string hooks = "http://" + control.address();
    std::string text =
        "balancers:\n  edge: {haproxy: {stats_socket: \"unix:" + haproxy.stats_socket() +
        "\", master_socket: \"unix:" + haproxy.master_socket() + "\", server_state_file: \"" +
        haproxy.state_file() + "\"}}\nservices:\n  up:\n    drain: {" + drain +
        "}\n    stop: {http: {url: \"" + hooks +
        "/stop/$server_name\"}}\n    start: {http: {url: \"" + hooks +
        "/start/$server_name\"}}\n"
        "    ready: {http: \"http://$server/health\", passes: 2, interval: 20ms}\n    servers:\n";
    for (std::size_t i = 0; i < nginx.replicas(); ++i) {
        text += "      " + name_of(i) + ": {address: \"" + nginx.address(i) + "\"}\n";
    }
    return text;
}

testing::AssertionResult CtlFleet::start() {
    if (auto started = nginx.start(); !started) {
        return started;
    }
    if (auto started = haproxy.start(); !started) {
        return started;
    }
    return agent.start();
}

std::string CtlFleet::nginx_api() const {
    return "http://127.0.0.1:" + std::to_string(nginx.port()) + "/drain";
}

ProcessOptions CtlFleet::drainctl(const std::vector<std::string>& args) const {
    ProcessOptions options;
    options.argv = {LBDRAIN_CTL};
    if (std::ranges::find(args, "--api") == args.end()) {
        options.argv.insert(options.argv.end(), {"--api", agent_api(), "--api", nginx_api()});
    }
    options.argv.insert(options.argv.end(), args.begin(), args.end());
    // No configuration and no state but the test's own.
    options.env = {{"HOME", directory.path().string()},
                   {"XDG_CONFIG_HOME", (directory.path() / "config").string()},
                   {"XDG_STATE_HOME", (directory.path() / "state").string()},
                   {"LBDRAIN_STATE_DIR", (directory.path() / "state").string()}};
    return options;
}

std::string CtlFleet::states(std::size_t i) const {
    return nginx.state(i) + "/" + agent.state("up", name_of(i));
}

std::unique_ptr<HttpCall> CtlFleet::hold(std::size_t i) {
    for (std::size_t each = 0; each < nginx.replicas(); ++each) {
        nginx.replica(each).hold();
    }
    std::unique_ptr<HttpCall> held;
    std::vector<std::unique_ptr<HttpCall>> others;
    // Round robin: one of so many goes there.
    for (std::size_t tries = 0; tries < 4 * nginx.replicas() && !held; ++tries) {
        auto call = nginx.client().start({"GET", "/?chunks=3", {}, {}});
        const bool there = eventually(long_enough, [&] {
            std::int64_t all = 0;
            for (std::size_t each = 0; each < nginx.replicas(); ++each) {
                all += nginx.replica(each).counts().held;
            }
            return all == static_cast<std::int64_t>(others.size()) + 1;
        });
        EXPECT_TRUE(there);
        (nginx.replica(i).counts().held == 1 ? held : others.emplace_back()) = std::move(call);
    }
    for (std::size_t each = 0; each < nginx.replicas(); ++each) {
        if (each != i) {
            nginx.replica(each).release();
        }
    }
    for (auto& other : others) {
        EXPECT_TRUE(other->wait());
    }
    return held;
}

}  // namespace lbdrain::test
