// Several targets as one fleet: which servers are the same, and what is said of them together.
#include "fleet/fleet.hpp"

#include <gtest/gtest.h>

namespace lbdrain::ctl {
namespace {

api::ServerView server(std::string name, std::string address,
                       ServerState state = ServerState::ready) {
    api::ServerView view;
    view.name = std::move(name);
    view.address = std::move(address);
    view.state = state;
    view.complete = true;
    view.in_flight = 2;
    return view;
}

StatusResult status(const std::string& service, std::vector<api::ServerView> servers) {
    api::StatusView view;
    view.services.push_back({service, true, "", 1, std::move(servers)});
    return view;
}

std::vector<TargetConfig> targets(std::size_t count) {
    std::vector<TargetConfig> configs(count);
    for (std::size_t i = 0; i < count; ++i) {
        configs[i].name = "edge-" + std::to_string(i + 1);
        configs[i].endpoint = *client::parse_endpoint("http://10.0.0.1/drain");
    }
    return configs;
}

TEST(Fleet, ServersAreTheSameByAddress) {
    const Fleet fleet =
        merge(targets(2),
              {status("vllm", {server("gpu-a", "10.0.1.1:8000"), server("gpu-b", "10.0.1.2:8000")}),
               status("vllm", {server("10.0.1.2:8000", "10.0.1.2:8000"),
                               server("10.0.1.3:8000", "10.0.1.3:8000")})});
    ASSERT_EQ(fleet.servers.size(), 3U);
    const FleetServer* both = fleet.find({"vllm", "gpu-b"});
    ASSERT_NE(both, nullptr);
    ASSERT_EQ(both->places.size(), 2U);
    EXPECT_EQ(both->places[1].there.server, "10.0.1.2:8000");
    EXPECT_EQ(fleet.find({"vllm", "10.0.1.2:8000"}), both);
    EXPECT_EQ(fleet.servers_of("vllm").size(), 3U);
    EXPECT_EQ(summarize(*both).in_flight, 4U);
}

TEST(Fleet, ServersAreTheSameByNameIfAddressesSayNothing) {
    const Fleet fleet = merge(targets(2), {status("vllm", {server("gpu-a", "10.0.1.1:8000")}),
                                           status("vllm", {server("gpu-a", "gpu-a.lan:8000")})});
    ASSERT_EQ(fleet.servers.size(), 1U);
    EXPECT_EQ(fleet.servers[0].places.size(), 2U);
}

TEST(Fleet, TwoServersOfOneTargetAreTwo) {
    const Fleet fleet = merge(
        targets(1), {status("vllm", {server("a", "10.0.1.1:8000"), server("b", "10.0.1.1:8000")})});
    EXPECT_EQ(fleet.servers.size(), 2U);
}

TEST(Fleet, ServicesHaveOurNames) {
    auto configs = targets(2);
    configs[1].services["vllm"] = "llm_pool";
    const Fleet fleet = merge(configs, {status("vllm", {server("gpu-a", "10.0.1.1:8000")}),
                                        status("llm_pool", {server("gpu-a", "10.0.1.1:8000")})});
    ASSERT_EQ(fleet.services.size(), 1U);
    ASSERT_EQ(fleet.servers.size(), 1U);
    EXPECT_EQ(fleet.servers[0].places[1].there.service, "llm_pool");
}

TEST(Fleet, ATargetThatIsSilentIsNamed) {
    const Fleet fleet =
        merge(targets(2), {std::unexpected(client::Error{client::Error::Kind::unreachable,
                                                         "connection refused", true, std::nullopt}),
                           status("vllm", {server("gpu-a", "10.0.1.1:8000")})});
    ASSERT_TRUE(fleet.targets[0].error);
    EXPECT_EQ(fleet.targets[0].name, "edge-1");
    ASSERT_EQ(fleet.servers.size(), 1U);
    EXPECT_EQ(fleet.servers[0].places[0].target, 1U);
}

TEST(Summary, IsTheStateFurthestFromReady) {
    const Fleet fleet = merge(
        targets(2), {status("vllm", {server("gpu-a", "10.0.1.1:8000", ServerState::ready)}),
                     status("vllm", {server("gpu-a", "10.0.1.1:8000", ServerState::draining)})});
    const Summary sum = summarize(fleet.servers.at(0));
    EXPECT_EQ(sum.state, ServerState::draining);
    EXPECT_FALSE(sum.agreed);
    EXPECT_FALSE(settled_ready(fleet.servers[0]));
}

TEST(Summary, IsIncompleteIfABalancerCannotCount) {
    api::ServerView view = server("gpu-a", "10.0.1.1:8000");
    view.balancers.push_back({});
    const Fleet fleet = merge(targets(1), {status("vllm", {view})});
    EXPECT_FALSE(summarize(fleet.servers.at(0)).complete);
}

TEST(UnknownServer, SuggestsTheNearest) {
    const Fleet fleet = merge(
        targets(1),
        {status("vllm", {server("gpu-a", "10.0.1.1:8000"), server("other", "10.0.1.2:8000")})});
    EXPECT_EQ(unknown_server(fleet, {"vllm", "othr"}),
              "no server \"othr\" in service \"vllm\", did you mean vllm/other?");
    EXPECT_EQ(unknown_server(fleet, {"vllm", "x"}),
              "no server \"x\" in service \"vllm\"; there is gpu-a, other");
    EXPECT_EQ(unknown_server(fleet, {"vlm", "gpu-a"}), "no service \"vlm\", did you mean vllm?");
    EXPECT_EQ(unknown_service({}, "vllm"), "no service \"vllm\"; the targets have none");
}

}  // namespace
}  // namespace lbdrain::ctl
