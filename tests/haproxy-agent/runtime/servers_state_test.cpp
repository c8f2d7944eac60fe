#include "runtime/servers_state.hpp"

#include <gtest/gtest.h>

namespace lbdrain::haproxy {
namespace {

const std::string state_header =
    "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight "
    "srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health "
    "srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord "
    "srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port\n";

TEST(ServersState, ReadsAll25Columns) {
    const auto states = parse_servers_state(
        state_header +
        "3 be 1 s1 127.0.0.1 2 8 50 100 17 6 3 4 6 22 0 1 host.example 9101 _srv 1 81 "
        "10.0.0.1 10.0.0.2 9200\n3 be 2 s2 - 0 5 0 1 0 1 0 2 0 0 0 0 - 0 - 0 0 - - 0\n\n");
    ASSERT_TRUE(states) << states.error().message;
    ASSERT_EQ(states->size(), 2U);
    const auto* s1 = find_server(*states, "be", "s1");
    ASSERT_NE(s1, nullptr);
    EXPECT_EQ(s1->be_id, 3);
    EXPECT_EQ(s1->srv_id, 1);
    EXPECT_EQ(s1->srv_addr, "127.0.0.1");
    EXPECT_EQ(s1->srv_op_state, 2);
    EXPECT_EQ(s1->srv_admin_state, admin::fdrain);
    EXPECT_TRUE(s1->out_of_rotation());
    EXPECT_EQ(s1->srv_uweight, 50U);
    EXPECT_EQ(s1->srv_iweight, 100U);
    EXPECT_EQ(s1->srv_time_since_last_change, 17);
    EXPECT_EQ(s1->srv_check_status, 6);
    EXPECT_EQ(s1->srv_check_result, 3);
    EXPECT_EQ(s1->srv_check_health, 4);
    EXPECT_EQ(s1->srv_check_state, 6);
    EXPECT_EQ(s1->srv_agent_state, 22);
    EXPECT_EQ(s1->bk_f_forced_id, 0);
    EXPECT_EQ(s1->srv_f_forced_id, 1);
    EXPECT_EQ(s1->srv_fqdn, "host.example");
    EXPECT_EQ(s1->srv_port, 9101U);
    EXPECT_EQ(s1->srvrecord, "_srv");
    EXPECT_EQ(s1->srv_use_ssl, 1);
    EXPECT_EQ(s1->srv_check_port, 81U);
    EXPECT_EQ(s1->srv_check_addr, "10.0.0.1");
    EXPECT_EQ(s1->srv_agent_addr, "10.0.0.2");
    EXPECT_EQ(s1->srv_agent_port, 9200U);
    EXPECT_EQ(find_server(*states, "be", "s2")->srv_admin_state, admin::fmaint | admin::cmaint);
    EXPECT_EQ(find_server(*states, "be", "s3"), nullptr);
    EXPECT_EQ(find_server(*states, "eb", "s1"), nullptr);
}

TEST(ServersState, OnlyForcedBitsTakeOutOfRotation) {
    ServerState state;
    for (const auto bits : {admin::fmaint, admin::fdrain, admin::fmaint | admin::cmaint}) {
        state.srv_admin_state = bits;
        EXPECT_TRUE(state.out_of_rotation()) << bits;
    }
    for (const auto bits :
         {0U, admin::cmaint, admin::imaint, admin::idrain, admin::rmaint, admin::fqdn_changed}) {
        state.srv_admin_state = bits;
        EXPECT_FALSE(state.out_of_rotation()) << bits;
    }
}

TEST(ServersState, NewColumnsDoNoHarm) {
    auto moved = state_header;
    moved.insert(moved.find("srv_addr"), "srv_new ");
    const auto states = parse_servers_state(
        moved + "3 be 1 s1 x 127.0.0.1 2 8 1 1 1 6 3 4 6 22 0 0 - 9101 - 0 0 - - 0\n");
    ASSERT_TRUE(states) << states.error().message;
    EXPECT_EQ(states->at(0).srv_addr, "127.0.0.1");
    EXPECT_EQ(states->at(0).srv_port, 9101U);
    EXPECT_TRUE(parse_servers_state(state_header)->empty());
}

TEST(ServersState, RefusesWhatItDoesNotKnow) {
    auto missing = state_header;
    missing.erase(missing.find("srv_port "), 9);
    for (const std::string& text : {
             std::string(),
             std::string("Can't find backend.\n"),
             std::string("2") + state_header.substr(1),
             std::string("1\n"),
             std::string("1\n3 be 1 s1 127.0.0.1 2 8 1 1 1 6 3 4 6 22 0 0 - 9101 - 0 0 - - 0\n"),
             missing,
             state_header + "3 be 1 s1 127.0.0.1 2 8\n",
             state_header + "3 be 1 s1 127.0.0.1 2 x 1 1 1 6 3 4 6 22 0 0 - 9101 - 0 0 - - 0\n",
             state_header + "3 be 1 s1 127.0.0.1 2 -8 1 1 1 6 3 4 6 22 0 0 - 9101 - 0 0 - - 0\n",
             state_header + "3 be 1 s1 127.0.0.1 2 8 1 1 1 6 3 4 6 22 0 0 - 9101 - 0 0 - - 0 0\n",
         }) {
        const auto states = parse_servers_state(text);
        ASSERT_FALSE(states) << text;
        EXPECT_EQ(states.error().code, ErrorCode::bad_reply);
    }
}

}  // namespace
}  // namespace lbdrain::haproxy
