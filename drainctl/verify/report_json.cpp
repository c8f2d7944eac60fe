// The report for scripts: docs/verify.md lists its members.
#include <boost/json.hpp>

#include "lbdrain/utf8.hpp"
#include "verify/report.hpp"

namespace lbdrain::ctl {
namespace {

namespace json = boost::json;

json::value time_or_null(Micros time) {
    return time < 0 ? json::value(nullptr) : json::value(static_cast<double>(time) / 1e6);
}

json::object spread(const Histogram& times) {
    const auto seconds = [&](double share) {
        return static_cast<double>(times.percentile(share)) / 1e6;
    };
    return {{"count", times.count()},
            {"p50_s", seconds(0.5)},
            {"p90_s", seconds(0.9)},
            {"p99_s", seconds(0.99)},
            {"max_s", static_cast<double>(times.max()) / 1e6}};
}

json::object times_of(const Times& times) {
    return {{"ok", times.ok},
            {"failed", times.failed},
            {"tokens", times.tokens},
            {"first_token", spread(times.first_token)},
            {"between_tokens", spread(times.gaps)},
            {"total", spread(times.total)}};
}

json::array failures_of(const Statistics& statistics) {
    json::array array;
    for (const Failure& failure : statistics.failures()) {
        const RequestEnd& request = failure.request;
        array.push_back(json::object{{"class", to_string(request.judgement.what)},
                                     {"detail", to_utf8(request.judgement.detail)},
                                     {"status", request.status},
                                     {"says", to_utf8(request.says)},
                                     {"made_by", to_string(request.maker)},
                                     {"replica", to_utf8(failure.replica)},
                                     {"start_s", time_or_null(request.start)},
                                     {"first_token_s", time_or_null(request.first_token)},
                                     {"end_s", time_or_null(request.end)},
                                     {"tokens", request.tokens},
                                     {"bytes", request.bytes},
                                     {"kept_connection", request.kept_connection}});
    }
    return array;
}

json::object phases_of(const Statistics& statistics) {
    json::object object;
    for (const Phase phase : {Phase::before, Phase::during, Phase::after}) {
        json::object of_phase = times_of(statistics.times(phase));
        json::object replicas;
        for (std::size_t i = 1; i < statistics.replicas().size(); ++i) {
            replicas[to_utf8(statistics.replicas()[i])] = times_of(statistics.times(i, phase));
        }
        of_phase["replicas"] = std::move(replicas);
        object[to_string(phase)] = std::move(of_phase);
    }
    return object;
}

}  // namespace

std::string report_json(const Report& report) {
    const Statistics& statistics = report.statistics;
    json::object classes;
    for (std::size_t i = 0; i < request_classes; ++i) {
        const auto what = static_cast<RequestClass>(i);
        classes[to_string(what)] = statistics.of(what);
    }
    json::object details;
    for (const auto& [name, count] : statistics.details()) {
        details[to_utf8(name)] = count;
    }
    json::array limits;
    for (const std::string& limit : own_limits(report)) {
        limits.emplace_back(limit);
    }
    json::object action;
    if (!report.options.action.empty()) {
        action = {{"command", to_utf8(report.options.action_text)},
                  {"began_s", time_or_null(statistics.action_began_at())},
                  {"ended_s", time_or_null(statistics.action_ended_at())},
                  {"exit_code", report.end.action_exit ? json::value(*report.end.action_exit)
                                                       : json::value(nullptr)},
                  {"ok_through_it", statistics.ok_through_action()}};
    }
    const json::object all = {
        {"passed", passed(report)},
        {"verdict", verdict(report)},
        {"url", to_utf8(report.options.traffic.url)},
        {"began_unix_ms", report.began_unix_ms},
        {"wall_s", static_cast<double>(report.end.wall) / 1e6},
        {"interrupted", report.end.interrupted},
        {"requests", statistics.total()},
        {"ok", statistics.ok()},
        {"failed", statistics.failed()},
        {"tokens", statistics.tokens()},
        {"stale_connections", statistics.stale()},
        {"on_kept_connections", statistics.kept()},
        {"not_sent", report.end.not_sent},
        {"action", action.empty() ? json::value(nullptr) : json::value(std::move(action))},
        {"classes", std::move(classes)},
        {"details", std::move(details)},
        {"phases", phases_of(statistics)},
        {"longest_pause_s", static_cast<double>(statistics.longest_pause()) / 1e6},
        {"longest_pause_at_s", static_cast<double>(statistics.longest_pause_at()) / 1e6},
        {"lateness", spread(statistics.lateness())},
        {"generator",
         {{"cpu_share", report.end.cpu_share},
          {"peak_kib", report.end.peak_kib},
          {"longest_turn_s", static_cast<double>(report.end.longest_turn) / 1e6},
          {"limits", std::move(limits)}}},
        {"failures", failures_of(statistics)},
        {"failures_left_out", statistics.failed() - statistics.failures().size()}};
    return json::serialize(all);
}

}  // namespace lbdrain::ctl
