// Mistakes in `balancers`.
#include "mistake.hpp"

namespace lbdrain::agent::test {
namespace {

constexpr Mistake kBalancerMistakes[] = {
    {"BalancerNothing", "balancer", "timeout: 5s",
     R"(1:13: "b" does not say what it is, expected "haproxy" or "nginx")"},
    {"BalancerBoth", "balancer", R"(haproxy: {stats_socket: "unix:/s"}, nginx: {api: "http://h/"})",
     R"(1:13: "b" has both "haproxy" and "nginx", expected exactly one of them)"},
    {"BalancerNear", "balancer", R"(haprxy: {stats_socket: "unix:/s"})",
     R"(1:17: unknown key "haprxy" in "b", did you mean "haproxy"?)"},
    {"BalancerName", "text",
     "balancers: {\"a b\": {haproxy: {stats_socket: \"unix:/s\"}}}\n"
     "services: {s: {servers: {a: {address: \"h:1\"}}}}",
     R"(1:13: balancer: "a b" is no usable name, expected letters, digits, "_", )"
     R"("-", "." and ":" such as gpu-a)"},
    {"BalancersList", "text", "balancers: [a]\nservices: {s: {servers: {a: {address: \"h:1\"}}}}",
     R"(1:12: "balancers" is a list, expected a mapping such as {edge-1: )"
     R"({haproxy: {stats_socket: "unix:/run/haproxy/admin.sock"}}})"},
    {"BalancersEmpty", "text", "balancers: {}\nservices: {s: {servers: {a: {address: \"h:1\"}}}}",
     R"(1:12: "balancers" is an empty mapping, expected a mapping such as )"
     R"({edge-1: {haproxy: {stats_socket: "unix:/run/haproxy/admin.sock"}}})"},
    {"NoStatsSocket", "balancer", R"(haproxy: {master_socket: "unix:/m"})",
     R"(1:17: missing "stats_socket" in "haproxy", expected a socket such as )"
     R"("unix:/run/haproxy/admin.sock" or "10.0.0.1:9999")"},
    {"StatsSocketPath", "balancer", "haproxy: {stats_socket: /run/admin.sock}",
     R"(1:41: "stats_socket": "/run/admin.sock" does not say "unix:", expected )"
     R"("unix:/run/admin.sock")"},
    {"StatsSocketNoPort", "balancer", "haproxy: {stats_socket: localhost}",
     R"(1:41: "stats_socket": "localhost" has no port, expected a socket such )"
     R"(as "unix:/run/haproxy/admin.sock" or "10.0.0.1:9999")"},
    {"StatsSocketFamily", "balancer", R"(haproxy: {stats_socket: "ipv4@127.0.0.1:99"})",
     R"(1:41: "stats_socket": "ipv4@127.0.0.1:99" has no usable host before its )"
     R"(port, expected a socket such as "unix:/run/haproxy/admin.sock" or )"
     R"("10.0.0.1:9999")"},
    {"SameSockets", "balancer", R"(haproxy: {stats_socket: "unix:/s", master_socket: "unix:/s"})",
     R"(1:67: "master_socket" is the same as "stats_socket", expected the )"
     "socket of HAProxy's option -S"},
    {"ServerStateFile", "balancer",
     R"(haproxy: {stats_socket: "unix:/s", server_state_file: state})",
     R"(1:71: "server_state_file": "state" is no absolute path, expected an )"
     "absolute path such as /var/lib/lbdrain/haproxy-server-state"},
    {"OldWorkers", "balancer", R"(haproxy: {stats_socket: "unix:/s", old_workers: kill})",
     R"(1:65: "old_workers": "kill" is unknown, expected automatic, lua or exit)"},
    {"BalancerTimeout", "balancer", R"(haproxy: {stats_socket: "unix:/s"}, timeout: 5)",
     R"(1:62: "timeout": "5" has no unit, expected a duration with its unit )"
     "such as 5s"},
    {"NginxNoApi", "balancer", "nginx: {token_file: /t}",
     R"(1:17: missing "api" in "nginx", expected a URL such as )"
     R"("http://10.0.0.2:8081/drain")"},
    {"NginxApiScheme", "balancer", R"(nginx: {api: "10.0.0.2:8081/drain"})",
     R"(1:30: "api": "10.0.0.2:8081/drain" does not start with http:// or )"
     R"(https://, expected a URL such as "http://10.0.0.2:8081/drain")"},
    {"NginxApiUser", "balancer", R"(nginx: {api: "http://u:p@h/drain"})",
     R"(1:30: "api": "http://u:p@h/drain" names a user, expected a URL such as )"
     R"("http://10.0.0.2:8081/drain")"},
    {"NginxApiQuery", "balancer", R"(nginx: {api: "http://h/drain?x=1"})",
     R"(1:30: "api": "http://h/drain?x=1" has a query or fragment, expected a )"
     R"(URL such as "http://10.0.0.2:8081/drain")"},
    {"NginxApiPort", "balancer", R"(nginx: {api: "http://h:x/drain"})",
     R"(1:30: "api": "http://h:x/drain" has no usable host and port, expected a )"
     R"(URL such as "http://10.0.0.2:8081/drain")"},
    {"NginxTokenFile", "balancer", R"(nginx: {api: "http://h/drain", token_file: token})",
     R"(1:60: "token_file": "token" is no absolute path, expected an absolute )"
     "path such as /etc/lbdrain/edge-2.token"},
    {"NginxCaFile", "balancer", R"(nginx: {api: "http://h/drain", ca_file: /ca})",
     R"(1:57: "ca_file" is for https, but "api" is "http://h/drain")"},
    {"MissingIsMisspelt", "balancer", R"(haproxy: {stats-socket: "unix:/s"})",
     R"(1:27: unknown key "stats-socket" in "haproxy", did you mean )"
     R"("stats_socket"?)"},
};

class BalancerMistakeTest : public MistakeTest {};

TEST_P(BalancerMistakeTest, IsToldExactly) {
    EXPECT_EQ(errors_of(configuration(GetParam().where, GetParam().snippet)), GetParam().says);
}

INSTANTIATE_TEST_SUITE_P(All, BalancerMistakeTest, testing::ValuesIn(kBalancerMistakes),
                         [](const auto& mistake) { return std::string(mistake.param.name); });

}  // namespace
}  // namespace lbdrain::agent::test
