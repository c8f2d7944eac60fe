// The daemon's own life: killed, told to stop, told to reload, asked for its version.
#include <sys/socket.h>
#include <sys/un.h>

#include "daemon_fixture.hpp"

namespace lbdrain::test {
namespace {

using Lifecycle = DaemonTest;

TEST_F(Lifecycle, AKilledAgentCarriesOn) {
    const auto held = hold_one(replicas[0]);
    ASSERT_EQ(agent.command("be", "s1", "restart", R"({"wait":false,"by":"before"})").status, 202);
    ASSERT_TRUE(agent.wait_for_state("be", "s1", "draining"));
    agent.kill();
    ASSERT_TRUE(agent.start());
    EXPECT_EQ(agent.state("be", "s1"), "draining");
    EXPECT_EQ(agent.server("be", "s1").at("sequence").at("by").as_string(), "before");
    EXPECT_EQ(replicas[0].counts().cut, 0);
    replicas[0].release();
    EXPECT_EQ(held->wait()->status, 200);
    EXPECT_TRUE(agent.wait_for_state("be", "s1", "ready")) << agent.log();
    EXPECT_TRUE(eventually(long_enough, [&] { return admin("s1") == 0; }));
    EXPECT_EQ(replicas[0].counts().cut, 0);
}

TEST_F(Lifecycle, SigtermWaitsForNothingAndLosesNothing) {
    const auto held = hold_one(replicas[1]);
    ASSERT_EQ(agent.command("be", "s2", "drain", R"({"wait":false})").status, 202);
    ASSERT_TRUE(agent.wait_for_state("be", "s2", "draining"));
    const auto waiter =
        agent.api().start({"POST", AgentProcess::path("be", "s2", "drain"), {}, "{}"});
    ASSERT_TRUE(agent.terminate());
    EXPECT_EQ(code_of(waiter->wait().value()), "interrupted");
    EXPECT_NE(admin("s2"), 0);
    ASSERT_TRUE(agent.start());
    EXPECT_EQ(agent.state("be", "s2"), "draining");
    replicas[1].release();
    EXPECT_EQ(held->wait()->status, 200);
    EXPECT_TRUE(agent.wait_for_state("be", "s2", "drained"));
}

TEST_F(Lifecycle, SighupKeepsWhatRuns) {
    const auto held = hold_one(replicas[0]);
    ASSERT_EQ(agent.command("be", "s1", "drain", R"({"wait":false})").status, 202);
    ASSERT_TRUE(agent.wait_for_state("be", "s1", "draining"));
    const auto waiter =
        agent.api().start({"POST", AgentProcess::path("be", "s1", "drain"), {}, "{}"});

    agent.set_yaml(yaml("settle: soon"), listen());
    agent.signal(SIGHUP);
    ASSERT_TRUE(agent.wait_for_log("the former one stands"));
    EXPECT_NE(agent.log().find("agent.yaml:"), std::string::npos);
    EXPECT_EQ(agent.state("be", "s1"), "draining");

    agent.set_yaml(yaml("settle: 40ms, timeout: 30s"), listen());
    agent.signal(SIGHUP);
    ASSERT_TRUE(agent.wait_for_log("configuration reloaded"));
    EXPECT_EQ(agent.state("be", "s1"), "draining");
    replicas[0].release();
    EXPECT_EQ(held->wait()->status, 200);
    EXPECT_EQ(waiter->wait()->status, 200) << "the wait went through the reload";
    EXPECT_EQ(agent.state("be", "s1"), "drained");
    EXPECT_EQ(admin("s1"), maint_bit);
}

TEST_F(Lifecycle, ASecondAgentIsRefused) {
    const auto second = run_command({.argv = {LBDRAIN_AGENT, "--config", agent.config_file()}});
    EXPECT_EQ(second.status.code, 1);
    EXPECT_NE(second.err.find("another drain-agent works with"), std::string::npos) << second.err;
    EXPECT_EQ(agent.state("be", "s1"), "ready");
}

TEST_F(Lifecycle, SystemdIsToldWhenItServes) {
    ASSERT_TRUE(agent.terminate());
    const std::string path = (agent.directory() / "notify").string();
    const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    ASSERT_LT(path.size(), sizeof(address.sun_path));
    path.copy(address.sun_path, path.size());
    ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    agent.env = {{"NOTIFY_SOCKET", path}};
    ASSERT_TRUE(agent.start());
    std::string told;
    const auto hears = [&](const std::string& text) {
        return eventually(long_enough, [&] {
            std::array<char, 4096> bytes{};
            for (ssize_t got = 0;
                 (got = ::recv(socket.get(), bytes.data(), bytes.size(), 0)) > 0;) {
                told.append(bytes.data(), static_cast<std::size_t>(got)).append("\n");
            }
            return told.find(text) != std::string::npos;
        });
    };
    EXPECT_TRUE(hears("READY=1")) << told;
    EXPECT_TRUE(hears("STATUS=2 servers: 2 ready")) << told;
    agent.signal(SIGHUP);
    EXPECT_TRUE(hears("RELOADING=1")) << told;
    ASSERT_TRUE(agent.terminate());
    EXPECT_TRUE(hears("STOPPING=1")) << told;
}

CommandResult run_agent(const std::vector<std::string>& arguments) {
    ProcessOptions options;
    options.argv = {LBDRAIN_AGENT};
    options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
    return run_command(options);
}

TEST(CommandLine, AMistakeIsToldWithItsPlace) {
    const TempDir directory;
    const std::string file = directory.write("agent.yaml", "listen: {apy: \"unix:/x\"}\n").string();
    const auto checked = run_agent({"--check-config", "-c", file});
    EXPECT_EQ(checked.status.code, 1);
    EXPECT_NE(checked.err.find(file + ":1:"), std::string::npos) << checked.err;
    EXPECT_NE(checked.err.find("apy"), std::string::npos) << checked.err;
    EXPECT_EQ(run_agent({"-c", file}).status.code, 1);
    const auto missing = run_agent({"-c", file + ".not"});
    EXPECT_EQ(missing.status.code, 1);
    EXPECT_NE(missing.err.find(file + ".not"), std::string::npos) << missing.err;
}

TEST(CommandLine, VersionHelpAndUsage) {
    EXPECT_TRUE(run_agent({"--version"}).out.starts_with("drain-agent "));
    EXPECT_NE(run_agent({"--help"}).out.find("--check-config"), std::string::npos);
    EXPECT_EQ(run_agent({"--wat"}).status.code, 2);
}

}  // namespace
}  // namespace lbdrain::test
