// Another configuration over the same records: servers and balancers come and go.
#include "agent_world.hpp"

namespace lbdrain::agent::test {
namespace {

using enum ServerState;
using Word = agent_check::Answer::AdminWord;

TEST(Reload, CarriesSequencesOn) {
    AgentWorld w;
    w.at().in_flight = 1;
    ASSERT_TRUE(w.command(Action::restart));
    w.pass(500);
    w.hooks_work();
    w.reload(one_service(3));
    EXPECT_EQ(w.state(), draining);
    w.at().in_flight = 0;
    w.reach(ready);
}

TEST(Reload, SaysWhichServerIsLeftAsItIsAndRemembersIt) {
    AgentWorld w(one_service(3));
    ASSERT_TRUE(w.command(Action::drain, "llm/c"));
    w.reach(drained, "llm/c");
    const auto record = w.outside.disk.at({"llm", "c"});
    w.reload(one_service(2));
    EXPECT_TRUE(w.outside.told("llm/c (drained) is not configured any more"));
    w.pass(500);
    w.reload(one_service(3));
    EXPECT_EQ(w.state("llm/c"), drained);
    ASSERT_TRUE(w.command(Action::ready, "llm/c"));
    w.pass(readmit_hold + 500);
    EXPECT_TRUE(w.serves("llm/c"));
}

// It is taken out of the new balancer too, so it has to be put back there.
TEST(Reload, ANewBalancerIsOwedTheReadmission) {
    AgentWorld w;
    ASSERT_TRUE(w.command(Action::drain));
    w.reach(drained);
    w.reload(one_service(2, {"edge-1", "edge-2"}));
    w.pass(500);
    ASSERT_EQ(w.at(1).admin, Admin::maint);
    w.restart_agent();
    ASSERT_TRUE(w.command(Action::ready));
    w.pass(readmit_hold + 1'000);
    EXPECT_EQ(w.at(1).admin, Admin::ready);
    EXPECT_TRUE(w.serves());
}

TEST(Reload, AServerThatBecameASiblingComesBackToo) {
    AgentConfig apart = two_services();
    apart.services[1].servers[0].address = "10.0.9.9:8000";
    AgentWorld w(std::move(apart));
    w.hooks_work();
    ASSERT_TRUE(w.command(Action::stop));
    w.reach(stopped);
    EXPECT_TRUE(w.serves("chat/a"));
    w.reload(two_services());
    w.pass(500);
    EXPECT_FALSE(w.serves("chat/a")) << "that process is gone";
    ASSERT_TRUE(w.command(Action::start));
    w.reach(ready);
    w.pass(readmit_hold + 500);
    EXPECT_TRUE(w.serves("chat/a"));
}

TEST(Reload, TwoStoppedServersThatBecameSiblingsBothComeBack) {
    AgentConfig apart = two_services();
    apart.services[1].servers[0].address = "10.0.9.9:8000";
    AgentWorld w(std::move(apart));
    w.hooks_work();
    ASSERT_TRUE(w.command(Action::stop));
    ASSERT_TRUE(w.command(Action::stop, "chat/a"));
    w.reach(stopped);
    w.reach(stopped, "chat/a");
    w.reload(two_services());
    ASSERT_TRUE(w.command(Action::start));
    w.pass(3'000);
    EXPECT_FALSE(w.serves()) << "the other one may still stop or start it";
    ASSERT_TRUE(w.command(Action::start, "chat/a"));
    w.reach(ready, "chat/a");
    w.pass(readmit_hold + 500);
    EXPECT_TRUE(w.serves());
    EXPECT_TRUE(w.serves("chat/a"));
}

// What can be done nowhere must not be said for ever: that would undo an operator's drains.
TEST(Reload, ABalancerThatIsGoneIsOwedNothing) {
    AgentWorld w(one_service(2, {"edge-1", "edge-2"}));
    ASSERT_TRUE(w.command(Action::drain));
    w.reach(drained);
    w.reload(one_service(2, {"edge-1"}));
    w.pass(200);
    ASSERT_TRUE(w.command(Action::ready));
    w.pass(readmit_hold + 1'000);
    EXPECT_EQ(w.answer().admin, Word::none);
    w.reload(one_service(2, {"edge-1", "edge-2"}));  // it was only mislaid
    w.pass(readmit_hold + 1'000);
    EXPECT_EQ(w.at(1).admin, Admin::ready);
}

TEST(Reload, WhatWasOutByHandAtABalancerThatIsGoneStopsNoAnswer) {
    AgentWorld w(one_service(2, {"edge-1", "edge-2"}));
    w.at(1).admin = Admin::drain;
    w.pass(100);
    ASSERT_TRUE(w.command(Action::drain));
    w.reach(drained);
    w.reload(one_service(2, {"edge-1"}));
    w.pass(200);
    ASSERT_TRUE(w.command(Action::ready));
    EXPECT_EQ(w.answer().admin, Word::ready);
}

}  // namespace
}  // namespace lbdrain::agent::test
