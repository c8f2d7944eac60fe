// What people do on the module themselves stands.
#include "module_fixture.hpp"

namespace lbdrain::agent {
namespace {

using test::DrainNginx;
using test::has_status;
using testing::HasSubstr;

TEST(NginxBalancerHand, ADownStaysDown) {
    DrainNginx it;
    ASSERT_TRUE(it.start());
    AgentOfNginx agent(it);
    ASSERT_TRUE(has_status(it.command(0, "down", R"({"by":"alice"})"), 200));
    Seen seen = agent.look(0);
    EXPECT_TRUE(seen.by_hand);
    EXPECT_FALSE(seen.in);
    EXPECT_EQ(it.state(0), "down");

    // Whether anything is left of it is looked at, and whose it was is not forgotten.
    seen = agent.look(0, Rotation::drain);
    EXPECT_TRUE(seen.out && seen.complete && seen.by_hand);
    EXPECT_TRUE(it.wait_for_state(0, "drained"));
    AgentOfNginx another(it);  // the agent was restarted
    seen = another.look(0, Rotation::readmit);
    EXPECT_TRUE(seen.by_hand);
    EXPECT_FALSE(seen.in);
    EXPECT_THAT(seen.obstacle, HasSubstr("by alice"));
    EXPECT_EQ(it.state(0), "drained");

    ASSERT_TRUE(has_status(it.ready(0, R"({"check":false})"), 200));
    EXPECT_TRUE(another.look(0).in);
    it.nginx().expect_clean_log();
}

TEST(NginxBalancerHand, ADrainIsTrustedOnceItIsThere) {
    DrainNginx it;
    ASSERT_TRUE(it.start());
    AgentOfNginx agent(it);
    OneHeld held(it);
    ASSERT_TRUE(has_status(it.drain(0, R"({"wait":false,"by":"alice"})"), 202));
    EXPECT_TRUE(agent.look(0).by_hand);
    Seen seen = agent.look(0, Rotation::drain);
    EXPECT_FALSE(seen.out) << "its deadline would put it back";
    EXPECT_EQ(seen.in_flight, 1U);
    EXPECT_THAT(seen.obstacle, HasSubstr("goal \"drained\" is running there, by alice"));
    held.release();
    EXPECT_TRUE(agent.wait_for_zero(0));
    EXPECT_EQ(agent.look(0).obstacle, "");
}

TEST(NginxBalancerHand, ADrainThatMissesItsDeadlineIsTakenOver) {
    DrainNginx it;
    ASSERT_TRUE(it.start());
    AgentOfNginx agent(it);
    OneHeld held(it);
    ASSERT_TRUE(has_status(it.drain(0, R"({"wait":false,"by":"alice","timeout_s":0.2})"), 202));
    agent.want(0, Rotation::drain);
    EXPECT_TRUE(agent.wait(0, [](const Seen& seen) { return seen.out; }));
    EXPECT_EQ(agent.look(0).in_flight, 1U);
    held.release();
    EXPECT_TRUE(agent.wait_for_zero(0));
}

TEST(NginxBalancerHand, ASequenceThatIsRunningIsNotDisturbed) {
    DrainNginx it({.before = "drain_stop_hook exec /bin/true;"});
    ASSERT_TRUE(it.start());
    AgentOfNginx agent(it);
    OneHeld held(it);
    ASSERT_TRUE(has_status(it.command(0, "stop", R"({"wait":false,"by":"alice"})"), 202));
    for (const Rotation rotation : {Rotation::drain, Rotation::readmit}) {
        const Seen seen = agent.look(0, rotation);
        EXPECT_FALSE(seen.out || seen.in);
        EXPECT_TRUE(seen.by_hand);
        EXPECT_THAT(seen.obstacle, HasSubstr("goal \"stopped\" is running there, by alice"));
    }
    EXPECT_EQ(it.state(0), "draining");
    ASSERT_TRUE(has_status(it.ready(0), 200));
    held.release();
}

TEST(NginxBalancerHand, DownInTheConfiguration) {
    DrainNginx it;
    it.configure({.after = "server 127.0.0.1:9 down;"});
    ASSERT_TRUE(it.start());
    AgentOfNginx agent(it, {{"up", "spare", "127.0.0.1:9"}});
    const Seen seen = agent.look(0);
    EXPECT_TRUE(seen.known && seen.by_hand);
    EXPECT_FALSE(seen.in);
    EXPECT_THAT(agent.look(0, Rotation::readmit).obstacle, HasSubstr("configuration"));
}

}  // namespace
}  // namespace lbdrain::agent
