// Where a rollout stands, so that it can be carried on after its program died: one JSON object. A
// plain value; times are milliseconds since 1970.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "rollout/schedule.hpp"

namespace lbdrain::ctl {

struct Journal {
    std::string id{};  // of the rollout
    std::string service{};
    std::string action{};   // "restart"
    std::string request{};  // the body of each server's command at the drain API, JSON
    unsigned max_unavailable = 1;
    Millis pause = 0;
    std::vector<std::string> without{};  // balancers out of reach that were passed over
    std::string by{};
    std::string why{};
    Millis begun = 0;
    std::vector<Step> steps{};  // in their order; Schedule::steps()

    friend bool operator==(const Journal&, const Journal&) = default;
};

// One line with its newline.
std::string encode(const Journal& journal);

// Strict: every member must be there and of its type, no server twice. Members that are not known
// are skipped. The error is one line that names the member.
std::expected<Journal, std::string> decode_journal(std::string_view json);

}  // namespace lbdrain::ctl
