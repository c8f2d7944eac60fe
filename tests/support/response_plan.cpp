#include "response_plan.hpp"

#include <algorithm>
#include <charconv>

namespace lbdrain::test {
namespace {

void apply(ResponsePlan& plan, std::string_view name, int value) {
    if (name == "chunks") {
        plan.chunks = value;
    } else if (name == "gap_ms") {
        plan.gap = Millis{value};
    } else if (name == "gap_max_ms") {
        plan.gap_max = Millis{value};
    } else if (name == "delay_ms") {
        plan.delay = Millis{value};
    } else if (name == "sse") {
        plan.sse = value != 0;
    } else if (name == "unary") {
        plan.unary = value != 0;
    } else if (name == "status") {
        plan.status = value;
    } else if (name == "hold_at") {
        plan.hold_at = value;
    } else if (name == "close") {
        plan.close = value != 0;
    } else if (name == "reset_at") {
        plan.reset_at = value;
    } else if (name == "stall_at") {
        plan.stall_at = value;
    } else if (name == "truncate_at") {
        plan.truncate_at = value;
    } else if (name == "skip") {
        plan.skip = value;
    } else if (name == "no_end") {
        plan.no_end = value != 0;
    }
}

}  // namespace

std::string_view path_of(std::string_view target) {
    return target.substr(0, std::min(target.find('?'), target.size()));
}

ResponsePlan plan_from_target(std::string_view target) {
    ResponsePlan plan;
    target.remove_prefix(path_of(target).size());
    while (!target.empty()) {
        target.remove_prefix(1);  // '?' or '&'
        const auto argument = target.substr(0, std::min(target.find('&'), target.size()));
        target.remove_prefix(argument.size());
        const auto equals = std::min(argument.find('='), argument.size());
        const auto text = argument.substr(std::min(equals + 1, argument.size()));
        int value = 0;
        const auto [end, code] = std::from_chars(text.begin(), text.end(), value);
        if (code == std::errc() && end == text.end()) {
            apply(plan, argument.substr(0, equals), value);
        }
    }
    return plan;
}

}  // namespace lbdrain::test
