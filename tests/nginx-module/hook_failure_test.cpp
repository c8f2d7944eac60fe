// Hooks that fail, hang, flood or are not there. Traffic goes on, and the API says what happened.
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "hook_fixture.hpp"

namespace lbdrain::test {
namespace {

class HookFailureTest : public HookTest {
  protected:
    void expect_failed(const HttpResponse& answer, const std::string& code,
                       const std::string& says) {
        EXPECT_EQ(answer.status, 502);
        EXPECT_EQ(code_of(answer), code);
        EXPECT_NE(answer.body.find(says), std::string::npos) << answer.body;
        EXPECT_EQ(it.state(0), "failed");
        EXPECT_NE(last_detail(0).find(says), std::string::npos) << last_detail(0);
        expect_traffic_avoids_0();
    }
};

TEST_F(HookFailureTest, AFailingStopHook) {
    start("drain_stop_hook exec " +
          script("stop", "echo 'no such unit'; echo 'and more' >&2; exit 3") + ";");
    expect_failed(it.command(0, "stop"), "stop_failed", "3");
    EXPECT_TRUE(it.nginx().wait_for_log("says: no such unit"));
    EXPECT_EQ(runs().size(), 1U) << "it is not tried again by itself";
    // A person looks, finds it well, and lets it serve again.
    ASSERT_TRUE(has_status(it.ready(0), 200));
    EXPECT_EQ(it.state(0), "ready");
    // Or asks for the stop again.
    expect_failed(it.command(0, "stop"), "stop_failed", "3");
    EXPECT_EQ(runs().size(), 2U);
    it.nginx().expect_clean_log();
}

TEST_F(HookFailureTest, AHookThatDiesOfASignal) {
    start("drain_stop_hook exec " + script("stop", "kill -SEGV $$") + ";");
    expect_failed(it.command(0, "stop"), "stop_failed", "SIGSEGV");
    it.nginx().expect_clean_log();
}

TEST_F(HookFailureTest, AHangingHookIsEndedAtItsTimeout) {
    start("drain_stop_hook exec " + script("stop", "echo $$ > $DIR/pid; exec sleep 1000") +
          " timeout=300ms;");
    expect_failed(it.command(0, "stop"), "stop_failed", "300 ms");
    const auto pid = std::stoi(read_file(it.nginx().directory() / "pid"));
    EXPECT_TRUE(eventually(long_enough, [&] { return ::kill(pid, 0) != 0; })) << "still running";
    it.nginx().expect_clean_log();
}

TEST_F(HookFailureTest, AProcessThatNeverLeavesThePort) {
    start("drain_stop_hook exec " + script("stop", "") + " timeout=300ms;");
    expect_failed(it.command(0, "stop"), "stop_failed", "accepts connections");
    it.nginx().expect_clean_log();
}

TEST_F(HookFailureTest, AProgramThatIsNotThereAnyMore) {
    const auto path = script("stop", "");
    start("drain_stop_hook exec " + path + ";");
    std::filesystem::remove(path);
    expect_failed(it.command(0, "stop"), "stop_failed", path);
    it.nginx().expect_clean_log();
}

TEST_F(HookFailureTest, AnHttpHookThatIsRefusedByItsServer) {
    control.on("/busy", [](const HttpReader&) { return ReplicaReply{503, "not now", {}}; });
    start("drain_stop_hook http http://" + control.address() + "/busy;");
    expect_failed(it.command(0, "stop"), "stop_failed", "503");
    it.nginx().expect_clean_log();
}

TEST_F(HookFailureTest, AnHttpHookWithNobodyThere) {
    start("drain_stop_hook http http://127.0.0.1:" + std::to_string(free_port()) +
          "/stop timeout=400ms;");
    expect_failed(it.command(0, "stop"), "stop_failed", "refused");
    it.nginx().expect_clean_log();
}

TEST_F(HookFailureTest, AFloodOfOutputHarmsNobody) {
    start("drain_stop_hook exec " +
          script("stop",
                 "yes 'a line that is repeated' | head -c 20000000; "
                 "printf '\\033[31m\\000\\377\\n'; ask /stop") +
          ";");
    auto stop = it.begin(0, "stop");
    while (!stop->done()) {
        ASSERT_TRUE(has_status(it.client().get("/?unary=1"), 200));
    }
    EXPECT_TRUE(has_status(stop->wait().value(), 200));
    const auto log = it.nginx().error_log();
    EXPECT_LT(log.size(), 2U * 1024 * 1024);
    EXPECT_EQ(log.find('\0'), std::string::npos);
    EXPECT_EQ(log.find('\033'), std::string::npos);
    it.nginx().expect_clean_log();
}

TEST_F(HookFailureTest, AStartHookThatFails) {
    start("drain_stop_hook exec " + script("stop", "ask /stop") + ";" + "drain_start_hook exec " +
          script("start", "exit 7") + ";");
    expect_failed(it.command(0, "restart"), "not_ready", "7");
    EXPECT_EQ(runs(), (std::vector<std::string>{"stop", "start"}));
    it.nginx().expect_clean_log();
}

TEST_F(HookFailureTest, AServerThatNeverGetsReady) {
    it.replica(0).on("/sick", [](const HttpReader&) { return ReplicaReply{503, "sick", {}}; });
    start("drain_stop_hook exec " + script("stop", "ask /stop") + ";" + "drain_start_hook exec " +
              script("start", "ask /start") + ";",
          "http://$server/sick passes=2 interval=20ms timeout=400ms");
    expect_failed(it.command(0, "restart"), "not_ready", "503");
    expect_failed(it.ready(0), "not_ready", "503");
    ASSERT_TRUE(has_status(it.ready(0, R"({"check":false})"), 200)) << "as was said";
    EXPECT_EQ(it.state(0), "ready");
    it.nginx().expect_clean_log();
}

TEST_F(HookFailureTest, ReadyIsRefusedWhileTheProcessIsBeingStopped) {
    const auto fifo = (it.nginx().directory() / "go").string();
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    start("drain_stop_hook exec " + script("stop", "read x < $DIR/go; ask /stop") + ";");
    auto stop = it.begin(0, "stop");
    ASSERT_TRUE(it.wait_for_state(0, "stopping"));
    EXPECT_EQ(code_of(it.ready(0)), "sequence_running");
    EXPECT_EQ(it.state(0), "stopping");
    UniqueFd go(::open(fifo.c_str(), O_WRONLY | O_CLOEXEC));
    ASSERT_EQ(::write(go.get(), "x\n", 2), 2);
    EXPECT_TRUE(has_status(stop->wait().value(), 200));
    it.nginx().expect_clean_log();
}

}  // namespace
}  // namespace lbdrain::test
