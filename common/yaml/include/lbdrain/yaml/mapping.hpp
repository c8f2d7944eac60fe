// Strict reading of one mapping of a configuration file. What is wrong goes to Mistakes, and
// reading goes on.
//
// Refers to the document's nodes and to Mistakes, and must not outlive them. One thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lbdrain/yaml/fault.hpp"
#include "lbdrain/yaml/mistakes.hpp"
#include "lbdrain/yaml/section.hpp"
#include "lbdrain/yaml/tree.hpp"

namespace lbdrain::yaml {

// A text of the file in quotes, cut and without line breaks, for messages.
std::string quoted(std::string_view text);

// Says that `node`, which `what` names, is not of the type that was expected; nothing if it is.
bool is_kind(Mistakes& mistakes, const YamlNode& node, YamlNode::Kind kind, const std::string& what,
             std::string_view expected);

// Reads a scalar; false: it was none or a bad one, and that is noted. `what` may be empty.
template <class T, class Parse>
bool read_scalar(Mistakes& mistakes, const YamlNode& node, const std::string& what,
                 std::string_view expected, T& to, Parse&& parse) {
    if (!is_kind(mistakes, node, YamlNode::Kind::scalar, what, expected)) {
        return false;
    }
    auto value = parse(node);
    if (!value) {
        const Fault& fault = value.error();
        mistakes.add(node.at,
                     (what.empty() ? "" : what + ": ") + yaml::quoted(node.text) + ' ' +
                         fault.what + ", expected " +
                         (fault.expected.empty() ? std::string(expected) : fault.expected));
        return false;
    }
    to = static_cast<T>(*std::move(value));
    return true;
}

// Checks that `node` is a mapping that is not empty and whose keys are texts, each there once.
// Returns its entries, the repeated ones left out.
std::vector<Entry> unique_entries(Mistakes& mistakes, const YamlNode& node,
                                  const std::string& label, std::string_view expected);

class Mapping {
  public:
    // `label` is the mapping's own key, for messages (empty: the file), `at` where that stands.
    // Notes unknown, repeated and missing keys.
    Mapping(Mistakes& mistakes, const Section& section, const YamlNode& node, std::string label,
            Position at, std::string_view expected);

    // Was it one? If not, it has no keys.
    explicit operator bool() const noexcept { return valid_; }

    Mistakes& mistakes() const noexcept { return mistakes_; }
    const std::string& label() const noexcept { return label_; }
    Position at() const noexcept { return at_; }
    const std::vector<Entry>& entries() const noexcept { return entries_; }
    // Then what is missing may well have been meant by one of those.
    bool has_unknown_keys() const noexcept { return has_unknown_keys_; }

    // nullptr: it does not say. `key` must be one of the section's.
    const Entry* find(std::string_view key) const;
    bool has(std::string_view key) const { return find(key) != nullptr; }
    std::string_view expected(std::string_view key) const;

    // The mapping under `key`; nullopt: it does not say.
    std::optional<Mapping> mapping(std::string_view key, const Section& section) const;

    // Reads a scalar if there is one; true: there is, and it is good.
    template <class T, class Parse>
    bool read(std::string_view key, T& to, Parse&& parse) const {
        const Entry* entry = find(key);
        return entry != nullptr && read_scalar(mistakes_, *entry->value, yaml::quoted(key),
                                               expected(key), to, std::forward<Parse>(parse));
    }

    // Calls `each(node)` for the items of a list that must not be empty, or for a single scalar.
    void each_item(std::string_view key, const std::function<void(const YamlNode&)>& each) const;

    // Notes a mistake about the value of `key`, which is there, or about the mapping as a whole.
    void wrong(std::string_view key, std::string message) const;
    void wrong(std::string message) const { mistakes_.add(at_, std::move(message)); }

  private:
    void check_key(const YamlNode& key);
    void check_missing();

    Mistakes& mistakes_;
    const Section& section_;
    std::string label_;
    Position at_;
    std::vector<Entry> entries_;
    std::vector<std::string_view> meant_;  // what unknown keys were probably meant to be
    bool has_unknown_keys_ = false;
    bool valid_ = false;
};

}  // namespace lbdrain::yaml
