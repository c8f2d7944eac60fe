// Both ways of stopping work together: a restart through the drain API stops the unit, whose
// ExecStop= finds that very sequence; and neither waits for the other.
#include <gmock/gmock.h>

#include "unit_machine.hpp"

namespace lbdrain::test {
namespace {

using ::testing::HasSubstr;

class Together : public UnitTest {
  protected:
    Millis timed(const std::function<void()>& what) {
        const auto begin = steady_ms();
        what();
        const Millis took{steady_ms() - begin};
        std::cout << "    took " << took.count() << " ms\n";
        return took;
    }
    std::string property(int port, const std::string& name) {
        return units_->machine().property(UnitMachine::unit(port), name);
    }
};

TEST_F(Together, TheModulesRestart) {
    boot({.haproxy = false});
    units_->start();
    auto load = units_->nginx_load();
    ASSERT_TRUE(load->wait_for_answers(6, Millis{60000}));
    const std::string before = property(8001, "MainPID");
    HttpResponse done;
    // Of streams of a second: less than the drain would take twice.
    timed([&] { done = units_->nginx_command(8001, "restart", R"({"by":"ann"})"); });
    EXPECT_EQ(done.status, 200) << done.body;
    EXPECT_NE(property(8001, "MainPID"), before);
    const std::string journal = units_->journal(8001);
    EXPECT_THAT(journal, HasSubstr("is stopping already (by ann): going straight on"));
    EXPECT_THAT(journal, HasSubstr("is starting (by ann), which is left to it"));
    EXPECT_THAT(journal, testing::Not(HasSubstr("draining")));
    std::cout << journal;
    ASSERT_TRUE(load->wait_for_answers(6));
    EXPECT_EQ(faults_of(load), "");
}

// The agent knows HAProxy only: the unit's own hook takes the replica out of NGINX too.
TEST_F(Together, TheAgentsRestartOfWhatNginxHasToo) {
    boot();
    units_->start();
    ASSERT_TRUE(units_->wait_in_rotation(8001));
    auto nginx = units_->nginx_load();
    auto haproxy = units_->haproxy_load();
    ASSERT_TRUE(nginx->wait_for_answers(6, Millis{60000}));
    ASSERT_TRUE(haproxy->wait_for_answers(6, Millis{60000}));
    HttpResponse done;
    timed([&] { done = units_->agent_command(8001, "restart", R"({"by":"ann"})"); });
    EXPECT_EQ(done.status, 200) << done.body;
    EXPECT_TRUE(units_->wait_in_rotation(8001));
    std::cout << units_->journal(8001);
    ASSERT_TRUE(nginx->wait_for_answers(6));
    EXPECT_EQ(faults_of(nginx), "");
    EXPECT_EQ(faults_of(haproxy), "");
}

TEST_F(Together, SystemctlDuringTheAgentsRestart) {
    boot();
    units_->start();
    ASSERT_TRUE(units_->wait_in_rotation(8001));
    auto nginx = units_->nginx_load(6, 80);
    auto haproxy = units_->haproxy_load(6, 80);
    ASSERT_TRUE(nginx->wait_for_answers(6, Millis{60000}));
    ASSERT_TRUE(haproxy->wait_for_answers(6, Millis{60000}));
    ASSERT_EQ(units_->agent_command(8001, "restart", R"({"wait":false,"by":"ann"})").status, 202);
    ASSERT_TRUE(eventually(long_enough, [&] { return units_->at_agent(8001) == "draining"; }));
    auto restart = units_->start_systemctl("restart", UnitMachine::unit(8001));
    restart->wait(Millis{90000});
    EXPECT_TRUE(units_->wait_in_rotation(8001));
    EXPECT_EQ(property(8001, "ActiveState"), "active");
    EXPECT_THAT(units_->journal(8001), HasSubstr("is draining (by ann): waiting with it"));
    ASSERT_TRUE(nginx->wait_for_answers(6, Millis{60000}));
    EXPECT_EQ(faults_of(nginx), "");
    EXPECT_EQ(faults_of(haproxy), "");
}

}  // namespace
}  // namespace lbdrain::test
