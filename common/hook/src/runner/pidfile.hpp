// A pidfile: one number, and when it was written.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "runner/procfs.hpp"

namespace lbdrain::hook {

struct Pidfile {
    pid_t pid = 0;
    std::int64_t age_ms = 0;  // since it was last written
};

/// A decimal number and at most blanks around it; anything else is no pid.
std::optional<pid_t> parse_pid(std::string_view content);

/// Why there is no pid.
struct NoPidfile {
    bool missing = false;  // there is no such file
    std::string text;
};

std::expected<Pidfile, NoPidfile> read_pidfile(const std::string& path);

/// Whether `process` may be the one that the file names: a process that started clearly after the
/// file was written has got a reused pid.
bool may_be_named_by(const ProcessInfo& process, const Pidfile& file, std::uint64_t now_ticks,
                     std::int64_t ticks_per_second);

}  // namespace lbdrain::hook
