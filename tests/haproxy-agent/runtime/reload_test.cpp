// Reloads: where the stats socket lies and only the sum over all workers is true.
#include <csignal>

#include "runtime_fixture.hpp"

namespace lbdrain::haproxy {
namespace {

class ReloadTest : public RuntimeTest {
  protected:
    static std::uint64_t all_in_flight(const Poll& poll) {
        return poll.find("be", "s1")->in_flight() + poll.find("be", "s2")->in_flight();
    }
};

TEST_F(ReloadTest, OnlyTheSumOverAllWorkersIsTrue) {
    start();
    const auto old = haproxy.serving();
    const auto before = master().poll({"be"});
    ASSERT_TRUE(ok(before));
    const auto call = held_request();
    ASSERT_TRUE(haproxy.reload());
    const auto fresh = haproxy.serving();

    const auto stat = runtime().stat("be");
    ASSERT_TRUE(ok(stat));
    EXPECT_EQ(stat->find("be", "s1")->in_flight() + stat->find("be", "s2")->in_flight(), 0U);

    const auto poll = master().poll({"be"});
    ASSERT_TRUE(ok(poll));
    EXPECT_EQ(all_in_flight(*poll), 1U);
    EXPECT_NE(poll->generation, before->generation);
    EXPECT_EQ(poll->generation.master, before->generation.master);
    EXPECT_GT(poll->generation.reloads, before->generation.reloads);
    std::vector<GenerationWorker> workers{{old, true}, {fresh, false}};
    std::ranges::sort(workers);
    EXPECT_EQ(poll->generation.workers, workers);

    const auto second = held_request();
    EXPECT_EQ(all_in_flight(*master().poll({"be"})), 2U);
    release();
    EXPECT_TRUE(call->wait().value().whole);
    EXPECT_TRUE(second->wait().value().whole);
    EXPECT_TRUE(test::eventually(test::long_enough, [&] {
        const auto last = master().poll({"be"});
        return last && last->generation.workers.size() == 1 && all_in_flight(*last) == 0;
    }));
}

TEST_F(ReloadTest, OldWorkersCannotBeToldBySet) {
    start();
    const auto old = haproxy.serving();
    const auto call = held_request();
    ASSERT_TRUE(haproxy.reload());
    const auto confirmed = runtime().set_server_state("be", "s1", ServerCommand::drain);
    ASSERT_TRUE(ok(confirmed));
    EXPECT_EQ(confirmed->pid, haproxy.serving());
    EXPECT_TRUE(fails_with(ErrorCode::proxy_disabled,
                           master().set_server_state(old, "be", "s1", ServerCommand::drain),
                           "reload"));
    const auto poll = master().poll({"be"});
    ASSERT_TRUE(ok(poll));
    EXPECT_TRUE(poll->find("be", "s1")->live_in_rotation.empty());
    EXPECT_EQ(poll->find("be", "s1")->stopping_in_rotation, std::vector<pid_t>{old});
    EXPECT_FALSE(poll->find("be", "s1")->out_everywhere());
    release();
}

// What was drained before a reload stays so in the old worker, and is in rotation in the new one.
TEST_F(ReloadTest, TheNewWorkerForgetsADrain) {
    start();
    const auto call = held_request();
    ASSERT_TRUE(ok(runtime().set_server_state("be", "s1", ServerCommand::drain)));
    ASSERT_TRUE(haproxy.reload());
    const auto poll = master().poll({"be"});
    ASSERT_TRUE(ok(poll));
    EXPECT_TRUE(poll->find("be", "s1")->stopping_in_rotation.empty());
    EXPECT_EQ(poll->find("be", "s1")->live_in_rotation, std::vector<pid_t>{haproxy.serving()});
    release();
}

TEST_F(ReloadTest, AFailedReloadChangesTheGenerationAndNothingElse) {
    start();
    const auto call = held_request();
    const auto before = master().poll({"be"});
    ASSERT_TRUE(ok(before));
    haproxy.set_proxies("no_such_keyword\n");
    ASSERT_FALSE(haproxy.reload());
    const auto after = master().poll({"be"});
    ASSERT_TRUE(ok(after));
    EXPECT_NE(after->generation, before->generation);
    EXPECT_EQ(after->generation.workers, before->generation.workers);
    EXPECT_EQ(all_in_flight(*after), 1U);
    EXPECT_FALSE(after->find("be", "s1")->live_in_rotation.empty());
    EXPECT_TRUE(ok(master().set_server_state(haproxy.serving(), "be", "s1", ServerCommand::drain)));
    EXPECT_TRUE(ok(runtime().set_server_state("be", "s1", ServerCommand::ready)));
    release();
}

// A worker that exits, a master that re-executes itself (2.6 then refuses connections) and a list
// that changes are all met here; a poll takes its picture again until it is whole.
TEST_F(ReloadTest, PollsGoOnWhileItReloads) {
    start();
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(haproxy.reload_without_waiting());
        const auto poll = master().poll({"be"});
        ASSERT_TRUE(ok(poll));
        EXPECT_EQ(poll->servers.size(), 2U);
        ASSERT_TRUE(ok(master().processes()));
    }
    EXPECT_TRUE(test::eventually(test::long_enough, [&] {
        const auto poll = master().poll({"be"});
        return poll && poll->generation.workers.size() == 1;
    }));
}

TEST_F(ReloadTest, WorkersThatDoNotKnowAServerAreTold) {
    haproxy.set_proxies(front("be") + backend("be"));
    start();
    const auto old = haproxy.serving();
    const auto call = held_request();
    haproxy.set_proxies(front("be") + backend("be") + "    server s3 " + a.address() + "\n" +
                        backend("new"));
    ASSERT_TRUE(haproxy.reload());
    const auto poll = master().poll({"be", "new"});
    ASSERT_TRUE(ok(poll));
    EXPECT_EQ(poll->servers.size(), 5U);
    EXPECT_EQ(poll->find("be", "s3")->unknown_to, std::vector<pid_t>{old});
    EXPECT_EQ(poll->find("new", "s1")->unknown_to, std::vector<pid_t>{old});
    EXPECT_TRUE(poll->find("be", "s1")->unknown_to.empty());
    release();
}

TEST_F(ReloadTest, AHungOldWorkerIsNamed) {
    start();
    const auto old = haproxy.serving();
    const auto call = held_request();
    ASSERT_TRUE(haproxy.reload());
    ASSERT_TRUE(haproxy.freeze(old));
    EXPECT_TRUE(fails_with(ErrorCode::timeout, master(brief).poll({"be"}),
                           "worker " + std::to_string(old)));
    ASSERT_TRUE(haproxy.kill_worker(old, SIGCONT));
    EXPECT_TRUE(ok(master().poll({"be"})));
    release();
}

TEST_F(ReloadTest, AKilledOldWorkerIsGoneFromTheNextPoll) {
    start();
    const auto old = haproxy.serving();
    const auto call = held_request();
    ASSERT_TRUE(haproxy.reload());
    const auto before = master().poll({"be"});
    ASSERT_TRUE(ok(before));
    ASSERT_TRUE(haproxy.kill_worker(old));
    EXPECT_TRUE(test::eventually(test::long_enough, [&] {
        const auto poll = master().poll({"be"});
        return poll && poll->generation.workers.size() == 1;
    }));
    EXPECT_NE(master().poll({"be"})->generation, before->generation);
    EXPECT_TRUE(fails_with(ErrorCode::no_such_process,
                           master().set_server_state(old, "be", "s1", ServerCommand::drain)));
}

}  // namespace
}  // namespace lbdrain::haproxy
