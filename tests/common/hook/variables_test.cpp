// $variables in hooks.
#include <gtest/gtest.h>

#include "lbdrain/hook/variables.hpp"

namespace lbdrain::hook {
namespace {

const Variables kServer{"vllm", "gpu-a", "10.0.1.1:8000"};

TEST(HookVariables, AreReplaced) {
    EXPECT_EQ(expand("$service $server_name $server $server_host $server_port", kServer),
              "vllm gpu-a 10.0.1.1:8000 10.0.1.1 8000");
    EXPECT_EQ(expand("http://$server/health", kServer), "http://10.0.1.1:8000/health");
}

TEST(HookVariables, AreTakenAsLongAsTheyGo) {
    EXPECT_EQ(expand("$server_names", kServer), "$server_names");
    EXPECT_EQ(unknown_variable("$server_names"), "server_names");
    EXPECT_EQ(expand("$server-$service.service", kServer), "10.0.1.1:8000-vllm.service");
}

TEST(HookVariables, TwoDollarsAreOne) {
    EXPECT_EQ(expand("$$server $$$server_port", kServer), "$server $8000");
    EXPECT_EQ(unknown_variable("$$nothing"), std::nullopt);
    EXPECT_EQ(unknown_variable("cost: 5$"), "");
}

TEST(HookVariables, OfOtherAddresses) {
    EXPECT_EQ(expand("$server_host $server_port", {"s", "n", "[::1]:80"}), "[::1] 80");
    EXPECT_EQ(expand("$server_host,$server_port", {"s", "n", "unix:/run/a:b"}), "/run/a:b,");
    EXPECT_EQ(expand("$server_host,$server_port", {"s", "n", "odd"}), "odd,");
}

TEST(HookVariables, StandInEveryTextOfAHook) {
    decltype(Task::what) what = ExecHook{{"/bin/stop", "$server_port"}};
    expand(what, kServer);
    EXPECT_EQ(std::get<ExecHook>(what).argv.back(), "8000");

    HttpHook http;
    http.url = "http://$server_host/";
    http.unix_socket = "/run/$server_name";
    http.headers = {"X-Name: $server_name"};
    http.body = "$service";
    what = http;
    expand(what, kServer);
    http.url = "http://10.0.1.1/";
    http.unix_socket = "/run/gpu-a";
    http.headers = {"X-Name: gpu-a"};
    http.body = "vllm";
    EXPECT_EQ(std::get<HttpHook>(what), http);

    what = SignalHook{.pidfile = "/run/$server_name.pid", .unit = "$service.service"};
    expand(what, kServer);
    EXPECT_EQ(std::get<SignalHook>(what).pidfile, "/run/gpu-a.pid");
    EXPECT_EQ(std::get<SignalHook>(what).unit, "vllm.service");

    what = SystemdHook{"vllm@$server_name.service"};
    expand(what, kServer);
    EXPECT_EQ(std::get<SystemdHook>(what).unit, "vllm@gpu-a.service");

    ReadyCheck check;
    check.url = "http://$server/health";
    check.expect_model = "$service";
    what = check;
    expand(what, kServer);
    EXPECT_EQ(std::get<ReadyCheck>(what).url, "http://10.0.1.1:8000/health");
    EXPECT_EQ(std::get<ReadyCheck>(what).expect_model, "vllm");
}

TEST(HookVariables, UnknownOnesAreFoundInAnyText) {
    HttpHook http;
    http.url = "http://$server/";
    EXPECT_EQ(unknown_variable(decltype(Task::what)(http)), std::nullopt);
    http.headers = {"A: $nope"};
    EXPECT_EQ(unknown_variable(decltype(Task::what)(http)), "nope");
    EXPECT_EQ(unknown_variable(decltype(Task::what)(SystemdHook{"$unit"})), "unit");
}

}  // namespace
}  // namespace lbdrain::hook
