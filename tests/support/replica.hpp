// A backend for tests: an HTTP/1.1 server in this process, one epoll thread. Every request but
// those to own handlers (and /health) gets the response that its query asks for
// (response_plan.hpp), with X-Replica and X-Body-Bytes (of the request's body); an Upgrade request
// becomes an echo. All functions may be called from any thread but the replica's own.
#pragma once

#include <cstdint>
#include <string>
#include <thread>

#include "endpoint.hpp"
#include "ports.hpp"
#include "replica_core.hpp"

namespace lbdrain::test {

class Replica {
  public:
    // Serves when this returns.
    explicit Replica(std::string name, std::uint16_t port = free_port());
    explicit Replica(ReplicaOptions options, Endpoint endpoint = Endpoint::tcp(free_port()));
    ~Replica();
    Replica(const Replica&) = delete;
    Replica& operator=(const Replica&) = delete;

    const Endpoint& endpoint() const { return endpoint_; }
    std::uint16_t port() const { return endpoint_.port; }
    std::string address() const { return endpoint_.name(); }  // for `server ...;`
    const std::string& name() const { return core_.options.name; }

    // Exact: what a client has been sent is counted.
    ReplicaCounts counts();
    std::int64_t in_flight() { return counts().in_flight; }
    bool wait(Millis limit, const std::function<bool(const ReplicaCounts&)>& predicate);
    bool wait_for_in_flight(std::int64_t number, Millis limit = long_enough);  // exactly
    bool wait_for_started(std::int64_t number, Millis limit = long_enough);    // at least
    bool wait_for_held(std::int64_t number, Millis limit = long_enough);       // at least

    // From now on every response waits at its `hold_at`, until released.
    void hold();
    void release();                    // all, and no more holding
    void release(std::size_t number);  // the oldest; others go on being held

    // Like SIGKILL: when it returns, the port refuses and every connection was reset.
    void kill();
    void start();  // again, on the same port; throws if that cannot be had
    void restart() {
        kill();
        start();
    }
    void close_listener();  // refuses new connections, serves the ones it has
    bool listening();

    // Answers this path (without query) with the handler; replaces the former.
    void on(const std::string& path, ReplicaHandler handler);

  private:
    void accept();

    Endpoint endpoint_;
    ReplicaCore core_;
    UniqueFd listener_;  // belongs to the loop's thread, as does listen_watch_
    EventLoop::Id listen_watch_ = 0;
    std::jthread thread_;  // last: it uses all the others
};

}  // namespace lbdrain::test
