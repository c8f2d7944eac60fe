#include "rollout/capacity.hpp"

#include <algorithm>
#include <array>

#include "lbdrain/utf8.hpp"

namespace lbdrain::ctl {
namespace {

constexpr std::size_t columns = 7;
using Row = std::array<std::string, columns>;

// Fit for one cell: UTF-8, and nothing that moves a terminal's cursor.
std::string cell(const std::string& text) {
    std::string clean = to_utf8(text);
    std::ranges::replace_if(
        clean, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7F'; }, '?');
    return clean;
}

// Code points, which is near enough: names are rarely of wide ones.
std::size_t width(const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

Row row_of(std::size_t number, const StepCapacity& step) {
    std::string out;
    for (const std::string& name : step.out) {
        out += (out.empty() ? "" : " ") + cell(name);
    }
    return {std::to_string(number),
            cell(step.server.name),
            cell(step.server.address),
            cell(step.server.state),
            std::to_string(step.server.in_flight),
            out,
            std::to_string(step.ready_left) + " of " + std::to_string(step.servers) + " servers, " +
                std::to_string(step.percent_left()) + "% of weight"};
}

}  // namespace

unsigned StepCapacity::percent_left() const noexcept {
    return weight == 0 ? 0 : static_cast<unsigned>(weight_left * 100 / weight);
}

std::vector<StepCapacity> capacity_by_step(const Plan& plan) {
    const std::vector<std::string> names = plan.names();
    std::vector<StepCapacity> steps;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::size_t first = i + 1 - std::min<std::size_t>(i + 1, plan.max_unavailable);
        const auto begin = names.begin();
        const auto out_begin = begin + static_cast<std::ptrdiff_t>(first);
        const auto out_end = begin + static_cast<std::ptrdiff_t>(i) + 1;

        StepCapacity step;
        step.server = plan.steps[i];
        step.out.assign(out_begin, out_end);
        step.servers = plan.servers.size();
        for (const PlanServer& server : plan.servers) {
            step.weight += server.weight;
            const bool out = std::find(out_begin, out_end, server.name) != out_end;
            const bool done = std::find(begin, out_begin, server.name) != out_begin;
            if (!out && (done || server.in_rotation)) {
                ++step.ready_left;
                step.weight_left += server.weight;
            }
        }
        steps.push_back(std::move(step));
    }
    return steps;
}

std::string render_table(const std::vector<StepCapacity>& steps) {
    std::vector<Row> rows{
        {"STEP", "SERVER", "ADDRESS", "STATE", "IN FLIGHT", "OUT AT ONCE", "LEFT IN ROTATION"}};
    for (const StepCapacity& step : steps) {
        rows.push_back(row_of(rows.size(), step));
    }
    std::array<std::size_t, columns> widths{};
    for (const Row& row : rows) {
        for (std::size_t i = 0; i < columns; ++i) {
            widths[i] = std::max(widths[i], width(row[i]));
        }
    }
    std::string table;
    for (const Row& row : rows) {
        for (std::size_t i = 0; i + 1 < columns; ++i) {
            table += row[i] + std::string(widths[i] - width(row[i]) + 2, ' ');
        }
        table += row.back() + "\n";
    }
    return table;
}

}  // namespace lbdrain::ctl
