// The keys that a mapping of a configuration file may have: the one list that the reader goes by
// and that the reference in docs/ is tested against. Constants.
#pragma once

#include <span>
#include <string_view>

namespace lbdrain::yaml {

struct Key {
    std::string_view name;
    std::string_view type;      // for the reference
    std::string_view fallback;  // for the reference: the default, "required", or "none"
    std::string_view expected;  // for messages: "expected " and this
};

inline constexpr std::string_view kRequired = "required";

// The keys of one kind of mapping.
struct Section {
    std::string_view name;  // its heading in the reference
    std::span<const Key> keys;

    const Key* find(std::string_view key) const noexcept;
};

}  // namespace lbdrain::yaml
