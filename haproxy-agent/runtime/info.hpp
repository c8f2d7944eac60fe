// `show info` as a value: who answers, and is it an old worker? Plain data; any bytes.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/error.hpp"

namespace lbdrain::haproxy {

struct Info {
    pid_t pid = 0;
    bool stopping = false;  // the only sure sign of an old worker
    std::string version;
    std::string node;
    std::uint64_t uptime_s = 0;
    std::uint64_t current_connections = 0;
};

// Pid and Stopping have to be there. Error: bad_reply.
std::expected<Info, Error> parse_info(std::string_view text);

}  // namespace lbdrain::haproxy
