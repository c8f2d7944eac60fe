// The load must see every fault that a replica commits on purpose: one that cannot fail proves
// nothing.
#include "load.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <sstream>

#include "nginx.hpp"
#include "replica.hpp"
#include "token_stream.hpp"

namespace lbdrain::test {
namespace {

class LoadTest : public testing::Test {
  protected:
    LoadOptions options(std::vector<std::string> paths) const {
        LoadOptions result;
        result.target = replica.endpoint();
        result.paths = std::move(paths);
        result.clients = 4;
        result.slow_pause_max = Millis{20};
        result.stall_limit = Millis{5000};
        result.seed = 7;
        return result;
    }

    // Everything that ends must end in this one way.
    void expect_only(LoadFault fault, const LoadOptions& chosen) {
        Load load(chosen);
        EXPECT_TRUE(load.wait_for_total(10));
        const auto report = load.stop();
        EXPECT_GE(report.failed(fault), 10) << report;
        EXPECT_EQ(report.total(), report.failed(fault)) << report;
        ASSERT_FALSE(report.failures.empty());
        EXPECT_EQ(report.failures[0].fault, fault);
        EXPECT_EQ(report.failures[0].path, chosen.paths[0]);
        EXPECT_GE(report.failures[0].end_ms, report.failures[0].start_ms);
    }

    Replica replica{"one"};
};

TEST_F(LoadTest, CountsWhatTheReplicaServed) {
    Load load(options({"/?chunks=3", "/?chunks=2&sse=1", "/?chunks=4&unary=1&delay_ms=2"}));
    ASSERT_TRUE(load.wait_for_ok(100));
    const auto report = load.stop();
    EXPECT_EQ(report.failed(), 0) << report;
    const auto counts = replica.counts();
    EXPECT_EQ(counts.finished, report.ok);
    EXPECT_EQ(counts.started, report.ok);
    EXPECT_EQ(counts.connections, report.ok);
    EXPECT_EQ(report.ok_by_replica.at("one"), report.ok);
    EXPECT_GT(report.slow_bodies, 0);
    EXPECT_LT(report.slow_bodies, report.ok);
    EXPECT_EQ(load.stop().ok, report.ok);
}

TEST_F(LoadTest, StopLetsRunningRequestsFinish) {
    replica.hold();
    Load load(options({"/"}));
    ASSERT_TRUE(replica.wait_for_held(4));
    const std::jthread releaser([this] { replica.release(); });
    const auto report = load.stop();
    EXPECT_GE(report.ok, 4) << report;
    EXPECT_EQ(report.failed(), 0) << report;
}

TEST_F(LoadTest, KeepsConnectionsAlive) {
    auto chosen = options({"/?chunks=2"});
    chosen.keep_alive = true;
    Load load(chosen);
    ASSERT_TRUE(load.wait_for_ok(100));
    const auto report = load.stop();
    EXPECT_EQ(report.failed(), 0) << report;
    EXPECT_EQ(report.stale_connections, 0) << report;
    EXPECT_EQ(replica.counts().connections, 4);
}

TEST_F(LoadTest, TheSameSeedMakesTheSameChoices) {
    auto chosen = options({"/?chunks=1", "/?status=503"});
    chosen.clients = 1;
    chosen.slow_pause_max = Millis{0};
    const auto outcomes = [&] {
        Load load(chosen);
        EXPECT_TRUE(load.wait_for_total(30));
        load.stop();
        std::int64_t last = 0;
        std::string result;  // the number of good ones is the order of the bad ones
        for (const auto& failure : load.report().failures) {
            result += failure.slow_body ? 's' : '-';
            last = failure.end_ms;
        }
        EXPECT_GT(last, 0);
        return result.substr(0, 8);
    };
    const auto first = outcomes();
    EXPECT_EQ(first.size(), 8U);
    EXPECT_EQ(outcomes(), first);
}

TEST_F(LoadTest, SeesRefusedConnections) {
    replica.kill();
    expect_only(LoadFault::refused, options({"/"}));
}

TEST_F(LoadTest, SeesConnectionsWithoutAResponse) {
    expect_only(LoadFault::no_response, options({"/?reset_at=0"}));
    expect_only(LoadFault::no_response, options({"/?truncate_at=0"}));
}

TEST_F(LoadTest, SeesAnotherStatus) {
    expect_only(LoadFault::bad_status, options({"/?status=503"}));
}

TEST_F(LoadTest, SeesBrokenBodies) {
    expect_only(LoadFault::truncated, options({"/?chunks=3&truncate_at=2"}));
    expect_only(LoadFault::truncated, options({"/?chunks=3&reset_at=3"}));
    expect_only(LoadFault::truncated, options({"/?unary=1&truncate_at=0"}));
}

TEST_F(LoadTest, SeesMissingTokens) {
    expect_only(LoadFault::wrong_tokens, options({"/?chunks=3&skip=1"}));
    expect_only(LoadFault::wrong_tokens, options({"/?chunks=3&skip=2&sse=1"}));
    expect_only(LoadFault::wrong_tokens, options({"/?chunks=3&no_end=1"}));
}

TEST_F(LoadTest, SeesStalls) {
    for (const auto* path : {"/?stall_at=0", "/?stall_at=2", "/?unary=1&stall_at=0"}) {
        auto chosen = options({path});
        chosen.stall_limit = Millis{100};
        expect_only(LoadFault::stalled, chosen);
    }
}

TEST_F(LoadTest, SeesWhatIsNotHttp) {
    replica.on("/odd", [](const HttpReader&) {
        return ReplicaReply{.body = "x", .headers = {{"A: b\r\nno colon\r\nC", "d"}}};
    });
    expect_only(LoadFault::not_http, options({"/odd"}));
}

TEST_F(LoadTest, SeesABodyThatWasLostOnTheWay) {
    const auto port = free_port();
    NginxOptions proxy;
    proxy.http = "server { listen 127.0.0.1:" + std::to_string(port) +
                 "; location / { proxy_pass http://" + replica.address() +
                 "; proxy_set_body short; } }";
    Nginx nginx(proxy);
    ASSERT_TRUE(nginx.start());
    auto chosen = options({"/?chunks=1"});
    chosen.target = Endpoint::tcp(port);
    expect_only(LoadFault::wrong_body, chosen);
}

TEST_F(LoadTest, CountsAKillExactly) {
    replica.hold();
    Load load(options({"/?hold_at=1"}));
    ASSERT_TRUE(replica.wait_for_held(4));
    replica.kill();
    ASSERT_TRUE(eventually(long_enough, [&] { return load.report().total() >= 4; }));
    const auto report = load.stop();
    EXPECT_EQ(report.ok, 0);
    EXPECT_EQ(report.failed(LoadFault::truncated) + report.failed(LoadFault::no_response), 4)
        << report;
    EXPECT_EQ(replica.counts().cut, 4);
    std::ostringstream text;
    text << report;
    EXPECT_NE(text.str().find("replica=one"), std::string::npos) << text.str();
}

// Answers the first request of every connection and closes at the second.
TEST_F(LoadTest, ARetriedStaleConnectionIsCountedApart) {
    const auto port = free_port();
    const auto listener = listen_on(Endpoint::tcp(port));
    ASSERT_TRUE(listener);
    std::atomic<int> connections{0};
    const std::jthread server([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            pollfd watched{listener.get(), POLLIN, 0};
            if (::poll(&watched, 1, 20) != 1) {
                continue;
            }
            const UniqueFd fd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
            ++connections;
            HttpReader reader(HttpReader::Kind::request);
            char buffer[4096];
            for (ssize_t got = 1; !reader.done() && got > 0;) {
                got = ::recv(fd.get(), buffer, sizeof buffer, 0);
                reader.feed({buffer, static_cast<std::size_t>(std::max<ssize_t>(got, 0))});
            }
            const auto body = whole_stream(1, false);
            const auto text = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) +
                              "\r\n\r\n" + body;
            ::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL);
            ::recv(fd.get(), buffer, sizeof buffer, 0);
        }
    });
    auto chosen = options({"/"});
    chosen.target = Endpoint::tcp(port);
    chosen.clients = 1;
    chosen.keep_alive = true;
    Load load(chosen);
    ASSERT_TRUE(load.wait_for_ok(5));
    const auto report = load.stop();
    EXPECT_EQ(report.failed(), 0) << report;
    EXPECT_GE(report.stale_connections, 4) << report;
    EXPECT_EQ(report.ok, connections);
}

}  // namespace
}  // namespace lbdrain::test
