#include "runtime/stat_table.hpp"

#include <gtest/gtest.h>

namespace lbdrain::haproxy {
namespace {

// The first columns are the same in all versions, and so are their names.
constexpr std::string_view begin =
    "# pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,"
    "wredis,status,weight,act,bck,chkfail,chkdown,lastchg,downtime,qlimit,pid,iid,sid,throttle,"
    "lbtot,tracked,type,rate,rate_lim,rate_max,check_status,check_code,check_duration,hrsp_1xx,"
    "hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other,hanafail,req_rate,req_rate_max,req_tot,"
    "cli_abrt,srv_abrt,comp_in,comp_out,comp_byp,comp_rsp,lastsess,last_chk,last_agt,qtime,ctime,"
    "rtime,ttime,agent_status,agent_code,agent_duration,";

// HAProxy 2.6.12, `show stat be 6 -1`; last_agt holds a comma and quotes.
std::string sample_26() {
    return std::string(begin) +
           "check_desc,agent_desc,addr,mode,srv_icur,idle_conn_cur,safe_conn_cur,used_conn_cur,-,\n"
           "be,s1,3,3,7,8,,12,0,0,,0,,0,0,0,0,DRAIN (agent),100,1,0,0,0,3,0,,1,3,1,,12,,2,0,,0,"
           "L4OK,,0,0,0,0,0,0,0,,,,0,0,0,,,,,-1,,\"via agent : up, \"\"x\"\"\",0,0,0,0,L7OK,0,1,"
           "Layer4 check passed,,127.0.0.1:9101,http,1,0,1,1,-,\n"
           "be,s2,0,0,0,0,,0,0,0,,0,,0,0,0,0,no check,,1,0,,,3,,,1,3,2,,0,,2,0,,0,,,,0,0,0,0,0,0,,"
           ",,0,0,0,,,,,-1,,,0,0,0,0,,,,,,127.0.0.1:9102,http,0,0,0,0,-,\n"
           "be,BACKEND,6,6,10,10,100,12,0,0,0,0,,0,0,0,0,UP,100,1,0,,0,3,0,,1,3,0,,12,,1,0,,0,,,,"
           "0,0,0,0,0,0,,,,0,0,0,0,0,0,0,-1,,,0,0,0,0,,,,,,,http,,,,,-,\n";
}

// HAProxy 3.4.0: more columns behind.
std::string sample_34() {
    return std::string(begin) +
           "check_desc,agent_desc,check_rise,addr,cookie,mode,srv_icur,used_conn_cur,uweight,"
           "agg_server_status,srid,sess_other,proto,priv_idle_cur,reqbin,-,ssl_sess,\n"
           "app,u1,0,0,2,2,,2,0,0,,0,,0,0,0,0,UP 1/3,50,1,0,,,1,,,1,3,2,,0,,2,0,,0,L7OK,,,0,0,0,0,"
           "0,0,,,,0,0,0,,,,,-1,,,0,0,0,0,,,,,,2,unix,,http,0,2,50,,0,,,0,0,-,0,\n";
}

TEST(StatTable, ReadsServersAndBackendsApart) {
    const auto table = parse_stat(sample_26());
    ASSERT_TRUE(table) << table.error().message;
    ASSERT_EQ(table->servers.size(), 2U);
    ASSERT_EQ(table->backends.size(), 1U);
    const auto* s1 = table->find("be", "s1");
    ASSERT_NE(s1, nullptr);
    EXPECT_EQ(s1->scur, 7U);
    EXPECT_EQ(s1->qcur, 3U);
    EXPECT_EQ(s1->in_flight(), 10U);
    EXPECT_EQ(s1->status, "DRAIN (agent)");
    EXPECT_EQ(s1->weight, 100U);
    EXPECT_EQ(s1->check_status, "L4OK");
    EXPECT_EQ(s1->agent_status, "L7OK");
    EXPECT_EQ(table->find("be", "s2")->weight, std::nullopt);
    EXPECT_EQ(table->backends[0].backend, "be");
    EXPECT_EQ(table->backends[0].qcur, 6U);
    EXPECT_EQ(table->backends[0].scur, 10U);
    EXPECT_EQ(table->find("be", "s3"), nullptr);
    EXPECT_EQ(table->find("fe", "s1"), nullptr);
}

TEST(StatTable, ReadsColumnsByName) {
    const auto table = parse_stat(sample_34());
    ASSERT_TRUE(table) << table.error().message;
    const auto* server = table->find("app", "u1");
    ASSERT_NE(server, nullptr);
    EXPECT_EQ(server->in_flight(), 2U);
    EXPECT_EQ(server->status, "UP 1/3");
    EXPECT_EQ(parse_stat("# pxname,type,scur,weight,svname,qcur,status\nbe,2,4,1,s1,5,UP\n")
                  ->find("be", "s1")
                  ->in_flight(),
              9U);
}

TEST(StatTable, PassesOverFrontendsAndListeners) {
    const auto table = parse_stat(
        "# pxname,svname,qcur,scur,status,weight,type\nfe,FRONTEND,,3,OPEN,,0\nfe,sock-1,,3,OPEN,,3"
        "\n");
    ASSERT_TRUE(table) << table.error().message;
    EXPECT_TRUE(table->servers.empty());
    EXPECT_TRUE(table->backends.empty());
}

TEST(StatTable, WhatIsMissingIsNeverAZero) {
    const std::string header = "# pxname,svname,qcur,scur,status,weight,type\n";
    for (const std::string& text : {
             std::string(""),
             std::string("No such proxy.\n"),
             std::string("# pxname,svname,qcur,status,weight,type\nbe,s1,0,UP,1,2\n"),
             header + "be,s1,,0,UP,1,2\n",
             header + "be,s1,0,,UP,1,2\n",
             header + "be,s1,0,-1,UP,1,2\n",
             header + "be,s1,0,0x,UP,1,2\n",
             header + "be,s1,0,99999999999999999999,UP,1,2\n",
             header + "be,s1,0,0,UP,1,\n",
             header + "be,s1,0,0,UP,1\n",
             header + "be,s1,0,0,UP,1,2,3\n",
             header + "be,s1,0,0,\"UP,1,2\n",
         }) {
        const auto table = parse_stat(text);
        ASSERT_FALSE(table) << text;
        EXPECT_EQ(table.error().code, ErrorCode::bad_reply) << text;
    }
}

TEST(StatTable, SurvivesEveryCut) {
    const auto whole = sample_26();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto table = parse_stat(std::string_view(whole).substr(0, size));
        EXPECT_TRUE(!table || table->servers.size() <= 2U);
    }
}

}  // namespace
}  // namespace lbdrain::haproxy
