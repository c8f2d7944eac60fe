// What a real HAProxy makes of the rows: at a start, and where the configuration changed meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "haproxy.hpp"
#include "live_server.hpp"
#include "state_row/state_file.hpp"

namespace lbdrain::haproxy {
namespace {

class StateHaproxyTest : public testing::Test {
  protected:
    StateHaproxyTest() : haproxy_(options(backend())) {}

    static std::string backend(const std::string& s1 = "127.0.0.1:9101 weight 100",
                               const std::string& s2 = "127.0.0.1:9102 weight 100") {
        return "frontend fe\n    bind @DIR@/fe.sock\n    default_backend be\nbackend be\n"
               "    server s1 " +
               s1 + "\n    server s2 " + s2 + "\n";
    }

    static test::HaproxyOptions options(const std::string& proxies) {
        test::HaproxyOptions options;
        options.proxies = proxies;
        options.server_state = true;
        return options;
    }

    testing::AssertionResult start_with(const std::string& text) {
        haproxy_.directory().write("server-state", text);
        return haproxy_.start();
    }

    // A column of a server's line, by its name in the header.
    std::string shown(const std::string& server, const std::string& name) const {
        std::istringstream lines(haproxy_.cli("show servers state be").value_or(""));
        std::string line;
        std::vector<std::string> names;
        while (std::getline(lines, line)) {
            std::istringstream words(line);
            const std::vector<std::string> columns{std::istream_iterator<std::string>(words), {}};
            if (line.starts_with("# be_id")) {
                names.assign(columns.begin() + 1, columns.end());
            } else if (columns.size() > 3 && columns[3] == server) {
                const auto at = std::ranges::find(names, name) - names.begin();
                return columns.at(static_cast<std::size_t>(at));
            }
        }
        return "?";
    }

    ServerState live(const std::string& server) const {
        const auto states = parse_servers_state(haproxy_.cli("show servers state be").value_or(""));
        const ServerState* found = states ? find_server(*states, "be", server) : nullptr;
        return found == nullptr ? ServerState{} : *found;
    }

    std::string text_of(const ServerState& live, OutState state = OutState::drain) const {
        return format_state_text({make_row(live, state).value()});
    }

    test::Haproxy haproxy_;
};

TEST_F(StateHaproxyTest, BeginsWithTheServerOut) {
    ASSERT_TRUE(start_with(text_of(live_server())));
    EXPECT_EQ(shown("s1", "srv_admin_state"), "8");
    EXPECT_EQ(shown("s1", "srv_op_state"), "2");
    EXPECT_EQ(shown("s1", "srv_uweight"), "100");
    EXPECT_EQ(shown("s2", "srv_admin_state"), "0");
    haproxy_.directory().write("server-state", text_of(live_server(), OutState::maint));
    ASSERT_TRUE(haproxy_.reload());
    EXPECT_EQ(shown("s1", "srv_admin_state"), "1");
}

TEST_F(StateHaproxyTest, TakesAFileWithoutRowsInSilence) {
    ASSERT_TRUE(start_with(format_state_text({})));
    EXPECT_THAT(haproxy_.log(), testing::Not(testing::HasSubstr("server state file")));
    EXPECT_EQ(shown("s1", "srv_admin_state"), "0");
    haproxy_.directory().write("server-state", "");
    ASSERT_TRUE(haproxy_.reload());
    EXPECT_THAT(haproxy_.log(), testing::HasSubstr("server state file"));
}

TEST_F(StateHaproxyTest, KeepsChecksAndAgentAsConfigured) {
    haproxy_.set_proxies(
        backend("127.0.0.1:9101 weight 100 check inter 60s agent-check agent-addr "
                "127.0.0.1 agent-port 9 agent-inter 60s"));
    ASSERT_TRUE(start_with(format_state_text({})));
    const std::string check = shown("s1", "srv_check_state");
    const std::string agent = shown("s1", "srv_agent_state");
    haproxy_.directory().write("server-state", text_of(live("s1")));
    ASSERT_TRUE(haproxy_.reload());
    EXPECT_EQ(shown("s1", "srv_admin_state"), "8");
    EXPECT_EQ(shown("s1", "srv_check_state"), check);
    EXPECT_EQ(shown("s1", "srv_agent_state"), agent);
    EXPECT_EQ(shown("s1", "srv_agent_port"), "9");
}

TEST_F(StateHaproxyTest, AServerThatIsDisabledInTheConfigurationStaysOut) {
    haproxy_.set_proxies(backend("127.0.0.1:9101 disabled"));
    ASSERT_TRUE(start_with(format_state_text({})));
    ASSERT_EQ(shown("s1", "srv_admin_state"), "5");
    haproxy_.directory().write("server-state", text_of(live("s1"), OutState::maint));
    ASSERT_TRUE(haproxy_.reload());
    EXPECT_EQ(shown("s1", "srv_admin_state"), "5");
    haproxy_.directory().write("server-state", text_of(live("s1"), OutState::drain));
    ASSERT_TRUE(haproxy_.reload());
    EXPECT_EQ(shown("s1", "srv_admin_state"), "12");
}

TEST_F(StateHaproxyTest, ADrainOutlivesAChangeOfWeight) {
    haproxy_.set_proxies(backend("127.0.0.1:9101 weight 0"));
    ASSERT_TRUE(start_with(format_state_text({})));
    haproxy_.directory().write("server-state", text_of(live("s1")));
    haproxy_.set_proxies(backend("127.0.0.1:9101 weight 50"));
    ASSERT_TRUE(haproxy_.reload());
    EXPECT_EQ(shown("s1", "srv_admin_state"), "8");
    EXPECT_EQ(shown("s1", "srv_uweight"), "50");
}

// Why a row must not stay longer than it has to.
TEST_F(StateHaproxyTest, ARowHidesAPortThatChangedInTheConfiguration) {
    ASSERT_TRUE(start_with(text_of(live_server())));
    haproxy_.set_proxies(backend("127.0.0.1:9199 weight 100"));
    ASSERT_TRUE(haproxy_.reload());
    EXPECT_EQ(shown("s1", "srv_port"), "9101");
    haproxy_.directory().write("server-state", format_state_text({}));
    EXPECT_EQ(shown("s1", "srv_port"), "9101");
    ASSERT_TRUE(haproxy_.reload());
    EXPECT_EQ(shown("s1", "srv_port"), "9199");
}

TEST_F(StateHaproxyTest, ARowLeavesTheAddressToTheConfiguration) {
    ASSERT_TRUE(start_with(text_of(live_server())));
    haproxy_.set_proxies(backend("127.0.0.2:9101 weight 100"));
    ASSERT_TRUE(haproxy_.reload());
    EXPECT_EQ(shown("s1", "srv_addr"), "127.0.0.2");
    EXPECT_EQ(shown("s1", "srv_admin_state"), "8");
}

TEST_F(StateHaproxyTest, OneBadLineSpoilsTheWholeFileSoWeTakeItOut) {
    const std::string text = text_of(live_server()) + "3 be 2 s2 127.0.0.1\n";
    ASSERT_TRUE(start_with(text));
    EXPECT_EQ(shown("s1", "srv_admin_state"), "0");
    const StateFile file(haproxy_.state_file());
    ASSERT_TRUE(file.write({{"be", "s1"}}, {row_of("s1")}));
    ASSERT_TRUE(haproxy_.reload());
    EXPECT_EQ(shown("s1", "srv_admin_state"), "8");
}

TEST_F(StateHaproxyTest, RowsOfServersItDoesNotKnowHarmNobody) {
    auto gone = live_server("gone");
    auto other = live_server("s1");
    other.be_name = "nobody";
    ASSERT_TRUE(
        start_with(format_state_text({make_row(gone, OutState::drain).value(),
                                      make_row(other, OutState::drain).value(), row_of("s2")})));
    EXPECT_EQ(shown("s1", "srv_admin_state"), "0");
    EXPECT_EQ(shown("s2", "srv_admin_state"), "8");
}

}  // namespace
}  // namespace lbdrain::haproxy
