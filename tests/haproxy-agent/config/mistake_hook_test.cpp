// Mistakes in `stop`, `start` and `ready`.
#include "mistake.hpp"

namespace lbdrain::agent::test {
namespace {

constexpr Mistake kHookMistakes[] = {
    {"HookText", "server", "stop: vllm.service",
     R"(2:52: "stop" is a single value, expected a mapping such as {systemd: )"
     "vllm@a.service, timeout: 5m}"},
    {"HookNothing", "server", "stop: {timeout: 5m}",
     R"(2:46: "stop" does not say what to do, expected exactly one of )"
     R"("systemd", "exec", "signal", "http")"},
    {"HookTwoKinds", "server", "stop: {exec: [/bin/true], systemd: a.service}",
     R"(2:46: "stop" has both "systemd" and "exec", expected exactly one of )"
     R"("systemd", "exec", "signal", "http")"},
    {"HookUnknownKey", "server", "stop: {sytemd: a.service}",
     R"(2:53: unknown key "sytemd" in "stop", did you mean "systemd"?)"},
    {"HookTimeout", "server", "stop: {systemd: a.service, timeout: 300}",
     R"(2:82: "timeout": "300" has no unit, expected a duration with its unit )"
     "such as 300s"},
    {"HookTimeoutZero", "server", "stop: {systemd: a.service, timeout: 0s}",
     R"(2:82: "timeout": "0s" is no time at all, expected a duration such as )"
     "250ms, 30s, 15m or 1h30m"},
    {"Unit", "server", "stop: {systemd: vllm}",
     R"(2:62: "systemd": "vllm" is no unit's full name, expected a systemd )"
     "unit's full name such as vllm@a.service"},
    {"UnitBlank", "server", R"(stop: {systemd: "vllm a.service"})",
     R"(2:62: "systemd": "vllm a.service" is no unit's full name, expected a )"
     "systemd unit's full name such as vllm@a.service"},
    {"UnitVariable", "server", R"(stop: {systemd: "vllm@$name.service"})",
     R"(2:62: "systemd": "vllm@$name.service" holds the unknown variable )"
     R"("$name", expected $server, $server_name, $server_host, $server_port or )"
     "$service ($$ for a dollar)"},
    {"UnitForOneServer", "text",
     "balancers: {b: {haproxy: {stats_socket: \"unix:/s\"}}}\n"
     "services: {s: {servers: {a: {address: \"unix:/a\"}}, stop: {systemd: "
     "\"x@$server_port$server_host.service\"}}}",
     R"(2:26: server "a" cannot use its "stop": "systemd.unit" must be a )"
     "systemd unit's full name"},
    {"ExecText", "server", "stop: {exec: /bin/stop a}",
     R"(2:59: "exec" is a single value, expected a list such as )"
     "[/usr/local/sbin/replica-stop, $server_port]; there is no shell"},
    {"ExecEmpty", "server", "stop: {exec: []}",
     R"(2:59: "exec" is an empty list, expected a list such as )"
     "[/usr/local/sbin/replica-stop, $server_port]; there is no shell"},
    {"ExecRelative", "server", "stop: {exec: [stop, a]}",
     R"(2:60: "exec": "stop" is no absolute path, expected a list such as )"
     "[/usr/local/sbin/replica-stop, $server_port]; there is no shell"},
    {"ExecNested", "server", "stop: {exec: [/bin/stop, [a]]}",
     "2:71: this is a list, expected a list such as "
     "[/usr/local/sbin/replica-stop, $server_port]; there is no shell"},
    {"ExecNull", "server", "stop: {exec: [/bin/stop, ~]}",
     "2:71: this is empty, expected a list such as "
     "[/usr/local/sbin/replica-stop, $server_port]; there is no shell"},
    {"ExecVariable", "server", R"(start: {exec: [/bin/start, "$port"]})",
     R"(2:73: "$port" holds the unknown variable "$port", expected $server, )"
     "$server_name, $server_host, $server_port or $service ($$ for a dollar)"},
    {"ExecLineBreak", "server", R"(start: {exec: [/bin/start, "a\nb"]})",
     R"(2:73: "a b" holds a line break or another control character, expected a )"
     "list such as [/usr/local/sbin/replica-stop, $server_port]; there is no "
     "shell"},
    {"SignalStart", "server", "start: {signal: {unit: a.service}}",
     R"(2:54: a signal starts nothing, expected exactly one of "systemd", )"
     R"("exec", "http")"},
    {"SignalNothing", "server", "stop: {signal: {signal: TERM}}",
     R"(2:53: "signal" has neither "pidfile" nor "unit", expected exactly one )"
     "of them"},
    {"SignalBoth", "server", "stop: {signal: {unit: a.service, pidfile: /p}}",
     R"(2:53: "signal" has both "pidfile" and "unit", expected exactly one of )"
     "them"},
    {"SignalName", "server", "stop: {signal: {unit: a.service, signal: KILL}}",
     R"(2:87: "signal": "KILL" is unknown, expected TERM, INT, QUIT, HUP, USR1 )"
     "or USR2"},
    {"SignalPidfile", "server", "stop: {signal: {pidfile: p.pid}}",
     R"(2:71: "pidfile": "p.pid" is no absolute path, expected an absolute path )"
     "such as /run/vllm/$server_name.pid"},
    {"SignalTimes", "server", "stop: {signal: {unit: a.service, stop_timeout: 5m}, timeout: 5m}",
     R"(2:93: "stop_timeout" is not shorter than the hook's "timeout", so no )"
     R"(time is left to kill, expected a longer "timeout" or a shorter )"
     R"("stop_timeout")"},
    {"SignalTimesDefault", "server", "stop: {signal: {unit: a.service}, timeout: 30s}",
     R"(2:53: "stop_timeout" is not shorter than the hook's "timeout", so no )"
     R"(time is left to kill, expected a longer "timeout" or a shorter )"
     R"("stop_timeout")"},
    {"HttpNoUrl", "server", "stop: {http: {method: POST}}",
     R"(2:53: missing "url" in "http", expected a URL such as )"
     R"("http://$server_host:9000/stop")"},
    {"HttpUrl", "server", R"(stop: {http: "ftp://h/"})",
     R"(2:59: "http": "ftp://h/" does not start with http:// or https://, )"
     R"(expected a mapping such as {url: "http://$server_host:9000/stop"})"},
    {"HttpMethod", "server", R"(stop: {http: {url: "http://h/", method: post}})",
     R"(2:86: "method": "post" is no method, expected a method such as POST)"},
    {"HttpHeaderName", "server", R"(stop: {http: {url: "http://h/", headers: {"a b": c}}})",
     R"(2:88: "headers": "a b" is no header's name, expected a header's name )"
     "such as X-Reason"},
    {"HttpHeaderList", "server", R"(stop: {http: {url: "http://h/", headers: ["a: b"]}})",
     R"(2:87: "headers" is a list, expected a mapping such as {X-Reason: )"
     "restart}"},
    {"HttpHeaderBreak", "server", R"(stop: {http: {url: "http://h/", headers: {a: "b\r\nc: d"}}})",
     R"(2:91: "a": "b  c: d" holds a line break or another control character, )"
     "expected a header's value such as restart"},
    {"HttpBody", "server", R"(stop: {http: {url: "http://h/", body: {a: b}}})",
     R"(2:84: "body" is a mapping, expected a text such as '{"unit": )"
     R"("$server_name"}')"},
    {"HttpBodyVariable", "server", R"(stop: {http: {url: "http://h/", body: "$body"}})",
     R"(2:84: "body": "$body" holds the unknown variable "$body", expected )"
     "$server, $server_name, $server_host, $server_port or $service ($$ for a "
     "dollar)"},
    {"HttpExpect", "server", R"(stop: {http: {url: "http://h/", expect: [200, 2xx, 600]}})",
     R"(2:92: "expect": "2xx" is no whole number, expected a status or a list )"
     "such as [200, 202]\n"
     R"(2:97: "expect": "600" is out of range, expected a status or a list such )"
     "as [200, 202]"},
    {"HttpExpectEmpty", "server", R"(stop: {http: {url: "http://h/", expect: []}})",
     R"(2:86: "expect" is an empty list, expected a status or a list such as )"
     "[200, 202]"},
    {"HttpUnixSocket", "server", R"(stop: {http: {url: "http://h/", unix_socket: "unix:/s"}})",
     R"(2:91: "unix_socket": "unix:/s" is no absolute path, expected an )"
     "absolute path such as /run/supervisor.sock"},
    {"ReadyNothing", "server", "ready: {passes: 3}",
     R"(2:46: "ready" does not say what to try, expected "http" with a URL such )"
     R"(as "http://$server/health", or "connect": true)"},
    {"ReadyBoth", "server", R"(ready: {http: "http://h/", connect: true})",
     R"(2:46: "ready" has both "http" and "connect", expected one of them)"},
    {"ReadyConnectFalse", "server", "ready: {connect: false}",
     R"(2:63: "connect" is false, expected true or "http" with a URL)"},
    {"ReadyPasses", "server", "ready: {connect: true, passes: 0}",
     R"(2:77: "passes": "0" is out of range, expected a number from 1 to 1000)"},
    {"ReadyInterval", "server", "ready: {connect: true, interval: 0s}",
     R"(2:79: "interval": "0s" is no time at all, expected a duration such as )"
     "250ms, 30s, 15m or 1h30m"},
    {"ReadyModel", "server", "ready: {connect: true, model: m, one_token: true}",
     R"(2:76: "model" needs "http" instead of "connect")"
     "\n"
     R"(2:90: "one_token" needs "http" instead of "connect")"},
    {"ReadyUnixServer", "text",
     "balancers: {b: {haproxy: {stats_socket: \"unix:/s\"}}}\n"
     "services: {s: {servers: {a: {address: \"unix:/a\"}}, ready: {http: "
     "\"http://$server/health\"}}}",
     R"(2:26: server "a" cannot use its "ready": the URL )"
     R"("http://unix:/a/health" has no usable host and port)"},
    {"ReadyHookKind", "server", "ready: {exec: [/bin/true]}",
     R"(2:54: unknown key "exec" in "ready", expected one of http, connect, )"
     "passes, interval, attempt_timeout, timeout, model, one_token"},
    {"HookNearKind", "server", "stop: {exce: [/bin/true]}",
     R"(2:53: unknown key "exce" in "stop", did you mean "exec"?)"},
};

class HookMistakeTest : public MistakeTest {};

TEST_P(HookMistakeTest, IsToldExactly) {
    EXPECT_EQ(errors_of(configuration(GetParam().where, GetParam().snippet)), GetParam().says);
}

INSTANTIATE_TEST_SUITE_P(All, HookMistakeTest, testing::ValuesIn(kHookMistakes),
                         [](const auto& mistake) { return std::string(mistake.param.name); });

}  // namespace
}  // namespace lbdrain::agent::test
