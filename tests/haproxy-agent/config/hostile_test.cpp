// Whatever the bytes are, parse_config() comes back, soon, with a value or with errors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <random>
#include <sstream>

#include "config/read_config.hpp"

namespace lbdrain::agent {
namespace {

using ::testing::HasSubstr;

std::string text_of_example(const std::string& name) {
    std::ifstream file(std::string(LBDRAIN_EXAMPLES) + "/" + name);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string repeated(std::string_view part, std::size_t size) {
    std::string text;
    while (text.size() < size) {
        text += part;
    }
    text.resize(size);
    return text;
}

// The invariant of every result, and the time it may take under sanitizers on a busy machine.
void parse(const std::string& text) {
    const auto begin = std::chrono::steady_clock::now();
    const auto config = parse_config(text, "f");
    if (!config) {
        EXPECT_FALSE(config.error().empty());
        EXPECT_LE(config.error().size(), kMaxConfigErrors + 1);
        for (const ConfigError& error : config.error()) {
            EXPECT_FALSE(error.message.empty());
            EXPECT_FALSE(error.message.contains('\n')) << error.message;
            EXPECT_LT(error.message.size(), 2000U);
            EXPECT_GE(error.line, 0);
        }
    } else {
        EXPECT_FALSE(describe(*config).empty());
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

TEST(HostileConfig, ChangedBytes) {
    const std::string original = text_of_example("full.yaml");
    ASSERT_FALSE(original.empty());
    std::mt19937 random(20260714);
    const std::string_view likely = "{}[]:,-#&*!|>'\"%@`? \n\t\x01$~0a/";
    for (int round = 0; round < 3000; ++round) {
        std::string text = original;
        const auto place = [&] { return random() % text.size(); };
        for (unsigned change = random() % 4 + 1; change > 0 && !text.empty(); --change) {
            switch (random() % 5) {
                case 0:
                    text[place()] = static_cast<char>(random());
                    break;
                case 1:
                    text[place()] = likely[random() % likely.size()];
                    break;
                case 2:
                    text.erase(place(), random() % 40);
                    break;
                case 3:
                    text.insert(place(), original.substr(random() % original.size(), 30));
                    break;
                default:
                    text.resize(place());
            }
        }
        parse(text);
    }
}

TEST(HostileConfig, EveryBeginning) {
    const std::string text = text_of_example("minimal.yaml");
    for (std::size_t size = 0; size <= text.size(); ++size) {
        parse(text.substr(0, size));
    }
}

TEST(HostileConfig, RandomBytes) {
    std::mt19937 random(7);
    for (int round = 0; round < 2000; ++round) {
        std::string text(random() % 200, '\0');
        for (char& c : text) {
            c = static_cast<char>(random() % 128);
        }
        parse(text);
    }
}

class RepeatedTest : public testing::TestWithParam<const char*> {};

TEST_P(RepeatedTest, EndsSoon) {
    parse(repeated(GetParam(), kMaxConfigBytes));
    parse("services: " + repeated(GetParam(), 100'000));
}

INSTANTIATE_TEST_SUITE_P(All, RepeatedTest,
                         testing::Values("[", "{", "- ", "? ", "a: ", "&a ", "\"", "'", "{a: ", ",",
                                         "[[],", "a\n", "!", "%", "*a ", "? a\n", "[a, ", "#\n",
                                         "{?", "---\n", "...\n", "|\n", "a: {}\n", "\t", "\r",
                                         "x: &x [*x]\n", "- - \n", "}", "]", ": ", "<<: a\n"));

TEST(HostileConfig, AliasBomb) {
    std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int level = 1; level < 30; ++level) {
        const std::string below = "*a" + std::to_string(level - 1);
        text += "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [";
        for (int i = 0; i < 10; ++i) {
            text += below + (i < 9 ? ", " : "]\n");
        }
    }
    const auto config = parse_config(text, "f");
    ASSERT_FALSE(config);
    EXPECT_THAT(to_string(config.error()), HasSubstr("too large with all aliases followed"));
}

TEST(HostileConfig, ServicesByAlias) {
    std::string text = "services:\n  s0: &s {servers: &m {x: &x {address: \"h:1\", sto: 1}";
    for (int i = 0; i < 2000; ++i) {
        text += ", x" + std::to_string(i) + ": *x";
    }
    text += "}}\n";
    for (int i = 1; i < 2000; ++i) {
        text += "  s" + std::to_string(i) + ": *s\n";
    }
    parse(text);
}

TEST(HostileConfig, TooManyMistakesAreNotAllTold) {
    std::string text;
    for (int i = 0; i < 200; ++i) {
        text += "key" + std::to_string(i) + ": 1\n";
    }
    const auto config = parse_config(text, "f");
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().size(), kMaxConfigErrors + 1);
    EXPECT_EQ(to_string(config.error().back()), "f: more mistakes are not shown");
}

TEST(HostileConfig, TooLarge) {
    const auto config = parse_config(repeated("# text\n", kMaxConfigBytes + 1), "f");
    ASSERT_FALSE(config);
    EXPECT_EQ(to_string(config.error()), "f: larger than 1048576 bytes, the limit\n");
}

TEST(ReadConfig, FilesThatCannotBeRead) {
    EXPECT_EQ(to_string(read_config("/nonexistent/agent.yaml").error()),
              "/nonexistent/agent.yaml: cannot open it: No such file or directory\n");
    EXPECT_EQ(to_string(read_config("/").error()), "/: cannot read it: Is a directory\n");
    EXPECT_EQ(to_string(read_config("/dev/zero").error()),
              "/dev/zero: larger than 1048576 bytes, the limit\n");
}

TEST(ReadConfig, NineThousandServers) {
    std::string text = "listen: {agent_check: \"0.0.0.0:1\"}\nservices:\n  s:\n    servers:\n";
    for (int i = 0; i < 9000; ++i) {
        const std::string number = std::to_string(i);
        text += "      gpu-" + number + ": {address: \"gpu-" + number +
                ".lan:8000\", stop: " + "{systemd: vllm@" + number + ".service}}\n";
    }
    const auto config = parse_config(text, "f");
    ASSERT_TRUE(config) << to_string(config.error());
    EXPECT_EQ(config->services.front().servers.size(), 9000U);
}

}  // namespace
}  // namespace lbdrain::agent
