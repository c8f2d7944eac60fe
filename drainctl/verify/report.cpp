#include "verify/report.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace lbdrain::ctl {
namespace {

constexpr double busy = 0.85;                 // of a core: then it competes with what it measures
constexpr Micros late = 50'000;               // a request that begins so much too late
constexpr Micros long_turn = per_second / 5;  // sockets that were not looked at for so long

std::string percent(double share) {
    return std::to_string(std::lround(share * 100)) + " %";
}

}  // namespace

std::string time_text(Micros time) {
    std::array<char, 32> text{};
    const double millis = static_cast<double>(time) / 1000;
    if (time >= 10 * per_second) {
        (void)std::snprintf(text.data(), text.size(), "%.1f s", millis / 1000);
    } else if (time >= per_second) {
        (void)std::snprintf(text.data(), text.size(), "%.2f s", millis / 1000);
    } else if (time >= 10'000) {
        (void)std::snprintf(text.data(), text.size(), "%.0f ms", millis);
    } else {
        (void)std::snprintf(text.data(), text.size(), "%.1f ms", millis);
    }
    return text.data();
}

bool passed(const Report& report) {
    const Statistics& statistics = report.statistics;
    const bool through = report.options.action.empty() || statistics.ok_through_action() > 0;
    return !report.end.interrupted && report.end.trouble.empty() && report.end.acted &&
           report.end.action_exit == 0 && report.end.not_sent == 0 && statistics.failed() == 0 &&
           statistics.ok() > 0 && through;
}

std::string verdict(const Report& report) {
    const Statistics& statistics = report.statistics;
    const SessionEnd& end = report.end;
    const std::string all = std::to_string(statistics.total());
    if (!end.trouble.empty()) {
        return "nothing is shown: " + end.trouble;
    }
    if (statistics.failed() > 0) {
        return std::to_string(statistics.failed()) + " of " + all + " requests failed";
    }
    if (end.interrupted) {
        return "interrupted: " + all + " requests were good until then";
    }
    if (statistics.ok() == 0) {
        return "nothing is shown: no request ended";
    }
    if (end.not_sent > 0) {
        return std::to_string(end.not_sent) + " requests were not sent: too many in flight";
    }
    if (report.options.action.empty()) {
        return "all " + all + " requests were good";
    }
    if (!end.action_exit) {
        return "the action did not end";
    }
    if (*end.action_exit != 0) {
        return "all " + all + " requests were good, but the action failed with exit code " +
               std::to_string(*end.action_exit);
    }
    if (statistics.ok_through_action() == 0) {
        return "nothing is shown: no request ran while the action did";
    }
    return "all " + all + " requests were good, " + std::to_string(statistics.ok_through_action()) +
           " of them through the action";
}

std::vector<std::string> own_limits(const Report& report) {
    std::vector<std::string> said;
    const SessionEnd& end = report.end;
    if (end.cpu_share > busy) {
        said.push_back("The generator used " + percent(end.cpu_share) +
                       " of a core: it was the bottleneck, so times are its own too. Fewer "
                       "requests, or another machine.");
    }
    const Micros lateness = report.statistics.lateness().percentile(0.99);
    if (report.options.traffic.rate > 0 && lateness > late) {
        said.push_back("One request in 100 began " + time_text(lateness) +
                       " or more too late: the generator did not keep the rate.");
    }
    if (end.longest_turn > long_turn) {
        said.push_back("The generator itself was busy or not scheduled for up to " +
                       time_text(end.longest_turn) + ": pauses up to that may be its own.");
    }
    return said;
}

}  // namespace lbdrain::ctl
