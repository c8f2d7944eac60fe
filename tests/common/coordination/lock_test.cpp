#include <gmock/gmock.h>

#include <memory>

#include "child.hpp"
#include "lbdrain/coordination/local_coordinator.hpp"
#include "temp_dir.hpp"

namespace lbdrain::test {
namespace {

using testing::HasSubstr;
using Kind = CoordinationError::Kind;

class Lock : public testing::Test {
  protected:
    std::unique_ptr<Lease> acquire(Coordinator& from, const std::string& why = "first") {
        auto answer = from.acquire_lock("vllm", holder(why));
        EXPECT_TRUE(answer) << answer.error().text;
        EXPECT_NE(answer->lease == nullptr, answer->locked_by == std::nullopt);
        return std::move(answer->lease);
    }

    TempDir dir_;
    LocalCoordinator first_{dir_.path().string()};
    LocalCoordinator second_{dir_.path().string()};
};

TEST_F(Lock, IsOfOneAndNamesIt) {
    const auto lease = acquire(first_);
    ASSERT_TRUE(lease);
    const auto refused = second_.acquire_lock("vllm", holder("second"));
    ASSERT_TRUE(refused);
    EXPECT_FALSE(refused->lease);
    EXPECT_EQ(refused->locked_by, holder("first"));
    EXPECT_FALSE(acquire(first_)) << "nor the same coordinator twice";
    EXPECT_TRUE(second_.acquire_lock("other", holder("second"))->lease);
}

TEST_F(Lock, IsGivenBackWithTheLease) {
    acquire(first_).reset();
    EXPECT_EQ(*first_.lock_holder("vllm"), std::nullopt);
    EXPECT_TRUE(acquire(second_));
}

TEST_F(Lock, IsShown) {
    EXPECT_EQ(*first_.lock_holder("vllm"), std::nullopt);
    const auto lease = acquire(first_);
    const auto state = second_.lock_holder("vllm");
    ASSERT_TRUE(state && *state);
    EXPECT_EQ((*state)->holder, holder("first"));
    EXPECT_TRUE((*state)->alive);
}

TEST_F(Lock, GoesWithItsHolder) {
    auto dying = std::make_unique<LocalCoordinator>(dir_.path().string());
    const auto lease = acquire(*dying);
    dying.reset();
    EXPECT_FALSE(acquire(second_)) << "the lease keeps the session";
    EXPECT_FALSE(lease->lost());
}

TEST_F(Lock, OfALivingHolderIsBrokenOnlyByForce) {
    const auto lease = acquire(first_);
    const auto refused = second_.break_lock("vllm", false);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, Kind::held);
    EXPECT_THAT(refused.error().text, HasSubstr("deploy@gpu-a, pid 4711, since 1970-01-01T00:00:01"
                                                "Z: first"));
    EXPECT_FALSE(lease->lost());

    const auto broken = second_.break_lock("vllm", true);
    ASSERT_TRUE(broken);
    EXPECT_EQ(*broken, holder("first"));
    EXPECT_TRUE(lease->lost());
    EXPECT_EQ(*second_.break_lock("vllm", false), std::nullopt);
}

TEST_F(Lock, ThatWasLostNeitherWritesNorTakesAwayTheNewOne) {
    auto lease = acquire(first_);
    ASSERT_TRUE(lease->save_journal("old"));
    ASSERT_TRUE(second_.break_lock("vllm", true));
    const auto newer = acquire(second_, "second");
    ASSERT_TRUE(newer);
    ASSERT_TRUE(newer->save_journal("new"));

    const auto saved = lease->save_journal("old again");
    ASSERT_FALSE(saved);
    EXPECT_EQ(saved.error().kind, Kind::lost);
    EXPECT_THAT(saved.error().text, HasSubstr("now held by deploy@gpu-a"));
    EXPECT_FALSE(lease->remove_journal());
    EXPECT_FALSE(lease->renew());
    lease.reset();
    EXPECT_FALSE(newer->lost());
    EXPECT_EQ(*first_.load_journal("vllm"), "new");
    EXPECT_EQ((**first_.lock_holder("vllm")).holder, holder("second"));
}

TEST_F(Lock, KeepsTheJournal) {
    EXPECT_EQ(*first_.load_journal("vllm"), std::nullopt);
    auto lease = acquire(first_);
    const std::string text("any\0bytes\n", 10);
    ASSERT_TRUE(lease->save_journal(text));
    EXPECT_EQ(*second_.load_journal("vllm"), text);
    ASSERT_TRUE(lease->save_journal("later"));
    lease.reset();
    EXPECT_EQ(*second_.load_journal("vllm"), "later") << "it outlives the lease";
    lease = acquire(second_);
    ASSERT_TRUE(lease->remove_journal());
    ASSERT_TRUE(lease->remove_journal());
    EXPECT_EQ(*second_.load_journal("vllm"), std::nullopt);
    EXPECT_FALSE(lease->save_journal(std::string((1U << 20U) + 1, 'x')));
}

}  // namespace
}  // namespace lbdrain::test
