#include "state_row/state_row.hpp"

#include <gtest/gtest.h>

#include "live_server.hpp"

namespace lbdrain::haproxy {
namespace {

TEST(StateRow, LeavesEverythingButTheDrainToTheConfiguration) {
    EXPECT_EQ(row_of("s1").line, "3 be 1 s1 - 2 8 100 100 0 0 0 0 0 0 0 0 - 9101 - 0 0 - - 0");
    EXPECT_EQ(row_of("s1", OutState::maint).line,
              "3 be 1 s1 - 2 1 100 100 0 0 0 0 0 0 0 0 - 9101 - 0 0 - - 0");
}

TEST(StateRow, IsTheSameWhateverTheServerIsDoing) {
    ServerState live = live_server();
    const auto before = make_row(live, OutState::drain);
    live.srv_admin_state = admin::fdrain | admin::rmaint;  // drained meanwhile
    EXPECT_EQ(make_row(live, OutState::drain), before);
}

TEST(StateRow, KeepsWhatTheConfigurationSaysOfMaintenance) {
    ServerState live = live_server();
    live.srv_admin_state = admin::cmaint | admin::fmaint;
    EXPECT_EQ(column(make_row(live, OutState::drain)->line, column_admin_state), "12");
    EXPECT_EQ(column(make_row(live, OutState::maint)->line, column_admin_state), "5");
}

TEST(StateRow, NeverSaysWeightZero) {
    ServerState live = live_server();
    live.srv_iweight = 0;
    EXPECT_EQ(column(make_row(live, OutState::drain)->line, 8), "1");
}

TEST(StateRow, KeepsTheNameOfAServerThatDnsAssigned) {
    ServerState live = live_server();
    live.srv_fqdn = "gpu-a.example";
    EXPECT_EQ(column(make_row(live, OutState::drain)->line, 17), "-");
    live.srvrecord = "_http._tcp.example";
    const auto row = make_row(live, OutState::drain);
    EXPECT_EQ(column(row->line, 4), "127.0.0.1");
    EXPECT_EQ(column(row->line, 17), "gpu-a.example");
    EXPECT_EQ(column(row->line, 19), "_http._tcp.example");
}

TEST(StateRow, RefusesAPortThatHaproxyWouldTakeForNone) {
    EXPECT_FALSE(make_row(live_server("s1", 0), OutState::drain));
    EXPECT_FALSE(make_row(live_server("s1", 65536), OutState::drain));
    ServerState unix_socket = live_server("s1", 0);
    unix_socket.srv_addr = "-";
    EXPECT_TRUE(make_row(unix_socket, OutState::drain));
}

TEST(StateRow, RefusesWhatWouldBreakTheLine) {
    EXPECT_FALSE(make_row(live_server("s 1"), OutState::drain));
    EXPECT_FALSE(make_row(live_server("s1\n1 x"), OutState::drain));
    EXPECT_FALSE(make_row(live_server(""), OutState::drain));
    EXPECT_FALSE(make_row(live_server(std::string(3000, 's')), OutState::drain));
}

TEST(StateRow, IsTakenApartByColumns) {
    const auto row = parse_row(row_of("s1").line);
    ASSERT_TRUE(row);
    EXPECT_EQ(row->backend, "be");
    EXPECT_EQ(row->server, "s1");
    EXPECT_EQ(column(row->line, column_port), "9101");
    EXPECT_EQ(column(row->line, 25), "");
    EXPECT_EQ(column("  a\t b", 1), "b");
}

TEST(StateRow, RefusesWhatHaproxyRefuses) {
    EXPECT_TRUE(parse_row("3 be 1 s1 - 2 8 100 100 0 0 0 0 0 0 0 0 - 9101 -"));
    EXPECT_FALSE(parse_row("3 be 1 s1 - 2 8 100 100 0 0 0 0 0 0 0 0 - 9101"));
    EXPECT_FALSE(parse_row(row_of("s1").line + " 0"));
    EXPECT_FALSE(parse_row(""));
}

}  // namespace
}  // namespace lbdrain::haproxy
