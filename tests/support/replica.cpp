#include "replica.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <exception>
#include <system_error>
#include <utility>

#include "replica_connection.hpp"

namespace lbdrain::test {

Replica::Replica(std::string name, std::uint16_t port)
    : Replica(ReplicaOptions{.name = std::move(name)}, Endpoint::tcp(port)) {}

Replica::Replica(ReplicaOptions options, Endpoint endpoint) : endpoint_(std::move(endpoint)) {
    core_.options = std::move(options);
    core_.handlers["/health"] = [](const HttpReader&) { return ReplicaReply{.body = "ok\n"}; };
    thread_ = std::jthread([this] { core_.loop.run(); });
    try {
        start();
    } catch (...) {
        core_.loop.stop();
        throw;
    }
}

Replica::~Replica() {
    kill();
    core_.loop.stop();
    thread_.join();
}

ReplicaCounts Replica::counts() {
    ReplicaCounts counts;
    core_.loop.call([&] { counts = core_.ledger.counts(); });
    return counts;
}

bool Replica::wait(Millis limit, const std::function<bool(const ReplicaCounts&)>& predicate) {
    return core_.ledger.wait(limit, predicate);
}

bool Replica::wait_for_in_flight(std::int64_t number, Millis limit) {
    return wait(limit, [number](const ReplicaCounts& c) { return c.in_flight == number; });
}

bool Replica::wait_for_started(std::int64_t number, Millis limit) {
    return wait(limit, [number](const ReplicaCounts& c) { return c.started >= number; });
}

bool Replica::wait_for_held(std::int64_t number, Millis limit) {
    return wait(limit, [number](const ReplicaCounts& c) { return c.held >= number; });
}

void Replica::hold() {
    core_.loop.call([this] { core_.holding = true; });
}

void Replica::release() {
    core_.loop.call([this] {
        core_.holding = false;
        while (!core_.held.empty()) {
            core_.held.front()->resume();
        }
    });
}

void Replica::release(std::size_t number) {
    core_.loop.call([this, number] {
        for (std::size_t i = 0; i < number && !core_.held.empty(); ++i) {
            core_.held.front()->resume();
        }
    });
}

void Replica::kill() {
    close_listener();
    core_.loop.call([this] {
        for (const auto& [key, connection] : core_.connections) {
            connection->kill();
        }
    });
}

void Replica::close_listener() {
    core_.loop.call([this] {
        if (listener_) {
            core_.loop.unwatch(listen_watch_);
            listener_.reset();
        }
    });
}

void Replica::start() {
    int error = 0;
    core_.loop.call([&] {
        if (listener_) {
            return;
        }
        listener_ = listen_on(endpoint_);
        error = listener_ ? 0 : errno;
        if (listener_) {
            listen_watch_ =
                core_.loop.watch(listener_.get(), EPOLLIN, [this](std::uint32_t) { accept(); });
        }
    });
    if (error != 0) {
        throw std::system_error(error, std::generic_category(), "listen on " + endpoint_.name());
    }
}

bool Replica::listening() {
    bool result = false;
    core_.loop.call([&] { result = static_cast<bool>(listener_); });
    return result;
}

void Replica::on(const std::string& path, ReplicaHandler handler) {
    core_.loop.call([&] { core_.handlers[path] = std::move(handler); });
}

void Replica::accept() {
    for (;;) {
        UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!fd) {
            return;
        }
        auto connection = std::make_unique<ReplicaConnection>(core_, std::move(fd));
        auto* key = connection.get();
        core_.connections.emplace(key, std::move(connection));
        core_.ledger.update([](ReplicaCounts& counts) { ++counts.connections; });
    }
}

}  // namespace lbdrain::test
