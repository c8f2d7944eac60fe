#include "output/progress_text.hpp"

#include <algorithm>

#include "lbdrain/waiting_for.hpp"
#include "output/terminal.hpp"

namespace lbdrain::ctl {

ServerState state_of(const Operation& operation) {
    FleetServer server;
    for (const Operation::Seen& seen : operation.seen()) {
        server.places.push_back({seen.target, seen.there, seen.view});
    }
    return summarize(server).state;
}

std::uint64_t in_flight(const Operation& operation) {
    std::uint64_t sum = 0;
    for (const Operation::Seen& seen : operation.seen()) {
        sum += seen.view.in_flight + seen.view.queued;
    }
    return sum;
}

std::string waiting_text(const Operation& operation, Millis now) {
    const bool several = operation.seen().size() > 1;
    std::string text;
    for (const Operation::Seen& seen : operation.seen()) {
        std::string what;
        if (!seen.silent.empty()) {
            what = "no answer for " + duration_text(std::max<Millis>(0, now - seen.silent_since)) +
                   ": " + seen.silent;
        } else if (seen.view.goal != Goal::none) {
            what = seen.view.waiting_for;
            if (several) {
                what.insert(0, std::string(to_string(seen.view.state)) + ", ");
            }
        }
        if (!what.empty()) {
            text += text.empty() ? "" : " | ";
            if (several) {
                text += seen.target_name;
                text += ": ";
            }
            text += what;
        }
    }
    return harmless(text);
}

std::string_view doing(api::Action action) {
    switch (action) {
        case api::Action::drain:
            return "draining";
        case api::Action::stop:
            return "stopping";
        case api::Action::start:
            return "starting";
        case api::Action::restart:
            return "restarting";
        case api::Action::ready:
            return "making ready";
        case api::Action::down:
            break;
    }
    return "taking down";
}

std::vector<std::string> how_to_go_on(const Operation& operation, const std::string& program) {
    const std::string name = to_string(operation.name());
    std::vector<std::string> lines;
    const api::Action going = operation.goes_on_with();
    std::string line = name + " goes on: " + std::string(doing(going)) + ", its state is " +
                       std::string(to_string(state_of(operation)));
    if (going != operation.action()) {
        // Nobody but us knows that all have to be drained first.
        line += "; the " + std::string(to_string(operation.action())) + " waits to be joined";
    }
    lines.push_back(std::move(line));
    lines.push_back("  join it:  " + program + " " + std::string(to_string(operation.action())) +
                    " " + name);
    lines.push_back("  undo it:  " + program + " ready " + name);
    return lines;
}

}  // namespace lbdrain::ctl
