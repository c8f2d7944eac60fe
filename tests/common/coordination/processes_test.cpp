// What happens to permits and locks when their holders are killed, and when many want them at once.
#include <gmock/gmock.h>

#include <memory>
#include <vector>

#include "child.hpp"
#include "lbdrain/coordination/local_coordinator.hpp"
#include "temp_dir.hpp"

namespace lbdrain::test {
namespace {

std::string lock_and_tell(const std::string& directory, std::unique_ptr<Lease>& lease) {
    LocalCoordinator coordinator(directory);
    auto answer = coordinator.acquire_lock("vllm", holder("child"));
    if (!answer) {
        return answer.error().text;
    }
    lease = std::move(answer->lease);
    return lease ? "locked" : "refused";
}

TEST(Processes, KillReleasesTheLockAtOnceAndKeepsTheJournal) {
    TempDir dir;
    std::unique_ptr<Lease> lease;
    Child child([&] {
        const std::string told = lock_and_tell(dir.path(), lease);
        return lease && lease->save_journal("half done") ? told : "failed";
    });
    ASSERT_EQ(child.told(), "locked");
    LocalCoordinator coordinator(dir.path());
    ASSERT_TRUE((*coordinator.lock_holder("vllm"))->alive);
    ASSERT_FALSE(coordinator.acquire_lock("vllm", holder("parent"))->lease);

    child.kill();
    const auto stale = coordinator.lock_holder("vllm");
    ASSERT_TRUE(stale && *stale) << "the file is still there";
    EXPECT_FALSE((*stale)->alive);
    EXPECT_EQ(*coordinator.load_journal("vllm"), "half done");
    EXPECT_TRUE(coordinator.acquire_lock("vllm", holder("parent"))->lease);
}

TEST(Processes, ALockOfTheDeadIsBrokenWithoutForce) {
    TempDir dir;
    std::unique_ptr<Lease> lease;
    Child child([&] { return lock_and_tell(dir.path(), lease); });
    ASSERT_EQ(child.told(), "locked");
    child.kill();
    LocalCoordinator coordinator(dir.path());
    EXPECT_EQ(*coordinator.break_lock("vllm", false), holder("child"));
    EXPECT_EQ(*coordinator.lock_holder("vllm"), std::nullopt);
}

TEST(Processes, OfManyContendersOneGetsTheLockOfTheDead) {
    for (int round = 0; round < 10; ++round) {
        TempDir dir;
        std::unique_ptr<Lease> lease;
        Child dead([&] { return lock_and_tell(dir.path(), lease); });
        ASSERT_EQ(dead.told(), "locked");
        dead.kill();
        std::vector<std::unique_ptr<Child>> contenders;
        contenders.reserve(4);
        for (int i = 0; i < 4; ++i) {
            contenders.push_back(
                std::make_unique<Child>([&] { return lock_and_tell(dir.path(), lease); }));
        }
        int locked = 0;
        for (const auto& contender : contenders) {
            const std::string told = contender->told();
            locked += told == "locked" ? 1 : 0;
            EXPECT_TRUE(told == "locked" || told == "refused") << told;
        }
        EXPECT_EQ(locked, 1);
    }
}

// Takes and releases permits, and looks each time that there are not too many.
std::string churn(const std::string& directory, const std::string& server) {
    LocalCoordinator coordinator(directory);
    // Nobody queues for a permit: how often one is refused in between is left to chance.
    for (int granted = 0; granted < 20;) {
        const auto answer = coordinator.take_permit({.service = "vllm",
                                                     .server = server,
                                                     .holder = holder("churn"),
                                                     .max_unavailable = 2,
                                                     .seen_ready = {}});
        if (!answer || answer->held.size() > 2) {
            return answer ? "too many" : answer.error().text;
        }
        if (answer->granted) {
            ++granted;
            if (!coordinator.release_permit("vllm", server)) {
                return "not released";
            }
        }
    }
    return "good";
}

TEST(Processes, PermitsAreNeverTooMany) {
    TempDir dir;
    std::vector<std::unique_ptr<Child>> children;
    children.reserve(4);
    for (int i = 0; i < 4; ++i) {
        children.push_back(std::make_unique<Child>(
            [&, i] { return churn(dir.path(), "server-" + std::to_string(i)); }));
    }
    for (const auto& child : children) {
        EXPECT_EQ(child->told(), "good");
    }
    EXPECT_THAT(*LocalCoordinator(dir.path()).permits("vllm"), testing::IsEmpty());
}

// Kill -9 at any moment of a change: what is found is whole, and the guard is free again.
TEST(Processes, KillAtAnyMomentLeavesWholeFiles) {
    TempDir dir;
    for (int round = 0; round < 30; ++round) {
        Child child([&] {
            LocalCoordinator coordinator(dir.path());
            for (;;) {
                (void)coordinator.take_permit({.service = "vllm",
                                               .server = "a",
                                               .holder = holder("killed"),
                                               .max_unavailable = 1,
                                               .seen_ready = {}});
                (void)coordinator.release_permit("vllm", "a");
                (void)coordinator.acquire_lock("vllm", holder("killed"));
            }
            return std::string();
        });
        ::usleep(static_cast<useconds_t>(1'000 + round * 700));
        child.kill();
        std::string warnings;
        LocalCoordinator coordinator(dir.path(),
                                     [&](const std::string& text) { warnings += text; });
        const auto held = coordinator.permits("vllm");
        ASSERT_TRUE(held);
        EXPECT_LE(held->size(), 1U);
        const auto locked = coordinator.acquire_lock("vllm", holder("next"));
        ASSERT_TRUE(locked) << locked.error().text;
        EXPECT_TRUE(locked->lease);
        EXPECT_EQ(warnings, "");
    }
}

}  // namespace
}  // namespace lbdrain::test
