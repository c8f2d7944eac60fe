#include "commands/permits.hpp"

#include <unistd.h>

#include <chrono>

#include "commands/context.hpp"

namespace lbdrain::ctl {

std::optional<std::string> Permits::before_look(const std::string& service) {
    auto permits = coordinator_.permits(service);
    if (!permits) {
        return permits.error().text;
    }
    known_[service] = std::move(*permits);
    return std::nullopt;
}

Permits::Answer Permits::take(const Fleet& fleet, const ServerSpec& server) {
    std::vector<Permit> back;
    for (const Permit& permit : known_[server.service]) {
        const FleetServer* seen = fleet.find({server.service, permit.server});
        if (seen != nullptr && settled_ready(*seen)) {
            back.push_back(permit);
        } else if (permit.server == server.server) {
            out_before_.insert(server);
        }
    }
    PermitRequest request;
    request.service = server.service;
    request.server = server.server;
    request.holder = holder_;
    request.max_unavailable = max_unavailable_;
    request.seen_ready = back;
    const auto answer = coordinator_.take_permit(request);
    if (!answer) {
        return {false, answer.error().text, true};
    }
    Answer out{answer->granted, "", false};
    for (const Permit& permit : answer->held) {
        if (permit.server != server.server) {
            out.text += (out.text.empty() ? "" : "; ") + server.service + "/" + permit.server +
                        " is out, by " + to_string(permit.holder);
        }
    }
    return out;
}

std::optional<std::string> Permits::give_back(const ServerSpec& server) {
    const auto released = coordinator_.release_permit(server.service, server.server);
    return released ? std::nullopt : std::optional(released.error().text);
}

std::optional<std::string> Permits::undo(const ServerSpec& server) {
    return out_before_.contains(server) ? std::nullopt : give_back(server);
}

Holder this_holder(const std::string& why) {
    const std::string name = caller();
    const std::size_t at = name.find('@');
    Holder holder;
    holder.user = name.substr(0, at);
    holder.host = at == std::string::npos ? "" : name.substr(at + 1);
    holder.pid = ::getpid();
    holder.since_unix_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                               std::chrono::system_clock::now().time_since_epoch())
                               .count();
    holder.why = why;
    return holder;
}

}  // namespace lbdrain::ctl
