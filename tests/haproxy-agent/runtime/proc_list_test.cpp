// `show proc` and `show info` of all versions.
#include "runtime/proc_list.hpp"

#include <gtest/gtest.h>

#include "runtime/info.hpp"

namespace lbdrain::haproxy {
namespace {

const std::string proc_header =
    "#<PID>          <type>          <reloads>       <uptime>        <version>      \n";

TEST(ProcListTest, Reads26) {
    const auto list = parse_proc_list(
        proc_header +
        "8316            master          3 [failed: 1]   1d02h03m31s     2.6.12-1+deb12u4\n"
        "# workers\n"
        "9010            worker          1               0d00h00m03s     2.6.12-1+deb12u4\n"
        "# old workers\n"
        "8990            worker          2               0d00h01m03s     2.6.11\n"
        "# programs\n"
        "8500            worker          0               0d00h00m03s     -              \n"
        "# old programs\n"
        "8400            any name        0               0d00h00m03s     -              \n\n");
    ASSERT_TRUE(list) << list.error().message;
    EXPECT_EQ(list->master.pid, 8316);
    EXPECT_EQ(list->master.reloads, 3U);
    EXPECT_EQ(list->failed_reloads, 1U);
    EXPECT_EQ(list->master.uptime_s, 86400U + 2 * 3600 + 3 * 60 + 31);
    EXPECT_EQ(list->master.version, "2.6.12-1+deb12u4");
    ASSERT_EQ(list->workers.size(), 2U);
    EXPECT_EQ(list->workers[0].pid, 9010);
    EXPECT_EQ(list->workers[0].reloads, 1U);
    EXPECT_FALSE(list->workers[0].under_old);
    EXPECT_EQ(list->workers[1].pid, 8990);
    EXPECT_TRUE(list->workers[1].under_old);
    EXPECT_EQ(list->workers[1].version, "2.6.11");
}

TEST(ProcListTest, Reads34AfterAFailedReload) {
    const auto list = parse_proc_list(
        proc_header +
        "19970           master          2 [failed: 1]   0d00h00m01s     3.4.0-64a335366\n"
        "# workers\n# old workers\n"
        "19973           worker          1               0d00h00m01s     3.4.0-64a335366\n\n");
    ASSERT_TRUE(list) << list.error().message;
    EXPECT_EQ(list->master.pid, 19970);
    ASSERT_EQ(list->workers.size(), 1U);
    EXPECT_TRUE(list->workers[0].under_old);
}

TEST(ProcListTest, Reads24) {
    const auto list = parse_proc_list(
        "#<PID>          <type>          <relative PID>  <reloads>       <uptime>        <version>"
        "      \n"
        "100             master          0               1               0d00h00m01s     2.4.22\n"
        "# workers\n"
        "101             worker          1               0               0d00h00m01s     2.4.22\n"
        "# programs\n\n");
    ASSERT_TRUE(list) << list.error().message;
    EXPECT_EQ(list->master.reloads, 1U);
    EXPECT_EQ(list->failed_reloads, 0U);
    ASSERT_EQ(list->workers.size(), 1U);
    EXPECT_EQ(list->workers[0].reloads, 0U);
}

TEST(ProcListTest, AVersionMayBeMissing) {
    const auto list = parse_proc_list(
        proc_header + "1               master          0 [failed: 0]   0d00h00m01s     \n");
    ASSERT_TRUE(list) << list.error().message;
    EXPECT_EQ(list->master.version, "");
    EXPECT_TRUE(list->workers.empty());
}

TEST(ProcListTest, RefusesWhatItDoesNotKnow) {
    const std::string master = "1 master 0 [failed: 0] 0d00h00m01s 3.4\n";
    for (const std::string& text : {
             std::string(),
             std::string("Permission denied\n"),
             std::string("#<PID>\n"),
             proc_header,
             proc_header + "# workers\n2 worker 0 0d00h00m01s 3.4\n",
             proc_header + master + master,
             proc_header + master + "x worker 0 0d00h00m01s 3.4\n",
             proc_header + master + "0 worker 0 0d00h00m01s 3.4\n",
             proc_header + master + "-2 worker 0 0d00h00m01s 3.4\n",
             proc_header + master + "2 stranger 0 0d00h00m01s 3.4\n",
             proc_header + master + "2 worker 0 00h00m01s 3.4\n",
             proc_header + master + "2 worker\n",
             proc_header + master + "2\n",
             proc_header + master + "2 worker 0 0d00h00m01s 3.4 more words\n",
             proc_header + "1 master 0 [failed:\n",
         }) {
        const auto list = parse_proc_list(text);
        ASSERT_FALSE(list) << text;
        EXPECT_EQ(list.error().code, ErrorCode::bad_reply);
    }
}

TEST(InfoTest, ReadsBothSpellings) {
    const auto old = parse_info(
        "Name: HAProxy\nVersion: 2.6.12-1+deb12u4\nPid: 8322\nUptime: 0d 0h00m03s\nUptime_sec: 3\n"
        "CurrConns: 2\nnode: vm\nStopping: 1\nUnstoppable Jobs: 1\ndescription:\n\n");
    ASSERT_TRUE(old) << old.error().message;
    EXPECT_EQ(old->pid, 8322);
    EXPECT_TRUE(old->stopping);
    EXPECT_EQ(old->version, "2.6.12-1+deb12u4");
    EXPECT_EQ(old->node, "vm");
    EXPECT_EQ(old->uptime_s, 3U);
    EXPECT_EQ(old->current_connections, 2U);
    const auto fresh = parse_info("Pid: 7\nStopping: 0\nNode: a: b\n");
    ASSERT_TRUE(fresh) << fresh.error().message;
    EXPECT_FALSE(fresh->stopping);
    EXPECT_EQ(fresh->node, "a: b");
}

TEST(InfoTest, NeedsPidAndStopping) {
    for (const auto* text :
         {"", "Pid: 1\n", "Stopping: 0\n", "Pid: x\nStopping: 0\n", "Pid: 1\nStopping: \n",
          "Pid: 1\nStopping: maybe\n", "Pid: -1\nStopping: 0\n", "Permission denied\n"}) {
        const auto info = parse_info(text);
        ASSERT_FALSE(info) << text;
        EXPECT_EQ(info.error().code, ErrorCode::bad_reply);
    }
}

}  // namespace
}  // namespace lbdrain::haproxy
