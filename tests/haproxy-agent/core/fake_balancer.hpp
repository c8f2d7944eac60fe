// A HAProxy made up: what an operator, a reload and drain-agent do to its servers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "balancer/balancer.hpp"

namespace lbdrain::agent::test {

enum class Admin { ready, drain, maint };

class FakeBalancer {
  public:
    struct Server {
        Admin admin = Admin::ready;  // in the workers that take new connections
        bool known = true;
        bool healthy = true;
        bool readable = true;     // false: a worker's count cannot be read
        bool old_routes = false;  // a worker from before a reload goes on sending requests to it
        std::uint64_t in_flight = 0;
        std::uint64_t queued = 0;
    };

    explicit FakeBalancer(std::size_t count) : servers(count) {}

    // Brings the servers to what is wanted and looks, as Balancer::poll() promises to.
    Snapshot poll(std::span<const Wanted> wanted, Millis begun) {
        Snapshot seen;
        seen.begun = begun;
        seen.reachable = reachable;
        if (!reachable) {
            seen.error = "connection refused";
            return seen;
        }
        seen.version = "HAProxy 2.6.12";
        for (std::size_t i = 0; i < servers.size(); ++i) {
            obey(servers[i], wanted[i]);
            seen.servers.push_back(look(servers[i], wanted[i]));
        }
        return seen;
    }

    std::vector<Server> servers;
    bool reachable = true;

  private:
    static void obey(Server& server, const Wanted& wanted) {
        switch (wanted.rotation) {
            case Rotation::keep:
                break;
            case Rotation::readmit:
                server.admin = Admin::ready;
                break;
            case Rotation::drain:
                server.admin = Admin::drain;
                break;
            case Rotation::maint:
                server.admin = Admin::maint;
                break;
        }
    }
    static Seen look(const Server& server, const Wanted& wanted) {
        Seen seen;
        seen.revision = wanted.revision;
        seen.known = server.known;
        seen.complete = server.known && server.readable;
        seen.in = server.known && server.admin == Admin::ready;
        seen.out = server.known && server.admin != Admin::ready && !server.old_routes;
        seen.up = seen.in && server.healthy;
        seen.by_hand = server.known && !seen.in && wanted.rotation == Rotation::keep;
        seen.in_flight = server.in_flight;
        seen.queued = server.queued;
        seen.weight = 100;
        if (server.old_routes) {
            seen.obstacle = "worker 4711 is stopping and still routes to it";
        }
        return seen;
    }
};

}  // namespace lbdrain::agent::test
