#include "nginx.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "http_call.hpp"
#include "http_client.hpp"
#include "replica.hpp"
#include "token_stream.hpp"

namespace lbdrain::test {
namespace {

class NginxTest : public testing::Test {
  protected:
    static NginxOptions proxy(std::uint16_t port, const std::vector<Replica*>& replicas) {
        NginxOptions options;
        options.http = "upstream up {\n";
        for (const auto* replica : replicas) {
            options.http += "    server " + replica->address() + " max_fails=0;\n";
        }
        options.http += "}\nserver {\n    listen 127.0.0.1:" + std::to_string(port) +
                        ";\n    location / { proxy_pass http://up; proxy_http_version 1.1;"
                        " proxy_next_upstream off; }\n}\n";
        return options;
    }

    Replica a{"a"};
    Replica b{"b"};
    const std::uint16_t port = free_port();
    Nginx nginx{proxy(port, {&a, &b})};
    HttpClient client{Endpoint::tcp(port)};
};

TEST_F(NginxTest, ProxiesToBothAndLeavesNothingBehind) {
    ASSERT_TRUE(nginx.start());
    std::set<std::string> names;
    for (int i = 0; i < 4; ++i) {
        const auto response = client.post("/?chunks=3", "body");
        EXPECT_EQ(response.body, whole_stream(3, false)) << response.error;
        names.insert(response.header("X-Replica"));
    }
    EXPECT_EQ(names, (std::set<std::string>{"a", "b"}));
    EXPECT_EQ(nginx.serving().size(), 2U);
    EXPECT_EQ(nginx.old_master(), 0);
    const auto workers = nginx.workers();
    ASSERT_EQ(workers.size(), 2U);
    nginx.expect_clean_log();
    nginx.stop();
    EXPECT_TRUE(is_gone(workers[0].process));
    EXPECT_TRUE(is_gone(workers[1].process));
    EXPECT_EQ(nginx.master(), 0);
}

TEST_F(NginxTest, ReloadKeepsTheOldGenerationUntilItIsDone) {
    ASSERT_TRUE(nginx.start());
    const auto before = nginx.serving();
    a.hold();
    b.hold();
    const auto call = client.start({.target = "/"});
    ASSERT_TRUE(eventually(long_enough, [&] { return a.in_flight() + b.in_flight() == 1; }));
    ASSERT_TRUE(nginx.reload());
    for (const pid_t pid : nginx.serving()) {
        EXPECT_EQ(std::ranges::count(before, pid), 0);
    }
    ASSERT_TRUE(eventually(long_enough, [&] { return nginx.workers().size() == 3; }));
    EXPECT_EQ(std::ranges::count_if(nginx.workers(), &NginxWorker::shutting_down), 1);
    EXPECT_FALSE(call->done());
    a.release();
    b.release();
    EXPECT_TRUE(call->wait().value().whole);
    EXPECT_TRUE(eventually(long_enough, [&] { return nginx.workers().size() == 2; }));
    nginx.expect_clean_log();
}

TEST_F(NginxTest, ReloadTellsThatItFailed) {
    ASSERT_TRUE(nginx.start());
    nginx.set_http("no_such_directive;");
    EXPECT_FALSE(nginx.reload(Millis{300}));
    EXPECT_TRUE(nginx.wait_for_log("unknown directive"));
    EXPECT_FALSE(nginx.clean_log());
    EXPECT_TRUE(nginx.clean_log({"unknown directive"}));
    EXPECT_EQ(client.get("/").status, 200);
}

TEST_F(NginxTest, TestConfigTellsWhatIsWrong) {
    EXPECT_EQ(nginx.test_config().status.code, 0);
    nginx.set_http("no_such_directive;");
    const auto result = nginx.test_config();
    EXPECT_EQ(result.status.code, 1);
    EXPECT_NE(result.err.find("unknown directive \"no_such_directive\""), std::string::npos);
    EXPECT_EQ(nginx.error_log(), "");
    EXPECT_FALSE(nginx.start());
}

TEST_F(NginxTest, BinaryUpgradeTwice) {
    ASSERT_TRUE(nginx.start());
    for (int i = 0; i < 2; ++i) {
        const auto old = nginx.master();
        ASSERT_TRUE(nginx.binary_upgrade());
        EXPECT_NE(nginx.master(), old);
        EXPECT_EQ(client.get("/").status, 200);
    }
    ASSERT_TRUE(eventually(long_enough, [&] { return nginx.old_master() == 0; }));
    EXPECT_EQ(nginx.workers().size(), 2U);
    ASSERT_TRUE(nginx.reload());
    nginx.expect_clean_log();
    EXPECT_TRUE(nginx.quit());
}

TEST_F(NginxTest, TheOldMasterCanBeKept) {
    ASSERT_TRUE(nginx.start());
    const auto old = nginx.master();
    ASSERT_TRUE(nginx.binary_upgrade(OldMaster::keep));
    EXPECT_EQ(nginx.old_master(), old);
    EXPECT_EQ(nginx.serving().size(), 4U);
    EXPECT_FALSE(nginx.binary_upgrade(OldMaster::quit, Millis{200}));
    ASSERT_TRUE(nginx.reload());
    EXPECT_EQ(nginx.serving().size(), 4U);
}

TEST_F(NginxTest, AKilledWorkerIsReplacedAndReported) {
    ASSERT_TRUE(nginx.start());
    const auto victim = nginx.serving().at(0);
    ASSERT_TRUE(nginx.kill_worker(victim));
    EXPECT_TRUE(eventually(long_enough, [&] {
        const auto now = nginx.serving();
        return now.size() == 2 && std::ranges::count(now, victim) == 0;
    }));
    EXPECT_FALSE(nginx.kill_worker(victim));
    EXPECT_TRUE(nginx.wait_for_log("exited on signal 9"));
    EXPECT_FALSE(nginx.clean_log());
    nginx.expect_clean_log({"exited on signal 9"});
}

TEST_F(NginxTest, ACommandReachesTheMaster) {
    ASSERT_TRUE(nginx.start());
    EXPECT_EQ(nginx.command({"-s", "quit"}).status.code, 0);
    EXPECT_TRUE(eventually(long_enough, [&] { return nginx.workers().empty(); }));
}

TEST(NginxLog, FindsWhatIsBad) {
    Nginx nginx({});
    EXPECT_TRUE(nginx.clean_log());
    nginx.directory().write("error.log", "2026 [notice] 1#1: fine\n");
    EXPECT_TRUE(nginx.clean_log());
    for (const auto* line :
         {"[alert] x", "[emerg] x", "[crit] x", "exited on signal 11 (core dumped)",
          "==1==ERROR: AddressSanitizer: x", "a.cpp:1:1: runtime error: x"}) {
        nginx.directory().write("error.log", line);
        EXPECT_FALSE(nginx.clean_log()) << line;
    }
    nginx.directory().write("error.log", "");
    nginx.directory().write("sanitizer.123", "a report");
    EXPECT_FALSE(nginx.clean_log());
}

}  // namespace
}  // namespace lbdrain::test
