#include "haproxy_fixture.hpp"

#include <algorithm>

#include "token_stream.hpp"

namespace lbdrain::agent {
namespace {

test::HaproxyOptions haproxy_options(const FixtureOptions& options) {
    test::HaproxyOptions haproxy;
    haproxy.mode = options.mode;
    haproxy.lua = options.lua ? LBDRAIN_LUA : "";
    haproxy.server_state = options.server_state;
    haproxy.stats_level = options.stats_level;
    haproxy.master_level = options.master_level;
    haproxy.defaults = options.defaults;
    return haproxy;
}

}  // namespace

HaproxyFixture::HaproxyFixture(FixtureOptions the_options)
    : options(std::move(the_options)), haproxy(haproxy_options(options)) {
    haproxy.set_proxies(proxies(options.server_args));
    new_balancer();
}

std::string HaproxyFixture::proxies(const std::string& server_args) const {
    return "frontend fe\n    bind @DIR@/fe.sock\n    default_backend be\n"
           "backend be\n    balance roundrobin\n" +
           options.backend_lines + "    server a " + a.address() + server_args + " cookie a\n" +
           "    server b " + b.address() + server_args + " cookie b\n";
}

void HaproxyFixture::new_balancer() {
    HaproxyConfig config;
    config.stats_socket = "unix:" + haproxy.stats_socket();
    config.master_socket = options.use_master ? "unix:" + haproxy.master_socket() : "";
    config.server_state_file = options.write_state ? haproxy.state_file() : "";
    config.old_workers = options.old_workers;
    auto made = HaproxyBalancer::make(config, options.timeout,
                                      {{"be", "a", a.address()}, {"be", "b", b.address()}});
    ASSERT_TRUE(made) << made.error();
    balancer = std::move(*made);
}

void HaproxyFixture::want(std::size_t index, Rotation rotation, unsigned weight_percent) {
    wanted[index].rotation = rotation;
    wanted[index].weight_percent = weight_percent;
    ++wanted[index].revision;
}

const Snapshot& HaproxyFixture::poll() {
    last = balancer->poll(wanted);
    return last;
}

const Seen& HaproxyFixture::seen(std::size_t index) const {
    static const Seen nothing;
    return index < last.servers.size() ? last.servers[index] : nothing;
}

testing::AssertionResult HaproxyFixture::poll_until(const std::function<bool()>& predicate,
                                                    test::Millis limit) {
    const bool held = test::eventually(limit, [&] {
        poll();
        return predicate();
    });
    if (held) {
        return testing::AssertionSuccess();
    }
    return testing::AssertionFailure()
           << "last: reachable " << last.reachable << " " << last.error << "; complete "
           << seen().complete << ", out " << seen().out << ", in " << seen().in << ", in flight "
           << seen().in_flight << ", queued " << seen().queued << ", obstacle \"" << seen().obstacle
           << "\"; workers " << last.workers << " + " << last.stopping;
}

testing::AssertionResult HaproxyFixture::poll_until_out(std::size_t index) {
    return poll_until([&] { return seen(index).out; });
}

testing::AssertionResult HaproxyFixture::poll_until_in(std::size_t index) {
    return poll_until([&] { return seen(index).in; });
}

test::LoadOptions HaproxyFixture::load() const {
    test::LoadOptions load;
    load.target = client().endpoint();
    load.clients = 20;
    load.keep_alive = true;
    load.slow_share = 0;
    load.paths = {"/?chunks=4&gap_ms=10&gap_max_ms=60"};
    return load;
}

std::vector<std::unique_ptr<test::HttpCall>> HaproxyFixture::hold_streams(int number) {
    a.hold();
    b.hold();
    std::vector<std::unique_ptr<test::HttpCall>> calls;
    for (int i = 0; i < number; ++i) {
        test::HttpRequest request;
        request.target = "/?chunks=2&hold_at=1";
        calls.push_back(client().start(request));
        EXPECT_TRUE(calls.back()->wait_for_body(test::token_text(0, false)));
    }
    return calls;
}

unsigned HaproxyFixture::admin_state(const std::string& server) const {
    const auto states =
        haproxy::parse_servers_state(haproxy.cli("show servers state be").value_or(""));
    const auto* state = states ? haproxy::find_server(*states, "be", server) : nullptr;
    return state == nullptr ? 999 : state->srv_admin_state;
}

bool HaproxyFixture::warned(const std::string& text) const {
    return std::ranges::any_of(last.warnings, [&](const std::string& warning) {
        return warning.find(text) != std::string::npos;
    });
}

}  // namespace lbdrain::agent
