#include "nginx/nginx_balancer.hpp"

#include <chrono>
#include <ctime>
#include <utility>

#include "nginx/known_servers.hpp"
#include "nginx/next_step.hpp"

namespace lbdrain::agent {
namespace {

Millis boot_ms() {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return Millis{now.tv_sec} * 1000 + now.tv_nsec / 1000000;
}

}  // namespace

struct NginxBalancer::Poll {
    http::TimePoint until;
    bool writable = false;
    std::string silent;  // why a command had no answer; the next ones would have none either
};

NginxBalancer::NginxBalancer(NginxConfig config, std::vector<BalancerServer> servers,
                             Millis timeout)
    : api_(std::move(config)), servers_(std::move(servers)), timeout_(timeout) {}

// Does what is to be done, and says what was seen last: after a command, that is its answer.
Seen NginxBalancer::look(Poll& poll, std::size_t index, const api::ServerView& server,
                         const Wanted& wanted) {
    Step step = next_step(server, wanted.rotation);
    if (step.kind == Step::Kind::none) {
        Seen seen = seen_of(server, wanted);
        if (!step.obstacle.empty()) {
            seen.obstacle = std::move(step.obstacle);
        }
        return seen;
    }
    Seen seen = seen_of(server, wanted);
    if (!poll.writable) {
        seen.obstacle = "its location takes no commands: that needs `drain_api write=on`";
        return seen;
    }
    if (!poll.silent.empty()) {
        seen.obstacle = poll.silent;
        return seen;
    }
    const BalancerServer& ours = servers_[index];
    const bool out = step.kind == Step::Kind::drain;
    const auto after = api_.send(
        {.service = ours.service,
         .server = server.address,
         .action = out ? api::Action::drain : api::Action::ready,
         .by = std::move(step.by),
         .reason = "its agent " + std::string(out ? "drains " : "readmits ") + ours.server},
        poll.until);
    if (!after) {
        seen.obstacle = std::string(out ? "drain" : "ready") + ": " + after.error().text;
        if (!after.error().answered) {
            poll.silent = seen.obstacle;
        }
        return seen;
    }
    return seen_of(*after, wanted);
}

Snapshot NginxBalancer::poll(std::span<const Wanted> wanted) {
    Snapshot snapshot;
    snapshot.begun = boot_ms();
    Poll poll;
    poll.until = http::Clock::now() + std::chrono::milliseconds(timeout_);
    const auto status = api_.status(poll.until);
    if (!status) {
        snapshot.error = status.error().text;
        return snapshot;
    }
    if (status->program != "ngx_http_drain_module") {
        snapshot.error = "it is \"" + status->program + "\", not NGINX's drain module";
        return snapshot;
    }
    snapshot.reachable = true;
    snapshot.version = status->balancer_version;
    snapshot.workers = status->workers;
    snapshot.counting = "drain module " + status->version + ": every worker of every generation";
    poll.writable = status->writable;
    if (!poll.writable) {
        snapshot.warnings.emplace_back(
            "its location takes no commands: that needs `drain_api write=on`");
    }
    const KnownServers known(*status);
    std::vector<const api::ServerView*> found(servers_.size(), nullptr);
    for (std::size_t i = 0; i < servers_.size(); ++i) {
        const Wanted want = i < wanted.size() ? wanted[i] : Wanted{};
        const auto server = known.find(servers_[i]);
        if (server) {
            found[i] = *server;
            snapshot.servers.push_back(look(poll, i, **server, want));
        } else {
            snapshot.servers.push_back({.revision = want.revision, .obstacle = server.error()});
        }
    }
    for (std::string& warning : known.others_at(found)) {
        snapshot.warnings.push_back(std::move(warning));
    }
    return snapshot;
}

}  // namespace lbdrain::agent
