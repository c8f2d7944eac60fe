#include "lbdrain/http/url.hpp"

#include <array>
#include <cstddef>

namespace lbdrain::http {

std::string origin_of(std::string_view url) {
    const std::size_t scheme = url.find("://");
    const std::size_t start = scheme == std::string_view::npos ? 0 : scheme + 3;
    return std::string(url.substr(0, url.find_first_of("/?#", start)));
}

std::string shown_url(std::string_view url) {
    std::string origin = origin_of(url);
    const std::string_view rest = url.substr(origin.size());
    if (const std::size_t at = origin.rfind('@'); at != std::string::npos) {
        const std::size_t start = origin.find("://") + 3;
        origin.erase(start, at + 1 - start);
    }
    return origin.append(rest.substr(0, rest.find_first_of("?#")));
}

std::string encoded_path(std::string_view text) {
    constexpr std::string_view plain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/:";
    constexpr std::array<char, 16> digits{'0', '1', '2', '3', '4', '5', '6', '7',
                                          '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'};
    std::string out;
    for (const char c : text) {
        if (plain.find(c) != std::string_view::npos) {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += {'%', digits[byte / 16], digits[byte % 16]};
        }
    }
    return out;
}

}  // namespace lbdrain::http
