// Which process knows which server, on views made up.
#include "balancer/server_places.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lbdrain::agent {
namespace {

haproxy::WorkerView worker_of(pid_t pid, const std::vector<std::string>& states,
                              const std::vector<std::string>& stats) {
    haproxy::WorkerView worker;
    worker.info.pid = pid;
    auto& backend = worker.backends.emplace_back();
    backend.backend = "be";
    backend.known = true;
    for (const std::string& name : states) {
        backend.states.emplace_back().be_name = "be";
        backend.states.back().srv_name = name;
    }
    for (const std::string& name : stats) {
        backend.stats.emplace_back().backend = "be";
        backend.stats.back().server = name;
        // So that each has figures of its own.
        backend.stats.back().scur = static_cast<std::uint64_t>(name.back());
    }
    return worker;
}

TEST(ServerPlaces, FindsAServerInEachProcessThatKnowsIt) {
    FleetView view;
    view.workers = {worker_of(11, {"a", "b"}, {"a", "b"}), worker_of(12, {"b"}, {"b"})};
    const ServerPlaces places(view);
    ASSERT_EQ(places.of("be", "a").size(), 1U);
    EXPECT_EQ(places.of("be", "a")[0].pid, 11);
    EXPECT_EQ(places.of("be", "a")[0].scur, 'a');
    ASSERT_EQ(places.of("be", "b").size(), 2U);
    EXPECT_EQ(places.of("be", "b")[0].pid, 11);
    EXPECT_EQ(places.of("be", "b")[1].pid, 12);
    EXPECT_EQ(places.of("be", "b")[1].state, view.workers[1].backends[0].states.data());
    EXPECT_TRUE(places.of("be", "c").empty());
    EXPECT_TRUE(places.of("eb", "a").empty());
}

TEST(ServerPlaces, TakesTheFiguresByNameNotByPlace) {
    FleetView view;
    view.workers = {worker_of(11, {"a", "b", "c"}, {"c", "a", "b"})};
    const ServerPlaces places(view);
    for (const char* name : {"a", "b", "c"}) {
        ASSERT_EQ(places.of("be", name).size(), 1U) << name;
        EXPECT_EQ(places.of("be", name)[0].scur, static_cast<std::uint64_t>(*name));
    }
}

TEST(ServerPlaces, AServerWithoutFiguresIsInNoPlace) {
    FleetView view;
    view.workers = {worker_of(11, {"a", "b"}, {"a"})};
    const ServerPlaces places(view);
    EXPECT_TRUE(places.of("be", "b").empty());
}

}  // namespace
}  // namespace lbdrain::agent
