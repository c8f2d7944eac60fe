// What paths name, with the prefix of an NGINX location before them and without.
#include "lbdrain/api/target.hpp"

#include <gtest/gtest.h>

namespace lbdrain::api {
namespace {

void expect_server(const std::expected<Target, Problem>& target, const std::string& service,
                   const std::string& server, std::optional<Action> action = {}) {
    ASSERT_TRUE(target) << target.error().detail;
    EXPECT_FALSE(target->status);
    EXPECT_EQ(target->service, service);
    EXPECT_EQ(target->server, server);
    EXPECT_EQ(target->action, action);
}

TEST(Path, NamesStatusServersAndActions) {
    EXPECT_TRUE(parse_path("/v1/status")->status);
    expect_server(parse_path("/v1/services/vllm/servers/gpu-a"), "vllm", "gpu-a");
    expect_server(parse_path("/v1/services/vllm/servers/gpu-a/restart"), "vllm", "gpu-a",
                  Action::restart);
    expect_server(parse_path("/v1/services/vllm/servers/gpu-a/dance"), "vllm", "gpu-a/dance");
    expect_server(parse_path("/v1/services/vllm/servers/drain"), "vllm", "drain");
    expect_server(parse_path("/v1/services/vllm/servers/unix:/run/a.sock/drain"), "vllm",
                  "unix:/run/a.sock", Action::drain);
    expect_server(parse_path("/v1/services/a/servers/b/servers/c"), "a", "b/servers/c");
}

TEST(Path, AllElseIsNotFound) {
    for (const char* path :
         {"", "/", "/v1", "/v1/", "/v1/status/", "/v1/statuses", "v1/status", "/v2/status",
          "/v1/services", "/v1/services/", "/v1/services/up", "/v1/services/up/servers",
          "/v1/services/up/servers/", "/v1/services//servers/x", "/v1/services/up/servers//drain",
          "/drain/v1/status", "/v1/v1/status"}) {
        const auto target = parse_path(path);
        ASSERT_FALSE(target) << path;
        EXPECT_EQ(target.error().code, ProblemCode::not_found) << path;
    }
}

TEST(PathBelowPrefix, SkipsThePrefix) {
    EXPECT_TRUE(parse_path_below_prefix("/drain/v1/status")->status);
    EXPECT_TRUE(parse_path_below_prefix("/v1/status")->status);
    expect_server(parse_path_below_prefix("/a/b/v1/services/s/servers/n/ready"), "s", "n",
                  Action::ready);
    EXPECT_FALSE(parse_path_below_prefix("/drain/v1/nothing"));
    EXPECT_FALSE(parse_path_below_prefix("/drain"));
}

TEST(PathBelowPrefix, ThePrefixMayHoldAVersionOfItsOwn) {
    EXPECT_TRUE(parse_path_below_prefix("/apis/v1/drain/v1/status")->status);
    EXPECT_TRUE(parse_path_below_prefix("/v1/v1/status")->status);
    expect_server(parse_path_below_prefix("/apis/v1/drain/v1/services/s/servers/n/drain"), "s", "n",
                  Action::drain);
    EXPECT_FALSE(parse_path_below_prefix("/apis/v1/drain/v1/nothing"));
}

TEST(PathBelowPrefix, AServersNameMayHoldAVersionToo) {
    expect_server(parse_path_below_prefix("/drain/v1/services/s/servers/unix:/v1/status"), "s",
                  "unix:/v1/status");
    expect_server(
        parse_path_below_prefix("/apis/v1/drain/v1/services/s/servers/unix:/run/v1/a/stop"), "s",
        "unix:/run/v1/a", Action::stop);
}

}  // namespace
}  // namespace lbdrain::api
