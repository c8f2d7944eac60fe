#include "lbdrain/client/endpoint.hpp"

#include <gtest/gtest.h>

namespace lbdrain::client {
namespace {

std::string why_not(std::string_view text) {
    const auto endpoint = parse_endpoint(text);
    return endpoint ? "taken: " + shown(*endpoint) : endpoint.error();
}

TEST(Endpoint, IsAUnixSocket) {
    const auto endpoint = parse_endpoint("unix:/run/lbdrain/agent.sock");
    ASSERT_TRUE(endpoint);
    EXPECT_EQ(endpoint->unix_socket, "/run/lbdrain/agent.sock");
    EXPECT_EQ(endpoint->url, "http://localhost");
    EXPECT_EQ(shown(*endpoint), "unix:/run/lbdrain/agent.sock");
}

TEST(Endpoint, IsAUrlWithoutItsLastSlash) {
    const auto endpoint = parse_endpoint("https://10.0.0.2:8081/drain/");
    ASSERT_TRUE(endpoint);
    EXPECT_EQ(endpoint->url, "https://10.0.0.2:8081/drain");
    EXPECT_EQ(endpoint->unix_socket, "");
    EXPECT_EQ(shown(*endpoint), "https://10.0.0.2:8081/drain");
}

TEST(Endpoint, NothingElseIsTaken) {
    EXPECT_EQ(why_not(""), "is neither unix:/PATH nor an http or https URL");
    EXPECT_EQ(why_not("/run/agent.sock"), "is neither unix:/PATH nor an http or https URL");
    EXPECT_EQ(why_not("ftp://a/"), "is neither unix:/PATH nor an http or https URL");
    EXPECT_EQ(why_not("unix:agent.sock"), "has no absolute path");
    EXPECT_EQ(why_not("unix:/" + std::string(107, 'x')), "is too long for the path of a socket");
    EXPECT_EQ(why_not("unix:/" + std::string(106, 'x')), "taken: unix:/" + std::string(106, 'x'));
    EXPECT_EQ(why_not("http:///drain"), "has no host");
    EXPECT_EQ(why_not("http://:80/drain"), "has no host");
    EXPECT_EQ(why_not("http://a b/"), "has blanks or control characters");
    EXPECT_EQ(why_not("http://a/\n"), "has blanks or control characters");
    const std::string more =
        "has a query, a fragment or a user: only scheme, host, port and path belong there";
    EXPECT_EQ(why_not("http://user:word@a/"), more);
    EXPECT_EQ(why_not("http://a/?x"), more);
}

}  // namespace
}  // namespace lbdrain::client
