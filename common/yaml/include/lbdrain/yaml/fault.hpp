// What is wrong with one value, before it is said of which key and where.
#pragma once

#include <expected>
#include <string>

namespace lbdrain::yaml {

// Goes on with a sentence that began with the value: `"5 parsecs" is no duration`.
struct Fault {
    std::string what;
    // Replaces what the key's table says was expected; empty: that is right.
    std::string expected;
};

template <class T>
using Parsed = std::expected<T, Fault>;

inline std::unexpected<Fault> fault(std::string what, std::string expected = {}) {
    return std::unexpected(Fault{std::move(what), std::move(expected)});
}

}  // namespace lbdrain::yaml
