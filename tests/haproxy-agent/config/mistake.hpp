// Configurations with a mistake, and what is said of it.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>

#include "config/read_config.hpp"

namespace lbdrain::agent::test {

struct Mistake {
    const char* name;
    // Where `snippet` goes: "file", "listen", "balancer", "service", "server" or "servers" of a
    // configuration that is right without it, or "text": it is all there is.
    std::string_view where;
    std::string_view snippet;
    std::string_view says;  // "line:column: message", one a line

    friend void PrintTo(const Mistake& mistake, std::ostream* to) { *to << mistake.name; }
};

inline std::string configuration(std::string_view where, std::string_view snippet) {
    const std::string what(snippet);
    const std::string balancers = "balancers: {b: {haproxy: {stats_socket: \"unix:/s\"}}}\n";
    const std::string services = "services: {s: {servers: {a: {address: \"h:1\"}}}}\n";
    if (where == "file") {
        return what + "\n" + balancers + services;
    }
    if (where == "listen") {
        return "listen: {" + what + "}\n" + balancers + services;
    }
    if (where == "balancer") {
        return "balancers: {b: {" + what + "}}\n" + services;
    }
    if (where == "service") {
        return balancers + "services: {s: {servers: {a: {address: \"h:1\"}}, " + what + "}}\n";
    }
    if (where == "server") {
        return balancers + "services: {s: {servers: {a: {address: \"h:1\", " + what + "}}}}\n";
    }
    if (where == "servers") {
        return balancers + "services: {s: {servers: {" + what + "}}}\n";
    }
    return what;
}

// What is said of `text`, without the file's name; "" when it is taken.
inline std::string errors_of(std::string_view text) {
    const auto config = parse_config(text, "f");
    std::string all;
    if (!config) {
        for (const ConfigError& error : config.error()) {
            EXPECT_EQ(error.file, "f");
            all += (all.empty() ? "" : "\n") + to_string(error).substr(2);
        }
    }
    return all;
}

class MistakeTest : public testing::TestWithParam<Mistake> {};

}  // namespace lbdrain::agent::test
