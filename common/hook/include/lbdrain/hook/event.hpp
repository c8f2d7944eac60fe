// What lbdrain-hook says while it works: one Event a line on its standard output.
//
// The order is: `started` once the task has been understood, any number of `progress` and `output`,
// and always exactly one `result` as the last line. A stream that ends without a `result` means
// that lbdrain-hook itself was killed. Values only, usable from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace lbdrain::hook {

/// The longest line that encode() writes and decode_event() reads, in bytes.
inline constexpr std::size_t kMaxEventBytes = std::size_t{16} * 1024;

struct Event {
    enum class Kind {
        started,   // text: what is being run
        progress,  // text: what is being waited for, or what went wrong meanwhile
        output,    // text: a line that the hook's program wrote
        result,    // the outcome; text: a sentence for the operator
    };

    Kind kind = Kind::progress;
    std::string text;  // any bytes; encode() makes it UTF-8 and cuts it at 2 KiB

    std::int64_t elapsed_ms = 0;  // since lbdrain-hook had read the task
    unsigned passes = 0;          // ready check: passes in a row so far

    // Of a result only.
    bool ok = false;
    bool killed = false;     // the main process, or the hook's program, had to be killed; systemd:
                             // or anything else of the unit, when its TimeoutStopSec had passed
    bool timed_out = false;  // the task's timeout was used up
    bool repeated = false;   // this run had been done before; the outcome is that of then
    int exit_status = -1;    // exec, systemd (of the main process): exit status, 128+N if it died
                             // of signal N; -1: none
    int http_status = 0;     // http, ready: status of the last reply; 0: none

    bool operator==(const Event&) const = default;
};

std::string_view to_string(Event::Kind kind) noexcept;

/// One line of JSON, '\n' included. Throws nothing but std::bad_alloc.
std::string encode(const Event& event);

/// Reads one line, with or without its '\n'; survives any bytes. Unknown members are refused.
std::expected<Event, std::string> decode_event(std::string_view line);

}  // namespace lbdrain::hook
