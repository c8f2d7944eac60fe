#include "nginx/known_servers.hpp"

#include <gmock/gmock.h>

namespace lbdrain::agent {
namespace {

using testing::HasSubstr;

api::ServerView server(const std::string& service, const std::string& name,
                       const std::string& address) {
    api::ServerView view;
    view.service = service;
    view.name = name;
    view.address = address;
    return view;
}

api::StatusView status() {
    api::StatusView view;
    view.services.push_back({"vllm",
                             true,
                             "",
                             1,
                             {server("vllm", "gpu-a:8000", "10.0.1.1:8000"),
                              server("vllm", "10.0.1.2:8000", "10.0.1.2:8000"),
                              server("vllm", "gpu-c", "10.0.1.3:80")}});
    view.services.push_back(
        {"chat", true, "", 1, {server("chat", "10.0.1.1:8000", "10.0.1.1:8000")}});
    view.services.push_back({"legacy", false, "drain off", 1, {}});
    return view;
}

std::string address_of(const KnownServers& known, const BalancerServer& ours) {
    const auto found = known.find(ours);
    return found ? (*found)->service + " " + (*found)->address : found.error();
}

TEST(KnownServers, AreFoundByAddressElseByName) {
    const auto view = status();
    const KnownServers known(view);
    EXPECT_EQ(address_of(known, {"vllm", "gpu-c", "10.0.1.1:8000"}), "vllm 10.0.1.1:8000");
    EXPECT_EQ(address_of(known, {"vllm", "a", "gpu-a:8000"}), "vllm 10.0.1.1:8000");
    EXPECT_EQ(address_of(known, {"vllm", "gpu-c", "gpu-c:80"}), "vllm 10.0.1.3:80");
    EXPECT_EQ(address_of(known, {"chat", "a", "10.0.1.1:8000"}), "chat 10.0.1.1:8000");
}

TEST(KnownServers, WhyThereIsNone) {
    const auto view = status();
    const KnownServers known(view);
    EXPECT_EQ(address_of(known, {"tgi", "a", "10.0.1.1:8000"}), "nginx has no upstream \"tgi\"");
    EXPECT_THAT(address_of(known, {"legacy", "a", "10.0.1.1:8000"}), HasSubstr("drain off"));
    EXPECT_THAT(address_of(known, {"vllm", "gpu-z", "10.0.1.9:8000"}), HasSubstr("10.0.1.9:8000"));
}

TEST(KnownServers, WarnsOfOtherUpstreamsWithTheSameReplica) {
    const auto view = status();
    const KnownServers known(view);
    const auto* vllm = known.find({"vllm", "a", "10.0.1.1:8000"}).value();
    const auto* chat = known.find({"chat", "a", "10.0.1.1:8000"}).value();
    EXPECT_THAT(known.others_at({vllm, nullptr}),
                testing::ElementsAre(HasSubstr("\"chat\" sends requests to 10.0.1.1:8000")));
    EXPECT_TRUE(known.others_at({vllm, chat}).empty());
}

}  // namespace
}  // namespace lbdrain::agent
