#include "file_name.hpp"

namespace lbdrain {
namespace {

// NAME_MAX is 255; the rest is for ".permits.json.damaged" and the like.
constexpr std::size_t longest = 220;

constexpr bool plain(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

}  // namespace

std::optional<std::string> encode_file_name(std::string_view name) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : name) {
        if (plain(c)) {
            encoded += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            encoded += '%';
            encoded += digits[byte >> 4U];
            encoded += digits[byte & 0xFU];
        }
        if (encoded.size() > longest) {
            return std::nullopt;
        }
    }
    return encoded.empty() ? std::nullopt : std::optional(encoded);
}

}  // namespace lbdrain
