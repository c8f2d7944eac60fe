// Who may, and what it needs.
#include <gmock/gmock.h>

#include "hook_inside.hpp"

namespace lbdrain::test {
namespace {

using hook::Action;
using ::testing::HasSubstr;

const std::vector<std::string> as_nobody{"setpriv", "--reuid=nobody", "--regid=nogroup",
                                         "--clear-groups"};

TEST_F(SystemdTest, AnUnprivilegedUserIsToldWhatIsMissing) {
    serve("vllm", "ready; exec sleep 1000");
    const auto stopped = HookRun(*machine_, task(Action::stop, "vllm.service"), as_nobody).wait();
    EXPECT_FALSE(stopped.result().ok);
    EXPECT_THAT(stopped.result().text, HasSubstr("user nobody (uid 65534) may not stop"));
    EXPECT_THAT(stopped.result().text, HasSubstr("org.freedesktop.systemd1.manage-units"));
    EXPECT_EQ(machine_->property("vllm.service", "ActiveState"), "active");
}

TEST_F(SystemdTest, APolkitRuleForTheUnitIsEnough) {
    if (!machine_->run({"test", "-x", "/usr/lib/polkit-1/polkitd"}).status.ok()) {
        GTEST_SKIP() << "polkitd is not installed";
    }
    machine_->write("/etc/polkit-1/rules.d/50-lbdrain.rules",
                    R"(polkit.addRule(function(action, subject) {
    if (action.id == "org.freedesktop.systemd1.manage-units" && subject.user == "nobody" &&
        action.lookup("unit") == "vllm.service" &&
        ["start", "stop", "reset-failed", "ref"].indexOf(action.lookup("verb")) >= 0) {
        return polkit.Result.YES;
    }
});
)");
    serve("vllm", "ready; exec sleep 1000");
    serve("other", "ready; exec sleep 1000");
    const auto stopped = HookRun(*machine_, task(Action::stop, "vllm.service"), as_nobody).wait();
    EXPECT_TRUE(stopped.result().ok) << stopped.all();
    EXPECT_THAT(stopped.result().text, HasSubstr("was ended by SIGTERM"));
    const auto started = HookRun(*machine_, task(Action::start, "vllm.service"), as_nobody).wait();
    EXPECT_TRUE(started.result().ok) << started.all();
    const auto other = HookRun(*machine_, task(Action::stop, "other.service"), as_nobody).wait();
    EXPECT_FALSE(other.result().ok) << other.all();
}

TEST_F(SystemdTest, NoBusIsSaid) {
    serve("vllm", "ready; exec sleep 1000");
    const auto none = HookRun(*machine_, task(Action::stop, "vllm.service"), {},
                              {{"DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/run/no-bus"}})
                          .wait();
    EXPECT_FALSE(none.result().ok);
    EXPECT_THAT(none.result().text, HasSubstr("there is no D-Bus system bus at"));
    EXPECT_THAT(none.result().text, HasSubstr("/run/no-bus"));
    machine_->shell("systemctl stop dbus.socket dbus.service; rm -f /run/dbus/system_bus_socket");
    const auto gone = stop("vllm.service");
    EXPECT_FALSE(gone.result().ok);
    EXPECT_THAT(gone.result().text, HasSubstr("there is no D-Bus system bus at"));
}

TEST_F(SystemdTest, ABusWithoutSystemdIsSaid) {
    machine_->shell("dbus-daemon --system --fork --nosyslog --address=unix:path=/run/other-bus");
    const auto stopped = HookRun(*machine_, task(Action::stop, "vllm.service"), {},
                                 {{"DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/run/other-bus"}})
                             .wait();
    EXPECT_FALSE(stopped.result().ok);
    EXPECT_THAT(stopped.result().text, HasSubstr("systemd is not on the system bus"));
}

TEST_F(SystemdTest, ABusThatDiesMeanwhileDoesNotPassForAStop) {
    serve("vllm", "ready; exec sleep 1000", held_stop());
    HookRun hook(*machine_, task(Action::stop, "vllm.service"));
    ASSERT_TRUE(hook.wait_until("deactivating (stop)"));
    machine_->shell("systemctl kill --signal=KILL dbus.service");
    const auto lost = hook.wait();
    EXPECT_FALSE(lost.result().ok) << lost.all();
    EXPECT_THAT(lost.result().text, HasSubstr("lost the connection to the system bus"));
    let_go();
    EXPECT_TRUE(eventually(long_enough, [&] { return stop("vllm.service").result().ok; }));
}

}  // namespace
}  // namespace lbdrain::test
