// A HAProxy that is away, hangs, was started anew or does not let us.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "haproxy_fixture.hpp"
#include "state_row/state_file.hpp"

namespace lbdrain::agent {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(HaproxyTrouble, ThatIsNotThereIsSaid) {
    FixtureOptions options;
    options.timeout = 300;
    HaproxyFixture fixture(options);
    fixture.want(0, Rotation::drain);
    fixture.poll();
    EXPECT_FALSE(fixture.last.reachable);
    EXPECT_THAT(fixture.last.error, HasSubstr("master.sock"));
    EXPECT_TRUE(fixture.last.servers.empty());
}

TEST(HaproxyTrouble, AWorkerThatHangsIsNamedInTime) {
    FixtureOptions options;
    options.timeout = 300;
    HaproxyFixture fixture(options);
    ASSERT_TRUE(fixture.start());
    fixture.want(0, Rotation::drain);
    ASSERT_TRUE(fixture.poll_until_out());
    const pid_t pid = fixture.haproxy.serving();
    ASSERT_TRUE(fixture.haproxy.kill_worker(pid, SIGSTOP));
    const auto begin = test::steady_ms();
    fixture.poll();
    EXPECT_LT(test::steady_ms() - begin, 5000);
    EXPECT_FALSE(fixture.last.reachable);
    EXPECT_THAT(fixture.last.error, HasSubstr(std::to_string(pid)));
    ASSERT_TRUE(fixture.haproxy.kill_worker(pid, SIGCONT));
    ASSERT_TRUE(fixture.poll_until([&] { return fixture.last.reachable; }));
    EXPECT_FALSE(fixture.seen().out);  // seen once since
    EXPECT_TRUE(fixture.poll_until_out());
}

TEST(HaproxyTrouble, StartedAnewItIsToldAgain) {
    FixtureOptions options;
    options.server_state = false;
    HaproxyFixture fixture(options);
    ASSERT_TRUE(fixture.start());
    fixture.want(0, Rotation::maint);
    ASSERT_TRUE(fixture.poll_until_out());
    fixture.haproxy.stop();
    ASSERT_TRUE(fixture.start());
    ASSERT_EQ(fixture.admin_state(), 0U);
    ASSERT_TRUE(fixture.poll_until_out());
    EXPECT_EQ(fixture.admin_state(), 1U);
}

TEST(HaproxyTrouble, AnAgentThatWasStartedAgainCarriesOn) {
    HaproxyFixture fixture;
    ASSERT_TRUE(fixture.start());
    fixture.want(0, Rotation::drain);
    ASSERT_TRUE(fixture.poll_until_out());
    fixture.new_balancer();
    fixture.poll();
    EXPECT_FALSE(fixture.seen().out);
    fixture.poll();
    EXPECT_TRUE(fixture.seen().out);
    fixture.new_balancer();
    fixture.want(0, Rotation::readmit);
    ASSERT_TRUE(fixture.poll_until_in());
    ASSERT_TRUE(fixture.haproxy.reload());
    EXPECT_EQ(fixture.admin_state(), 0U);  // its row has gone
}

TEST(HaproxyTrouble, ALevelThatIsTooLowIsSaid) {
    FixtureOptions options;
    options.master_level = "operator";
    HaproxyFixture fixture(options);
    ASSERT_TRUE(fixture.start());
    fixture.want(0, Rotation::drain);
    for (int i = 0; i < 3; ++i) {
        fixture.poll();
        EXPECT_FALSE(fixture.seen().out);
    }
    EXPECT_TRUE(fixture.last.reachable);
    EXPECT_THAT(fixture.seen().obstacle, HasSubstr("admin"));
}

TEST(HaproxyTrouble, TheStateFileHoldsWhatIsOutAndNothingElse) {
    HaproxyFixture fixture;
    ASSERT_TRUE(fixture.start());
    fixture.poll();
    EXPECT_EQ(test::read_file(fixture.haproxy.state_file()), haproxy::format_state_text({}));
    fixture.want(0, Rotation::maint);
    fixture.poll();
    EXPECT_THAT(test::read_file(fixture.haproxy.state_file()), HasSubstr(" be 1 a - 2 1 100 "));
    fixture.want(0, Rotation::readmit);
    fixture.poll();
    EXPECT_EQ(test::read_file(fixture.haproxy.state_file()), haproxy::format_state_text({}));
}

TEST(HaproxyTrouble, AStateFileThatCannotBeWrittenDoesNotHinderADrain) {
    HaproxyFixture fixture;
    std::filesystem::create_directory(fixture.haproxy.state_file());
    ASSERT_TRUE(fixture.start());
    fixture.want(0, Rotation::drain);
    ASSERT_TRUE(fixture.poll_until_out());
    EXPECT_TRUE(fixture.warned("not a regular file"));
}

TEST(HaproxyTrouble, RowsOfOthersAreKeptAndSaid) {
    HaproxyFixture fixture;
    ASSERT_TRUE(fixture.start());
    const std::string row = "3 be 2 b - 2 8 100 100 0 0 0 0 0 0 0 0 - " +
                            std::to_string(fixture.b.port()) + " - 0 0 - - 0";
    fixture.haproxy.directory().write("server-state", "1\n" + row + "\n");
    fixture.want(0, Rotation::drain);
    ASSERT_TRUE(fixture.poll_until_out());
    EXPECT_TRUE(fixture.warned("takes be/b out at the next reload"));
    EXPECT_THAT(test::read_file(fixture.haproxy.state_file()), HasSubstr(row));
    fixture.want(0, Rotation::readmit);
    fixture.want(1, Rotation::readmit);
    ASSERT_TRUE(fixture.poll_until_in());
    EXPECT_THAT(test::read_file(fixture.haproxy.state_file()), Not(HasSubstr(row)));
}

TEST(HaproxyTrouble, APortThatChangedBehindARowIsSaid) {
    HaproxyFixture fixture;
    ASSERT_TRUE(fixture.start());
    fixture.want(0, Rotation::drain);
    ASSERT_TRUE(fixture.poll_until_out());
    EXPECT_FALSE(fixture.warned("hides that"));
    HaproxyConfig config;
    config.stats_socket = "unix:" + fixture.haproxy.stats_socket();
    config.master_socket = "unix:" + fixture.haproxy.master_socket();
    config.server_state_file = fixture.haproxy.state_file();
    fixture.balancer = std::move(*HaproxyBalancer::make(
        config, 5000, {{"be", "a", "127.0.0.1:1"}, {"be", "b", fixture.b.address()}}));
    fixture.poll();
    EXPECT_TRUE(fixture.warned("hides that"));
}

TEST(HaproxyTrouble, AnEndpointThatCannotBeOneIsRefused) {
    HaproxyConfig config;
    config.stats_socket = "nonsense";
    EXPECT_THAT(HaproxyBalancer::make(config, 5000, {}).error(), HasSubstr("stats_socket"));
    config.stats_socket = "unix:/run/admin.sock";
    config.master_socket = "unix:relative";
    EXPECT_THAT(HaproxyBalancer::make(config, 5000, {}).error(), HasSubstr("master_socket"));
}

}  // namespace
}  // namespace lbdrain::agent
