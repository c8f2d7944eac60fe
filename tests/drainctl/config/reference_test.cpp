// docs/drainctl.md names every key, its type and its default; the examples are read.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "config/keys.hpp"
#include "config/read_config.hpp"

namespace lbdrain::ctl {
namespace {

std::string text_of(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

// The tables of the reference, one a section.
std::string expected_reference() {
    std::string all;
    for (const yaml::Section* section : sections::all()) {
        const std::string name(section->name);
        all += "### " + std::string(name == "The file" ? "The file" : name) +
               "\n\n| key | type | default |\n|---|---|---|\n";
        for (const yaml::Key& key : section->keys) {
            all += "| `" + std::string(key.name) + "` | " + std::string(key.type) + " | " +
                   std::string(key.fallback) + (key.fallback.empty() ? "|\n" : " |\n");
        }
        all += "\n";
    }
    return all;
}

TEST(CtlReference, IsThatOfTheCode) {
    const std::string docs = text_of(LBDRAIN_REFERENCE);
    const std::string reference = expected_reference();
    EXPECT_NE(docs.find(reference), std::string::npos) << "expected in the docs:\n" << reference;
}

TEST(CtlExamples, AreRead) {
    for (const char* name : {"/minimal.yaml", "/full.yaml"}) {
        const auto config = read_config(std::string(LBDRAIN_EXAMPLES) + name);
        EXPECT_TRUE(config) << (config ? "" : yaml::to_string(config.error()));
    }
}

// What the full example calls a default is one.
TEST(CtlExamples, NameTheDefaults) {
    const auto full = read_config(LBDRAIN_EXAMPLES "/full.yaml");
    const auto none = parse_config("", "f");
    ASSERT_TRUE(full && none);
    EXPECT_EQ(full->max_unavailable, none->max_unavailable);
    EXPECT_EQ(full->targets.at(1).timeout, none->targets.at(0).timeout);
    EXPECT_EQ(full->unit_hooks.drain_timeout, none->unit_hooks.drain_timeout);
    EXPECT_EQ(full->unit_hooks.turn_timeout, none->unit_hooks.turn_timeout);
    EXPECT_EQ(full->unit_hooks.unreachable_timeout, none->unit_hooks.unreachable_timeout);
    EXPECT_EQ(full->unit_hooks.ready_timeout, none->unit_hooks.ready_timeout);
    const std::string text = text_of(LBDRAIN_EXAMPLES "/full.yaml");
    for (const yaml::Section* section : sections::all()) {
        for (const yaml::Key& key : section->keys) {
            EXPECT_NE(text.find(std::string(key.name) + ":"), std::string::npos) << key.name;
        }
    }
}

}  // namespace
}  // namespace lbdrain::ctl
