#include "daemon/metrics.hpp"

#include <array>

#include "api/metrics_text.hpp"

namespace lbdrain::agent {
namespace {

using Type = MetricsText::Type;

constexpr std::array states{ServerState::ready,    ServerState::draining, ServerState::drained,
                            ServerState::stopping, ServerState::stopped,  ServerState::starting,
                            ServerState::warming,  ServerState::failed,   ServerState::down};

// One family: `visit` gives the samples of each server.
template <typename Visit>
void each_server(MetricsText& out, const Drains& drains, const char* name, Type type,
                 const char* help, Visit&& visit) {
    out.family(name, type, help);
    for (const Server& server : drains.servers()) {
        visit(server, std::string_view(server.service->name),
              std::string_view(server.config->name));
    }
}

void add_states(MetricsText& out, const Drains& drains) {
    each_server(out, drains, "lbdrain_server_state", Type::gauge,
                "1 for the state that the server is in, 0 for the others.",
                [&](const Server& server, std::string_view service, std::string_view name) {
                    for (const ServerState state : states) {
                        out.sample(
                            {{"service", service}, {"server", name}, {"state", to_string(state)}},
                            std::uint64_t{server.sequence().state == state});
                    }
                });
}

void add_counts(MetricsText& out, const Drains& drains, const char* name, const char* help,
                std::uint64_t Seen::*count) {
    each_server(out, drains, name, Type::gauge, help,
                [&](const Server& server, std::string_view service, std::string_view its_name) {
                    std::uint64_t sum = 0;
                    for (const Place& place : server.places) {
                        sum += place.seen.*count;
                    }
                    out.sample({{"service", service}, {"server", its_name}}, sum);
                });
}

void add_drains(MetricsText& out, const Drains& drains) {
    constexpr std::array results{Outcome::reached, Outcome::drain_timeout, Outcome::cancelled};
    each_server(out, drains, "lbdrain_drains_total", Type::counter,
                "Drains that ended, by result; reached: nothing was in flight any more.",
                [&](const Server& server, std::string_view service, std::string_view name) {
                    for (const Outcome result : results) {
                        out.sample(
                            {{"service", service}, {"server", name}, {"result", to_string(result)}},
                            server.tally.drains[static_cast<std::size_t>(result)]);
                    }
                });
    each_server(out, drains, "lbdrain_drain_seconds", Type::histogram,
                "How long drains took, from the command to their end.",
                [&](const Server& server, std::string_view service, std::string_view name) {
                    out.histogram({{"service", service}, {"server", name}}, Tally::bounds,
                                  server.tally.drain_seconds, server.tally.drain_seconds_sum);
                });
}

void add_hooks(MetricsText& out, const Drains& drains) {
    constexpr std::array kinds{RunKind::stop, RunKind::start, RunKind::ready_check};
    each_server(out, drains, "lbdrain_hook_runs_total", Type::counter,
                "Runs of hooks and ready checks that ended, by result.",
                [&](const Server& server, std::string_view service, std::string_view name) {
                    for (const RunKind kind : kinds) {
                        const auto i = static_cast<std::size_t>(kind);
                        out.sample({{"service", service},
                                    {"server", name},
                                    {"hook", to_string(kind)},
                                    {"result", "ok"}},
                                   server.tally.runs_ok[i]);
                        out.sample({{"service", service},
                                    {"server", name},
                                    {"hook", to_string(kind)},
                                    {"result", "failed"}},
                                   server.tally.runs_failed[i]);
                    }
                });
}

void add_balancers(MetricsText& out, const api::StatusView& status) {
    out.family("lbdrain_balancer_reachable", Type::gauge, "1 if the balancer can be read.");
    for (const api::BalancerView& balancer : status.balancers) {
        out.sample({{"balancer", balancer.name}}, std::uint64_t{balancer.reachable});
    }
    out.family("lbdrain_balancer_workers", Type::gauge,
               "Its processes; stopping ones only finish the requests they have.");
    for (const api::BalancerView& balancer : status.balancers) {
        out.sample({{"balancer", balancer.name}, {"state", "serving"}},
                   std::uint64_t{balancer.workers});
        out.sample({{"balancer", balancer.name}, {"state", "stopping"}},
                   std::uint64_t{balancer.stopping});
    }
}

void add_checks(MetricsText& out, const agent_check::ResponderStats& checks) {
    out.family("lbdrain_agent_checks_total", Type::counter,
               "Connections of agent-checks that ended, by result.");
    out.sample({{"result", "answered"}}, checks.answered);
    out.sample({{"result", "unknown"}}, checks.unknown);
    out.sample({{"result", "dropped"}}, checks.dropped);
    out.sample({{"result", "gone"}}, checks.gone);
}

}  // namespace

std::string metrics_text(const Drains& drains, const agent_check::ResponderStats& checks) {
    MetricsText out;
    add_states(out, drains);
    add_counts(out, drains, "lbdrain_server_in_flight",
               "Requests routed to the server and not yet answered in full, on all balancers.",
               &Seen::in_flight);
    add_counts(out, drains, "lbdrain_server_queued", "Requests queued for the server.",
               &Seen::queued);
    add_drains(out, drains);
    add_hooks(out, drains);
    add_balancers(out, drains.status(0, 0));
    add_checks(out, checks);
    add_process_metrics(out);
    return out.text();
}

}  // namespace lbdrain::agent
