#include "fake_backend.hpp"

#include <algorithm>
#include <ctime>

#include "lbdrain/waiting_for.hpp"

namespace lbdrain::agent::test {
namespace {

using api::Action;
using api::Problem;
using api::ProblemCode;

lbdrain::Millis now() {
    timespec time{};
    clock_gettime(CLOCK_BOOTTIME, &time);
    return lbdrain::Millis{time.tv_sec} * 1000 + time.tv_nsec / 1'000'000;
}

Goal goal_of(Action action) {
    switch (action) {
        case Action::drain:
            return Goal::drained;
        case Action::down:
            return Goal::down;
        default:
            return Goal::ready;
    }
}

}  // namespace

FakeBackend::FakeBackend(boost::asio::io_context& io) : timer_(io) {
    add("r0");
    add("r1");
    tick();
}

void FakeBackend::add(const std::string& server) {
    servers_.try_emplace(server);
    tell(server);
}

void FakeBackend::remove(const std::string& server) {
    servers_.erase(server);
    tell(server);
}

void FakeBackend::tell(const std::string& server) {
    if (listener_ != nullptr) {
        listener_->changed("up", server);
    }
}

void FakeBackend::occupy(const std::string& server, std::uint64_t requests) {
    servers_.at(server).in_flight = requests;
    settle(server);
    tell(server);
}

// Deadlines and settle times pass.
void FakeBackend::tick() {
    timer_.expires_after(std::chrono::milliseconds(5));
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (error) {
            return;
        }
        for (const auto& [name, server] : servers_) {
            settle(name);
        }
        tick();
    });
}

void FakeBackend::settle(const std::string& name) {
    Server& server = servers_.at(name);
    const auto before = server.sequence;
    Observation seen;
    seen.complete = true;
    seen.out_of_rotation = !effects(server.sequence, now()).in_rotation;
    seen.back = !seen.out_of_rotation;
    seen.in_flight = server.in_flight;
    advance(server.sequence, seen, now());
    if (before.state != server.sequence.state || before.id != server.sequence.id) {
        tell(name);
    }
}

api::ServerView FakeBackend::view_of(const std::string& name, const Server& server) const {
    api::ServerView view;
    view.service = "up";
    view.name = name;
    view.address = "10.0.0.1:8000";
    view.state = server.sequence.state;
    view.in_flight = server.in_flight;
    view.goal = server.sequence.goal;
    Observation seen;
    seen.complete = true;
    seen.in_flight = server.in_flight;
    view.waiting_for = waiting_for(server.sequence, seen, now());
    view.deadline_unix_ms = server.sequence.deadline;
    view.by = server.sequence.by.view();
    view.reason = server.sequence.reason.view();
    view.last = server.sequence.last;
    return view;
}

api::StatusView FakeBackend::status() const {
    trap();
    api::StatusView view;
    view.program = "drain-agent";
    view.writable = true;
    api::ServiceView service;
    service.name = "up";
    for (const auto& [name, server] : servers_) {
        service.servers.push_back(view_of(name, server));
    }
    view.services.push_back(std::move(service));
    return view;
}

std::string FakeBackend::metrics() const {
    trap();
    return "# TYPE x gauge\nx 1\n";
}

std::expected<api::ServerView, Problem> FakeBackend::server(std::string_view service,
                                                            std::string_view server) const {
    trap();
    if (service != "up") {
        return std::unexpected(
            Problem{ProblemCode::unknown_service, "no service \"" + std::string(service) + "\""});
    }
    const auto found = servers_.find(server);
    if (found == servers_.end()) {
        return std::unexpected(
            Problem{ProblemCode::unknown_server, "no server \"" + std::string(server) + "\""});
    }
    return view_of(found->first, found->second);
}

std::expected<Taken, Problem> FakeBackend::command(std::string_view service,
                                                   std::string_view server, Action action,
                                                   const api::CommandRequest& request) {
    if (const auto view = this->server(service, server); !view) {
        return std::unexpected(view.error());
    }
    ++commands_;
    last_request_ = request;
    const std::string name(server);
    Sequence& sequence = servers_.at(name).sequence;
    const bool leaves = action == Action::drain || action == Action::down;
    const auto other_ready = [&](const auto& each) {
        return each.first != server && in_rotation(each.second.sequence.state);
    };
    if (leaves && in_rotation(sequence.state) && !request.force &&
        std::none_of(servers_.begin(), servers_.end(), other_ready)) {
        return std::unexpected(Problem{ProblemCode::last_ready_server, "it is the last one"});
    }
    Command command;
    command.goal = goal_of(action);
    command.policy.settle = request.settle_ms.value_or(0);
    command.policy.drain_timeout = request.timeout_ms.value_or(60'000);
    command.by.assign(request.by);
    command.reason.assign(request.reason);
    const auto accepted = lbdrain::command(sequence, command, next_id_, now());
    if (!accepted) {
        return std::unexpected(Problem{ProblemCode::sequence_running, "another one runs"});
    }
    if (*accepted == Accepted::already) {
        return Taken{};
    }
    next_id_ += 1;
    const std::uint64_t id = sequence.id != 0 ? sequence.id : sequence.last.id;
    settle(name);
    tell(name);
    return Taken{*accepted, id};
}

std::optional<Sequence> FakeBackend::sequence(std::string_view service,
                                              std::string_view server) const {
    trap();
    const auto found = servers_.find(server);
    return service == "up" && found != servers_.end() ? std::optional(found->second.sequence)
                                                      : std::nullopt;
}

}  // namespace lbdrain::agent::test
