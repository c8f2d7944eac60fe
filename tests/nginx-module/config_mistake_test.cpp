// Every mistake in the directives is told by `nginx -t`, with file, line, and what was expected.
#include <gtest/gtest.h>

#include <regex>

#include "drain_fixture.hpp"

namespace lbdrain::test {
namespace {

struct Mistake {
    const char* name;
    const char* where;  // "http", "upstream", "location": where the lines go
    const char* lines;
    const char* says;
};

void PrintTo(const Mistake& mistake, std::ostream* out) {
    *out << mistake.lines;
}

constexpr Mistake mistakes[] = {
    {"TimeoutWord", "http", "drain_timeout soon;", "invalid time \"soon\" in \"drain_timeout\""},
    {"TimeoutZero", "http", "drain_timeout 0;", "invalid time \"0\""},
    {"TimeoutNegative", "upstream", "drain_timeout -5s;", "invalid time \"-5s\""},
    {"TimeoutUnit", "upstream", "drain_timeout 5q;", "expected for instance 15m"},
    {"TimeoutHuge", "http", "drain_timeout 99999999999999999999s;", "invalid time"},
    {"TimeoutTwice", "http", "drain_timeout 5s; drain_timeout 6s;", "directive is duplicate"},
    {"TimeoutTwiceInUpstream", "upstream", "drain_timeout 5s; drain_timeout 6s;", "duplicate"},
    {"TimeoutNoValue", "http", "drain_timeout;", "invalid number of arguments"},
    {"SettleWord", "http", "drain_settle never;", "invalid time \"never\" in \"drain_settle\""},
    {"SettleTwice", "upstream", "drain_settle 1s; drain_settle 1s;", "directive is duplicate"},
    {"OnTimeoutWord", "http", "drain_on_timeout explode;", "expected readmit, stop or wait"},
    {"OnTimeoutTwice", "http", "drain_on_timeout stop; drain_on_timeout wait;", "duplicate"},
    {"MinReadyZero", "http", "drain_min_ready 0;", "a number from 1 to 65536"},
    {"MinReadyWord", "upstream", "drain_min_ready 2x;", "invalid value \"2x\""},
    {"MinReadyTwice", "upstream", "drain_min_ready 1; drain_min_ready 2;", "duplicate"},
    {"DrainWord", "upstream", "drain maybe;", "invalid value \"maybe\" in \"drain\", expected on"},
    {"ApiWord", "location", "drain_api write=maybe;", "expected write=on or write=off"},
    {"ApiOption", "location", "drain_api read=on;", "invalid parameter \"read=on\""},
    {"ApiTwice", "location", "drain_api; drain_api;", "directive is duplicate"},
    {"StateTwice", "http", "drain_state a/b; drain_state a/c;", "directive is duplicate"},
    {"HookKind", "upstream", "drain_stop_hook carrier pigeon;", "unknown hook kind \"carrier\""},
    {"HookKindStart", "upstream", "drain_start_hook signal pidfile=/x;", "unknown hook kind"},
    {"HookTwice", "upstream", "drain_stop_hook exec /bin/true; drain_stop_hook exec /bin/true;",
     "directive is duplicate"},
    {"HookArguments", "upstream", "drain_stop_hook exec;", "invalid number of arguments"},
    {"HookTimeout", "upstream", "drain_stop_hook exec /bin/true timeout=soon;", "timeout=soon"},
    {"HookTimeoutZero", "upstream", "drain_stop_hook exec /bin/true timeout=0;", "timeout=0"},
    {"HookTimeoutAlone", "upstream", "drain_stop_hook exec timeout=5s;", "absolute path"},
    {"ExecRelative", "upstream", "drain_stop_hook exec bin/true;", "absolute path"},
    {"ExecMissing", "upstream", "drain_stop_hook exec /no/such/program;",
     "cannot run \"/no/such/program\": No such file"},
    {"ExecNotExecutable", "upstream", "drain_start_hook exec /etc/passwd;", "cannot run"},
    {"ExecVariable", "upstream", "drain_stop_hook exec /bin/true $serfer;",
     "unknown variable \"$serfer\""},
    {"HttpUrl", "upstream", "drain_stop_hook http localhost/stop;", "http:// or https://"},
    {"HttpOption", "upstream", "drain_stop_hook http http://x/ verb=GET;", "verb=GET"},
    {"HttpStatus", "upstream", "drain_stop_hook http http://x/ status=20;", "status=20"},
    {"HttpStatusEmpty", "upstream", "drain_stop_hook http http://x/ status=200,;", "status=200,"},
    {"HttpVariable", "upstream", "drain_stop_hook http http://$host/;", "\"$host\""},
    {"SignalNothing", "upstream", "drain_stop_hook signal timeout=5s;",
     "either pidfile=PATH or unit=NAME"},
    {"SignalBoth", "upstream", "drain_stop_hook signal pidfile=/run/a unit=b.service;",
     "either pidfile=PATH or unit=NAME"},
    {"SignalName", "upstream", "drain_stop_hook signal pidfile=/run/a signal=BOOM;",
     "signal=TERM, INT"},
    {"SignalRelative", "upstream", "drain_stop_hook signal pidfile=run/a;", "absolute"},
    {"SignalTimes", "upstream",
     "drain_stop_hook signal pidfile=/run/a stop_timeout=60s timeout=60s;",
     "stop_timeout= must be shorter than timeout="},
    {"SignalOption", "upstream", "drain_stop_hook signal pid=/run/a;", "pid=/run/a"},
    {"ReadyWord", "upstream", "drain_ready_check always;", "\"connect\""},
    {"ReadyPasses", "upstream", "drain_ready_check connect passes=0;", "passes=0"},
    {"ReadyInterval", "upstream", "drain_ready_check connect interval=0;", "interval=0"},
    {"ReadyOption", "upstream", "drain_ready_check connect tries=3;", "tries=3"},
    {"ReadyModel", "upstream", "drain_ready_check connect one_token=on;", "need a URL"},
    {"ReadyVariable", "upstream", "drain_ready_check http://$servr/health;", "\"$servr\""},
    {"ReadyTwice", "upstream", "drain_ready_check connect; drain_ready_check connect;",
     "duplicate"},
};

class ConfigMistakeTest : public testing::TestWithParam<Mistake> {};

TEST_P(ConfigMistakeTest, IsToldWithFileAndLine) {
    DrainSetup setup;
    const std::string where = GetParam().where;
    const std::string lines = GetParam().lines;
    (where == "http"       ? setup.http
     : where == "upstream" ? setup.after
                           : setup.locations) =
        where == "location" ? "location /more/ { " + lines + " }" : lines;
    DrainNginx it(setup);
    const auto result = it.nginx().test_config();
    EXPECT_EQ(result.status.code, 1);
    EXPECT_NE(result.err.find(GetParam().says), std::string::npos) << result.err;
    const std::regex emergency(R"(\[emerg\][^\n]* in [^\n]*nginx\.conf:\d+)");
    EXPECT_TRUE(std::regex_search(result.err, emergency)) << result.err;
    EXPECT_FALSE(std::filesystem::exists(it.nginx().directory() / "state"));
}

INSTANTIATE_TEST_SUITE_P(All, ConfigMistakeTest, testing::ValuesIn(mistakes),
                         [](const auto& mistake) { return std::string(mistake.param.name); });

TEST(ConfigMistake, DirectivesNeedAState) {
    for (const std::string where : {"http", "upstream", "location"}) {
        DrainSetup setup;
        setup.state = "";
        setup.http = where == "http" ? "drain_timeout 5s;" : "";
        setup.after = where == "upstream" ? "drain_min_ready 2;" : "";
        DrainNginx it(setup);
        const auto result = it.nginx().test_config();
        EXPECT_EQ(result.status.code, 1);
        EXPECT_NE(result.err.find("drain_state PATH"), std::string::npos) << result.err;
    }
}

TEST(ConfigMistake, SizesOfTheState) {
    for (const std::string option :
         {"slots=1", "slots=x", "servers=0", "servers=99999999999", "colour=red", "slots"}) {
        DrainSetup setup;
        setup.state = "drain_state state/state " + option + ";";
        DrainNginx it(setup);
        const auto result = it.nginx().test_config();
        EXPECT_EQ(result.status.code, 1) << option;
        EXPECT_NE(result.err.find("nginx.conf:"), std::string::npos) << result.err;
        EXPECT_NE(result.err.find(option.substr(0, option.find('='))), std::string::npos)
            << result.err;
    }
}

TEST(ConfigMistake, AHookProgramThatIsNotThere) {
    DrainSetup setup;
    setup.http = "";
    setup.after = "drain_stop_hook exec /bin/true;";
    DrainNginx it(setup);
    auto options = it.nginx().options();
    const auto at = options.http.find("drain_hook_program");
    options.http.replace(at, options.http.find(';', at) - at, "drain_hook_program /no/hook");
    it.nginx().set_options(options);
    const auto result = it.nginx().test_config();
    EXPECT_EQ(result.status.code, 1);
    EXPECT_NE(result.err.find("cannot run \"/no/hook\""), std::string::npos) << result.err;
    EXPECT_NE(result.err.find("drain_hook_program"), std::string::npos);
}

TEST(ConfigMistake, DrainOffMayStandBesideOtherDirectives) {
    DrainSetup setup;
    setup.after = "drain off; drain_min_ready 2;";
    DrainNginx off(setup);
    EXPECT_EQ(off.nginx().test_config().status.code, 0);
}

}  // namespace
}  // namespace lbdrain::test
