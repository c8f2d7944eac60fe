// One command over one target and over several, on simulated time.
#include "operation/operation.hpp"

#include <gmock/gmock.h>

#include "fake_targets.hpp"

namespace lbdrain::ctl {
namespace {

using api::Action;
using test::FakeTargets;
using testing::HasSubstr;

OperationRequest request(Action action) {
    OperationRequest request;
    request.action = action;
    request.body.by = "alice@host";
    request.patience = 2'000;
    return request;
}

// Sends and looks until the operation has ended, a minute at most; `each` after every look.
template <class Each>
void drive(Operation& operation, FakeTargets& targets, Each&& each) {
    for (const Millis end = targets.now() + 60'000;
         operation.verdict() == Verdict::running && targets.now() < end;) {
        const auto orders = operation.orders(targets.now());
        if (!orders.empty()) {
            operation.answered(targets.send(orders), targets.now());
        }
        targets.pass(50);
        operation.look(targets.look(), targets.now());
        each();
    }
}

void drive(Operation& operation, FakeTargets& targets) {
    drive(operation, targets, [] {});
}

Operation begin(FakeTargets& targets, const OperationRequest& request) {
    const Fleet fleet = targets.look();
    return {fleet, fleet.servers.at(0), request};
}

TEST(OneTarget, DrainsWhenTheLastRequestIsAnswered) {
    FakeTargets targets(1);
    targets[0].in_flight = 2;
    Operation operation = begin(targets, request(Action::drain));
    int looks = 0;
    drive(operation, targets, [&] {
        EXPECT_EQ(operation.verdict() == Verdict::done, targets[0].in_flight == 0 && looks > 21);
        targets[0].in_flight = ++looks > 20 ? 0 : 2;
    });
    EXPECT_EQ(operation.verdict(), Verdict::done) << operation.text();
    EXPECT_THAT(operation.text(), HasSubstr("drained after 1."));
    EXPECT_EQ(targets[0].sequence.state, ServerState::drained);
}

TEST(OneTarget, RestartsThroughItsOwnSequence) {
    FakeTargets targets(1);
    targets[0].stop_hook = targets[0].start_hook = true;
    Operation operation = begin(targets, request(Action::restart));
    drive(operation, targets);
    EXPECT_EQ(operation.verdict(), Verdict::done) << operation.text();
    EXPECT_EQ(targets[0].sequence.state, ServerState::ready);
    EXPECT_EQ(targets.stops(), 1);
}

TEST(OneTarget, ThatWasPutBackSaysWhatWasInFlight) {
    FakeTargets targets(1);
    targets[0].in_flight = 3;
    Operation operation = begin(targets, request(Action::drain));
    drive(operation, targets);
    EXPECT_EQ(operation.verdict(), Verdict::put_back);
    EXPECT_EQ(operation.text(), "3 requests still in flight at the deadline; nothing was cut");
}

TEST(OneTarget, ThatRefusesChangesNothing) {
    FakeTargets targets(1);
    targets[0].refuses = true;
    Operation operation = begin(targets, request(Action::drain));
    drive(operation, targets);
    EXPECT_EQ(operation.verdict(), Verdict::refused);
    EXPECT_EQ(operation.text(), "it is the last ready server");
}

TEST(OneTarget, WhoseStopFailsIsAFailure) {
    FakeTargets targets(1);
    targets[0].stop_hook = targets[0].stop_fails = true;
    Operation operation = begin(targets, request(Action::stop));
    drive(operation, targets);
    EXPECT_EQ(operation.verdict(), Verdict::failed);
    EXPECT_EQ(targets[0].sequence.state, ServerState::failed);
}

TEST(OneTarget, IsJoinedByASecondCommand) {
    FakeTargets targets(1);
    targets[0].in_flight = 1;
    Operation first = begin(targets, request(Action::drain));
    first.answered(targets.send(first.orders(targets.now())), targets.now());
    Operation second = begin(targets, request(Action::drain));
    second.answered(targets.send(second.orders(targets.now())), targets.now());
    targets[0].in_flight = 0;
    drive(second, targets);
    first.look(targets.look(), targets.now());
    EXPECT_EQ(first.verdict(), Verdict::done);
    EXPECT_EQ(second.verdict(), Verdict::done);
}

TEST(OneTarget, ThatIsAlreadyThereIsDoneAtOnce) {
    FakeTargets targets(1);
    Operation operation = begin(targets, request(Action::ready));
    operation.answered(targets.send(operation.orders(targets.now())), targets.now());
    EXPECT_EQ(operation.verdict(), Verdict::done);
}

TEST(OneTarget, ThatAnotherCommandTookOverIsNotOurs) {
    FakeTargets targets(1);
    targets[0].in_flight = 1;
    Operation operation = begin(targets, request(Action::drain));
    operation.answered(targets.send(operation.orders(targets.now())), targets.now());
    Order ready{0, {"vllm", "gpu-a"}, Action::ready, {}};
    ready.request.by = "bob";
    ASSERT_TRUE(targets.send(ready));
    drive(operation, targets);
    EXPECT_EQ(operation.verdict(), Verdict::failed);
    EXPECT_EQ(operation.text(), "another command took over, by bob: the server is ready now");
}

TEST(OneTarget, ThatRestartsIsWaitedFor) {
    FakeTargets targets(1);
    targets[0].in_flight = 1;
    Operation operation = begin(targets, request(Action::drain));
    int looks = 0;
    drive(operation, targets, [&] {
        ++looks;
        targets[0].silent = looks > 5 && looks < 25;
        targets[0].in_flight = looks > 10 ? 0 : 1;
    });
    EXPECT_EQ(operation.verdict(), Verdict::done) << operation.text();
}

TEST(OneTarget, ThatStaysSilentIsGivenUp) {
    FakeTargets targets(1);
    targets[0].in_flight = 1;
    Operation operation = begin(targets, request(Action::drain));
    drive(operation, targets, [&] { targets[0].silent = true; });
    EXPECT_EQ(operation.verdict(), Verdict::unreachable);
    EXPECT_THAT(operation.text(), HasSubstr("edge-1 cannot be reached for 2.0 s"));
    EXPECT_TRUE(operation.begun());
}

// The command arrived and its answer did not: it is not sent twice.
TEST(OneTarget, ThatLosesItsAnswerIsRestartedOnce) {
    FakeTargets targets(1);
    targets[0].stop_hook = targets[0].start_hook = true;
    targets[0].loses_answers = true;
    Operation operation = begin(targets, request(Action::restart));
    drive(operation, targets);
    EXPECT_EQ(operation.verdict(), Verdict::done) << operation.text();
    EXPECT_EQ(targets.stops(), 1);
}

// The command did not arrive either. That the server is ready says nothing of a restart.
TEST(OneTarget, ThatNeverGotTheCommandIsRestarted) {
    FakeTargets targets(1);
    targets[0].stop_hook = targets[0].start_hook = true;
    targets[0].loses_commands = true;
    Operation operation = begin(targets, request(Action::restart));
    int looks = 0;
    drive(operation, targets, [&] {
        targets[0].loses_commands = ++looks < 5;
        EXPECT_FALSE(operation.verdict() == Verdict::done && targets.stops() == 0);
    });
    EXPECT_EQ(operation.verdict(), Verdict::done) << operation.text();
    EXPECT_EQ(targets.stops(), 1);
}

TEST(OneTarget, WhoseRestartWasTakenOverWasNotRestarted) {
    FakeTargets targets(1);
    targets[0].stop_hook = targets[0].start_hook = true;
    targets[0].in_flight = 1;
    Operation operation = begin(targets, request(Action::restart));
    operation.answered(targets.send(operation.orders(targets.now())), targets.now());
    Order ready{0, {"vllm", "gpu-a"}, Action::ready, {}};
    ready.request.by = "bob";
    ASSERT_TRUE(targets.send(ready));
    drive(operation, targets);
    EXPECT_EQ(operation.verdict(), Verdict::failed);
    EXPECT_EQ(operation.text(), "another command took over, by bob: the server is ready now");
    EXPECT_EQ(targets.stops(), 0);
}

// The answer is lost, and by the next look the restart has been put back.
TEST(OneTarget, WhoseRestartEndedUnseenIsJudgedByItsEnding) {
    FakeTargets targets(1);
    targets[0].stop_hook = targets[0].start_hook = true;
    targets[0].loses_answers = true;
    targets[0].in_flight = 1;
    OperationRequest restart = request(Action::restart);
    restart.body.timeout_ms = 20;
    Operation operation = begin(targets, restart);
    drive(operation, targets);
    EXPECT_EQ(operation.verdict(), Verdict::put_back) << operation.text();
    EXPECT_EQ(targets.stops(), 0);
}

class SeveralTargets : public testing::Test {
  protected:
    SeveralTargets() { targets[1].stop_hook = targets[1].start_hook = true; }

    FakeTargets targets{3};
};

TEST_F(SeveralTargets, StopOnlyWhenAllAreDrained) {
    targets[0].in_flight = 1;
    Operation operation = begin(targets, request(Action::restart));
    int looks = 0;
    drive(operation, targets, [&] {
        if (++looks == 20) {
            EXPECT_EQ(targets[1].sequence.state, ServerState::drained);
            EXPECT_EQ(targets.stops(), 0);
            targets[0].in_flight = 0;
        }
    });
    EXPECT_EQ(operation.verdict(), Verdict::done) << operation.text();
    EXPECT_EQ(targets.stops(), 1);
    EXPECT_FALSE(targets.stopped_in_use());
    for (std::size_t i = 0; i < targets.size(); ++i) {
        EXPECT_EQ(targets[i].sequence.state, ServerState::ready) << i;
    }
}

TEST_F(SeveralTargets, AreUndoneWhenOneRefuses) {
    targets[2].refuses = true;
    Operation operation = begin(targets, request(Action::drain));
    drive(operation, targets);
    EXPECT_EQ(operation.verdict(), Verdict::refused);
    EXPECT_EQ(operation.text(), "on edge-3: it is the last ready server");
    EXPECT_EQ(targets[0].sequence.state, ServerState::ready);
    EXPECT_EQ(targets[1].sequence.state, ServerState::ready);
}

TEST_F(SeveralTargets, AreUndoneWhenOneMissesItsDeadline) {
    targets[0].in_flight = 2;
    Operation operation = begin(targets, request(Action::restart));
    drive(operation, targets);
    EXPECT_EQ(operation.verdict(), Verdict::put_back);
    EXPECT_THAT(operation.text(), HasSubstr("on edge-1: 2 requests still in flight"));
    EXPECT_EQ(targets.stops(), 0);
    for (std::size_t i = 0; i < targets.size(); ++i) {
        EXPECT_EQ(targets[i].sequence.state, ServerState::ready) << i;
    }
}

TEST_F(SeveralTargets, ThatWereOutBeforeStayOut) {
    ASSERT_TRUE(targets.send(Order{0, {"vllm", "gpu-a"}, Action::drain, {}}));
    targets.pass(200);
    targets[2].refuses = true;
    Operation operation = begin(targets, request(Action::drain));
    drive(operation, targets);
    EXPECT_EQ(operation.verdict(), Verdict::refused);
    EXPECT_EQ(targets[0].sequence.state, ServerState::drained);
    EXPECT_EQ(targets[1].sequence.state, ServerState::ready);
}

TEST_F(SeveralTargets, NobodyWhoHasAHookIsToldBeforeAnythingChanges) {
    targets[1].stop_hook = false;
    Operation operation = begin(targets, request(Action::stop));
    EXPECT_EQ(operation.verdict(), Verdict::refused);
    EXPECT_TRUE(operation.orders(targets.now()).empty());
    EXPECT_EQ(operation.text(), "no target has a stop hook for it; nothing was changed");
}

TEST_F(SeveralTargets, StayOutWhenTheStopFails) {
    targets[1].stop_fails = true;
    Operation operation = begin(targets, request(Action::restart));
    drive(operation, targets);
    EXPECT_EQ(operation.verdict(), Verdict::failed);
    EXPECT_TRUE(targets[0].out());
    EXPECT_TRUE(targets[2].out());
}

TEST_F(SeveralTargets, GoOnAtTheDeadlineIfAskedAndSayWhatWasCut) {
    targets[0].in_flight = 2;
    OperationRequest stop = request(Action::stop);
    stop.body.on_timeout = OnTimeout::stop;
    stop.body.timeout_ms = 3'000;
    Operation operation = begin(targets, stop);
    drive(operation, targets);
    EXPECT_EQ(operation.verdict(), Verdict::done) << operation.text();
    EXPECT_THAT(operation.text(), HasSubstr("2 in flight when the time for draining was over"));
    EXPECT_EQ(targets[1].sequence.state, ServerState::stopped);
}

TEST_F(SeveralTargets, AreNotStoppedAtTheDeadlineWhileOneWasNeverTold) {
    targets[1].in_flight = 2;
    OperationRequest stop = request(Action::stop);
    stop.body.on_timeout = OnTimeout::stop;
    stop.body.timeout_ms = 1'000;
    Operation operation = begin(targets, stop);
    targets[0].silent = true;
    drive(operation, targets);
    EXPECT_EQ(operation.verdict(), Verdict::unreachable) << operation.text();
    EXPECT_EQ(targets.stops(), 0) << "edge-1 goes on sending it requests";
    EXPECT_FALSE(targets[1].out());
    EXPECT_FALSE(targets[2].out());
}

TEST_F(SeveralTargets, ThatCannotBeUndoneAreNamed) {
    targets[0].in_flight = 2;
    Operation operation = begin(targets, request(Action::drain));
    drive(operation, targets, [&] {
        targets[2].silent = !in_rotation(targets[0].sequence.state) ? targets[2].silent : true;
    });
    EXPECT_TRUE(targets[2].out());
    EXPECT_EQ(operation.verdict(), Verdict::failed) << "it was not put back everywhere";
    EXPECT_THAT(operation.text(), HasSubstr("on edge-1: 2 requests still in flight"));
    EXPECT_THAT(operation.text(), HasSubstr("edge-3 cannot be reached"));
}

TEST_F(SeveralTargets, AreUndoneWhenTheOneWithTheHookRefusesToStop) {
    Operation operation = begin(targets, request(Action::restart));
    drive(operation, targets,
          [&] { targets[1].refuses = targets[1].sequence.state == ServerState::drained; });
    EXPECT_EQ(operation.verdict(), Verdict::refused) << operation.text();
    EXPECT_EQ(targets.stops(), 0);
    for (std::size_t i = 0; i < targets.size(); ++i) {
        EXPECT_FALSE(targets[i].out()) << i << ": half a drain was left behind";
    }
}

TEST_F(SeveralTargets, AreNotStoppedWhenOneIsPutBackByHand) {
    targets[2].in_flight = 1;
    Operation operation = begin(targets, request(Action::restart));
    int looks = 0;
    drive(operation, targets, [&] {
        if (++looks == 20) {
            ASSERT_TRUE(targets.send(Order{0, {"vllm", "gpu-a"}, Action::ready, {}}));
            targets[2].in_flight = 0;
        }
    });
    EXPECT_EQ(operation.verdict(), Verdict::failed);
    EXPECT_THAT(operation.text(), HasSubstr("on edge-1 it was put back"));
    EXPECT_EQ(targets.stops(), 0);
    EXPECT_FALSE(targets[1].out()) << "half a drain was left behind";
    EXPECT_FALSE(targets[2].out()) << "half a drain was left behind";
}

}  // namespace
}  // namespace lbdrain::ctl
