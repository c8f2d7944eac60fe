// Mistakes in `services` and their servers.
#include "mistake.hpp"

namespace lbdrain::agent::test {
namespace {

constexpr Mistake kServiceMistakes[] = {
    {"ServiceName", "text",
     "balancers: {b: {haproxy: {stats_socket: \"unix:/s\"}}}\n"
     "services: {\"a/b\": {servers: {a: {address: \"h:1\"}}}}",
     R"(2:12: service: "a/b" is no usable name, expected letters, digits, "_", )"
     R"("-", "." and ":" such as gpu-a)"},
    {"ServiceNameDots", "text",
     "balancers: {b: {haproxy: {stats_socket: \"unix:/s\"}}}\n"
     "services: {..: {servers: {a: {address: \"h:1\"}}}}",
     R"(2:12: service: ".." is no usable name, expected letters, digits, "_", )"
     R"("-", "." and ":" such as gpu-a)"},
    {"ServiceNull", "text",
     "balancers: {b: {haproxy: {stats_socket: \"unix:/s\"}}}\nservices: {s: }",
     R"(2:12: "s" is empty, expected a mapping such as {servers: {gpu-a: )"
     "{address: ...}}}"},
    {"NoServers", "text",
     "balancers: {b: {haproxy: {stats_socket: \"unix:/s\"}}}\n"
     "services: {s: {min_ready: 1}}",
     R"(2:12: missing "servers" in "s", expected a mapping such as {gpu-a: )"
     R"({address: "10.0.1.1:8000"}})"},
    {"ServersEmpty", "text",
     "balancers: {b: {haproxy: {stats_socket: \"unix:/s\"}}}\n"
     "services: {s: {servers: {}}}",
     R"(2:25: "servers" is an empty mapping, expected a mapping such as {gpu-a: )"
     R"({address: "10.0.1.1:8000"}})"},
    {"ServersList", "text",
     "balancers: {b: {haproxy: {stats_socket: \"unix:/s\"}}}\n"
     "services: {s: {servers: [a]}}",
     R"(2:25: "servers" is a list, expected a mapping such as {gpu-a: {address: )"
     R"("10.0.1.1:8000"}})"},
    {"UnknownBalancer", "service", "balancers: [c]",
     R"(2:60: unknown balancer "c", expected a name that stands in "balancers" )"
     "of the file"},
    {"NearBalancer", "text",
     "balancers: {edge-1: {haproxy: {stats_socket: \"unix:/s\"}}}\n"
     "services: {s: {servers: {a: {address: \"h:1\"}}, balancers: {egde-1: x}}}",
     R"(2:60: unknown balancer "egde-1", did you mean "edge-1"?)"},
    {"BalancersOfServiceEmpty", "service", "balancers: []",
     R"(2:59: "balancers" is an empty list, expected a list such as [edge-1, )"
     "edge-2] or a mapping such as {edge-1: backend_name}"},
    {"BalancersOfServiceTwice", "service", "balancers: [b, b]",
     R"(2:63: balancer "b" is named twice)"},
    {"NameThere", "service", R"(balancers: {b: "x y"})",
     R"(2:63: "b": "x y" is no name of a backend or upstream, expected the name )"
     "of the backend or upstream there such as vllm"},
    {"NameThereNull", "service", "balancers: {b: }",
     R"(2:60: "b" is empty, expected the name of the backend or upstream there )"
     "such as vllm"},
    {"MinReadyNegative", "service", "min_ready: -1",
     R"(2:59: "min_ready": "-1" is out of range, expected a number from 0 to )"
     "65536"},
    {"MinReadyQuoted", "service", R"(min_ready: "1")",
     R"(2:59: "min_ready": "1" is a text, expected a number from 0 to 65536)"},
    {"MinReadyWord", "service", "min_ready: all",
     R"(2:59: "min_ready": "all" is no whole number, expected a number from 0 )"
     "to 65536"},
    {"MinReadyOctal", "service", "min_ready: 010",
     R"(2:59: "min_ready": "010" is no whole number, expected a number from 0 )"
     "to 65536"},
    {"DrainEmpty", "service", "drain: {}",
     R"(2:55: "drain" is an empty mapping, expected a mapping such as {settle: )"
     "1s, timeout: 15m}"},
    {"SettleBare", "service", "drain: {settle: 5}",
     R"(2:64: "settle": "5" has no unit, expected a duration with its unit such )"
     "as 5s"},
    {"SettleUnit", "service", "drain: {settle: 5sec}",
     R"(2:64: "settle": "5sec" is no duration, expected a duration such as )"
     "250ms, 30s, 15m or 1h30m"},
    {"SettleNegative", "service", "drain: {settle: -5s}",
     R"(2:64: "settle": "-5s" is no duration, expected a duration such as )"
     "250ms, 30s, 15m or 1h30m"},
    {"SettleOrder", "service", "drain: {settle: 30m1h}",
     R"(2:64: "settle": "30m1h" is no duration, expected a duration such as )"
     "250ms, 30s, 15m or 1h30m"},
    {"SettleFraction", "service", "drain: {settle: 1.5s}",
     R"(2:64: "settle": "1.5s" is no duration, expected a duration such as )"
     "250ms, 30s, 15m or 1h30m"},
    {"DrainTimeoutZero", "service", "drain: {timeout: 0s}",
     R"(2:65: "timeout": "0s" is no time at all, expected a duration such as )"
     "250ms, 30s, 15m or 1h30m"},
    {"DrainTimeoutLong", "service", "drain: {timeout: 8d}",
     R"(2:65: "timeout": "8d" is too long, expected 7d at most)"},
    {"DrainTimeoutHuge", "service", "drain: {timeout: 99999999999999999999h}",
     R"(2:65: "timeout": "99999999999999999999h" is too long, expected 7d at )"
     "most"},
    {"OnTimeout", "service", "drain: {on_timeout: kill}",
     R"(2:68: "on_timeout": "kill" is unknown, expected readmit, stop or wait)"},
    {"StickyGrace", "service", "drain: {sticky_grace: soon}",
     R"(2:70: "sticky_grace": "soon" is no duration, expected a duration such )"
     "as 250ms, 30s, 15m or 1h30m"},
    {"SlowStart", "service", "slow_start: true",
     R"(2:60: "slow_start": "true" is no duration, expected a duration such as )"
     "250ms, 30s, 15m or 1h30m"},
    {"Weight", "service", "agent_check: {weight: yes}",
     R"(2:70: "weight": "yes" is no boolean, expected true or false)"},
    {"WeightQuoted", "service", R"(agent_check: {weight: "true"})",
     R"(2:70: "weight": "true" is a text, expected true or false, without quotes)"},
    {"ReadyWord", "service", "agent_check: {ready: never}",
     R"(2:69: "ready": "never" is unknown, expected until_confirmed or always)"},
    {"LoadWeightOff", "text",
     "balancers: {b: {haproxy: {stats_socket: \"unix:/s\"}}}\n"
     "services: {s: {servers: {a: {address: \"h:1\"}}, metrics: \"http://$server/m\", agent_check: "
     "{weight: false, load_weight: {min: 5}}}}",
     R"(2:99: "weight" is false, but "load_weight" needs it, expected true or )"
     R"(no "load_weight")"},
    {"LoadWeightMin", "text",
     "balancers: {b: {haproxy: {stats_socket: \"unix:/s\"}}}\n"
     "services: {s: {servers: {a: {address: \"h:1\"}}, metrics: \"http://$server/m\", agent_check: "
     "{load_weight: {min: 0, full_at: -1, smoothing: 5}}}}",
     R"(2:110: "min": "0" is out of range, expected a number of percent from 1 )"
     "to 100\n"
     R"(2:122: "full_at": "-1" is out of range, expected a number of requests )"
     "such as 64\n"
     R"(2:137: "smoothing": "5" has no unit, expected a duration with its unit )"
     "such as 5s"},
    {"LoadWeightFullAt", "text",
     "balancers: {b: {haproxy: {stats_socket: \"unix:/s\"}}}\n"
     "services: {s: {servers: {a: {address: \"h:1\"}}, metrics: \"http://$server/m\", agent_check: "
     "{load_weight: {full_at: nan}}}}",
     R"(2:114: "full_at": "nan" is no number, expected a number of requests )"
     "such as 64"},
    {"LoadWeightNoMetrics", "service", "agent_check: {load_weight: {min: 5}}",
     R"(2:26: missing "metrics" in "a", which "load_weight" needs, expected a )"
     R"(URL such as "http://$server/metrics")"},
    {"ServerName", "servers", R"("a b": {address: "h:1"})",
     R"(2:26: server: "a b" is no usable name, expected letters, digits, "_", )"
     R"("-", "." and ":" such as gpu-a)"},
    {"ServerNoAddress", "servers", R"(a: {metrics: "http://h/m"})",
     R"(2:26: missing "address" in "a", expected an address such as )"
     R"("10.0.1.1:8000")"},
    {"ServerNull", "servers", "a: ",
     R"(2:26: "a" is empty, expected a mapping such as {address: )"
     R"("10.0.1.1:8000"})"},
    {"ServerText", "servers", R"(a: "h:1")",
     R"(2:29: "a" is a single value, expected a mapping such as {address: )"
     R"("10.0.1.1:8000"})"},
    {"AddressPort", "servers", "a: {address: 10.0.0.1}",
     R"(2:39: "address": "10.0.0.1" has no port, expected an address such as )"
     R"("10.0.1.1:8000")"},
    {"AddressOctets", "servers", "a: {address: 10.0.0.256:80}",
     R"(2:39: "address": "10.0.0.256:80" has no usable host before its port, )"
     R"(expected an address such as "10.0.1.1:8000")"},
    {"AddressV6", "servers", R"(a: {address: "fd00::1:80"})",
     R"(2:39: "address": "fd00::1:80" is no address and port, expected an IPv6 )"
     R"(address in brackets and a port such as "[fd00::1]:8000")"},
    {"AddressUrl", "servers", R"(a: {address: "http://h:1"})",
     R"(2:39: "address": "http://h:1" is no address and port, expected an )"
     R"(address such as "10.0.1.1:8000")"},
    {"AddressPath", "servers", "a: {address: /run/a.sock}",
     R"(2:39: "address": "/run/a.sock" does not say "unix:", expected )"
     R"("unix:/run/a.sock")"},
    {"AddressNumber", "servers", "a: {address: 8000}",
     R"(2:39: "address": "8000" has no port, expected an address such as )"
     R"("10.0.1.1:8000")"},
    {"AddressTwice", "servers", R"(a: {address: "h:1"}, b: {address: "h:1"})",
     R"(2:60: "address": "h:1" is that of the server in line 2 already, )"
     "expected one address a server"},
    {"ServerTwice", "servers", R"(a: {address: "h:1"}, a: {address: "h:2"})",
     R"(2:47: duplicate key "a" in "servers", the first is in line 2)"},
    {"PortTwice", "text",
     "balancers: {b: {haproxy: {stats_socket: \"unix:/s\"}}}\n"
     "services:\n"
     "  s:\n"
     "    servers:\n"
     "      a: {address: \"h:1\", agent_check: \"0.0.0.0:9801\"}\n"
     "      b: {address: \"h:2\", agent_check: \"0.0.0.0:9801\"}",
     R"(6:40: "agent_check": the port of "0.0.0.0:9801" is used in line 5 )"
     "already, expected another one"},
    {"PortOfListen", "text",
     "listen: {agent_check: \"0.0.0.0:9707\"}\n"
     "services: {s: {servers: {a: {address: \"h:1\", agent_check: \"127.0.0.1:9707\"}}}}",
     R"(2:59: "agent_check": the port of "127.0.0.1:9707" is used in line 1 )"
     "already, expected another one"},
    {"NobodyHears", "text", R"(services: {s: {servers: {a: {address: "h:1"}}}})",
     R"(1:12: no balancer would hear of "s": server "a" has no "agent_check", )"
     R"(expected "balancers" or "agent_check" in "listen")"},
    {"SameServerTwice", "text",
     "balancers: {b: {haproxy: {stats_socket: \"unix:/s\"}}}\n"
     "services:\n"
     "  s: {servers: {a: {address: \"h:1\"}}}\n"
     "  t: {servers: {a: {address: \"h:2\"}}, balancers: {b: s}}",
     R"(4:3: server "a" of "s" at balancer "b" belongs to service "s" already, )"
     "expected one service for it"},
    {"MetricsUrl", "server", R"(metrics: "$server/metrics")",
     R"(2:55: "metrics": "$server/metrics" does not start with http:// or )"
     R"(https://, expected a URL such as "http://$server/metrics")"},
    {"MetricsUnixServer", "text",
     "balancers: {b: {haproxy: {stats_socket: \"unix:/s\"}}}\n"
     "services: {s: {servers: {a: {address: \"unix:/a\"}}, metrics: \"http://$server/metrics\"}}",
     R"(2:26: server "a" cannot use its "metrics": the URL )"
     R"("http://unix:/a/metrics" has no usable host and port)"},
};

class ServiceMistakeTest : public MistakeTest {};

TEST_P(ServiceMistakeTest, IsToldExactly) {
    EXPECT_EQ(errors_of(configuration(GetParam().where, GetParam().snippet)), GetParam().says);
}

INSTANTIATE_TEST_SUITE_P(All, ServiceMistakeTest, testing::ValuesIn(kServiceMistakes),
                         [](const auto& mistake) { return std::string(mistake.param.name); });

}  // namespace
}  // namespace lbdrain::agent::test
