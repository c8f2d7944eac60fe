// Sequences are read whole, whatever a writer does or dies of; flags and epoch are brought in step
// after a writer was killed between two of its stores.
#include <sys/mman.h>

#include <atomic>
#include <chrono>
#include <new>
#include <random>
#include <thread>
#include <vector>

#include "state_fixture.hpp"
#include "wait.hpp"

namespace lbdrain::test {
namespace {

using nginx::StateFile;
using StateCommitTest = StateTest;

// All of it says the same number, so that halves of two show.
Sequence numbered(std::uint64_t number) {
    Sequence sequence;
    const auto value = static_cast<lbdrain::Millis>(number);
    const std::string text(60, static_cast<char>('a' + number % 26));
    sequence.id = number;
    sequence.since = sequence.begun = sequence.run_since = value;
    sequence.policy.drain_timeout = sequence.policy.ready_timeout = value;
    sequence.by.assign(text);
    sequence.reason.assign(text + text + text);
    sequence.stop_text = sequence.reason;
    sequence.last.text = sequence.reason;
    sequence.last.id = sequence.last.left = number;
    return sequence;
}

bool is_whole(const Sequence& sequence) {
    const Sequence whole = numbered(sequence.id);
    return sequence.by == whole.by && sequence.reason == whole.reason &&
           sequence.stop_text == whole.stop_text && sequence.last.text == whole.last.text &&
           sequence.last.left == sequence.id && sequence.last.id == sequence.id &&
           sequence.begun == whole.begun &&
           sequence.policy.ready_timeout == whole.policy.ready_timeout;
}

// Both come in bursts, with naps between. Two that only spin meet where the scheduler takes turns,
// which on a busy machine is every tenth of a second; one that wakes comes in between the other's
// stores at once.
constexpr int burst = 64;

void nap() {
    std::this_thread::sleep_for(std::chrono::microseconds{1});
}

[[noreturn]] void keep_committing(const StateFile& state) {
    for (std::vector<Sequence> values(burst, state.read(1));;) {
        for (auto number = values.back().id; auto& value : values) {
            value = numbered(++number);
        }
        nap();
        // Nothing else between the commits, so that reads fall into them.
        for (const auto& value : values) {
            state.commit(1, value);
        }
    }
}

TEST_F(StateCommitTest, AReaderNeverSeesHalves) {
    constexpr int enough = 1200;  // meetings: reads that find another value than the one before
    auto state = open({2, 2});
    state.commit(1, numbered(0));
    std::mt19937 random(std::random_device{}());
    int meetings = 0;
    std::uint64_t before = 0;
    const auto deadline = test::steady_ms() + 120'000;
    for (int writers = 0; meetings < enough; ++writers) {
        Worker writer([&](const Worker::Line& line) {
            line.say('b');
            keep_committing(state);
        });
        ASSERT_EQ(writer.hear(), 'b');
        const int until = meetings + 11 + static_cast<int>(random() % 20);
        for (int reads = 0; meetings < until; ++reads) {
            const Sequence seen = state.read(1);
            ASSERT_TRUE(is_whole(seen)) << "writer " << writers;
            ASSERT_GE(seen.id, before);
            meetings += seen.id != before ? 1 : 0;
            before = seen.id;
            if (reads % burst == 0) {
                nap();
                ASSERT_LT(test::steady_ms(), deadline) << "only " << meetings << " meetings";
            }
        }
        writer.kill();
        const Sequence left = state.read(1);
        ASSERT_TRUE(is_whole(left)) << "what a killed writer left behind";
        ASSERT_GE(left.id, before);
        before = left.id;
    }
    EXPECT_EQ(state.read(0).id, 0U);
}

class StateRepairTest : public StateTest {
  protected:
    static constexpr std::uint32_t servers = 8;

    // Servers 0 to 3 in "a", 4 to 7 in "b", at the same addresses.
    StateRepairTest() : state(open({4, servers})) {
        for (std::uint32_t i = 0; i < servers; ++i) {
            EXPECT_EQ(state.enroll(i < 4 ? "a" : "b", "10.0.0." + std::to_string(i % 4) + ":80", 1),
                      i);
        }
    }

    static Sequence in_state(ServerState server_state, Goal goal = Goal::none) {
        Sequence sequence;
        sequence.state = server_state;
        sequence.goal = goal;
        sequence.id = goal == Goal::none ? 0 : 7;
        return sequence;
    }

    std::uint32_t epoch() { return state.header().epoch.load(); }
    bool is_out(std::uint32_t i) { return (state.flags(i).load() & nginx::flag_out) != 0; }

    void expect_in_step() {
        for (std::uint32_t i = 0; i < servers; ++i) {
            const Sequence sequence = state.read(i);
            const std::uint32_t sibling = (i + 4) % servers;
            const auto hold = state.entry(i).hold.load();
            ASSERT_EQ(is_out(i), !in_rotation(sequence.state) || hold != 0) << i;
            ASSERT_EQ((state.flags(i).load() & nginx::flag_running) != 0, running(sequence)) << i;
            ASSERT_EQ(state.flags(i).load() & nginx::flag_moving, 0U) << i;
            ASSERT_TRUE(hold == 0 || hold == sibling + 1) << i;
            // Both may want to hold the replica; then one of them does.
            const bool wanted = nginx::holds_replica(state.read(sibling));
            ASSERT_EQ(hold != 0, wanted) << i;
        }
    }

    StateFile state;
};

TEST_F(StateRepairTest, FlagsFollowTheSequence) {
    const auto before = epoch();
    state.commit(0, in_state(ServerState::draining, Goal::drained));
    nginx::sync_rotation(state, 0);
    EXPECT_TRUE(is_out(0));
    EXPECT_FALSE(is_out(4)) << "a drain holds nobody else";
    EXPECT_NE(epoch(), before);
    const auto moved = epoch();
    nginx::sync_rotation(state, 0);
    EXPECT_EQ(epoch(), moved) << "nothing changed: no worker has to look";
    state.commit(0, in_state(ServerState::stopping, Goal::stopped));
    nginx::sync_rotation(state, 0);
    EXPECT_TRUE(is_out(4));
    EXPECT_EQ(state.entry(4).hold.load(), 1U);
    EXPECT_NE(epoch(), moved);
    state.commit(0, in_state(ServerState::ready));
    nginx::sync_rotation(state, 0);
    EXPECT_FALSE(is_out(0));
    EXPECT_FALSE(is_out(4));
    expect_in_step();
}

TEST_F(StateRepairTest, AfterADeathBetweenCommitAndFlags) {
    state.commit(0, in_state(ServerState::draining, Goal::restarted));
    EXPECT_FALSE(nginx::observe(state, 0).out_of_rotation);
    nginx::sync_all(state);
    EXPECT_TRUE(nginx::observe(state, 0).out_of_rotation);
    expect_in_step();
    state.commit(0, in_state(ServerState::ready));
    nginx::sync_all(state);
    expect_in_step();
}

TEST_F(StateRepairTest, AfterADeathBetweenFlagsAndEpoch) {
    const auto before = epoch();
    state.commit(0, in_state(ServerState::draining, Goal::drained));
    state.flags(0).store(nginx::flag_used | nginx::flag_out | nginx::flag_running |
                         nginx::flag_moving);
    EXPECT_FALSE(nginx::observe(state, 0).out_of_rotation) << "no worker was told";
    nginx::sync_rotation(state, 0);
    EXPECT_NE(epoch(), before);
    EXPECT_TRUE(nginx::observe(state, 0).out_of_rotation);
    expect_in_step();
}

// What workers know: the flags as they were when the epoch rose last.
struct Told {
    std::atomic<bool> valid{false};
    std::uint32_t epoch = 0;
    std::array<std::uint32_t, 8> out{};
};

TEST_F(StateRepairTest, AfterADeathAnywhere) {
    void* shared =
        ::mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(shared, MAP_FAILED);
    Told& told = *::new (shared) Told;
    std::mt19937 random(std::random_device{}());
    for (int round = 0; round < 200; ++round) {
        Worker writer([&](const Worker::Line& line) {
            std::minstd_rand choice(static_cast<unsigned>(round) + 1);
            line.say('b');
            for (;;) {
                told.valid.store(false);
                told.epoch = epoch();
                for (std::uint32_t i = 0; i < servers; ++i) {
                    told.out[i] = is_out(i) ? 1 : 0;
                }
                told.valid.store(true);
                while (!state.try_control_lock()) {
                }
                const auto i = static_cast<std::uint32_t>(choice() % servers);
                const bool away = choice() % 2 == 0;
                const bool stops = choice() % 2 == 0;
                state.commit(i,
                             away ? in_state(stops ? ServerState::stopping : ServerState::draining,
                                             stops ? Goal::restarted : Goal::drained)
                                  : in_state(ServerState::ready));
                nginx::sync_rotation(state, i);
                state.control_unlock();
            }
        });
        ASSERT_EQ(writer.hear(), 'b');
        const auto begin = epoch();
        for (const auto moves = random() % 20; epoch() - begin < moves;) {
        }
        for (auto spins = random() % 5000; spins > 0; --spins) {
            std::atomic_signal_fence(std::memory_order_seq_cst);
        }
        writer.kill();
        ASSERT_TRUE(state.try_control_lock()) << "the lock went with its holder";
        nginx::sync_all(state);
        state.control_unlock();
        ASSERT_NO_FATAL_FAILURE(expect_in_step()) << "round " << round;
        if (told.valid.load() && told.epoch == epoch()) {
            for (std::uint32_t i = 0; i < servers; ++i) {
                ASSERT_EQ(told.out[i] != 0, is_out(i)) << "no worker was told, round " << round;
            }
        }
    }
    ::munmap(shared, sizeof(Told));
}

}  // namespace
}  // namespace lbdrain::test
