// The table at the end.
#include <array>

#include "output/table.hpp"
#include "verify/report.hpp"

namespace lbdrain::ctl {
namespace {

std::string spread(const Histogram& times) {
    if (times.count() == 0) {
        return "";
    }
    std::string text;
    for (const double share : {0.5, 0.9, 0.99}) {
        text += time_text(times.percentile(share)) + " / ";
    }
    return text + time_text(times.max());
}

void add_row(Table& table, const std::string& phase, const std::string& replica,
             const Times& times) {
    if (times.ok + times.failed + times.tokens == 0) {
        return;
    }
    table.add({phase,
               harmless(replica),
               std::to_string(times.ok),
               {std::to_string(times.failed), times.failed > 0 ? Style::bad : Style::plain},
               spread(times.first_token),
               spread(times.gaps),
               spread(times.total)});
}

void add_times(const Report& report, const Terminal& terminal, std::vector<std::string>& lines) {
    const Statistics& statistics = report.statistics;
    const bool acted = statistics.action_began_at() >= 0;
    Table table({"PHASE", "REPLICA", "OK", "FAILED", "FIRST TOKEN p50/p90/p99/max",
                 "BETWEEN TOKENS", "TOTAL"},
                {false, false, true, true, false, false, false});
    for (const Phase phase : {Phase::before, Phase::during, Phase::after}) {
        const std::string name = acted ? std::string(to_string(phase)) : "";
        const auto& replicas = statistics.replicas();
        add_row(table, name, replicas.size() > 1 ? "all" : "", statistics.times(phase));
        for (std::size_t i = 0; replicas.size() > 1 && i < replicas.size(); ++i) {
            add_row(table, name, i == 0 ? "(not named)" : replicas[i], statistics.times(i, phase));
        }
    }
    lines.emplace_back();
    for (std::string& line : table.lines(terminal)) {
        lines.push_back(std::move(line));
    }
}

void add_failures(const Report& report, const Terminal& terminal, std::vector<std::string>& lines) {
    const Statistics& statistics = report.statistics;
    if (statistics.failed() == 0) {
        return;
    }
    Table table({"FAILED", "CLASS", "FIRST AT", "WHICH MEANS"}, {true, false, true, false});
    for (const auto& [name, count] : statistics.details()) {
        const Failure* first = nullptr;
        for (const Failure& failure : statistics.failures()) {
            if (name.starts_with(to_string(failure.request.judgement.what)) &&
                (name.size() == to_string(failure.request.judgement.what).size() ||
                 name.ends_with(failure.request.judgement.detail))) {
                first = &failure;
                break;
            }
        }
        const bool known = first != nullptr;
        std::string means(known ? meaning(first->request.judgement.what) : "");
        if (known && !first->request.says.empty()) {
            means += ": " + harmless(first->request.says);
        }
        if (known && first->request.judgement.what != RequestClass::http_status &&
            !first->request.judgement.detail.empty()) {
            means += " (" + harmless(first->request.judgement.detail) + ")";
        }
        table.add({{std::to_string(count), Style::bad},
                   harmless(name),
                   known ? time_text(first->request.end) : "",
                   means});
    }
    lines.emplace_back();
    for (std::string& line : table.lines(terminal)) {
        lines.push_back(std::move(line));
    }
}

}  // namespace

std::vector<std::string> report_lines(const Report& report, const Terminal& terminal) {
    const Statistics& statistics = report.statistics;
    std::vector<std::string> lines;
    add_times(report, terminal, lines);
    add_failures(report, terminal, lines);
    lines.emplace_back();
    if (statistics.action_began_at() >= 0) {
        const bool ended = statistics.action_ended_at() >= 0;
        lines.push_back("action: " + report.options.action_text + ", from " +
                        time_text(statistics.action_began_at()) +
                        (ended ? " to " + time_text(statistics.action_ended_at()) : "") +
                        (report.end.action_exit
                             ? ", exit code " + std::to_string(*report.end.action_exit)
                             : ", did not end"));
    }
    if (statistics.longest_pause() > 0) {
        lines.push_back(
            "longest pause between two tokens: " + time_text(statistics.longest_pause()) + ", at " +
            time_text(statistics.longest_pause_at()));
    }
    if (statistics.stale() > 0) {
        lines.push_back(std::to_string(statistics.stale()) +
                        " requests met a kept connection that was closed before they arrived and "
                        "were sent again; a client that does not do that sees them fail");
    }
    std::array<char, 160> own{};
    (void)std::snprintf(
        own.data(), own.size(),
        "generator: %.0f %% of a core, %zu MiB, %.1f requests/s, %.0f tokens/s, "
        "longest turn %s",
        report.end.cpu_share * 100, report.end.peak_kib / 1024,
        static_cast<double>(report.end.begun) * 1e6 / static_cast<double>(report.end.wall),
        static_cast<double>(statistics.tokens()) * 1e6 / static_cast<double>(report.end.wall),
        time_text(report.end.longest_turn).c_str());
    lines.emplace_back(own.data());
    if (report.options.traffic.rate > 0) {
        const Histogram& late = statistics.lateness();
        lines.push_back("begun too late by p50/p99/max: " + time_text(late.percentile(0.5)) +
                        " / " + time_text(late.percentile(0.99)) + " / " + time_text(late.max()));
    }
    for (const std::string& limit : own_limits(report)) {
        lines.push_back(styled(terminal, Style::warning, limit));
    }
    const bool good = passed(report);
    lines.push_back(styled(terminal, good ? Style::good : Style::bad,
                           (good ? "PASSED: " : "FAILED: ") + verdict(report)));
    return lines;
}

}  // namespace lbdrain::ctl
