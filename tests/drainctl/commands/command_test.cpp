// drainctl as people and scripts call it, before a real NGINX and a real HAProxy at once.
#include <boost/json.hpp>

#include "ctl_fixture.hpp"

namespace lbdrain::test {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

class CommandTest : public testing::Test {
  protected:
    void SetUp() override { ASSERT_TRUE(fleet.start()); }

    // Exit code, with all that was said if it is another.
    static testing::AssertionResult exits(const CommandResult& result, int code) {
        if (result.status.code == code && !result.timed_out) {
            return testing::AssertionSuccess();
        }
        return testing::AssertionFailure()
               << "exit code " << result.status.code << ", signal " << result.status.signal << "\n"
               << result.out << result.err;
    }

    CtlFleet fleet{3};
};

TEST_F(CommandTest, StatusIsOneRowAServer) {
    const CommandResult result = fleet.run({"status"});
    ASSERT_TRUE(exits(result, 0));
    EXPECT_EQ(std::ranges::count(result.out, '\n'), 4) << result.out;
    EXPECT_THAT(result.out, HasSubstr("SERVICE  SERVER  STATE  IN FLIGHT  QUEUED  WEIGHT"));
    EXPECT_THAT(result.out, MatchesRegex("[^\n]*\nup +s0 +ready +0 +0[^$]*"));
}

TEST_F(CommandTest, StatusAsJsonHasEveryTarget) {
    const CommandResult result = fleet.run({"--json", "status", "up/s1"});
    ASSERT_TRUE(exits(result, 0));
    const json::value status = json::parse(result.out);
    EXPECT_EQ(status.at("targets").as_array().size(), 2U);
    const json::array& servers = status.at("services").at(0).at("servers").as_array();
    ASSERT_EQ(servers.size(), 1U);
    EXPECT_EQ(servers[0].at("name"), "s1");
    EXPECT_EQ(servers[0].at("targets").as_array().size(), 2U);
    EXPECT_EQ(servers[0].at("targets").at(1).at("server").at("address"),
              json::value(fleet.nginx.address(1)));
}

TEST_F(CommandTest, StatusTellsThatTargetsDisagree) {
    ASSERT_TRUE(has_status(fleet.nginx.drain(0), 200));
    const CommandResult result = fleet.run({"status", "up/s0"});
    ASSERT_TRUE(exits(result, 0));
    EXPECT_THAT(result.out, HasSubstr("drained (agent.sock: ready)"));
}

TEST_F(CommandTest, DrainsEverywhereAndPutsBackEverywhere) {
    auto held = fleet.hold(0);
    Process drain(fleet.drainctl({"drain", "up/s0", "--reason", "new kernel"}));
    ASSERT_TRUE(fleet.agent.wait_for_state("up", "s0", "drained"));
    EXPECT_EQ(fleet.states(0), "draining/drained");
    EXPECT_TRUE(drain.running());
    EXPECT_EQ(text_of(fleet.nginx.server(0).at("sequence").as_object(), "reason"), "new kernel");
    fleet.nginx.replica(0).release();
    EXPECT_TRUE(held->wait());
    const auto status = drain.wait();
    ASSERT_TRUE(status);
    EXPECT_EQ(status->code, 0) << drain.out() << drain.err();
    EXPECT_THAT(drain.out(), HasSubstr("up/s0: drained after"));
    EXPECT_EQ(fleet.states(0), "drained/drained");

    ASSERT_TRUE(exits(fleet.run({"ready", "up/s0"}), 0));
    EXPECT_EQ(fleet.states(0), "ready/ready");
}

TEST_F(CommandTest, ServersMayBeNamedByAddress) {
    ASSERT_TRUE(exits(fleet.run({"drain", "up/" + fleet.nginx.address(2)}), 0));
    EXPECT_EQ(fleet.states(2), "drained/drained");
}

TEST_F(CommandTest, ADeadlinePutsItBackEverywhere) {
    auto held = fleet.hold(0);
    const CommandResult result = fleet.run({"drain", "up/s0", "--timeout", "2s"});
    EXPECT_TRUE(exits(result, 3));
    EXPECT_THAT(result.out, HasSubstr("1 request still in flight at the deadline"));
    EXPECT_EQ(fleet.states(0), "ready/ready");
    fleet.nginx.replica(0).release();
    EXPECT_TRUE(held->wait());
}

TEST_F(CommandTest, AGuardRefusesAndNothingChanges) {
    ASSERT_TRUE(has_status(fleet.nginx.drain(1), 200));
    ASSERT_TRUE(has_status(fleet.nginx.drain(2), 200));
    // NGINX refuses; the agent, asked at the same time, would not have.
    const CommandResult result = fleet.run({"drain", "up/s0"});
    EXPECT_TRUE(exits(result, 4));
    EXPECT_THAT(result.out, HasSubstr("up/s0: on 127.0.0.1:"));
    EXPECT_EQ(fleet.states(0), "ready/ready");
}

TEST_F(CommandTest, MoreThanMayBeOutAreRefused) {
    const CommandResult result = fleet.run({"drain", "up/s0", "up/s1"});
    EXPECT_TRUE(exits(result, 4));
    EXPECT_THAT(result.err, HasSubstr("--max-unavailable is 1"));
    EXPECT_EQ(fleet.states(0), "ready/ready");
    EXPECT_TRUE(exits(fleet.run({"drain", "up/s0", "up/s1", "--max-unavailable", "2"}), 0));
    EXPECT_EQ(fleet.states(1), "drained/drained");
}

TEST_F(CommandTest, ATargetThatIsDownIsARefusalBeforeAnythingChanges) {
    fleet.agent.kill();
    CommandResult result = fleet.run({"drain", "up/" + fleet.nginx.address(0)});
    EXPECT_TRUE(exits(result, 6));
    EXPECT_THAT(result.err, HasSubstr("cannot reach agent.sock (unix:" + fleet.agent.socket() +
                                      "): connection refused"));
    EXPECT_THAT(result.err, HasSubstr("nothing was changed"));
    EXPECT_EQ(fleet.nginx.state(0), "ready");

    result = fleet.run({"drain", "up/" + fleet.nginx.address(0), "--skip-unreachable"});
    EXPECT_TRUE(exits(result, 0));
    EXPECT_EQ(fleet.nginx.state(0), "drained");
    EXPECT_THAT(text_of(fleet.nginx.server(0), "by"), Not(HasSubstr("nobody")));
}

TEST_F(CommandTest, NamesThatAreNoneAreSuggested) {
    CommandResult result = fleet.run({"drain", "upp/s0"});
    EXPECT_TRUE(exits(result, 2));
    EXPECT_THAT(result.err, HasSubstr("no service \"upp\", did you mean up?"));
    result = fleet.run({"dran", "up/s0"});
    EXPECT_TRUE(exits(result, 2));
    EXPECT_THAT(result.err, HasSubstr("no command \"dran\", did you mean drain?"));
    result = fleet.run({"drain", "up/s0", "--force"});
    EXPECT_TRUE(exits(result, 2));
    EXPECT_THAT(result.err, HasSubstr("--force needs a --reason"));
}

TEST_F(CommandTest, RestartStopsWhatIsDrainedEverywhere) {
    Load load({.target = fleet.haproxy_port(), .clients = 8, .keep_alive = true});
    Load more({.target = Endpoint::tcp(fleet.nginx.port()), .clients = 8});
    ASSERT_TRUE(load.wait_for_ok(20) && more.wait_for_ok(20));
    const CommandResult result = fleet.run({"restart", "up/s0", "up/s1", "up/s2"});
    EXPECT_TRUE(exits(result, 0));
    for (const char* server : {"s0", "s1", "s2"}) {
        EXPECT_THAT(result.out,
                    HasSubstr("up/" + std::string(server) + ": restarted, ready after"));
    }
    ASSERT_TRUE(load.wait_for_ok(20) && more.wait_for_ok(20));
    for (Load* each : {&load, &more}) {
        const LoadReport report = each->stop();
        EXPECT_EQ(report.failed(), 0) << report;
    }
}

TEST_F(CommandTest, CtrlCLeavesItRunningAndSaysHowToGoOn) {
    auto held = fleet.hold(0);
    Process drain(fleet.drainctl({"drain", "up/s0"}));
    ASSERT_TRUE(fleet.agent.wait_for_state("up", "s0", "drained"));
    ASSERT_TRUE(eventually(long_enough, [&] { return !drain.out().empty(); }));
    drain.signal(SIGINT);
    const auto status = drain.wait();
    ASSERT_TRUE(status);
    EXPECT_EQ(status->code, 130);
    EXPECT_THAT(drain.out(), HasSubstr("up/s0 goes on: draining"));
    EXPECT_THAT(drain.out(), HasSubstr(" drain up/s0\n"));
    EXPECT_THAT(drain.out(), HasSubstr(" ready up/s0\n"));
    EXPECT_EQ(fleet.states(0), "draining/drained");

    Process joined(fleet.drainctl({"drain", "up/s0"}));
    ASSERT_TRUE(eventually(long_enough, [&] { return !joined.out().empty(); }));
    fleet.nginx.replica(0).release();
    EXPECT_TRUE(held->wait());
    EXPECT_EQ(joined.wait()->code, 0) << joined.out() << joined.err();
}

TEST_F(CommandTest, AnAgentThatIsKilledAndAnNginxThatReloadsChangeNothing) {
    auto held = fleet.hold(0);
    Process drain(fleet.drainctl({"drain", "up/s0"}));
    ASSERT_TRUE(fleet.nginx.wait_for_state(0, "draining"));
    fleet.agent.kill();
    ASSERT_TRUE(fleet.nginx.nginx().reload());
    ASSERT_TRUE(fleet.agent.start());
    EXPECT_TRUE(drain.running()) << drain.out() << drain.err();
    fleet.nginx.replica(0).release();
    EXPECT_TRUE(held->wait());
    EXPECT_EQ(drain.wait()->code, 0) << drain.out() << drain.err();
    EXPECT_EQ(fleet.states(0), "drained/drained");
}

TEST_F(CommandTest, JsonIsOneObjectALine) {
    const CommandResult result = fleet.run({"--json", "drain", "up/s0"});
    ASSERT_TRUE(exits(result, 0));
    const auto lines = lines_of(result.out);
    ASSERT_GE(lines.size(), 2U);
    EXPECT_EQ(text_of(lines.front(), "event"), "began");
    EXPECT_EQ(text_of(lines.back(), "event"), "done");
    EXPECT_EQ(text_of(lines.back(), "result"), "done");
    EXPECT_EQ(text_of(lines.back(), "server"), "s0");
}

TEST_F(CommandTest, CompletionAsksTheTargets) {
    EXPECT_EQ(fleet.run({"complete", "servers"}).out, "up/s0\nup/s1\nup/s2\n");
    EXPECT_EQ(fleet.run({"complete", "services"}).out, "up\n");
    const CommandResult script = fleet.run({"completion", "bash"});
    ASSERT_TRUE(exits(script, 0));
    const std::string path = fleet.directory.write("completion", script.out).string();
    const std::string bin = std::filesystem::path(LBDRAIN_CTL).parent_path().string();
    const std::string shell = "PATH=" + bin + ":$PATH; . " + path +
                              "; COMP_WORDS=(drainctl --api " + fleet.agent_api() +
                              " drain up/s); COMP_CWORD=4; _drainctl; echo \"${COMPREPLY[*]}\"";
    const CommandResult completed = run_command({.argv = {"bash", "-c", shell}});
    EXPECT_EQ(completed.out, "up/s0 up/s1 up/s2\n") << completed.err;

    // As the shell has it: a colon is a word.
    const std::string split =
        "PATH=" + bin + ":$PATH; . " + path +
        "; COMP_WORDS=(drainctl --api unix : " + fleet.agent.socket() +
        " drain up/s); COMP_LINE='drainctl --api unix:" + fleet.agent.socket() +
        " drain up/s'; COMP_CWORD=6; _drainctl; echo \"${COMPREPLY[*]}\"";
    const CommandResult rejoined = run_command({.argv = {"bash", "-c", split}});
    EXPECT_EQ(rejoined.out, "up/s0 up/s1 up/s2\n") << rejoined.err;
}

// Names are the targets': a shell must not take them for its own.
TEST(Completion, RunsNothingThatANameSays) {
    TempDir directory;
    const CommandResult script = run_command({.argv = {LBDRAIN_CTL, "completion", "bash"}});
    const std::string path = directory.write("completion", script.out).string();
    const std::string mark = (directory.path() / "mark").string();
    const std::string shell =
        ". " + path + "; drainctl() { printf '%s\\n' 'up/$(touch " + mark +
        ")' 'up/127.0.0.1:81'"
        " 'up/127.0.0.1:82'; }; COMP_WORDS=(drainctl drain up/127.0.0.1 : 8);"
        "COMP_LINE='drainctl drain up/127.0.0.1:8'; COMP_CWORD=4; _drainctl;"
        "echo \"${COMPREPLY[*]}\"; COMP_WORDS=(drainctl drain up/); COMP_LINE='drainctl drain up/';"
        "COMP_CWORD=2; _drainctl; echo \"${#COMPREPLY[*]}\"";
    const CommandResult completed = run_command({.argv = {"bash", "-c", shell}});
    EXPECT_EQ(completed.out, "81 82\n3\n") << completed.err;
    EXPECT_FALSE(std::filesystem::exists(mark));
}

}  // namespace
}  // namespace lbdrain::test
