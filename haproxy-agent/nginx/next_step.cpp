#include "nginx/next_step.hpp"

#include <utility>

#include "lbdrain/fixed_text.hpp"

namespace lbdrain::agent {
namespace {

// Joins the person who had it out before us to our own name, so that it stays known to whoever puts
// it back, however often the agent was restarted meanwhile.
constexpr std::string_view left_out_for = ", left out for ";

bool ours(std::string_view by) {
    return by.starts_with(our_name);
}

// The person who wants it out; empty: none does.
std::string person(std::string_view by) {
    if (ours(by)) {
        const std::size_t at = by.find(left_out_for);
        return at == std::string_view::npos ? "" : std::string(by.substr(at + left_out_for.size()));
    }
    // The module itself, when a server left the configuration.
    return by == "configuration" ? "" : std::string(by);
}

std::string our_by(const std::string& for_person) {
    FixedText<64> by(our_name);
    if (!for_person.empty()) {
        by.append(left_out_for);
        by.append(for_person);
    }
    return std::string(by.view());
}

// Somebody else's sequence is on its way: where to is for it to say.
bool is_led(const api::ServerView& server) {
    return server.goal != Goal::none && !ours(server.by);
}

std::string led_text(const api::ServerView& server) {
    std::string text =
        "a sequence with the goal \"" + std::string(to_string(server.goal)) + "\" is running there";
    if (!server.by.empty()) {
        text += ", by " + server.by;
    }
    text += " (" + std::string(to_string(server.state));
    return text + (server.waiting_for.empty() ? ")" : ": " + server.waiting_for + ")");
}

std::string held_text(const api::ServerView& server) {
    return "it is held out of rotation there by the sequence of " + server.held_by +
           ", which has the same address";
}

Step blocked(std::string obstacle) {
    return {Step::Kind::none, {}, std::move(obstacle)};
}

Step take_out(const api::ServerView& server) {
    if (!server.held_by.empty()) {
        return blocked(held_text(server));
    }
    switch (server.state) {
        case ServerState::ready:
        case ServerState::warming:
            return {Step::Kind::drain, our_by({}), {}};
        case ServerState::down:
        case ServerState::failed:
            // Out, but nobody looks whether anything is left; that is what a drain does.
            return {Step::Kind::drain, our_by(person(server.by)), {}};
        default:
            return blocked(is_led(server) ? led_text(server) : "");
    }
}

Step put_back(const api::ServerView& server) {
    if (!server.held_by.empty()) {
        return blocked(held_text(server));
    }
    if (in_rotation(server.state)) {
        return blocked(server.configured_down ? "it is marked `down` in nginx's configuration"
                                              : "");
    }
    if (is_led(server)) {
        return blocked(led_text(server));
    }
    if (const std::string by = person(server.by); !by.empty()) {
        return blocked("it was taken out there by " + by + " (" +
                       std::string(to_string(server.state)) + "), and stays out until `ready`");
    }
    return {Step::Kind::ready, our_by({}), {}};
}

// Out, and nothing that was begun there brings it back by itself.
bool stays_out(const api::ServerView& server) {
    return server.out.value_or(false) && !is_led(server) && server.held_by.empty() &&
           !in_rotation(server.state);
}

bool taken_by_person(const api::ServerView& server) {
    return in_rotation(server.state) ? server.configured_down || !server.held_by.empty()
                                     : !person(server.by).empty();
}

}  // namespace

Step next_step(const api::ServerView& server, Rotation wanted) {
    switch (wanted) {
        case Rotation::drain:
        case Rotation::maint:
            return take_out(server);
        case Rotation::readmit:
            return put_back(server);
        case Rotation::keep:
            break;
    }
    return {};
}

Seen seen_of(const api::ServerView& server, const Wanted& wanted) {
    Seen seen;
    seen.revision = wanted.revision;
    seen.known = true;
    seen.complete = server.complete.value_or(false);
    seen.out = stays_out(server);
    seen.in = in_rotation(server.state) && !server.out.value_or(false) && server.held_by.empty() &&
              !server.configured_down;
    seen.up = seen.in;
    seen.by_hand = !seen.in && (wanted.rotation == Rotation::keep || taken_by_person(server));
    seen.in_flight = server.in_flight;
    seen.queued = server.queued;
    seen.weight = server.weight;
    if (!server.complete || !server.out) {
        seen.obstacle = "its module does not say whether every worker is counted: it is too old";
    } else if (!seen.complete && wanted.rotation != Rotation::keep) {
        seen.obstacle = "a worker runs there whose requests cannot be counted";
    }
    return seen;
}

}  // namespace lbdrain::agent
