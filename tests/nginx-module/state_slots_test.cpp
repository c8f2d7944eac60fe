// Slots: who is alive, what the dead left behind, and workers that find no slot.
#include "state/selecting.hpp"
#include "state_fixture.hpp"

namespace lbdrain::test {
namespace {

using nginx::Extent;
using nginx::Selecting;
using nginx::StateFile;
using StateSlotsTest = StateTest;

// A worker with `count` requests on server 0. Says 'c' (counted) or 'u' (no slot), then does what
// it is told: 's' selects and says so, 'r' releases its slot, 'x' ends.
std::function<void(const Worker::Line&)> worker_on(StateFile& state, int count) {
    return [&state, count](const Worker::Line& line) {
        const bool counted = state.claim_slot(1);
        if (counted) {
            nginx::add(state.counts(*state.own_slot())[0], count);
        }
        line.say(counted ? 'c' : 'u');
        for (char word = line.hear(); word != 'x' && word != '\0'; word = line.hear()) {
            if (word == 's') {
                const Selecting selecting(&state.slot(*state.own_slot()));
                line.say('s');
                line.hear();
            } else if (word == 'r') {
                state.release_slot();
            }
            line.say(word);
        }
    };
}

TEST_F(StateSlotsTest, EachWorkerHasItsOwnAndTheSumIsSeen) {
    auto state = open({4, 2});
    Worker a(worker_on(state, 3));
    Worker b(worker_on(state, 4));
    ASSERT_EQ(a.hear(), 'c');
    ASSERT_EQ(b.hear(), 'c');
    EXPECT_EQ(nginx::counted_workers(state), 2U);
    EXPECT_EQ(nginx::in_flight(state, 0), 7U);
    EXPECT_EQ(nginx::in_flight(state, 1), 0U);
    a.say('r');
    ASSERT_EQ(a.hear(), 'r');
    EXPECT_EQ(nginx::counted_workers(state), 1U);
    EXPECT_EQ(nginx::in_flight(state, 0), 4U) << "its connections ended before it let go";
}

TEST_F(StateSlotsTest, TheDeadDoNotCountAndTheirSlotsAreTakenAnew) {
    auto state = open({2, 2});
    for (int i = 0; i < 20; ++i) {
        Worker worker(worker_on(state, 3));
        ASSERT_EQ(worker.hear(), 'c') << "both slots were left by dead workers";
        EXPECT_EQ(nginx::in_flight(state, 0), 3U);
        worker.kill();
        EXPECT_EQ(nginx::in_flight(state, 0), 0U);
        EXPECT_EQ(nginx::counted_workers(state), 0U);
        EXPECT_TRUE(nginx::observe(state, 0).complete);
    }
}

TEST_F(StateSlotsTest, AWorkerThatChoosesIsWaitedForUnlessItDied) {
    auto state = open({2, 2});
    Worker worker(worker_on(state, 0));
    ASSERT_EQ(worker.hear(), 'c');
    EXPECT_TRUE(nginx::observe(state, 0).complete);
    worker.say('s');
    ASSERT_EQ(worker.hear(), 's');
    EXPECT_FALSE(nginx::observe(state, 0).complete);
    worker.say('e');
    ASSERT_EQ(worker.hear(), 's');
    EXPECT_TRUE(nginx::observe(state, 0).complete);

    worker.say('s');
    ASSERT_EQ(worker.hear(), 's');
    EXPECT_FALSE(nginx::observe(state, 0).complete);
    worker.kill();
    EXPECT_TRUE(nginx::observe(state, 0).complete);
    Worker next(worker_on(state, 0));
    ASSERT_EQ(next.hear(), 'c');
    EXPECT_TRUE(nginx::observe(state, 0).complete) << "the mark of the dead was taken back";
}

TEST_F(StateSlotsTest, AWorkerWithoutASlotIsKnownToAll) {
    auto state = open({2, 1});
    Worker a(worker_on(state, 0));
    Worker b(worker_on(state, 0));
    ASSERT_EQ(a.hear(), 'c');
    ASSERT_EQ(b.hear(), 'c');
    EXPECT_FALSE(state.uncounted_worker());
    Worker c(worker_on(state, 0));
    Worker d(worker_on(state, 0));
    ASSERT_EQ(c.hear(), 'u');
    ASSERT_EQ(d.hear(), 'u');
    EXPECT_TRUE(state.uncounted_worker());
    EXPECT_FALSE(nginx::observe(state, 0).complete) << "nothing is called drained while it runs";
    c.kill();
    EXPECT_TRUE(state.uncounted_worker()) << "there is another";
    d.kill();
    EXPECT_FALSE(state.uncounted_worker());
    EXPECT_TRUE(nginx::observe(state, 0).complete);
}

TEST_F(StateSlotsTest, ANegativeCountIsNoCredit) {
    auto state = open({2, 1});
    Worker a(worker_on(state, -5));
    Worker b(worker_on(state, 2));
    ASSERT_EQ(a.hear(), 'c');
    ASSERT_EQ(b.hear(), 'c');
    EXPECT_EQ(nginx::in_flight(state, 0), 2U);
}

TEST_F(StateSlotsTest, LocksGoWithTheirHolder) {
    auto state = open({2, 1});
    Worker holder([&](const Worker::Line& line) {
        line.say(state.try_control_lock() && state.try_driver_lock() ? 'y' : 'n');
        line.hear();
    });
    ASSERT_EQ(holder.hear(), 'y');
    EXPECT_FALSE(state.try_control_lock());
    EXPECT_FALSE(state.try_driver_lock());
    holder.kill();
    EXPECT_TRUE(state.try_control_lock());
    EXPECT_TRUE(state.try_driver_lock());
}

}  // namespace
}  // namespace lbdrain::test
