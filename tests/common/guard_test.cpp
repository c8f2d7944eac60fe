#include "lbdrain/guard.hpp"

#include <gmock/gmock.h>

namespace lbdrain {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(Guard, KeepsMinReadyServersInRotation) {
    EXPECT_EQ(check_capacity({.ready_others = 1, .min_ready = 1}), Verdict::allowed);
    EXPECT_EQ(check_capacity({.ready_others = 3, .min_ready = 2}), Verdict::allowed);
    EXPECT_EQ(check_capacity({.ready_others = 2, .min_ready = 3}), Verdict::min_ready);
    EXPECT_EQ(check_capacity({.ready_others = 1, .min_ready = 2}), Verdict::min_ready);
}

TEST(Guard, NeverTakesTheLastOneWhateverMinReadySays) {
    for (const unsigned min_ready : {0U, 1U, 2U, 100U}) {
        EXPECT_EQ(check_capacity({.ready_others = 0, .min_ready = min_ready}),
                  Verdict::last_ready_server);
    }
    EXPECT_EQ(check_capacity({.ready_others = 1, .min_ready = 0}), Verdict::allowed);
}

TEST(Guard, ExplainsItsSumAndTheWayRound) {
    const Capacity last{.ready_others = 0, .min_ready = 1};
    EXPECT_THAT(explain(check_capacity(last), last),
                AllOf(HasSubstr("no other server"), HasSubstr("force with a reason")));
    const Capacity few{.ready_others = 2, .min_ready = 3};
    EXPECT_THAT(explain(check_capacity(few), few),
                AllOf(HasSubstr("2 other server(s)"), HasSubstr("min_ready is 3"),
                      HasSubstr("force with a reason")));
}

}  // namespace
}  // namespace lbdrain
