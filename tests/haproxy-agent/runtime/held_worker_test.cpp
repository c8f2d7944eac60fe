// HAProxy without a master: a held connection sees the process it was opened to, through reloads.
#include "runtime/held_worker.hpp"

#include "runtime_fixture.hpp"

namespace lbdrain::haproxy {
namespace {

class HeldWorkerTest : public RuntimeTest {
  protected:
    HeldWorkerTest() : RuntimeTest(test::HaproxyMode::single) {}

    std::expected<HeldWorker, Error> hold(Millis limit = generous) {
        return HeldWorker::open(unix_endpoint(haproxy.stats_socket()), limit);
    }
    static std::uint64_t all_in_flight(const WorkerView& view) {
        std::uint64_t sum = 0;
        for (const auto& stat : view.backends.at(0).stats) {
            sum += stat.in_flight();
        }
        return sum;
    }
    bool is_running(pid_t pid) const {
        const auto pids = haproxy.pids();
        return std::ranges::find(pids, pid) != pids.end();
    }
};

TEST_F(HeldWorkerTest, SeesItsProcessThroughAReload) {
    change_options([](auto& options) { options.lua = LBDRAIN_LUA_FILE; });
    start();
    auto held = hold();
    ASSERT_TRUE(ok(held));
    const auto old = held->pid();
    EXPECT_EQ(old, haproxy.serving());
    EXPECT_EQ(held->has_lua("lbdrain"), true);
    const auto call = held_request();
    ASSERT_TRUE(haproxy.reload());
    EXPECT_NE(haproxy.serving(), old);

    const auto stat = runtime().stat("be");
    ASSERT_TRUE(ok(stat));
    EXPECT_EQ(stat->find("be", "s1")->in_flight() + stat->find("be", "s2")->in_flight(), 0U);
    const auto view = held->look({"be", "nope"});
    ASSERT_TRUE(ok(view));
    EXPECT_EQ(view->info.pid, old);
    EXPECT_TRUE(view->info.stopping);
    EXPECT_EQ(all_in_flight(*view), 1U);
    EXPECT_FALSE(view->backends.at(1).known);

    ASSERT_TRUE(ok(held->call_lua("lbdrain", "be", "s1", ServerCommand::drain)));
    const auto drained = held->look({"be"});
    ASSERT_TRUE(ok(drained));
    EXPECT_TRUE(find_server(drained->backends.at(0).states, "be", "s1")->out_of_rotation());
    EXPECT_TRUE(fails_with(ErrorCode::no_such_server,
                           held->call_lua("lbdrain", "be", "s9", ServerCommand::drain)));

    release();
    EXPECT_TRUE(call->wait().value().whole);
    EXPECT_TRUE(test::eventually(test::long_enough, [&] {
        const auto last = held->look({"be"});
        return last && all_in_flight(*last) == 0;
    }));
    EXPECT_TRUE(is_running(old));  // for our sake
    held = std::unexpected(Error{});
    EXPECT_TRUE(test::eventually(test::long_enough, [&] { return !is_running(old); }));
}

TEST_F(HeldWorkerTest, OutlivesHaproxysPatience) {
    change_options([](auto& options) { options.global = "    stats timeout 200ms\n"; });
    start();
    auto held = hold();
    ASSERT_TRUE(ok(held));
    auto impatient =
        CliConnection::open(unix_endpoint(haproxy.stats_socket()), Deadline::after(generous));
    ASSERT_TRUE(ok(impatient));
    // An event instead of a pause: an ordinary connection is dropped, as old as ours.
    std::string nothing;
    ASSERT_TRUE(ok(impatient->receive_all(nothing, Deadline::after(generous))));
    EXPECT_TRUE(ok(held->look({"be"})));
}

TEST_F(HeldWorkerTest, TellsThatItsProcessIsGone) {
    start();
    auto held = hold();
    ASSERT_TRUE(ok(held));
    EXPECT_TRUE(held->usable());
    ASSERT_TRUE(haproxy.kill_worker(held->pid()));
    EXPECT_TRUE(fails_with(ErrorCode::closed_early, held->look({"be"})));
    EXPECT_FALSE(held->usable());
    EXPECT_TRUE(fails_with(ErrorCode::closed_early, held->look({"be"}), "broke before"));
}

TEST_F(HeldWorkerTest, AHungProcessHitsTheDeadline) {
    start();
    auto held = hold(Millis{1000});
    ASSERT_TRUE(ok(held));
    ASSERT_TRUE(haproxy.freeze(held->pid()));
    EXPECT_TRUE(fails_with(ErrorCode::timeout, held->look({"be"})));
    EXPECT_FALSE(held->usable());  // a late answer would be taken for the next one's
    EXPECT_TRUE(fails_with(ErrorCode::timeout, hold(brief)));
    ASSERT_TRUE(haproxy.kill_worker(held->pid(), SIGCONT));
    EXPECT_TRUE(ok(hold()));
}

TEST_F(HeldWorkerTest, NoNameEndsACommand) {
    start();
    auto held = hold();
    ASSERT_TRUE(ok(held));
    EXPECT_TRUE(fails_with(ErrorCode::bad_name, held->look({"be;quit"})));
    EXPECT_TRUE(
        fails_with(ErrorCode::bad_name, held->call_lua("a\nb", "be", "s1", ServerCommand::drain)));
    EXPECT_TRUE(fails_with(ErrorCode::bad_name,
                           held->call_lua("lbdrain", "be", "s 1", ServerCommand::drain)));
    EXPECT_TRUE(fails_with(ErrorCode::bad_name, held->has_lua("")));
    EXPECT_TRUE(held->usable());
}

}  // namespace
}  // namespace lbdrain::haproxy
