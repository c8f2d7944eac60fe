// A server that a reload adds, at the address of one whose sequence may stop the process.
#include "state_fixture.hpp"

namespace lbdrain::test {
namespace {

using StateEnrollTest = StateTest;

TEST_F(StateEnrollTest, AServerAddedAtTheAddressOfAStoppedOneIsOutFromTheStart) {
    auto state = open({2, 4});
    const auto stopped = state.enroll("up", "127.0.0.1:8001", 1).value();
    Sequence sequence;
    sequence.state = ServerState::stopped;
    state.commit(stopped, sequence);
    nginx::sync_rotation(state, stopped);

    const auto added = state.enroll("also", "127.0.0.1:8001", 2).value();
    EXPECT_EQ(state.entry(added).hold.load(), stopped + 1);
    EXPECT_EQ(state.flags(added).load(), nginx::flag_used | nginx::flag_out);
    const auto other = state.enroll("also", "127.0.0.1:8002", 2).value();
    EXPECT_EQ(state.entry(other).hold.load(), 0U);
    EXPECT_EQ(state.flags(other).load(), nginx::flag_used);

    state.commit(stopped, Sequence{});
    nginx::sync_rotation(state, stopped);
    EXPECT_EQ(state.entry(added).hold.load(), 0U);
    EXPECT_EQ(state.flags(added).load(), nginx::flag_used) << "it enters with the process";
}

}  // namespace
}  // namespace lbdrain::test
