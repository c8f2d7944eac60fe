// An nginx that cannot be read, or not be told.
#include <csignal>

#include "module_fixture.hpp"

namespace lbdrain::agent {
namespace {

using test::DrainNginx;
using testing::HasSubstr;

TEST(NginxBalancerAccess, ATokenThatChanges) {
    DrainNginx it({.locations = "location /guarded/ { if ($token_ok = 0) { return 403; }\n"
                                "    drain_api write=on; }",
                   .http = "map $http_authorization $token_ok { default 0; \"Bearer new\" 1; }"});
    ASSERT_TRUE(it.start());
    const test::TempDir directory;
    const std::string token = directory.write("token", "old\n");
    AgentOfNginx agent(it, "/guarded/", token);
    EXPECT_EQ(agent.poll().error, "status 403: the token was refused");
    directory.write("token", "new\n");
    EXPECT_TRUE(agent.look(0, Rotation::drain).out);
    directory.write("token", "");
    EXPECT_THAT(agent.poll().error, HasSubstr("token: is empty"));
    EXPECT_THAT(AgentOfNginx(it, "/guarded").poll().error, HasSubstr("no token_file"));
    it.nginx().expect_clean_log();
}

TEST(NginxBalancerAccess, ALocationThatOnlyShows) {
    DrainNginx it;
    ASSERT_TRUE(it.start());
    AgentOfNginx agent(it, "/look");
    const Seen seen = agent.look(0, Rotation::drain);
    EXPECT_TRUE(seen.known && seen.in);
    EXPECT_FALSE(seen.out);
    EXPECT_THAT(seen.obstacle, HasSubstr("write=on"));
    EXPECT_THAT(agent.poll().warnings, testing::ElementsAre(HasSubstr("write=on")));
    EXPECT_EQ(it.state(0), "ready");
}

TEST(NginxBalancerAccess, AnotherLocation) {
    DrainNginx it;
    ASSERT_TRUE(it.start());
    const Snapshot snapshot = AgentOfNginx(it, "").poll();
    EXPECT_FALSE(snapshot.reachable) << "a replica answered";
    EXPECT_NE(snapshot.error, "");
}

TEST(NginxBalancerAccess, NoSuchUpstreamOrServerOrOneThatIsLeftAlone) {
    DrainNginx it;
    it.configure({.http = "upstream alone { drain off; server " + it.address(0) + "; }"});
    ASSERT_TRUE(it.start());
    AgentOfNginx agent(
        it,
        {{"nope", "a", it.address(0)}, {"up", "a", "127.0.0.1:1"}, {"alone", "a", it.address(0)}});
    for (std::size_t i = 0; i < 3; ++i) {
        const Seen seen = agent.look(i, Rotation::drain);
        EXPECT_FALSE(seen.known || seen.out || seen.complete);
        EXPECT_NE(seen.obstacle, "");
    }
    EXPECT_THAT(agent.look(2).obstacle, HasSubstr("drain off"));
    EXPECT_EQ(it.state(0), "ready");
}

TEST(NginxBalancerAccess, OneThatHangsAndComesBack) {
    DrainNginx it;
    ASSERT_TRUE(it.start());
    AgentOfNginx agent(it, "/drain", {}, 500);
    ASSERT_TRUE(agent.poll().reachable);
    const auto workers = it.nginx().serving();
    for (const pid_t worker : workers) {
        ASSERT_TRUE(it.nginx().kill_worker(worker, SIGSTOP));
    }
    agent.want(0, Rotation::drain);
    const std::int64_t start = test::steady_ms();
    const Snapshot hung = agent.poll();
    EXPECT_LT(test::steady_ms() - start, 10'000);
    EXPECT_FALSE(hung.reachable);
    EXPECT_EQ(hung.error, "timed out");
    for (const pid_t worker : workers) {
        ASSERT_TRUE(it.nginx().kill_worker(worker, SIGCONT));
    }
    EXPECT_TRUE(test::eventually(test::long_enough, [&] {
        const Snapshot snapshot = agent.poll();
        return snapshot.reachable && snapshot.servers.at(0).out;
    }));
}

TEST(NginxBalancerAccess, OneThatIsStopped) {
    DrainNginx it;
    ASSERT_TRUE(it.start());
    AgentOfNginx agent(it);
    ASSERT_TRUE(agent.look(0, Rotation::drain).out);
    it.nginx().stop();
    EXPECT_EQ(agent.poll().error, "connection refused");
    ASSERT_TRUE(it.start());
    EXPECT_TRUE(agent.look(0).out) << "the state outlives it";
}

}  // namespace
}  // namespace lbdrain::agent
