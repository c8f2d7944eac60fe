// Plain nginx, without our module: what it does by itself and what it cannot do. The first half
// shows that the load does not cry wolf; the second is the control for the chaos tests, which must
// find nothing where these find failures.
#include <gtest/gtest.h>

#include "http_client.hpp"
#include "load.hpp"
#include "nginx.hpp"
#include "replica.hpp"

namespace lbdrain::test {
namespace {

class Baseline : public testing::Test {
  protected:
    std::string http(const std::string& a_args, const std::string& b_args) const {
        return "upstream up {\n    server " + a.address() + " max_fails=0 " + a_args +
               ";\n    server " + b.address() + " max_fails=0 " + b_args +
               ";\n    keepalive 16;\n}\nserver {\n    listen 127.0.0.1:" + std::to_string(port) +
               ";\n    location / {\n        proxy_pass http://up;\n"
               "        proxy_http_version 1.1;\n        proxy_set_header Connection \"\";\n"
               "        proxy_next_upstream off;\n    }\n}\n";
    }

    void start() {
        nginx.set_http(http("", ""));
        ASSERT_TRUE(nginx.start());
    }

    LoadOptions options() const {
        LoadOptions result;
        result.target = Endpoint::tcp(port);
        result.paths = {"/?chunks=3&gap_max_ms=30", "/?chunks=2&gap_max_ms=60&sse=1"};
        result.clients = 20;
        result.slow_pause_max = Millis{600};
        return result;
    }

    // What nginx makes of a backend that breaks off.
    static std::int64_t cut(const LoadReport& report) {
        return report.failed(LoadFault::bad_status) + report.failed(LoadFault::no_response) +
               report.failed(LoadFault::truncated);
    }

    Replica a{"a"};
    Replica b{"b"};
    const std::uint16_t port = free_port();
    Nginx nginx{NginxOptions{}};
};

TEST_F(Baseline, ReloadsLoseNothing) {
    ASSERT_NO_FATAL_FAILURE(start());
    Load load(options());
    for (int i = 0; i < 6; ++i) {
        ASSERT_TRUE(load.wait_for_ok(30));
        ASSERT_TRUE(nginx.reload());
    }
    ASSERT_TRUE(load.wait_for_ok(30));
    const auto report = load.stop();
    EXPECT_EQ(report.failed(), 0) << report;
    EXPECT_EQ(report.ok_by_replica.size(), 2U) << report;
    EXPECT_EQ(a.counts().finished + b.counts().finished, report.ok);
    nginx.expect_clean_log();
}

TEST_F(Baseline, BinaryUpgradesLoseNothing) {
    ASSERT_NO_FATAL_FAILURE(start());
    Load load(options());
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(load.wait_for_ok(30));
        ASSERT_TRUE(nginx.binary_upgrade());
    }
    ASSERT_TRUE(load.wait_for_ok(30));
    const auto report = load.stop();
    EXPECT_EQ(report.failed(), 0) << report;
    nginx.expect_clean_log();
}

TEST_F(Baseline, AKilledWorkerLosesWhatItHad) {
    NginxOptions one_worker;
    one_worker.workers = 1;
    one_worker.http = http("", "");
    nginx.set_options(one_worker);
    ASSERT_TRUE(nginx.start());
    a.hold();
    b.hold();
    Load load(options());
    ASSERT_TRUE(eventually(long_enough, [&] { return a.in_flight() + b.in_flight() == 20; }));
    ASSERT_TRUE(nginx.kill_worker(nginx.serving().at(0)));
    ASSERT_TRUE(eventually(long_enough, [&] { return load.report().failed() == 20; }));
    a.release();
    b.release();
    ASSERT_TRUE(load.wait_for_ok(20));
    const auto report = load.stop();
    EXPECT_EQ(report.failed(LoadFault::no_response), 20) << report;
    EXPECT_EQ(report.failed(), 20) << report;
    nginx.expect_clean_log({"exited on signal 9"});
}

TEST_F(Baseline, AKilledReplicaLosesWhatWasInFlight) {
    ASSERT_NO_FATAL_FAILURE(start());
    Load load(options());
    ASSERT_TRUE(load.wait_for_ok(30));
    ASSERT_TRUE(a.wait(long_enough, [](const ReplicaCounts& c) { return c.in_flight > 0; }));
    a.kill();
    const auto lost = a.counts().cut;
    ASSERT_TRUE(load.wait_for_total(60));
    a.start();
    ASSERT_TRUE(load.wait_for_ok(30));
    const auto report = load.stop();
    EXPECT_GT(cut(report), lost) << report;  // and those that were sent to the closed port
    EXPECT_EQ(report.failed(), cut(report)) << report;
    EXPECT_GT(report.ok_by_replica.at("b"), 0);
}

// `down` and a reload, then the replica is killed as soon as it has nothing in flight: a request
// whose body the old worker is still reading goes to it all the same.
TEST_F(Baseline, DownAndReloadIsNotADrain) {
    nginx.set_http(http("", "down"));
    ASSERT_TRUE(nginx.start());
    const HttpClient client(Endpoint::tcp(port));
    auto exchange = client.begin({.method = "POST", .target = "/"}, 10);
    ASSERT_TRUE(exchange.send("01234"));
    // Connections are accepted in order: after this one, the slow one is inside a worker.
    ASSERT_EQ(client.get("/").status, 200);
    nginx.set_http(http("down", ""));
    ASSERT_TRUE(nginx.reload());
    EXPECT_EQ(client.get("/").header("X-Replica"), "b");
    ASSERT_EQ(a.in_flight(), 0);
    a.kill();
    ASSERT_TRUE(exchange.send("56789"));
    EXPECT_EQ(exchange.response().status, 502);
    nginx.expect_clean_log();
}

}  // namespace
}  // namespace lbdrain::test
