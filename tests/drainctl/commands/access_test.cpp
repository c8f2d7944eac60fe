// How drainctl gets in: TLS with a CA of one's own, client certificates, tokens. And what a
// terminal is shown.
#include <boost/json.hpp>

#include "ctl_fixture.hpp"

namespace lbdrain::test {
namespace {

using testing::HasSubstr;

void openssl(const TempDir& directory, const std::string& script) {
    const CommandResult result =
        run_command({.argv = {"sh", "-ec", script}, .directory = directory.path().string()});
    ASSERT_TRUE(result.status.ok()) << result.err;
}

// An NGINX whose API wants a certificate and a token.
class AccessTest : public testing::Test {
  protected:
    void SetUp() override {
        openssl(directory, R"(
            openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 \
                -subj /CN=ca 2>/dev/null
            for name in server client; do
                openssl req -newkey rsa:2048 -nodes -keyout $name.key -out $name.csr \
                    -subj /CN=$name 2>/dev/null
                printf 'subjectAltName=IP:127.0.0.1\n' > ext
                openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial \
                    -extfile ext -out $name.pem -days 2 2>/dev/null
            done
            printf 'secret\n' > token; printf 'wrong\n' > wrong)");
        DrainSetup setup;
        const std::string at = directory.path().string() + "/";
        setup.http = "drain_settle 0;\nserver {\n    listen 127.0.0.1:" + std::to_string(port) +
                     " ssl;\n    ssl_certificate " + at + "server.pem;\n    ssl_certificate_key " +
                     at + "server.key;\n    ssl_client_certificate " + at +
                     "ca.pem;\n    ssl_verify_client on;\n    location /drain/ {\n"
                     "        if ($http_authorization != \"Bearer secret\") { return 403; }\n"
                     "        drain_api write=on;\n    }\n}\n";
        nginx = std::make_unique<DrainNginx>(setup);
        ASSERT_TRUE(nginx->start());
    }

    CommandResult run(const std::string& target, const std::vector<std::string>& args) {
        const std::string at = directory.path().string() + "/";
        std::string text = target;
        for (std::size_t i = text.find('@'); i != std::string::npos; i = text.find('@')) {
            text.replace(i, 1, at);
        }
        const auto file = directory.write(
            "drainctl.yaml", "targets: {edge: {api: \"https://127.0.0.1:" + std::to_string(port) +
                                 "/drain\", " + text + "}}\n");
        ProcessOptions options;
        options.argv = {LBDRAIN_CTL, "--config", file.string()};
        options.argv.insert(options.argv.end(), args.begin(), args.end());
        options.env = {{"LBDRAIN_STATE_DIR", at + "state"}};
        return run_command(options);
    }

    TempDir directory;
    std::uint16_t port = free_port();
    std::unique_ptr<DrainNginx> nginx;
};

TEST_F(AccessTest, WithAllOfItItDrains) {
    const std::string all =
        "ca_file: @ca.pem, client_certificate: @client.pem, client_key: @client.key, "
        "token_file: @token";
    const CommandResult result = run(all, {"drain", "up/" + nginx->address(0)});
    EXPECT_EQ(result.status.code, 0) << result.out << result.err;
    EXPECT_EQ(nginx->state(0), "drained");
}

TEST_F(AccessTest, WithoutAnyPartItSaysWhatIsMissing) {
    CommandResult result = run("token_file: @token", {"status"});
    EXPECT_EQ(result.status.code, 6);
    EXPECT_THAT(result.out, HasSubstr("certificate")) << result.err;
    result = run("ca_file: @ca.pem, token_file: @token", {"status"});
    EXPECT_EQ(result.status.code, 6);
    EXPECT_THAT(result.out, HasSubstr("status 400"));
    const std::string certified =
        "ca_file: @ca.pem, client_certificate: @client.pem, client_key: @client.key";
    result = run(certified, {"status"});
    EXPECT_EQ(result.status.code, 6);
    EXPECT_THAT(result.out, HasSubstr("no token_file is configured"));
    result = run(certified + ", token_file: @wrong", {"status"});
    EXPECT_THAT(result.out, HasSubstr("the token was refused"));
    result = run(certified + ", token_file: @none", {"status"});
    EXPECT_EQ(result.status.code, 6);
    EXPECT_THAT(result.out, HasSubstr("No such file or directory"));
}

// `script` gives it a terminal.
std::vector<std::string> on_terminal(const ProcessOptions& options) {
    std::string command = "stty cols 100 rows 20; exec";
    for (const std::string& each : options.argv) {
        command += " '" + each + "'";
    }
    return {"script", "-qefc", command, "/dev/null"};
}

TEST(Terminal, ShowsOneLineAServerAndDrawsItAgain) {
    CtlFleet fleet(3);
    ASSERT_TRUE(fleet.start());
    auto held = fleet.hold(0);
    ProcessOptions options = fleet.drainctl({"drain", "up/s0"});
    options.argv = on_terminal(options);
    options.env["TERM"] = "xterm";
    Process drain(options);
    const std::string up_and_clear = "\x1B[1A\x1B[2K";
    ASSERT_TRUE(eventually(long_enough, [&] {
        return drain.out().find(up_and_clear) != std::string::npos;
    })) << drain.out();
    EXPECT_TRUE(eventually(long_enough, [&] {
        return drain.out().find("1 request in flight") != std::string::npos;
    })) << drain.out();
    fleet.nginx.replica(0).release();
    EXPECT_TRUE(held->wait());
    EXPECT_EQ(drain.wait()->code, 0) << drain.out();
    EXPECT_THAT(drain.out(), HasSubstr("drained after"));
}

TEST(Terminal, WatchesUntilItIsEnded) {
    CtlFleet fleet(3);
    ASSERT_TRUE(fleet.start());
    ProcessOptions options = fleet.drainctl({"status", "--watch"});
    options.argv = on_terminal(options);
    options.env["TERM"] = "xterm";
    Process watch(options);
    ASSERT_TRUE(
        eventually(long_enough, [&] { return watch.out().find("s2") != std::string::npos; }));
    ASSERT_TRUE(has_status(fleet.nginx.drain(1), 200));
    EXPECT_TRUE(eventually(long_enough, [&] {
        return watch.out().find("drained (agent.sock: ready)") != std::string::npos;
    })) << watch.out();
    EXPECT_TRUE(watch.running());
}

TEST(Terminal, WatchingWithoutOneNeedsJson) {
    CtlFleet fleet(1);
    ASSERT_TRUE(fleet.start());
    const CommandResult refused = fleet.run({"status", "--watch"});
    EXPECT_EQ(refused.status.code, 2);
    EXPECT_THAT(refused.err, HasSubstr("--watch needs a terminal, or --json"));
    Process watch(fleet.drainctl({"--json", "status", "--watch"}));
    ASSERT_TRUE(eventually(long_enough, [&] { return !lines_of(watch.out()).empty(); }));
    watch.signal(SIGINT);
    EXPECT_EQ(watch.wait()->code, 0);
}

}  // namespace
}  // namespace lbdrain::test
