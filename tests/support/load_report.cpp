#include "load_report.hpp"

#include <ostream>

namespace lbdrain::test {

const char* name_of(LoadFault fault) {
    switch (fault) {
        case LoadFault::refused:
            return "refused";
        case LoadFault::no_response:
            return "no_response";
        case LoadFault::bad_status:
            return "bad_status";
        case LoadFault::truncated:
            return "truncated";
        case LoadFault::wrong_tokens:
            return "wrong_tokens";
        case LoadFault::wrong_body:
            return "wrong_body";
        case LoadFault::stalled:
            return "stalled";
        case LoadFault::not_http:
            return "not_http";
    }
    return "?";
}

std::int64_t LoadReport::failed() const {
    std::int64_t sum = 0;
    for (const auto& [fault, count] : failed_by) {
        sum += count;
    }
    return sum;
}

std::int64_t LoadReport::failed(LoadFault fault) const {
    const auto found = failed_by.find(fault);
    return found == failed_by.end() ? 0 : found->second;
}

std::ostream& operator<<(std::ostream& out, const LoadFailure& failure) {
    return out << name_of(failure.fault) << " (" << failure.detail << ") " << failure.path
               << (failure.slow_body ? " slow body" : "")
               << " replica=" << (failure.replica.empty() ? "?" : failure.replica) << " from "
               << failure.start_ms << " to " << failure.end_ms << " ms, local port "
               << failure.local_port;
}

std::ostream& operator<<(std::ostream& out, const LoadReport& report) {
    out << "seed " << report.seed << ": ok " << report.ok << ", failed " << report.failed();
    for (const auto& [fault, count] : report.failed_by) {
        out << ", " << name_of(fault) << " " << count;
    }
    out << ", slow bodies " << report.slow_bodies << ", stale connections "
        << report.stale_connections << ", longest " << report.longest_ms << " ms";
    for (const auto& [replica, count] : report.ok_by_replica) {
        out << ", " << replica << " " << count;
    }
    for (const auto& failure : report.failures) {
        out << "\n  " << failure;
    }
    return out;
}

}  // namespace lbdrain::test
