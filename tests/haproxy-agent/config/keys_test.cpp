// docs/agent-configuration.md and the examples against the reader's own list of keys.
#include "config/keys.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "lbdrain/yaml/tree.hpp"

namespace lbdrain::agent::yaml {
namespace {

std::string content(const std::string& path) {
    std::ifstream file(path);
    EXPECT_TRUE(file) << path;
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

struct Row {
    std::string type;
    std::string fallback;

    friend bool operator==(const Row&, const Row&) = default;
    friend void PrintTo(const Row& row, std::ostream* to) {
        *to << row.type << " | " << row.fallback;
    }
};

// Section, key -> what is said of it.
using Reference = std::map<std::pair<std::string, std::string>, Row>;

// "| `settle` | duration | `1s` | ... |" -> the cells without marks.
std::vector<std::string> cells(const std::string& line) {
    std::vector<std::string> out;
    std::istringstream stream(line.substr(1));
    for (std::string cell; std::getline(stream, cell, '|');) {
        std::erase(cell, '`');
        const auto begin = cell.find_first_not_of(' ');
        const auto end = cell.find_last_not_of(' ');
        out.push_back(begin == std::string::npos ? "" : cell.substr(begin, end - begin + 1));
    }
    return out;
}

// Every table row below a "## `section`" heading whose first cell is a key in backquotes.
Reference documented() {
    Reference out;
    std::istringstream text(content(LBDRAIN_REFERENCE));
    std::string section;
    for (std::string line; std::getline(text, line);) {
        if (line.starts_with("## ")) {
            section = line.substr(3);
            std::erase(section, '`');
        } else if (line.starts_with("| `")) {
            const auto row = cells(line);
            EXPECT_EQ(row.size(), 4U) << line;
            if (row.size() == 4) {
                EXPECT_FALSE(row[3].empty()) << line;
                EXPECT_TRUE(out.try_emplace({section, row[0]}, Row{row[1], row[2]}).second)
                    << line << " twice";
            }
        }
    }
    return out;
}

Reference known() {
    Reference out;
    for (const Section* section : all_sections()) {
        for (const Key& key : section->keys) {
            out.try_emplace({std::string(section->name), std::string(key.name)},
                            Row{std::string(key.type), std::string(key.fallback)});
        }
    }
    return out;
}

void collect_keys(const YamlNode& node, std::set<std::string>& to) {
    for (const Entry& entry : node.entries) {
        to.insert(entry.key->text);
        collect_keys(*entry.value, to);
    }
    for (const YamlNode* item : node.items) {
        collect_keys(*item, to);
    }
}

TEST(Keys, AreThoseOfTheReference) {
    const Reference doc = documented();
    const Reference code = known();
    for (const auto& [key, row] : code) {
        const auto found = doc.find(key);
        ASSERT_NE(found, doc.end()) << key.first << ": " << key.second << " is not documented";
        EXPECT_EQ(found->second, row) << key.first << ": " << key.second;
    }
    for (const auto& [key, row] : doc) {
        EXPECT_TRUE(code.contains(key)) << key.first << ": " << key.second << " does not exist";
    }
}

TEST(Keys, AllStandInTheFullExample) {
    const auto document = parse_yaml(content(std::string(LBDRAIN_EXAMPLES) + "/full.yaml"));
    ASSERT_TRUE(document);
    std::set<std::string> used;
    collect_keys(*document->root, used);
    for (const Section* section : all_sections()) {
        for (const Key& key : section->keys) {
            EXPECT_TRUE(used.contains(std::string(key.name))) << section->name << ": " << key.name;
        }
    }
}

TEST(Keys, AreSaidCompletely) {
    for (const Section* section : all_sections()) {
        std::set<std::string_view> names;
        for (const Key& key : section->keys) {
            EXPECT_TRUE(names.insert(key.name).second) << key.name;
            EXPECT_FALSE(key.type.empty()) << key.name;
            EXPECT_FALSE(key.expected.empty()) << key.name;
            EXPECT_EQ(section->find(key.name), &key);
        }
        EXPECT_EQ(section->find("no such key"), nullptr);
    }
}

}  // namespace
}  // namespace lbdrain::agent::yaml
