// The state's path, and who may change what: `nginx -t` and `nginx -s reload` look only.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <map>

#include "drain_fixture.hpp"

namespace lbdrain::test {
namespace {

// Every file under the directory: its type, mode, size, time of change and content.
std::map<std::string, std::string> picture(const std::filesystem::path& directory) {
    std::map<std::string, std::string> files;
    if (!std::filesystem::exists(directory)) {
        return files;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
        struct stat info {};
        ::lstat(entry.path().c_str(), &info);
        files[entry.path().string()] =
            std::to_string(info.st_mode) + " " + std::to_string(info.st_size) + " " +
            std::to_string(info.st_mtim.tv_sec) + "." + std::to_string(info.st_mtim.tv_nsec) +
            (entry.is_regular_file() ? read_file(entry.path()) : "");
    }
    return files;
}

class ConfigStateTest : public testing::Test {
  protected:
    std::filesystem::path state() { return it.nginx().directory() / "state"; }

    void expect_refused(const std::string& says) {
        const auto before = picture(state());
        const auto test = it.nginx().test_config();
        EXPECT_EQ(test.status.code, 1);
        EXPECT_NE(test.err.find("[emerg]"), std::string::npos) << test.err;
        EXPECT_NE(test.err.find(says), std::string::npos) << test.err;
        EXPECT_FALSE(it.start());
        EXPECT_NE(it.nginx().error_log().find(says), std::string::npos) << it.nginx().error_log();
        EXPECT_EQ(picture(state()), before) << "what is not ours is left as it is";
    }

    DrainNginx it;
};

TEST_F(ConfigStateTest, ADirectoryIsNoState) {
    std::filesystem::create_directories(state() / "state");
    expect_refused("state/state\"");
}

TEST_F(ConfigStateTest, AForeignFileIsLeftAlone) {
    std::filesystem::create_directory(state());
    std::ofstream(state() / "state") << "precious notes of somebody";
    expect_refused("is not a drain state file");
}

TEST_F(ConfigStateTest, ALargeForeignFileIsLeftAlone) {
    std::filesystem::create_directory(state());
    std::ofstream(state() / "state") << std::string(3 * 1024 * 1024, 'x');
    expect_refused("is not a drain state file");
}

TEST_F(ConfigStateTest, ALinkIsNotFollowed) {
    std::filesystem::create_directory(state());
    std::ofstream(state() / "elsewhere").flush();
    std::filesystem::create_symlink("elsewhere", state() / "state");
    expect_refused("cannot open");
}

TEST_F(ConfigStateTest, AParentThatIsMissing) {
    DrainSetup setup;
    setup.state = "drain_state no/such/place/state;";
    it.configure(setup);
    // `nginx -t` cannot know; the start tells it.
    EXPECT_FALSE(it.start());
    EXPECT_NE(it.nginx().error_log().find("no/such/place"), std::string::npos);
}

TEST_F(ConfigStateTest, OtherSizesAreRefusedAndSayWhatToDo) {
    ASSERT_TRUE(it.start());
    ASSERT_TRUE(it.nginx().quit());
    DrainSetup setup;
    setup.state = "drain_state state/state slots=100 servers=50;";
    it.configure(setup);
    std::filesystem::remove(it.nginx().directory() / "error.log");
    expect_refused("has slots=256 servers=1024, the configuration says slots=100 servers=50");
}

TEST_F(ConfigStateTest, TestingChangesNothing) {
    EXPECT_EQ(it.nginx().test_config().status.code, 0);
    EXPECT_FALSE(std::filesystem::exists(state())) << "not even a directory is made";

    ASSERT_TRUE(it.start());
    ASSERT_TRUE(has_status(it.drain(0), 200));
    const auto before = picture(state());
    EXPECT_EQ(it.nginx().test_config().status.code, 0);
    DrainSetup other;
    other.http += "upstream more { server 127.0.0.1:1; server 127.0.0.1:2; }";
    it.configure(other);
    EXPECT_EQ(it.nginx().test_config().status.code, 0);
    EXPECT_EQ(picture(state()), before);
    EXPECT_EQ(it.state(0), "drained");
    it.nginx().expect_clean_log();
}

TEST_F(ConfigStateTest, TheSignallerChangesNothing) {
    ASSERT_TRUE(it.start());
    ASSERT_TRUE(has_status(it.drain(0), 200));
    const auto before = picture(state());
    // Reads a configuration that nobody was told of, then only asks the master to reopen its log.
    DrainSetup other;
    other.http += "upstream more { server 127.0.0.1:1; server 127.0.0.1:2; }";
    it.configure(other);
    EXPECT_EQ(it.nginx().command({"-s", "reopen"}).status.code, 0);
    EXPECT_EQ(picture(state()), before);
    EXPECT_EQ(it.nginx().command({"-s", "reload"}).status.code, 0);
    ASSERT_TRUE(eventually(long_enough, [&] {
        return !it.server("127.0.0.1:1", "more").empty() &&
               text_of(it.server("127.0.0.1:1", "more"), "state") == "ready";
    }));
    EXPECT_EQ(it.state(0), "drained");
    EXPECT_EQ(it.client().get("/?unary=1").header("X-Replica"), "r1");
    it.nginx().expect_clean_log();
}

TEST_F(ConfigStateTest, AReloadCannotMoveTheState) {
    ASSERT_TRUE(it.start());
    ASSERT_TRUE(has_status(it.drain(0), 200));
    for (const std::string line : {"drain_state state/other;", "drain_state state/state slots=100;",
                                   "drain_state state/state servers=10;"}) {
        SCOPED_TRACE(line);
        DrainSetup setup;
        setup.state = line;
        it.configure(setup);
        const auto refusals = [&] {
            const auto log = it.nginx().error_log();
            int count = 0;
            for (std::size_t at = 0;
                 (at = log.find("cannot change by a reload", at)) != std::string::npos; ++at) {
                ++count;
            }
            return count;
        };
        const int before = refusals();
        ASSERT_TRUE(it.nginx().signal_master(SIGHUP));
        ASSERT_TRUE(eventually(long_enough, [&] { return refusals() > before; }));
        EXPECT_FALSE(std::filesystem::exists(state() / "other"));
        // The old configuration goes on.
        EXPECT_EQ(it.state(0), "drained");
        EXPECT_EQ(it.client().get("/?unary=1").header("X-Replica"), "r1");
    }
    it.configure({});
    ASSERT_TRUE(it.nginx().reload()) << "and a good one is taken afterwards";
    EXPECT_EQ(it.state(0), "drained");
    ASSERT_TRUE(has_status(it.ready(0), 200));
    it.nginx().expect_clean_log({"cannot change by a reload"});
}

TEST_F(ConfigStateTest, ARestartFindsTheStateAgain) {
    ASSERT_TRUE(it.start());
    ASSERT_TRUE(has_status(it.drain(0), 200));
    ASSERT_TRUE(it.nginx().quit());
    ASSERT_TRUE(it.start());
    EXPECT_EQ(it.state(0), "drained");
    EXPECT_EQ(it.client().get("/?unary=1").header("X-Replica"), "r1");
    it.nginx().expect_clean_log();
}

TEST_F(ConfigStateTest, EveryGoodDirectiveIsAccepted) {
    DrainSetup setup;
    setup.state = "drain_state state/state slots=2 servers=65536;";
    setup.http =
        "drain_timeout 15m; drain_settle 0; drain_on_timeout stop; drain_min_ready 1;"
        "upstream a { server 127.0.0.1:1; drain on; drain_timeout 1500ms; drain_settle 250ms;"
        " drain_on_timeout wait; drain_min_ready 2;"
        " drain_stop_hook exec /bin/true $server $service '$$x' timeout=5m;"
        " drain_start_hook http https://$server_host:8443/start method=PUT 'header=X-A: b'"
        "   'body={}' status=200,202 timeout=1m;"
        " drain_ready_check http://$server/health passes=3 interval=1s attempt_timeout=2s"
        "   timeout=15m model=m one_token=on; }"
        "upstream b { server 127.0.0.1:2;"
        " drain_stop_hook signal pidfile=/run/$server_port.pid signal=SIGINT stop_timeout=10s"
        "   timeout=20s; drain_ready_check connect; }"
        "upstream c { server 127.0.0.1:3; drain_stop_hook signal unit=vllm@$server_port.service;"
        " drain_start_hook exec /bin/true; }"
        "upstream d { server 127.0.0.1:4; drain off; }"
        "upstream e { server unix:/run/e.sock; server [::1]:5 backup; hash $arg_a; keepalive 4;"
        " drain_stop_hook http http://localhost/stop socket=/run/$service.sock; }";
    it.configure(setup);
    const auto result = it.nginx().test_config();
    EXPECT_EQ(result.status.code, 0) << result.err;
    ASSERT_TRUE(it.start());
    EXPECT_EQ(it.status().at("services").as_array().size(), 6U);
    it.nginx().expect_clean_log();
}

TEST_F(ConfigStateTest, WithoutTheStateTheModuleDoesNothing) {
    it.nginx().set_http("server { listen 127.0.0.1:" + std::to_string(it.port()) +
                        "; location / { proxy_pass http://" + it.address(0) + "; } }");
    ASSERT_TRUE(it.start());
    EXPECT_EQ(it.client().get("/?unary=1").status, 200);
    EXPECT_FALSE(std::filesystem::exists(state()));
    it.nginx().expect_clean_log();
}

}  // namespace
}  // namespace lbdrain::test
