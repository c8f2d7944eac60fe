#include "balancer/balancer_thread.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace lbdrain::agent {
namespace {

using namespace std::chrono_literals;

constexpr auto long_enough = 20s;

// Says of every server what was wanted of it; can be made to hang.
class FakeBalancer : public Balancer {
  public:
    struct Shared {
        std::mutex mutex;
        std::condition_variable changed;
        int polls = 0;
        bool hung = false;
        bool entered = false;
        std::chrono::milliseconds takes{0};
    };

    explicit FakeBalancer(Shared& shared) : shared_(shared) {}

    Snapshot poll(std::span<const Wanted> wanted) override {
        std::unique_lock lock(shared_.mutex);
        shared_.entered = true;
        shared_.changed.notify_all();
        shared_.changed.wait(lock, [this] { return !shared_.hung; });
        if (const auto takes = std::exchange(shared_.takes, 0ms); takes > 0ms) {
            std::this_thread::sleep_for(takes);
        }
        ++shared_.polls;
        Snapshot snapshot;
        snapshot.reachable = true;
        for (const Wanted& one : wanted) {
            const bool out = one.rotation == Rotation::drain;
            Seen seen;
            seen.revision = one.revision;
            seen.out = out;
            seen.in = !out;
            snapshot.servers.push_back(std::move(seen));
        }
        return snapshot;
    }

  private:
    Shared& shared_;
};

class BalancerThreadTest : public testing::Test {
  protected:
    std::unique_ptr<BalancerThread> start(std::size_t servers = 2) {
        return std::make_unique<BalancerThread>(std::make_unique<FakeBalancer>(shared_),
                                                std::vector<Wanted>(servers),
                                                [this](const Snapshot& snapshot) {
                                                    const std::lock_guard lock(mutex_);
                                                    last_ = snapshot;
                                                    ++snapshots_;
                                                    changed_.notify_all();
                                                });
    }

    bool wait(const std::function<bool()>& predicate) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, long_enough, predicate);
    }

    FakeBalancer::Shared shared_;
    std::mutex mutex_;
    std::condition_variable changed_;
    Snapshot last_;
    int snapshots_ = 0;
};

TEST_F(BalancerThreadTest, PollsAtOnceAndSaysWhatItSaw) {
    const auto thread = start();
    ASSERT_TRUE(wait([this] { return snapshots_ > 0; }));
    const std::lock_guard lock(mutex_);
    EXPECT_EQ(last_.servers.size(), 2U);
    EXPECT_TRUE(last_.servers[0].in);
}

TEST_F(BalancerThreadTest, AWantWakesIt) {
    const auto thread = start();
    ASSERT_TRUE(wait([this] { return snapshots_ == 1; }));
    const auto begin = std::chrono::steady_clock::now();
    thread->want(1, {.rotation = Rotation::drain, .revision = 7});
    ASSERT_TRUE(wait([this] { return last_.servers[1].revision == 7; }));
    // Idle it would have looked only after a second.
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 900ms);
    const std::lock_guard lock(mutex_);
    EXPECT_TRUE(last_.servers[1].out);
    EXPECT_TRUE(last_.servers[0].in);
}

TEST_F(BalancerThreadTest, AWantThatChangesNothingOrNamesNoServerIsNoReasonToPoll) {
    const auto thread = start();
    ASSERT_TRUE(wait([this] { return snapshots_ == 1; }));
    thread->want(0, {});
    thread->want(9, {.rotation = Rotation::drain});
    thread->want_all({{}, {}});
    thread->poll_now();
    ASSERT_TRUE(wait([this] { return snapshots_ >= 2; }));
    const std::lock_guard lock(mutex_);
    EXPECT_TRUE(last_.servers[0].in);
}

TEST_F(BalancerThreadTest, AWantDuringAPollIsSeenByTheNext) {
    const auto thread = start();
    ASSERT_TRUE(wait([this] { return snapshots_ == 1; }));
    {
        std::unique_lock lock(shared_.mutex);
        shared_.hung = true;
        shared_.entered = false;
        thread->poll_now();
        ASSERT_TRUE(
            shared_.changed.wait_for(lock, long_enough, [this] { return shared_.entered; }));
    }
    thread->want_all({{.rotation = Rotation::drain, .revision = 3}, {}});
    {
        const std::lock_guard lock(shared_.mutex);
        shared_.hung = false;
        shared_.changed.notify_all();
    }
    ASSERT_TRUE(wait([this] { return last_.servers[0].revision == 3; }));
    const std::lock_guard lock(mutex_);
    EXPECT_TRUE(last_.servers[0].out);
}

TEST_F(BalancerThreadTest, AWatchedServerIsPolledOften) {
    const auto thread = start();
    thread->want(0, {.rotation = Rotation::drain, .watched = true, .revision = 1});
    // At one poll a second this would take half a minute.
    EXPECT_TRUE(wait([this] { return snapshots_ >= 30; }));
}

TEST_F(BalancerThreadTest, OneSlowPollIsNoReasonToRestLong) {
    const auto thread = start();
    thread->want(0, {.rotation = Rotation::drain, .watched = true, .revision = 1});
    ASSERT_TRUE(wait([this] { return snapshots_ >= 5; }));
    int before = 0;
    {
        const std::scoped_lock lock(shared_.mutex, mutex_);
        shared_.takes = 300ms;
        before = snapshots_;
    }
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_TRUE(wait([&] { return snapshots_ >= before + 3; }));
    // By its own duration it would have rested for a second after it.
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 1200ms);
}

TEST_F(BalancerThreadTest, EndsAtOnceWhileItRests) {
    auto thread = start();
    ASSERT_TRUE(wait([this] { return snapshots_ == 1; }));
    const auto begin = std::chrono::steady_clock::now();
    thread.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 900ms);
}

TEST_F(BalancerThreadTest, SaysNothingMoreOnceItEnds) {
    auto thread = start();
    ASSERT_TRUE(wait([this] { return snapshots_ == 1; }));
    {
        std::unique_lock lock(shared_.mutex);
        shared_.hung = true;
        shared_.entered = false;
        thread->poll_now();
        ASSERT_TRUE(
            shared_.changed.wait_for(lock, long_enough, [this] { return shared_.entered; }));
    }
    std::jthread ender([&] { thread.reset(); });
    // The poll may end only once the stop has been asked for: nothing tells but time, and it is
    // harmless when it came too early, except that the test then proves less.
    std::this_thread::sleep_for(50ms);
    {
        const std::lock_guard lock(shared_.mutex);
        shared_.hung = false;
        shared_.changed.notify_all();
    }
    ender.join();
    const std::lock_guard lock(mutex_);
    EXPECT_LE(snapshots_, 2);
}

}  // namespace
}  // namespace lbdrain::agent
