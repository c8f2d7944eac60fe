#include "lbdrain/yaml/mapping.hpp"

#include <algorithm>
#include <map>

#include "lbdrain/yaml/near_miss.hpp"

namespace lbdrain::yaml {
namespace {

std::string_view to_string(YamlNode::Kind kind) {
    switch (kind) {
        case YamlNode::Kind::scalar:
            return "a single value";
        case YamlNode::Kind::list:
            return "a list";
        case YamlNode::Kind::mapping:
            return "a mapping";
        default:
            return "empty";
    }
}

std::string in(const std::string& label) {
    return label.empty() ? std::string() : " in " + quoted(label);
}

std::vector<std::string_view> names(const Section& section) {
    std::vector<std::string_view> out;
    for (const Key& key : section.keys) {
        out.push_back(key.name);
    }
    return out;
}

std::string join(const std::vector<std::string_view>& words) {
    std::string out;
    for (const std::string_view word : words) {
        out += (out.empty() ? "" : ", ") + std::string(word);
    }
    return out;
}

}  // namespace

std::string quoted(std::string_view text) {
    constexpr std::size_t longest = 80;
    std::string out = "\"";
    for (const char c : text.substr(0, longest)) {
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    if (text.size() > longest) {
        std::size_t cut = longest;  // not in the middle of a character
        while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) {
            --cut;
        }
        out.resize(cut + 1);
        out += "...";
    }
    return out + '"';
}

bool is_kind(Mistakes& mistakes, const YamlNode& node, YamlNode::Kind kind, const std::string& what,
             std::string_view expected) {
    if (node.kind == kind) {
        return true;
    }
    mistakes.add(node.at, (what.empty() ? "this" : what) + " is " +
                              std::string(to_string(node.kind)) + ", expected " +
                              std::string(expected));
    return false;
}

std::vector<Entry> unique_entries(Mistakes& mistakes, const YamlNode& node,
                                  const std::string& label, std::string_view expected) {
    std::vector<Entry> unique;
    const std::string what = label.empty() ? "the file" : quoted(label);
    if (!is_kind(mistakes, node, YamlNode::Kind::mapping, what, expected)) {
        return unique;
    }
    if (node.entries.empty()) {
        mistakes.add(node.at, what + " is an empty mapping, expected " + std::string(expected));
    }
    std::map<std::string_view, Position> seen;
    for (const Entry& entry : node.entries) {
        if (!is_kind(mistakes, *entry.key, YamlNode::Kind::scalar, "the key", "a name")) {
            continue;
        }
        if (entry.key->text == "<<" && !entry.key->quoted) {
            mistakes.add(entry.key->at,
                         "merge keys (\"<<\") are not supported, expected the keys themselves; "
                         "what servers share can stand in their service");
            continue;
        }
        const auto [first, is_new] = seen.emplace(entry.key->text, entry.key->at);
        if (!is_new) {
            mistakes.add(entry.key->at, "duplicate key " + quoted(entry.key->text) + in(label) +
                                            ", the first is in line " +
                                            std::to_string(first->second.line));
            continue;
        }
        unique.push_back(entry);
    }
    return unique;
}

Mapping::Mapping(Mistakes& mistakes, const Section& section, const YamlNode& node,
                 std::string label, Position at, std::string_view expected)
    : mistakes_(mistakes),
      section_(section),
      label_(std::move(label)),
      at_(at),
      entries_(unique_entries(mistakes, node, label_, expected)),
      valid_(!entries_.empty()) {
    for (const Entry& entry : entries_) {
        check_key(*entry.key);
    }
    if (valid_) {
        check_missing();
    }
}

void Mapping::check_key(const YamlNode& key) {
    if (section_.find(key.text) != nullptr) {
        return;
    }
    has_unknown_keys_ = true;
    const auto known = names(section_);
    std::string message = "unknown key " + quoted(key.text) + in(label_);
    const std::size_t colon = key.text.find(':');
    if (colon != std::string::npos && section_.find(key.text.substr(0, colon)) != nullptr) {
        message += ", expected a blank after the colon";
    } else if (const auto near = near_miss(key.text, known)) {
        message += ", did you mean " + quoted(*near) + "?";
        meant_.push_back(*near);
    } else {
        message += ", expected " + std::string(known.size() == 1 ? "" : "one of ") + join(known);
    }
    mistakes_.add(key.at, std::move(message));
}

void Mapping::check_missing() {
    for (const Key& key : section_.keys) {
        if (key.fallback == kRequired && !has(key.name) &&
            std::ranges::find(meant_, key.name) == meant_.end()) {
            wrong("missing " + quoted(key.name) + in(label_) + ", expected " +
                  std::string(key.expected));
        }
    }
}

const Entry* Mapping::find(std::string_view key) const {
    for (const Entry& entry : entries_) {
        if (entry.key->text == key) {
            return &entry;
        }
    }
    return nullptr;
}

std::string_view Mapping::expected(std::string_view key) const {
    const Key* known = section_.find(key);
    return known == nullptr ? "something else" : known->expected;
}

std::optional<Mapping> Mapping::mapping(std::string_view key, const Section& section) const {
    const Entry* entry = find(key);
    if (entry == nullptr) {
        return std::nullopt;
    }
    return Mapping(mistakes_, section, *entry->value, std::string(key), entry->key->at,
                   expected(key));
}

void Mapping::each_item(std::string_view key,
                        const std::function<void(const YamlNode&)>& each) const {
    const Entry* entry = find(key);
    if (entry == nullptr) {
        return;
    }
    const YamlNode& node = *entry->value;
    if (node.kind != YamlNode::Kind::list) {
        each(node);
        return;
    }
    if (node.items.empty()) {
        mistakes_.add(node.at,
                      quoted(key) + " is an empty list, expected " + std::string(expected(key)));
    }
    for (const YamlNode* item : node.items) {
        each(*item);
    }
}

void Mapping::wrong(std::string_view key, std::string message) const {
    mistakes_.add(find(key)->value->at, std::move(message));
}

}  // namespace lbdrain::yaml
