// What a load generator has seen. Plain values; times are steady_ms().
#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

namespace lbdrain::test {

enum class LoadFault {
    refused,       // no connection
    no_response,   // closed or reset before a whole head
    bad_status,    // anything but 200
    truncated,     // closed or reset within the body
    wrong_tokens,  // regular end, but not every token, in order, and the end marker
    wrong_body,    // the replica did not get the whole request
    stalled,       // no progress for `stall_limit`
    not_http,
};

const char* name_of(LoadFault fault);

struct LoadFailure {
    LoadFault fault = LoadFault::refused;
    std::string detail = {};
    std::string path = {};
    std::string replica = {};  // X-Replica, if the head came
    std::int64_t start_ms = 0;
    std::int64_t end_ms = 0;
    std::uint16_t local_port = 0;  // names the connection in the balancer's log
    bool slow_body = false;
};

struct LoadReport {
    unsigned seed = 0;
    std::int64_t ok = 0;
    std::map<LoadFault, std::int64_t> failed_by = {};
    std::int64_t slow_bodies = 0;  // of those that ended, whatever way
    // Kept-alive connections that were closed as the next request was sent, without a byte of
    // response. That race is the client's to lose: the request is sent again and not counted as
    // failed.
    std::int64_t stale_connections = 0;
    std::int64_t longest_ms = 0;  // of the successful ones
    std::map<std::string, std::int64_t> ok_by_replica = {};
    std::vector<LoadFailure> failures = {};  // the first ones

    std::int64_t failed() const;
    std::int64_t failed(LoadFault fault) const;
    std::int64_t total() const { return ok + failed(); }
};

std::ostream& operator<<(std::ostream& out, const LoadFailure& failure);
std::ostream& operator<<(std::ostream& out, const LoadReport& report);

}  // namespace lbdrain::test
