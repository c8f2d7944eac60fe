#include "runtime/totals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lbdrain::haproxy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ServerState state(const std::string& server, std::uint32_t bits) {
    ServerState result;
    result.be_name = "be";
    result.srv_name = server;
    result.srv_admin_state = bits;
    return result;
}

ServerStat stat(const std::string& server, std::uint64_t scur, std::uint64_t qcur) {
    ServerStat result;
    result.backend = "be";
    result.server = server;
    result.scur = scur;
    result.qcur = qcur;
    return result;
}

WorkerView worker(pid_t pid, bool stopping, std::vector<ServerStat> stats,
                  std::vector<ServerState> states) {
    WorkerView view;
    view.info.pid = pid;
    view.info.stopping = stopping;
    view.backends.push_back({"be", !states.empty(), std::move(stats), std::move(states)});
    return view;
}

TEST(Totals, AddUpAllWorkersAndTellWhoHasItInRotation) {
    const auto totals = sum_over({
        worker(1, true, {stat("s2", 5, 0), stat("s1", 3, 1)}, {state("s1", 0), state("s2", 0)}),
        worker(2, true, {stat("s1", 2, 0)}, {state("s1", admin::fdrain)}),
        worker(3, false, {stat("s1", 0, 1), stat("s2", 0, 0)},
               {state("s1", admin::fmaint), state("s2", 0)}),
        worker(4, true, {}, {}),
    });
    ASSERT_EQ(totals.size(), 2U);
    EXPECT_EQ(totals[0].server, "s1");
    EXPECT_EQ(totals[0].scur, 5U);
    EXPECT_EQ(totals[0].qcur, 2U);
    EXPECT_EQ(totals[0].in_flight(), 7U);
    EXPECT_THAT(totals[0].stopping_in_rotation, ElementsAre(1));
    EXPECT_THAT(totals[0].live_in_rotation, IsEmpty());
    EXPECT_THAT(totals[0].unknown_to, ElementsAre(4));
    EXPECT_FALSE(totals[0].out_everywhere());
    EXPECT_EQ(totals[1].in_flight(), 5U);
    EXPECT_THAT(totals[1].live_in_rotation, ElementsAre(3));
    EXPECT_THAT(totals[1].unknown_to, ElementsAre(2, 4));
}

TEST(Totals, OfNobodyAreEmpty) {
    EXPECT_THAT(sum_over({}), IsEmpty());
    EXPECT_THAT(sum_over({worker(1, false, {}, {})}), IsEmpty());
}

}  // namespace
}  // namespace lbdrain::haproxy
