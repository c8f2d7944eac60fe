#include "haproxy.hpp"

#include <gtest/gtest.h>

#include <set>

#include "haproxy_cli.hpp"
#include "http_call.hpp"
#include "http_client.hpp"
#include "replica.hpp"
#include "token_stream.hpp"

namespace lbdrain::test {
namespace {

class HaproxyTest : public testing::TestWithParam<HaproxyMode> {
  protected:
    static std::string proxies(std::uint16_t port, const std::vector<Replica*>& replicas) {
        std::string text = "frontend fe\n    bind 127.0.0.1:" + std::to_string(port) +
                           "\n    default_backend be\nbackend be\n    balance roundrobin\n";
        int number = 0;
        for (const auto* replica : replicas) {
            text += "    server s" + std::to_string(++number) + " " + replica->address() +
                    " weight 100\n";
        }
        return text;
    }

    HaproxyOptions options() const {
        HaproxyOptions result;
        result.mode = GetParam();
        result.proxies = proxies(port, {&a, &b});
        return result;
    }

    mutable Replica a{"a"};
    mutable Replica b{"b"};
    const std::uint16_t port = free_port();
    Haproxy haproxy{options()};
    HttpClient client{Endpoint::tcp(port)};
};

INSTANTIATE_TEST_SUITE_P(, HaproxyTest,
                         testing::Values(HaproxyMode::master_worker, HaproxyMode::single),
                         [](const auto& mode) {
                             return mode.param == HaproxyMode::single ? "Single" : "MasterWorker";
                         });

TEST_P(HaproxyTest, ProxiesToBothAndLeavesNothingBehind) {
    ASSERT_TRUE(haproxy.start());
    std::set<std::string> names;
    for (int i = 0; i < 4; ++i) {
        const auto response = client.post("/?chunks=3", "body");
        EXPECT_EQ(response.body, whole_stream(3, false)) << response.error;
        names.insert(response.header("X-Replica"));
    }
    EXPECT_EQ(names, (std::set<std::string>{"a", "b"}));
    const auto workers = haproxy.workers();
    ASSERT_EQ(workers.size(), 1U);
    EXPECT_EQ(haproxy.serving(), workers[0].process.pid);
    EXPECT_EQ(haproxy.master() == 0, GetParam() == HaproxyMode::single);
    EXPECT_TRUE(haproxy.wait_for_log("\"POST /?chunks=3"));
    EXPECT_TRUE(haproxy.clean_log());
    haproxy.stop();
    EXPECT_TRUE(is_gone(workers[0].process));
    EXPECT_EQ(haproxy.serving(), 0);
    EXPECT_EQ(haproxy.master(), 0);
}

TEST_P(HaproxyTest, ReloadKeepsTheOldWorkerUntilItIsDone) {
    ASSERT_TRUE(haproxy.start());
    const pid_t before = haproxy.serving();
    a.hold();
    b.hold();
    const auto call = client.start({.target = "/"});
    ASSERT_TRUE(eventually(long_enough, [&] { return a.in_flight() + b.in_flight() == 1; }));
    ASSERT_TRUE(haproxy.reload());
    EXPECT_NE(haproxy.serving(), before);
    EXPECT_NE(haproxy.serving(), 0);
    EXPECT_EQ(haproxy.stopping(), std::vector<pid_t>{before});
    EXPECT_EQ(haproxy.pids().size(), 2U);
    EXPECT_FALSE(call->done());
    a.release();
    b.release();
    EXPECT_TRUE(call->wait().value().whole);
    EXPECT_TRUE(eventually(long_enough, [&] { return haproxy.pids().size() == 1; }));
    EXPECT_TRUE(haproxy.clean_log());
}

TEST_P(HaproxyTest, ReloadTellsThatItFailed) {
    ASSERT_TRUE(haproxy.start());
    const pid_t before = haproxy.serving();
    const auto good = haproxy.options().proxies;
    haproxy.set_proxies(good + "    no_such_keyword\n");
    const auto reloaded = haproxy.reload();
    EXPECT_FALSE(reloaded);
    EXPECT_NE(std::string(reloaded.message()).find("no_such_keyword"), std::string::npos);
    // The master executes itself anew to find the mistake, and answers nobody meanwhile.
    EXPECT_TRUE(eventually(long_enough, [&] { return haproxy.serving() == before; }));
    EXPECT_TRUE(client.get("/").whole);
    EXPECT_FALSE(haproxy.clean_log());
    haproxy.set_proxies(good);
    EXPECT_TRUE(haproxy.reload());
    EXPECT_NE(haproxy.serving(), before);
    EXPECT_TRUE(client.get("/").whole);
}

TEST_P(HaproxyTest, StartTellsThatItFailed) {
    haproxy.set_proxies("no_such_keyword\n");
    EXPECT_FALSE(haproxy.start());
    EXPECT_EQ(haproxy.serving(), 0);
    EXPECT_EQ(haproxy.cli("show info"), std::nullopt);
}

TEST_P(HaproxyTest, AnswersOnItsSockets) {
    ASSERT_TRUE(haproxy.start());
    const auto info = haproxy.cli("show info").value_or("");
    EXPECT_EQ(info_field(info, "Pid"), std::to_string(haproxy.serving()));
    EXPECT_EQ(haproxy.cli("set server be/s1 state drain"), "\n");
    EXPECT_EQ(haproxy.master_cli("show proc").has_value(),
              GetParam() == HaproxyMode::master_worker);
    EXPECT_EQ(client.get("/").header("X-Replica"), "b");
    EXPECT_EQ(client.get("/").header("X-Replica"), "b");
}

TEST_P(HaproxyTest, LoadsTheServerStateOnReload) {
    auto with_state = haproxy.options();
    with_state.server_state = true;
    haproxy.set_options(with_state);
    haproxy.directory().write("server-state",
                              "1\n3 be 1 s1 127.0.0.1 2 8 100 100 1 6 3 4 6 22 0 0 - " +
                                  std::to_string(a.port()) + " - 0 0 - - 0\n");
    ASSERT_TRUE(haproxy.start());
    EXPECT_EQ(client.get("/").header("X-Replica"), "b");
    EXPECT_EQ(client.get("/").header("X-Replica"), "b");
}

TEST_P(HaproxyTest, QuitsWhenTheLastRequestIsDone) {
    ASSERT_TRUE(haproxy.start());
    a.hold();
    b.hold();
    const auto call = client.start({.target = "/"});
    ASSERT_TRUE(eventually(long_enough, [&] { return a.in_flight() + b.in_flight() == 1; }));
    EXPECT_FALSE(haproxy.quit(Millis{50}));
    a.release();
    b.release();
    EXPECT_TRUE(haproxy.quit());
    EXPECT_TRUE(call->wait().value().whole);
    EXPECT_TRUE(haproxy.pids().empty());
}

TEST_P(HaproxyTest, AFrozenWorkerDoesNotAnswer) {
    ASSERT_TRUE(haproxy.start());
    const pid_t pid = haproxy.serving();
    EXPECT_FALSE(haproxy.freeze(1));
    EXPECT_FALSE(haproxy.freeze(0));
    ASSERT_TRUE(haproxy.freeze(pid));
    EXPECT_EQ(haproxy.cli("show info", Millis{100}), std::nullopt);
    ASSERT_TRUE(haproxy.kill_worker(pid, SIGCONT));
    EXPECT_NE(haproxy.cli("show info"), std::nullopt);
}

TEST_P(HaproxyTest, AKilledWorkerIsTold) {
    ASSERT_TRUE(haproxy.start());
    EXPECT_FALSE(haproxy.kill_worker(1));
    EXPECT_TRUE(haproxy.kill_worker(haproxy.serving()));
    EXPECT_TRUE(eventually(long_enough, [&] { return haproxy.pids().empty(); }));
    EXPECT_TRUE(eventually(long_enough, [&] { return !haproxy.clean_log(); }));
}

}  // namespace
}  // namespace lbdrain::test
