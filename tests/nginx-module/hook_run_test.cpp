// stop, start and restart with hooks that work.
#include <gtest/gtest.h>

#include <algorithm>

#include "hook_fixture.hpp"

namespace lbdrain::test {
namespace {

using HookRunTest = HookTest;

TEST_F(HookRunTest, HttpHooksStopAndStart) {
    const auto base = "http://127.0.0.1:" + std::to_string(control.port());
    start("drain_stop_hook http " + base + "/stop?$service=$server method=PUT body=$server_port;" +
          "drain_start_hook http " + base + "/start status=200,204;");
    const auto stopped = it.command(0, "stop");
    ASSERT_TRUE(has_status(stopped, 200));
    EXPECT_EQ(text_of(stopped.json().as_object(), "state"), "stopped");
    const auto port = std::to_string(it.replica(0).port());
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_EQ(asked[0], "PUT /stop?up=" + it.address(0) + " " + port);
    expect_traffic_avoids_0();

    ASSERT_TRUE(has_status(it.command(0, "start"), 200));
    EXPECT_EQ(it.state(0), "ready");
    ASSERT_EQ(asked.size(), 2U);
    EXPECT_EQ(asked[1], "POST /start ");
    EXPECT_GE(it.replica(0).counts().probes, 1) << "the ready check asked";
    it.nginx().expect_clean_log();
}

TEST_F(HookRunTest, ExecHooksRestart) {
    start("drain_stop_hook exec " + script("stop", "ask /stop") + ";" + "drain_start_hook exec " +
          script("start", "ask /start") + ";");
    const auto answer = it.command(0, "restart", R"({"by":"ann","reason":"new model"})");
    ASSERT_TRUE(has_status(answer, 200));
    EXPECT_EQ(it.state(0), "ready");
    EXPECT_EQ(runs(), (std::vector<std::string>{"stop", "start"}));
    const auto log = it.nginx().error_log();
    std::size_t at = 0;
    for (const auto* step : {"draining -> stopping", "stopping -> starting", "starting -> ready"}) {
        at = log.find(step, at);
        ASSERT_NE(at, std::string::npos) << step;
    }
    it.nginx().expect_clean_log();
}

TEST_F(HookRunTest, AnExecHookKnowsWhatItIsFor) {
    start("drain_stop_hook exec " +
          script("stop",
                 "env | grep ^LBDRAIN_ | sort > $DIR/env; echo \"$@\" > $DIR/args;"
                 "echo \"$PATH\" > $DIR/path; ls /proc/self/fd > $DIR/fds; ask /stop") +
          " --host $server_host '$$HOME and blanks' timeout=20s;");
    ASSERT_TRUE(
        has_status(it.command(0, "stop", R"({"by":"ann \"x\"","reason":"$(touch /x); é"})"), 200));
    const auto& directory = it.nginx().directory();
    EXPECT_EQ(read_file(directory / "args"), "--host 127.0.0.1 $HOME and blanks\n");
    EXPECT_NE(read_file(directory / "path").find("/usr/bin"), std::string::npos);
    const auto env = read_file(directory / "env");
    const std::vector<std::string> expected{
        "LBDRAIN_ACTION=stop",           "LBDRAIN_ADDRESS=" + it.address(0), "LBDRAIN_BY=ann \"x\"",
        "LBDRAIN_REASON=$(touch /x); é", "LBDRAIN_SERVER=" + it.address(0),  "LBDRAIN_SERVICE=up"};
    for (const auto& line : expected) {
        EXPECT_NE(env.find(line + "\n"), std::string::npos) << line << "\n" << env;
    }
    EXPECT_NE(env.find("LBDRAIN_RUN="), std::string::npos);
    // 0, 1, 2, and the one that ls itself opened: nothing of nginx's.
    EXPECT_EQ(std::ranges::count(read_file(directory / "fds"), '\n'), 4)
        << read_file(directory / "fds");
    it.nginx().expect_clean_log();
}

TEST_F(HookRunTest, AStopWaitsUntilThePortRefuses) {
    start("drain_stop_hook exec " + script("stop", "") + ";");
    auto stop = it.begin(0, "stop");
    ASSERT_TRUE(it.wait_for_state(0, "stopping"));
    ASSERT_TRUE(eventually(long_enough, [&] {
        const auto server = it.server(0);
        const auto* sequence = server.at("sequence").if_object();
        return sequence != nullptr &&
               text_of(*sequence, "waiting_for").find("to refuse") != std::string::npos;
    })) << "a hook that returned has not stopped anything yet";
    EXPECT_FALSE(stop->done());
    it.replica(0).kill();
    EXPECT_TRUE(has_status(stop->wait().value(), 200));
    it.nginx().expect_clean_log();
}

TEST_F(HookRunTest, StopNeverRunsBeforeZero) {
    start("drain_stop_hook exec " + script("stop", "ask /stop") + ";");
    it.replica(0).hold();
    it.replica(1).hold();
    auto a = it.client().start({"GET", "/?hold_at=1", {}, {}});
    auto b = it.client().start({"GET", "/?hold_at=1", {}, {}});
    ASSERT_TRUE(eventually(long_enough, [&] {
        return it.replica(0).counts().held + it.replica(1).counts().held == 2;
    }));
    const bool busy = it.replica(0).counts().held > 0;
    auto stop = it.begin(0, "stop");
    if (busy) {
        ASSERT_TRUE(it.wait_for_state(0, "draining"));
        EXPECT_FALSE(stop->wait(Millis{100}));
        EXPECT_TRUE(runs().empty());
    }
    it.replica(0).release();
    it.replica(1).release();
    EXPECT_TRUE(has_status(stop->wait().value(), 200));
    EXPECT_EQ(runs().size(), 1U);
    EXPECT_TRUE(a->wait().value().whole);
    EXPECT_TRUE(b->wait().value().whole);
    EXPECT_EQ(it.replica(0).counts().cut, 0);
    it.nginx().expect_clean_log();
}

TEST_F(HookRunTest, ASignalHookRestartsARealProcess) {
    it.replica(0).kill();
    const auto pidfile = (it.nginx().directory() / "server.pid").string();
    const auto port = std::to_string(it.replica(0).port());
    start("drain_stop_hook signal pidfile=" + pidfile +
              " signal=TERM stop_timeout=10s timeout=20s;"
              "drain_start_hook exec " +
              script("start", "setsid python3 -m http.server --bind 127.0.0.1 " + port +
                                  " >/dev/null 2>&1 </dev/null & echo $! > " + pidfile) +
              ";",
          "http://$server/ passes=2 interval=20ms");
    ASSERT_TRUE(has_status(it.command(0, "down"), 200));
    ASSERT_TRUE(has_status(it.command(0, "start"), 200));
    const auto first = read_file(pidfile);
    ASSERT_FALSE(first.empty());
    ASSERT_TRUE(has_status(it.command(0, "restart"), 200));
    EXPECT_EQ(it.state(0), "ready");
    const auto second = read_file(pidfile);
    EXPECT_NE(first, second);
    EXPECT_NE(::kill(std::stoi(first), 0), 0) << "the old process is gone";
    EXPECT_EQ(::kill(std::stoi(second), 0), 0);
    EXPECT_EQ(runs(), (std::vector<std::string>{"start", "start"}));
    it.nginx().expect_clean_log();
}

TEST_F(HookRunTest, ReadyAsksTheReplicaFirst) {
    start("drain_stop_hook exec " + script("stop", "ask /stop") + ";");
    ASSERT_TRUE(has_status(it.drain(0), 200));
    auto probes = it.replica(0).counts().probes;
    ASSERT_TRUE(has_status(it.ready(0), 200));
    EXPECT_EQ(it.replica(0).counts().probes, probes) << "its process was not touched: no check";
    ASSERT_TRUE(has_status(it.drain(0), 200));
    ASSERT_TRUE(has_status(it.ready(0, R"({"check":true})"), 200));
    EXPECT_GT(it.replica(0).counts().probes, probes);

    ASSERT_TRUE(has_status(it.command(0, "stop"), 200));
    probes = it.replica(0).counts().probes;
    auto ready = it.begin(0, "ready");
    ASSERT_TRUE(it.wait_for_state(0, "starting"));
    expect_traffic_avoids_0();
    EXPECT_FALSE(ready->done());
    it.replica(0).start();
    EXPECT_TRUE(has_status(ready->wait().value(), 200)) << "another process: it had to pass";
    EXPECT_GT(it.replica(0).counts().probes, probes);
    it.nginx().expect_clean_log();
}

}  // namespace
}  // namespace lbdrain::test
