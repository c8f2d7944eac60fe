#include <algorithm>

#include "lbdrain/waiting_for.hpp"
#include "output/progress.hpp"
#include "output/progress_text.hpp"

namespace lbdrain::ctl {
namespace {

Style style_of(ServerState state) {
    switch (state) {
        case ServerState::ready:
            return Style::good;
        case ServerState::failed:
            return Style::bad;
        default:
            return Style::warning;
    }
}

std::string state_line(const Terminal& terminal, const Operation& operation, Millis now) {
    const ServerState state = state_of(operation);
    std::string line = styled(terminal, Style::strong, harmless(to_string(operation.name()))) +
                       "  " + styled(terminal, style_of(state), to_string(state));
    const std::string waiting = waiting_text(operation, now);
    return waiting.empty() ? line : line + "  " + waiting;
}

}  // namespace

TextProgress::TextProgress(int fd, std::string program)
    : lines_(fd, terminal_of(fd)), program_(std::move(program)) {}

void TextProgress::began(const Operation& operation) {
    if (!lines_.terminal().live) {
        lines_.print(harmless(to_string(operation.name())) + ": " +
                     std::string(doing(operation.action())));
    }
}

void TextProgress::moved(const Operations& running, const std::string& waiting_for, Millis now) {
    if (lines_.terminal().live) {
        std::vector<std::string> lines;
        lines.reserve(running.size());
        for (const auto& operation : running) {
            lines.push_back(state_line(lines_.terminal(), *operation, now));
        }
        if (lines.empty() && !waiting_for.empty()) {
            lines.push_back(styled(lines_.terminal(), Style::faint, harmless(waiting_for)));
        }
        lines_.show(lines);
        return;
    }
    if (running.empty() && !waiting_for.empty() && waiting_for != waited_for_ &&
        (waited_at_ < 0 || now - waited_at_ >= kSeldom)) {
        lines_.print(harmless(waiting_for));
        waited_for_ = waiting_for;
        waited_at_ = now;
    } else if (!running.empty()) {
        waited_for_.clear();
        waited_at_ = -1;
    }
    for (const auto& operation : running) {
        Said& said = said_[operation->name()];
        const auto& seen = operation->seen();
        Said current{state_of(*operation), in_flight(*operation),
                     std::ranges::any_of(seen, [](const auto& s) { return !s.silent.empty(); }),
                     now};
        const bool changed =
            said.at < 0 || current.state != said.state || current.silent != said.silent;
        const bool moved = current.in_flight != said.in_flight && now - said.at >= kSeldom / 5;
        if (changed || moved || now - said.at >= kSeldom) {
            lines_.print(state_line(lines_.terminal(), *operation, now));
            said = current;
        }
    }
}

void TextProgress::ended(const Operation& operation, Millis) {
    const bool good = operation.verdict() == Verdict::done;
    lines_.show({});
    lines_.print(
        styled(lines_.terminal(), Style::strong, harmless(to_string(operation.name()))) + ": " +
        styled(lines_.terminal(), good ? Style::good : Style::bad, harmless(operation.text())));
    said_.erase(operation.name());
}

void TextProgress::interrupted(const Operations& running) {
    lines_.clear();
    for (const auto& operation : running) {
        if (operation->begun()) {
            for (const std::string& line : how_to_go_on(*operation, program_)) {
                lines_.print(harmless(line));
            }
        }
    }
}

}  // namespace lbdrain::ctl
