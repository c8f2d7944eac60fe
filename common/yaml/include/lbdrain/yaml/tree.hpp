// A YAML document as a tree that keeps what strict reading needs and yaml-cpp's own nodes lose:
// the position of every key, repeated keys, and whether a text was quoted.
//
// A Document owns its nodes; pointers to them live as long as it does. An alias is a pointer to the
// node of its anchor, so it takes no room; how large the tree would be with all aliases copied is
// limited all the same, since readers walk it. Nothing but std::bad_alloc is thrown.
#pragma once

#include <cstddef>
#include <deque>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace lbdrain::yaml {

struct Position {
    int line = 0;
    int column = 0;

    friend auto operator<=>(const Position&, const Position&) = default;
};

struct YamlNode;

struct Entry {
    const YamlNode* key = nullptr;
    const YamlNode* value = nullptr;
};

struct YamlNode {
    enum class Kind { null, scalar, list, mapping };

    Kind kind = Kind::null;
    Position at;
    bool quoted = false;                 // a scalar in quotes, or a block scalar
    std::string text;                    // of a scalar
    std::vector<const YamlNode*> items;  // of a list
    std::vector<Entry> entries;          // of a mapping, in the order of the file
    std::size_t size = 1;                // nodes below and this one, aliases followed
};

struct Document {
    std::deque<YamlNode> nodes;
    const YamlNode* root = nullptr;
};

struct YamlError {
    Position at;
    std::string message;
};

// More nodes than any real configuration of kMaxConfigBytes can have.
inline constexpr std::size_t kMaxNodes = 500'000;

std::expected<Document, YamlError> parse_yaml(std::string_view text);

}  // namespace lbdrain::yaml
