#include "utf8.hpp"

#include <algorithm>

namespace lbdrain::hook {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kEllipsis = "...";

/// The length of the well-formed character that `text` starts with (RFC 3629, section 4); 0: none.
std::size_t character_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) {
        return 1;
    }
    std::size_t length = 0;
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) {
        length = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        length = 3;
        low = lead == 0xE0 ? 0xA0 : low;
        high = lead == 0xED ? 0x9F : high;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        length = 4;
        low = lead == 0xF0 ? 0x90 : low;
        high = lead == 0xF4 ? 0x8F : high;
    } else {
        return 0;
    }
    if (text.size() < length || byte(1) < low || byte(1) > high) {
        return 0;
    }
    for (std::size_t i = 2; i < length; ++i) {
        if (byte(i) < 0x80 || byte(i) > 0xBF) {
            return 0;
        }
    }
    return length;
}

}  // namespace

std::string to_utf8(std::string_view bytes, std::size_t limit) {
    std::string result;
    std::size_t kept = 0;  // what may stay in front of an ellipsis
    while (!bytes.empty()) {
        const std::size_t length = character_length(bytes);
        const std::string_view character = length == 0 ? kReplacement : bytes.substr(0, length);
        if (result.size() + character.size() > limit) {
            result.resize(kept);
            result += kEllipsis.substr(0, std::min(kEllipsis.size(), limit - kept));
            return result;
        }
        result += character;
        if (result.size() + kEllipsis.size() <= limit) {
            kept = result.size();
        }
        bytes.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return result;
}

}  // namespace lbdrain::hook
