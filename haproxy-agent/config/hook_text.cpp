#include "config/hook_text.hpp"

#include <algorithm>

#include "lbdrain/hook/variables.hpp"
#include "lbdrain/yaml/places.hpp"
#include "lbdrain/yaml/scalars.hpp"

namespace lbdrain::agent::yaml {
namespace {

Parsed<std::string> known_variables(const std::string& text) {
    if (const auto unknown = hook::unknown_variable(text)) {
        return fault("holds the unknown variable \"$" + *unknown + '"',
                     std::string(hook::kVariableNames));
    }
    return text;
}

// `node` with the variables of a made-up server, for checks of its form.
YamlNode example_of(const YamlNode& node) {
    YamlNode example = node;
    example.text = hook::expand(node.text, {"service", "server", "10.0.1.1:8000"});
    return example;
}

bool is_unit(std::string_view name) {
    return name.size() <= 255 && name.contains('.') && !name.starts_with('-') &&
           std::ranges::all_of(name, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      std::string_view(":-_.\\@").contains(c);
           });
}

// The text as it is, if `check` likes the example of it.
template <class Check>
Parsed<std::string> checked(const YamlNode& node, Check&& check) {
    auto text = parse_hook_text(node);
    if (text) {
        if (Parsed<std::string> example = check(example_of(node)); !example) {
            return example;
        }
    }
    return text;
}

}  // namespace

Parsed<std::string> parse_hook_text(const YamlNode& node) {
    // An argument may well be empty.
    auto line = node.text.empty() ? Parsed<std::string>(node.text) : parse_line(node);
    return line ? known_variables(*line) : line;
}

Parsed<std::string> parse_hook_body(const YamlNode& node) {
    return known_variables(node.text);
}

Parsed<std::string> parse_hook_url(const YamlNode& node) {
    return checked(node, [](const YamlNode& example) { return parse_url(example.text); });
}

Parsed<std::string> parse_hook_path(const YamlNode& node) {
    return checked(node, parse_absolute_path);
}

Parsed<std::string> parse_hook_unit(const YamlNode& node) {
    return checked(node, [](const YamlNode& example) -> Parsed<std::string> {
        if (!is_unit(example.text)) {
            return fault("is no unit's full name");
        }
        return example.text;
    });
}

}  // namespace lbdrain::agent::yaml
