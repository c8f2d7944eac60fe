// What `server` lines may say, under drains: backup, weights, down, an address twice, names.
#include <gtest/gtest.h>

#include <map>

#include "drain_fixture.hpp"

namespace lbdrain::test {
namespace {

class ServerLinesTest : public testing::Test {
  protected:
    // `lines` name the replicas as $0, $1, ...
    void start(std::string lines, const std::string& http = {}) {
        for (std::size_t i = 0; i < it.replicas(); ++i) {
            const auto name = "$" + std::to_string(i);
            for (std::size_t at; (at = lines.find(name)) != std::string::npos;) {
                lines.replace(at, name.size(), it.address(i));
            }
        }
        DrainSetup setup = base();
        // The fixture's own upstream has all replicas; this one is what the test is about.
        setup.http += http + "upstream lines {\n" + lines + "\n}\n";
        setup.locations = "location /lines { proxy_pass http://lines; }\n";
        it.configure(setup);
        ASSERT_TRUE(it.start());
    }

    static DrainSetup base() {
        DrainSetup setup;
        setup.replicas = 3;
        setup.listen = "reuseport";
        return setup;
    }

    std::map<std::string, int> spread(int requests) {
        std::map<std::string, int> counts;
        for (int i = 0; i < requests; ++i) {
            const auto response = it.client().get("/lines?unary=1");
            ++counts[response.status == 200 ? response.header("X-Replica") : response.error];
        }
        return counts;
    }

    HttpResponse command(std::size_t i, const std::string& action, const std::string& body = {}) {
        return it.client().post(DrainNginx::path(it.address(i), action, "lines"), body);
    }

    boost::json::object server(std::size_t i) { return it.server(it.address(i), "lines"); }

    DrainNginx it{base()};
};

using Spread = std::map<std::string, int>;

TEST_F(ServerLinesTest, ABackupTakesOverWhenThePrimariesAreDrained) {
    start("zone lines 256k; server $0; server $1; server $2 backup;");
    EXPECT_EQ(spread(40), (Spread{{"r0", 20}, {"r1", 20}}));
    EXPECT_TRUE(server(2).at("backup").as_bool());
    ASSERT_TRUE(has_status(command(0, "drain"), 200));
    ASSERT_TRUE(has_status(command(1, "drain"), 200)) << "a backup is a server that can serve";
    EXPECT_EQ(spread(40), (Spread{{"r2", 40}}));
    EXPECT_EQ(code_of(command(2, "drain")), "last_ready_server");
    ASSERT_TRUE(has_status(command(0, "ready"), 200));
    EXPECT_EQ(spread(40), (Spread{{"r0", 40}}));
    it.nginx().expect_clean_log();
}

TEST_F(ServerLinesTest, ADrainedBackupGetsNothingEvenWhenItIsNeeded) {
    start("server $0 max_fails=1 fail_timeout=1s; server $1; server $2 backup;");
    ASSERT_TRUE(has_status(command(2, "drain"), 200));
    it.replica(0).kill();
    it.replica(1).kill();
    EXPECT_EQ(it.client().get("/lines?unary=1").status, 502);
    EXPECT_EQ(it.replica(2).counts().started, 0);
    it.nginx().expect_clean_log();
}

TEST_F(ServerLinesTest, WeightsAreAsBeforeWhenAServerComesBack) {
    start("zone lines 256k; server $0 weight=5; server $1 weight=3; server $2 weight=2;");
    const Spread fair{{"r0", 50}, {"r1", 30}, {"r2", 20}};
    EXPECT_EQ(spread(100), fair);
    EXPECT_EQ(server(0).at("weight").to_number<int>(), 5);
    ASSERT_TRUE(has_status(command(0, "drain"), 200));
    EXPECT_EQ(spread(50), (Spread{{"r1", 30}, {"r2", 20}}));
    ASSERT_TRUE(has_status(command(0, "ready"), 200));
    const auto after = spread(100);
    EXPECT_NEAR(after.at("r0"), 50, 5);
    EXPECT_NEAR(after.at("r1"), 30, 5);
    it.nginx().expect_clean_log();
}

TEST_F(ServerLinesTest, AnAddressTwiceIsOneServer) {
    start("zone lines 256k; server $0; server $0 weight=2; server $1;");
    ASSERT_TRUE(has_status(command(0, "drain"), 200));
    EXPECT_EQ(spread(60), (Spread{{"r1", 60}}));
    EXPECT_EQ(code_of(command(1, "drain")), "last_ready_server");
    ASSERT_TRUE(has_status(command(0, "ready"), 200));
    const auto after = spread(80);
    EXPECT_NEAR(after.at("r0"), 60, 6);
    it.nginx().expect_clean_log();
}

TEST_F(ServerLinesTest, DownInTheConfigurationStaysDown) {
    start("server $0 down; server $1; server $2;");
    EXPECT_TRUE(server(0).at("configured_down").as_bool());
    ASSERT_TRUE(has_status(command(1, "drain"), 200));
    EXPECT_EQ(code_of(command(2, "drain")), "last_ready_server") << "one that is down cannot serve";
    EXPECT_EQ(spread(40), (Spread{{"r2", 40}}));

    ASSERT_TRUE(has_status(command(0, "drain"), 200)) << "what serves nothing can always go";
    ASSERT_TRUE(has_status(command(0, "ready"), 200));
    EXPECT_EQ(spread(40), (Spread{{"r2", 40}})) << "`ready` does not override `down`";
    it.nginx().expect_clean_log();
}

TEST_F(ServerLinesTest, AServerThatNginxItselfFindsFailingDoesNotCountAsReady) {
    start("zone lines 256k; server $0 max_fails=1 fail_timeout=30s; server $1;");
    it.replica(0).kill();
    for (int i = 0; i < 4; ++i) {
        EXPECT_EQ(it.client().get("/lines?unary=1").status, 200);
    }
    EXPECT_EQ(code_of(command(1, "drain")), "last_ready_server");
    it.replica(0).start();
    ASSERT_TRUE(has_status(command(0, "drain"), 200));
    ASSERT_TRUE(has_status(command(0, "ready"), 200));
    ASSERT_TRUE(has_status(command(1, "drain"), 200)) << "the failures of its old process are past";
    EXPECT_EQ(spread(20), (Spread{{"r0", 20}}));
    it.nginx().expect_clean_log();
}

TEST_F(ServerLinesTest, AServerHasItsNameAndItsAddress) {
    const auto port = std::to_string(it.replica(0).port());
    start("server localhost:" + port + "; server $1;");
    EXPECT_TRUE(has_status(it.client().get(DrainNginx::path(it.address(0), {}, "lines")), 200));
    const auto seen = server(0);
    // "localhost" may stand for several addresses; then each is named by its own.
    const auto name = text_of(seen, "name");
    EXPECT_TRUE(name == "localhost:" + port || name == it.address(0)) << name;
    EXPECT_EQ(text_of(seen, "address"), it.address(0));
    ASSERT_TRUE(has_status(it.client().post(DrainNginx::path(name, "drain", "lines")), 200));
    EXPECT_EQ(text_of(server(0), "state"), "drained");
    EXPECT_EQ(spread(20), (Spread{{"r1", 20}}));
    it.nginx().expect_clean_log();
}

TEST_F(ServerLinesTest, AUnixSocketIsAServer) {
    const auto path = (it.nginx().directory() / "r.sock").string();
    Replica unix_replica({"unix"}, Endpoint::unix_socket(path));
    start("zone lines 256k; server unix:" + path + "; server $1;");
    EXPECT_EQ(spread(20), (Spread{{"unix", 10}, {"r1", 10}}));
    const auto target = DrainNginx::path("unix:" + path, "drain", "lines");
    ASSERT_TRUE(has_status(it.client().post(target), 200));
    EXPECT_EQ(text_of(it.server("unix:" + path, "lines"), "state"), "drained");
    EXPECT_EQ(spread(20), (Spread{{"r1", 20}}));
    it.nginx().expect_clean_log();
}

}  // namespace
}  // namespace lbdrain::test
