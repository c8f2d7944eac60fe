#include "commands/lock.hpp"

#include <boost/json.hpp>
#include <cstdio>

#include "commands/coordination.hpp"
#include "lbdrain/utf8.hpp"
#include "output/terminal.hpp"

namespace lbdrain::ctl {
namespace json = boost::json;
namespace {

json::object object_of(const Holder& holder) {
    return {{"user", to_utf8(holder.user)},
            {"host", to_utf8(holder.host)},
            {"pid", holder.pid},
            {"since", api::rfc3339(holder.since_unix_ms)},
            {"why", to_utf8(holder.why)}};
}

struct Shown {
    std::optional<LockState> lock;
    std::vector<Permit> permits;
    bool journal = false;
};

Coordinated<Shown> read(Coordinator& coordinator, const std::string& service) {
    Shown shown;
    auto lock = coordinator.lock_holder(service);
    if (!lock) {
        return std::unexpected(lock.error());
    }
    shown.lock = std::move(*lock);
    auto permits = coordinator.permits(service);
    if (!permits) {
        return std::unexpected(permits.error());
    }
    shown.permits = std::move(*permits);
    const auto journal = coordinator.load_journal(service);
    if (!journal) {
        return std::unexpected(journal.error());
    }
    shown.journal = journal->has_value();
    return shown;
}

void print_json(const std::string& service, const Shown& shown) {
    json::object out{{"service", to_utf8(service)}};
    out["rollout"] = shown.lock ? json::value(object_of(shown.lock->holder)) : json::value(nullptr);
    out["alive"] = shown.lock && shown.lock->alive;
    out["unfinished"] = shown.journal;
    json::array permits;
    for (const Permit& permit : shown.permits) {
        json::object one = object_of(permit.holder);
        one["server"] = to_utf8(permit.server);
        permits.push_back(std::move(one));
    }
    out["out"] = std::move(permits);
    std::printf("%s\n", json::serialize(out).c_str());
}

void print_text(const std::string& service, const Shown& shown) {
    if (shown.lock) {
        std::printf("%s: a rollout by %s%s\n", harmless(service).c_str(),
                    harmless(to_string(shown.lock->holder)).c_str(),
                    shown.lock->alive ? "" : ", which has died: nothing is locked");
    }
    if (shown.journal && !(shown.lock && shown.lock->alive)) {
        std::printf("%s: a rollout was not finished; carry it on with --resume\n",
                    harmless(service).c_str());
    }
    for (const Permit& permit : shown.permits) {
        std::printf("%s/%s may be out, for %s\n", harmless(service).c_str(),
                    harmless(permit.server).c_str(), harmless(to_string(permit.holder)).c_str());
    }
    if (!shown.lock && !shown.journal && shown.permits.empty()) {
        std::printf("%s: no rollout, and nobody has a server out\n", harmless(service).c_str());
    }
}

}  // namespace

ExitCode lock_show(Context& context, const std::string& service) {
    const auto coordinator = make_coordinator(context.config);
    if (!coordinator) {
        complain(coordinator.error());
        return ExitCode::failed;
    }
    std::vector<std::string> services{service};
    if (service.empty()) {
        const Fleet fleet = context.targets.look(&context.interrupt);
        if (!all_reachable(fleet)) {
            return ExitCode::unreachable;
        }
        services.clear();
        for (const FleetService& each : fleet.services) {
            services.push_back(each.name);
        }
    }
    for (const std::string& each : services) {
        const auto shown = read(**coordinator, each);
        if (!shown) {
            complain(shown.error().text);
            return ExitCode::failed;
        }
        if (context.json) {
            print_json(each, *shown);
        } else {
            print_text(each, *shown);
        }
    }
    return ExitCode::done;
}

ExitCode lock_release(Context& context, const std::string& service, const std::string& server,
                      bool force) {
    const auto coordinator = make_coordinator(context.config);
    if (!coordinator) {
        complain(coordinator.error());
        return ExitCode::failed;
    }
    if (!server.empty()) {
        const auto released = (*coordinator)->release_permit(service, server);
        if (!released) {
            complain(released.error().text);
        }
        return released ? ExitCode::done : ExitCode::failed;
    }
    const auto broken = (*coordinator)->break_lock(service, force);
    if (!broken) {
        complain(broken.error().text);
        return broken.error().kind == CoordinationError::Kind::held ? ExitCode::locked
                                                                    : ExitCode::failed;
    }
    if (*broken) {
        std::printf("%s: taken from %s\n", service.c_str(), harmless(to_string(**broken)).c_str());
    } else {
        std::printf("%s: nobody had it\n", service.c_str());
    }
    return ExitCode::done;
}

}  // namespace lbdrain::ctl
