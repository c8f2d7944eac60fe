#include "runtime/names.hpp"

#include <algorithm>

#include "runtime/text.hpp"

namespace lbdrain::haproxy {
namespace {

constexpr std::size_t longest_name = 255;

std::expected<void, Error> check(std::string_view what, std::string_view name) {
    if (is_name(name)) {
        return {};
    }
    return std::unexpected(
        Error{ErrorCode::bad_name, excerpt(name) + " cannot be the name of a " + std::string(what) +
                                       ": HAProxy allows letters, digits, '-', '_', '.' and ':'"});
}

}  // namespace

bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= longest_name && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.' || c == ':';
    });
}

std::expected<void, Error> check_backend(std::string_view backend) {
    return check("backend", backend);
}

std::expected<void, Error> check_word(std::string_view word) {
    return check("Lua command", word);
}

std::expected<void, Error> check_names(std::string_view backend, std::string_view server) {
    const auto checked = check("backend", backend);
    return checked ? check("server", server) : checked;
}

}  // namespace lbdrain::haproxy
