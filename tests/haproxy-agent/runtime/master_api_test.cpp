// Polls of a real HAProxy that nobody reloads (reload_test.cpp has the others).
#include "runtime_fixture.hpp"

namespace lbdrain::haproxy {
namespace {

class MasterApiTest : public RuntimeTest {};

TEST_F(MasterApiTest, PollsTheOnlyWorker) {
    start();
    const auto poll = master().poll({"be"});
    ASSERT_TRUE(ok(poll));
    EXPECT_EQ(poll->generation.master, haproxy.master());
    EXPECT_EQ(poll->generation.reloads, 0U);
    ASSERT_EQ(poll->generation.workers.size(), 1U);
    EXPECT_EQ(poll->generation.workers[0].pid, haproxy.serving());
    EXPECT_FALSE(poll->generation.workers[0].stopping);
    ASSERT_EQ(poll->servers.size(), 2U);
    const auto* s1 = poll->find("be", "s1");
    ASSERT_NE(s1, nullptr);
    EXPECT_EQ(s1->in_flight(), 0U);
    EXPECT_EQ(s1->live_in_rotation, std::vector<pid_t>{haproxy.serving()});
    EXPECT_TRUE(s1->unknown_to.empty());
    EXPECT_EQ(poll->find("be", "s9"), nullptr);
    EXPECT_EQ(master().poll({"be"})->generation, poll->generation);
    const auto list = master().processes();
    ASSERT_TRUE(ok(list));
    EXPECT_EQ(list->master.pid, haproxy.master());
}

TEST_F(MasterApiTest, SetsAServerInTheWorkerItNames) {
    start();
    const auto confirmed =
        master().set_server_state(haproxy.serving(), "be", "s1", ServerCommand::drain);
    ASSERT_TRUE(ok(confirmed));
    EXPECT_EQ(confirmed->pid, haproxy.serving());
    const auto poll = master().poll({"be"});
    ASSERT_TRUE(ok(poll));
    EXPECT_TRUE(poll->find("be", "s1")->out_everywhere());
    EXPECT_FALSE(poll->find("be", "s2")->out_everywhere());
    EXPECT_TRUE(
        fails_with(ErrorCode::no_such_server,
                   master().set_server_state(haproxy.serving(), "be", "s9", ServerCommand::drain)));
    EXPECT_TRUE(fails_with(ErrorCode::no_such_process,
                           master().set_server_state(1, "be", "s1", ServerCommand::drain)));
}

TEST_F(MasterApiTest, UnknownBackendsAreNotInThePoll) {
    start();
    const auto poll = master().poll({"nope", "be"});
    ASSERT_TRUE(ok(poll));
    EXPECT_EQ(poll->servers.size(), 2U);
    EXPECT_FALSE(poll->workers.at(0).backends.at(0).known);
    EXPECT_TRUE(poll->workers.at(0).backends.at(1).known);
    const auto none = master().poll({});
    ASSERT_TRUE(ok(none));
    EXPECT_TRUE(none->servers.empty());
    EXPECT_EQ(none->generation, poll->generation);
}

TEST_F(MasterApiTest, ManyBackendsNeedSeveralLines) {
    std::string proxies = front("be-0");
    std::vector<std::string> names;
    for (int i = 0; i < 120; ++i) {
        names.push_back("be-" + std::to_string(i));
        proxies += backend(names.back());
    }
    haproxy.set_proxies(proxies);
    start();
    const auto call = held_request();
    const auto poll = master().poll(names);
    ASSERT_TRUE(ok(poll));
    EXPECT_EQ(poll->servers.size(), 240U);
    EXPECT_EQ(poll->find("be-0", "s1")->in_flight() + poll->find("be-0", "s2")->in_flight(), 1U);
    release();
}

// HAProxy before 3.3 allows it, and `show stat be` then is the frontend's.
TEST_F(MasterApiTest, AFrontendOfTheSameNameHidesNothing) {
    haproxy.set_proxies(front("be", "be") + backend("be"));
    if (const auto started = haproxy.start(); !started) {
        ASSERT_NE(haproxy.log().find("same name as frontend"), std::string::npos) << haproxy.log();
        GTEST_SKIP() << "this HAProxy refuses such a configuration";
    }
    const auto call = held_request();
    const auto poll = master().poll({"be"});
    ASSERT_TRUE(ok(poll));
    ASSERT_EQ(poll->servers.size(), 2U);
    EXPECT_EQ(poll->servers[0].in_flight() + poll->servers[1].in_flight(), 1U);
    release();
}

// To HAProxy a number that is no proxy's name is a proxy's id.
TEST_F(MasterApiTest, ANumberIsNoOtherBackend) {
    start();
    for (const auto* name : {"1", "2", "3", "3x", "-1"}) {
        const auto poll = master().poll({name});
        ASSERT_TRUE(ok(poll)) << name;
        EXPECT_TRUE(poll->servers.empty()) << name;
    }
    haproxy.set_proxies(front("3") + backend("3"));
    ASSERT_TRUE(haproxy.reload());
    const auto poll = master().poll({"3"});
    ASSERT_TRUE(ok(poll));
    EXPECT_EQ(poll->servers.size(), 2U);
}

TEST_F(MasterApiTest, ALevelTooLowIsTold) {
    change_options([](auto& options) { options.master_level = "operator"; });
    start();
    EXPECT_TRUE(ok(master().poll({"be"})));
    EXPECT_TRUE(
        fails_with(ErrorCode::permission_denied,
                   master().set_server_state(haproxy.serving(), "be", "s1", ServerCommand::drain),
                   "level admin"));
}

}  // namespace
}  // namespace lbdrain::haproxy
