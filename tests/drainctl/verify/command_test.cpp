// drainctl verify as people call it, before a real NGINX and a real HAProxy: a restart that loses
// nothing passes, a replica that is killed is found.
#include <boost/json.hpp>

#include "ctl_fixture.hpp"

namespace lbdrain::test {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

// Twelve tokens of the replicas' own kind, a few milliseconds apart.
constexpr const char* path = "/?sse=1&chunks=12&gap_ms=5&gap_max_ms=25";

class VerifyCommandTest : public testing::Test {
  protected:
    void SetUp() override { ASSERT_TRUE(fleet.start()); }

    std::vector<std::string> command(const std::vector<std::string>& more,
                                     const std::string& url) const {
        std::vector<std::string> args = {
            "verify",     "--url",         url,      "--path",    path,    "--answer",    "events",
            "--numbered", "--concurrency", "12",     "--warm-up", "200ms", "--cool-down", "200ms",
            "--json",     json_file(),     "--html", html_file()};
        args.insert(args.end(), more.begin(), more.end());
        return args;
    }
    std::string nginx_url() const {
        return "http://127.0.0.1:" + std::to_string(fleet.nginx.port());
    }
    std::string haproxy_url() const {
        return "http://127.0.0.1:" + std::to_string(fleet.haproxy_port().port);
    }
    std::string json_file() const { return (fleet.directory / "report.json").string(); }
    std::string html_file() const { return (fleet.directory / "report.html").string(); }
    json::value report() const { return json::parse(read_file(json_file())); }

    CtlFleet fleet{3};
};

TEST_F(VerifyCommandTest, ARestartThatLosesNothingPasses) {
    for (const std::string& url : {nginx_url(), haproxy_url()}) {
        CommandResult result =
            fleet.run({"--api", fleet.agent_api(), "--api", fleet.nginx_api(), "status"});
        ASSERT_EQ(result.status.code, 0) << result.err;
        std::vector<std::string> args = {"--api", fleet.agent_api(), "--api", fleet.nginx_api()};
        const auto verify = command({"--restart", "up/s1"}, url);
        args.insert(args.end(), verify.begin(), verify.end());
        result = fleet.run(args);
        EXPECT_EQ(result.status.code, 0) << result.out << result.err;
        EXPECT_THAT(result.out, HasSubstr("PASSED: all "));
        EXPECT_THAT(result.out, HasSubstr("| up/s1: "));  // what the restart says
        const json::value told = report();
        EXPECT_EQ(told.at("failed"), 0);
        EXPECT_EQ(told.at("action").at("exit_code"), 0);
        EXPECT_GT(told.at("action").at("ok_through_it").to_number<int>(), 0);
        // The one that was restarted served before and after.
        const std::string replica = fleet.nginx.replica(1).name();
        for (const char* phase : {"before", "after"}) {
            EXPECT_TRUE(told.at("phases").at(phase).at("replicas").as_object().contains(replica))
                << phase << json::serialize(told.at("phases").at(phase).at("replicas"));
        }
    }
}

TEST_F(VerifyCommandTest, ARolloutThatLosesNothingPasses) {
    std::vector<std::string> args = {"--json", "--api", fleet.agent_api(), "--api",
                                     fleet.nginx_api()};
    const auto verify = command({"--rollout", "up"}, haproxy_url());
    args.insert(args.end(), verify.begin(), verify.end());
    const CommandResult result = fleet.run(args);
    EXPECT_EQ(result.status.code, 0) << result.out << result.err;
    // The report alone stands there; what people read is on the other stream.
    const json::value told = json::parse(result.out);
    EXPECT_EQ(told, report());
    EXPECT_TRUE(told.at("passed").as_bool());
    EXPECT_EQ(told.at("action").at("command"), "drainctl rollout up");
    EXPECT_THAT(result.err, HasSubstr("| up/s2: "));
}

TEST_F(VerifyCommandTest, AReplicaKilledInTheMiddleIsFound) {
    const std::string kill =
        "/usr/bin/python3 -c 'import urllib.request as r; r.urlopen(\"http://" +
        fleet.control.address() + "/stop/s1\")'";
    const CommandResult result = fleet.run(command({"--during", kill}, nginx_url()));
    EXPECT_EQ(result.status.code, 1) << result.out << result.err;
    EXPECT_THAT(result.out, HasSubstr("FAILED: "));
    const json::value told = report();
    EXPECT_EQ(told.at("action").at("exit_code"), 0);
    EXPECT_GT(told.at("classes").at("truncated").to_number<int>(), 0) << result.out;
    for (const json::value& failure : told.at("failures").as_array()) {
        if (failure.at("class") == "truncated") {
            EXPECT_EQ(failure.at("replica"), json::value(fleet.nginx.replica(1).name()));
        }
    }
}

TEST_F(VerifyCommandTest, AnActionThatFailsFailsIt) {
    const CommandResult result = fleet.run(command({"--during", "echo oops; exit 7"}, nginx_url()));
    EXPECT_EQ(result.status.code, 1) << result.out << result.err;
    EXPECT_THAT(result.out, HasSubstr("| oops\n"));
    EXPECT_THAT(result.out, HasSubstr("the action failed with exit code 7"));
}

TEST_F(VerifyCommandTest, ARefusedConnectionIsAFailure) {
    fleet.nginx.replica(0).kill();
    const CommandResult result =
        fleet.run({"verify", "--url", "http://" + fleet.nginx.address(0), "--duration", "300ms",
                   "--rate", "20/s", "--connections", "kept"});
    EXPECT_EQ(result.status.code, 1) << result.out << result.err;
    EXPECT_THAT(result.out, HasSubstr("requests failed"));
    EXPECT_THAT(result.out, HasSubstr("refused"));
}

TEST_F(VerifyCommandTest, UsageIsChecked) {
    EXPECT_EQ(fleet.run({"verify"}).status.code, 2);
    EXPECT_EQ(fleet.run({"verify", "--url", "x", "--rate", "fast"}).status.code, 2);
    EXPECT_EQ(fleet.run({"verify", "--url", "x", "--rate", "1", "--concurrency", "2"}).status.code,
              2);
    EXPECT_EQ(
        fleet.run({"verify", "--url", "x", "--restart", "a/b", "--during", "true"}).status.code, 2);
}

TEST_F(VerifyCommandTest, AnInterruptEndsIt) {
    Process verify(fleet.drainctl({"verify", "--url", nginx_url(), "--path", path, "--answer",
                                   "events", "--duration", "1h"}));
    ASSERT_TRUE(fleet.nginx.replica(0).wait_for_started(1));
    verify.signal(SIGINT);
    const auto status = verify.wait();
    ASSERT_TRUE(status);
    EXPECT_EQ(status->code, 130) << verify.out() << verify.err();
}

}  // namespace
}  // namespace lbdrain::test
