#include "systemd/dropin.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace lbdrain::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ctl::CtlConfig config() {
    ctl::CtlConfig config;
    config.units = {{"vllm@.service", {{"vllm", "gpu-%i"}}},
                    {"both.service", {{"vllm", "x"}, {"chat", "x"}}}};
    config.unit_hooks.drain_timeout = 90'000;
    config.unit_hooks.turn_timeout = 30 * 60'000;
    return config;
}

TEST(Dropin, OfATemplate) {
    const std::string text = dropin(config(), {"vllm@.service", "/usr/bin/drainctl", ""});
    EXPECT_THAT(text, HasSubstr("# /etc/systemd/system/vllm@.service.d/lbdrain.conf\n"));
    EXPECT_THAT(text, HasSubstr("# It is the process of vllm/gpu-%i "));
    EXPECT_THAT(text, HasSubstr("\nExecStop=+/usr/bin/drainctl hook pre-stop --self\n"));
    EXPECT_THAT(text, HasSubstr("\nExecStartPost=+/usr/bin/drainctl hook post-start --self\n"));
    EXPECT_THAT(text, HasSubstr("\nExecStopPost=+/usr/bin/drainctl hook post-stop --self\n"));
    EXPECT_THAT(text, HasSubstr("\nKillMode=mixed\nSendSIGKILL=yes\n"));
    EXPECT_THAT(text, HasSubstr("\nNotifyAccess=all\n"));
    EXPECT_THAT(text, Not(HasSubstr("@HOOK@")));
}

TEST(Dropin, SaysTheTimesOfTheConfiguration) {
    const std::string text = dropin(config(), {"vllm@.service", "/usr/bin/drainctl", ""});
    EXPECT_THAT(text, HasSubstr("at most 90s (unit_hooks.drain_timeout)"));
    EXPECT_THAT(text, HasSubstr("at most 30min (turn_timeout)"));
}

TEST(Dropin, OfAnInstanceAndOfAUnitOfTwoServers) {
    EXPECT_THAT(dropin(config(), {"vllm@a.service", "/d", ""}),
                HasSubstr("process of vllm/gpu-a "));
    EXPECT_THAT(dropin(config(), {"both.service", "/d", ""}),
                HasSubstr("process of vllm/x, chat/x "));
}

TEST(Dropin, OfAUnitThatTheConfigurationDoesNotName) {
    EXPECT_THAT(dropin(config(), {"other.service", "/d", ""}),
                HasSubstr("#   units: {other.service: SERVICE/SERVER}\n"));
    EXPECT_THAT(dropin(config(), {"other@.service", "/d", ""}),
                HasSubstr("#   units: {other@.service: SERVICE/%i}\n"));
}

TEST(Dropin, PassesOnWhereTheConfigurationIs) {
    EXPECT_THAT(dropin(config(), {"vllm@.service", "/d", " --config /etc/x.yaml"}),
                HasSubstr("ExecStop=+/d --config /etc/x.yaml hook pre-stop --self\n"));
}

TEST(Dropin, LinesAreShort) {
    std::istringstream lines(dropin(config(), {"vllm@.service", "/usr/bin/drainctl", ""}));
    for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(line.size(), 100U) << line;
    }
}

}  // namespace
}  // namespace lbdrain::test
