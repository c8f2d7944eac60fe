#include "runtime/info.hpp"

#include <algorithm>

#include "runtime/text.hpp"

namespace lbdrain::haproxy {
namespace {

std::unexpected<Error> bad(const std::string& what) {
    return std::unexpected(Error{ErrorCode::bad_reply, "not an answer to `show info`: " + what});
}

}  // namespace

std::expected<Info, Error> parse_info(std::string_view text) {
    Info info;
    std::optional<bool> stopping;
    const auto whole = text;
    while (const auto line = take_line(text)) {
        const auto colon = line->find(": ");
        if (colon == std::string_view::npos) {
            continue;  // an empty value, say "description:"
        }
        const auto name = line->substr(0, colon);
        const auto value = line->substr(colon + 2);
        if (name == "Pid") {
            info.pid = number_from<pid_t>(value).value_or(0);
        } else if (name == "Stopping") {
            const auto number = number_from<int>(value);
            if (number && *number >= 0) {
                stopping = *number != 0;
            }
        } else if (name == "Version") {
            info.version = value;
        } else if (name == "node" || name == "Node") {
            info.node = value;
        } else if (name == "Uptime_sec") {
            info.uptime_s = number_from<std::uint64_t>(value).value_or(0);
        } else if (name == "CurrConns") {
            info.current_connections = number_from<std::uint64_t>(value).value_or(0);
        }
    }
    if (info.pid <= 0 || !stopping) {
        return bad("no Pid or no Stopping in " + excerpt(whole));
    }
    info.stopping = *stopping;
    return info;
}

}  // namespace lbdrain::haproxy
