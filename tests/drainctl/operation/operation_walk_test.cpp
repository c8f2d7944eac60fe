// Operations over several targets at random, with targets that fall silent, refuse, lose answers
// and keep requests: whatever happens, no stop hook runs while a target may still send requests.
#include <gtest/gtest.h>

#include <random>

#include "fake_targets.hpp"
#include "operation/operation.hpp"

namespace lbdrain::ctl {
namespace {

using api::Action;

class OperationWalk : public testing::TestWithParam<unsigned> {
  protected:
    bool one_in(int n) { return std::uniform_int_distribution<int>(1, n)(random_) == 1; }

    void disturb(test::FakeTargets& targets) {
        for (std::size_t i = 0; i < targets.size(); ++i) {
            test::FakeTarget& target = targets[i];
            target.silent = one_in(target.silent ? 5 : 60) ? !target.silent : target.silent;
            target.loses_answers = one_in(20) ? !target.loses_answers : target.loses_answers;
            target.refuses = one_in(100) ? !target.refuses : target.refuses;
            target.stop_fails = one_in(100) ? !target.stop_fails : target.stop_fails;
            if (!target.out()) {
                target.in_flight = one_in(10) ? target.in_flight + 1 : target.in_flight;
            }
            if (target.in_flight > 0 && one_in(8)) {
                --target.in_flight;
            }
        }
    }

    std::mt19937 random_{GetParam()};
};

TEST_P(OperationWalk, NothingIsStoppedInUse) {
    test::FakeTargets targets(3);
    for (std::size_t i = 0; i < targets.size(); ++i) {
        targets[i].stop_hook = targets[i].start_hook = i == 0 || one_in(2);
    }
    constexpr Action actions[] = {Action::drain,   Action::stop,  Action::restart,
                                  Action::restart, Action::start, Action::ready};
    int ended = 0;
    for (int round = 0; round < 40; ++round) {
        for (std::size_t i = 0; i < targets.size(); ++i) {
            targets[i].silent = false;
        }
        const Fleet fleet = targets.look();
        OperationRequest request;
        request.action = actions[std::uniform_int_distribution<std::size_t>(0, 5)(random_)];
        request.body.by = "alice@host";
        request.patience = 3'000;
        Operation operation(fleet, fleet.servers.at(0), request);
        for (int step = 0; step < 1'000 && operation.verdict() == Verdict::running; ++step) {
            const auto orders = operation.orders(targets.now());
            if (!orders.empty()) {
                operation.answered(targets.send(orders), targets.now());
            }
            disturb(targets);
            targets.pass(50);
            operation.look(targets.look(), targets.now());
        }
        ASSERT_NE(operation.verdict(), Verdict::running) << "it neither ends nor gives up";
        ASSERT_FALSE(operation.text().empty());
        ASSERT_FALSE(targets.stopped_in_use()) << "round " << round << ", " << operation.text();
        ended += operation.verdict() == Verdict::done ? 1 : 0;
    }
    EXPECT_GT(ended, 0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, OperationWalk, testing::Range(1U, 41U));

}  // namespace
}  // namespace lbdrain::ctl
