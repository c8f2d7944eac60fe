// What a run has shown, judged, in words, as JSON and as a page. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "output/terminal.hpp"
#include "verify/session.hpp"

namespace lbdrain::ctl {

struct Report {
    const SessionOptions& options;
    const SessionEnd& end;
    const Statistics& statistics;
    std::int64_t began_unix_ms = 0;
};

// Every request was good, at least one, and one of them at least ran through the action, which
// succeeded.
bool passed(const Report& report);
// Why not, or what it means; one line.
std::string verdict(const Report& report);
// What this program itself may have spoiled; empty: nothing.
std::vector<std::string> own_limits(const Report& report);

std::vector<std::string> report_lines(const Report& report, const Terminal& terminal);
std::string report_json(const Report& report);  // one object, without a newline
// One page, complete in itself: it loads nothing.
std::string report_html(const Report& report);

// "1.25 s", "840 ms", "3.1 ms"
std::string time_text(Micros time);

}  // namespace lbdrain::ctl
