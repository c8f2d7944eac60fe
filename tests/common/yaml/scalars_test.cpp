#include "lbdrain/yaml/scalars.hpp"

#include <gtest/gtest.h>

#include "lbdrain/yaml/places.hpp"

namespace lbdrain::yaml {
namespace {

YamlNode scalar(std::string text, bool quoted = false) {
    YamlNode node;
    node.kind = YamlNode::Kind::scalar;
    node.text = std::move(text);
    node.quoted = quoted;
    return node;
}

Millis duration(const std::string& text) {
    return parse_duration(scalar(text)).value_or(-1);
}

std::string address(const std::string& text) {
    return parse_server_address(scalar(text)).value_or("-");
}

std::string url(const std::string& text) {
    return parse_url(text).value_or("-");
}

TEST(ParseDuration, TakesUnitsDownwards) {
    EXPECT_EQ(duration("0s"), 0);
    EXPECT_EQ(duration("250ms"), 250);
    EXPECT_EQ(duration("30s"), 30'000);
    EXPECT_EQ(duration("15m"), 900'000);
    EXPECT_EQ(duration("1h30m"), 5'400'000);
    EXPECT_EQ(duration("1d2h3m4s5ms"), 93'784'005);
    EXPECT_EQ(duration("1m30s"), 90'000);
    EXPECT_EQ(duration("7d"), 604'800'000);
    EXPECT_EQ(duration("604800000ms"), 604'800'000);
}

TEST(ParseDuration, RefusesTheRest) {
    for (const char* text : {"",
                             "5",
                             "s",
                             "ms",
                             "-1s",
                             "+1s",
                             "1.5s",
                             "1 s",
                             " 1s",
                             "1s ",
                             "1S",
                             "1m1h",
                             "1s1s",
                             "1ms1s",
                             "1sec",
                             "1min",
                             "1w",
                             "7d1ms",
                             "8d",
                             "169h",
                             "99999999999999999999s",
                             "9223372036854775807ms",
                             "1h30",
                             "0x1s"}) {
        EXPECT_EQ(duration(text), -1) << text;
    }
}

TEST(ParseMode, TakesFourOctalDigits) {
    for (const bool quoted : {true, false}) {
        EXPECT_EQ(parse_mode(scalar("0660", quoted)).value_or(1), 0660U);
        EXPECT_EQ(parse_mode(scalar("0o600", quoted)).value_or(1), 0600U);
        EXPECT_EQ(parse_mode(scalar("0000", quoted)).value_or(1), 0U);
        EXPECT_EQ(parse_mode(scalar("0777", quoted)).value_or(1), 0777U);
    }
    for (const char* text :
         {"", "660", "0", "00660", "0680", "1777", "432", "0x1b0", "0o", "rw-"}) {
        EXPECT_FALSE(parse_mode(scalar(text))) << text;
    }
}

TEST(ParseInteger, IsExact) {
    EXPECT_EQ(parse_integer(scalar("0"), 0, 9).value_or(-1), 0);
    EXPECT_EQ(parse_integer(scalar("9"), 0, 9).value_or(-1), 9);
    for (const char* text :
         {"", "10", "-1", "1.0", "1e0", "0x1", "01", "+1", "1_000", "9x", "18446744073709551617"}) {
        EXPECT_FALSE(parse_integer(scalar(text), 0, 9)) << text;
    }
    EXPECT_FALSE(parse_integer(scalar("1", true), 0, 9));
}

TEST(ParsePositiveNumber, IsFinite) {
    EXPECT_EQ(parse_positive_number(scalar("0.5")).value_or(-1), 0.5);
    EXPECT_EQ(parse_positive_number(scalar("64")).value_or(-1), 64);
    for (const char* text :
         {"", "0", "-1", "nan", "inf", ".inf", "1e400", "1e-400", "1,5", "2e9"}) {
        EXPECT_FALSE(parse_positive_number(scalar(text))) << text;
    }
}

TEST(ParseServerAddress, KnowsHostsAndSockets) {
    for (const char* good : {"10.0.1.1:8000", "[fd00::1]:8000", "gpu-a.lan:80", "gpu_a:65535",
                             "unix:/run/vllm.sock", "localhost:1"}) {
        EXPECT_EQ(address(good), good);
    }
    for (const char* bad : {"",        ":80",        "h:",          "h:0",       "h:65536",
                            "h:080",   "h:-1",       "h:8a",        "10.0.1:80", "10.0.0.256:80",
                            "fd00::1", "[fd00::1]",  "[fd00::g]:1", "[]:1",      "a b:1",
                            "-h:1",    "unix:run/a", "unix:",       "/run/a",    "http://h:1",
                            "h:1:2",   "*:1"}) {
        EXPECT_EQ(address(bad), "-") << bad;
    }
    EXPECT_EQ(address("unix:/" + std::string(106, 'a')).size(), 112U);
    EXPECT_EQ(address("unix:/" + std::string(107, 'a')), "-");
}

TEST(ParseUrl, KnowsHostAndPort) {
    for (const char* good : {"http://h", "https://h:1/", "http://[::1]:80/a?b#c", "http://[::1]/x",
                             "http://10.0.0.1:8000/health"}) {
        EXPECT_EQ(url(good), good);
    }
    for (const char* bad :
         {"", "h", "http:/h", "http://", "http:///x", "ftp://h", "HTTP://h",
          "http://h:", "http://h:0/", "http://h:x/", "http://a b/", "http://u@h/", "http://[::1/",
          "http://10.0.0.256/", "http://h/\x7f", "http://h/\n", "http://unix:/run/a/health"}) {
        EXPECT_EQ(url(bad), "-") << bad;
    }
}

TEST(ParseApiUrl, LosesTheSlashAtItsEnd) {
    EXPECT_EQ(parse_api_url(scalar("http://h/drain/")).value_or("-"), "http://h/drain");
    EXPECT_EQ(parse_api_url(scalar("http://h/")).value_or("-"), "http://h");
    EXPECT_FALSE(parse_api_url(scalar("http://h/?a=b")));
}

TEST(ParseName, IsOneSegmentOfAPath) {
    EXPECT_TRUE(parse_name(scalar("gpu-a_1.lan:80")));
    for (const char* bad : {"", ".", "..", "a/b", "a b", "a\n", "\xC3\xA4", "a%2fb", "a,b"}) {
        EXPECT_FALSE(parse_name(scalar(bad))) << bad;
    }
    EXPECT_TRUE(parse_name(scalar(std::string(100, 'a'))));
    EXPECT_FALSE(parse_name(scalar(std::string(101, 'a'))));
}

}  // namespace
}  // namespace lbdrain::yaml
