#include "config/server_spec.hpp"

#include <gtest/gtest.h>

namespace lbdrain::ctl {
namespace {

TEST(ServerSpec, IsSplitAtTheFirstSlash) {
    EXPECT_EQ(parse_server_spec("vllm/gpu-a"), (ServerSpec{"vllm", "gpu-a"}));
    EXPECT_EQ(parse_server_spec("vllm/unix:/run/a.sock"), (ServerSpec{"vllm", "unix:/run/a.sock"}));
    for (const char* none : {"", "vllm", "vllm/", "/gpu-a", "/"}) {
        EXPECT_FALSE(parse_server_spec(none)) << none;
    }
}

TEST(UnitName, OfAnInstanceHasItsTemplate) {
    EXPECT_EQ(split_unit("vllm@a.service").name, "vllm@.service");
    EXPECT_EQ(split_unit("vllm@a.service").instance, "a");
    EXPECT_EQ(split_unit("vllm@a.b.service").instance, "a.b");
    EXPECT_EQ(split_unit("vllm.service").name, "vllm.service");
    EXPECT_EQ(split_unit("vllm.service").instance, "");
    EXPECT_EQ(split_unit("vllm@.service").name, "vllm@.service");
    EXPECT_EQ(split_unit("vllm@.service").instance, "");
    EXPECT_EQ(split_unit("odd.name@x").name, "odd.name@x");
}

TEST(ServersOfAUnit, AreThoseOfItsTemplateWithTheInstance) {
    CtlConfig config;
    config.units.push_back({"vllm@.service", {{"vllm", "gpu-%i"}, {"chat-%i", "%i%i"}}});
    config.units.push_back({"vllm@special.service", {{"vllm", "other"}}});
    config.units.push_back({"single.service", {{"vllm", "gpu-s"}}});
    EXPECT_EQ(servers_of(config, "vllm@a.service"),
              (std::vector<ServerSpec>{{"vllm", "gpu-a"}, {"chat-a", "aa"}}));
    EXPECT_EQ(servers_of(config, "vllm@special.service"),
              (std::vector<ServerSpec>{{"vllm", "other"}}));
    EXPECT_EQ(servers_of(config, "single.service"), (std::vector<ServerSpec>{{"vllm", "gpu-s"}}));
    EXPECT_TRUE(servers_of(config, "nginx.service").empty());
    EXPECT_TRUE(servers_of(config, "vllm@.service").front().server == "gpu-");
}

}  // namespace
}  // namespace lbdrain::ctl
