#include "lbdrain/utf8.hpp"

#include <cstddef>

namespace lbdrain {
namespace {

// The length of the well-formed character that `text` starts with (RFC 3629, section 4); 0: none.
std::size_t character_length(std::string_view text) {
    const auto in = [&](std::size_t i, unsigned low, unsigned high) {
        const unsigned byte = i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
        return byte >= low && byte <= high;
    };
    const auto tail = [&](std::size_t i) { return in(i, 0x80, 0xBF); };
    if (in(0, 0x00, 0x7F)) {
        return 1;
    }
    if (in(0, 0xC2, 0xDF)) {
        return tail(1) ? 2 : 0;
    }
    if (in(0, 0xE0, 0xEF)) {
        // No overlong forms, no surrogates.
        const bool second = in(1, in(0, 0xE0, 0xE0) ? 0xA0 : 0x80, in(0, 0xED, 0xED) ? 0x9F : 0xBF);
        return second && tail(2) ? 3 : 0;
    }
    if (in(0, 0xF0, 0xF4)) {
        // No overlong forms, nothing above U+10FFFF.
        const bool second = in(1, in(0, 0xF0, 0xF0) ? 0x90 : 0x80, in(0, 0xF4, 0xF4) ? 0x8F : 0xBF);
        return second && tail(2) && tail(3) ? 4 : 0;
    }
    return 0;
}

}  // namespace

std::string to_utf8(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size());
    while (!bytes.empty()) {
        const std::size_t length = character_length(bytes);
        out += length == 0 ? std::string_view("\xEF\xBF\xBD") : bytes.substr(0, length);
        bytes.remove_prefix(length == 0 ? 1 : length);
    }
    return out;
}

}  // namespace lbdrain
