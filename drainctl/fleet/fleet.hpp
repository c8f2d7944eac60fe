// What all targets together show: each server once, wherever it is. Plain values, made by a pure
// function.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "lbdrain/api/views.hpp"
#include "lbdrain/client/drain_api.hpp"

namespace lbdrain::ctl {

using StatusResult = std::expected<api::StatusView, client::Error>;

// A server as one target has it.
struct Place {
    std::size_t target = 0;    // index into Fleet::targets
    client::ServerName there;  // its names at that target
    api::ServerView view;
};

struct FleetServer {
    ServerSpec name;  // the service as we call it; the server as the first target does
    std::string address;
    std::vector<Place> places;  // in the order of the targets; never empty

    // Any of the names and addresses that targets have for it.
    bool is_called(std::string_view name_or_address) const;
};

struct FleetService {
    std::string name;
    std::string unmanaged_because;  // of a service that some target leaves alone
    unsigned min_ready = 0;         // the largest that a target asks for
};

struct FleetTarget {
    std::string name;
    std::string shown;                   // its endpoint
    std::optional<client::Error> error;  // why it says nothing
    api::StatusView status;              // without its services; empty if there was an error
};

struct Fleet {
    std::vector<FleetTarget> targets;  // one for each that was asked, in that order
    std::vector<FleetService> services;
    std::vector<FleetServer> servers;  // of one service next to each other

    const FleetServer* find(const ServerSpec& spec) const;
    const FleetService* service(std::string_view name) const;
    std::vector<const FleetServer*> servers_of(std::string_view service) const;
};

// `results` has one for each of `targets`. Servers of two targets are the same if service and
// address are, or else if service and name are.
Fleet merge(std::span<const TargetConfig> targets, std::vector<StatusResult> results);

// One server on all its targets, in a word.
struct Summary {
    ServerState state = ServerState::ready;  // of several the one that has most to do yet
    bool agreed = true;                      // all targets have it in the same state
    std::uint64_t in_flight = 0;             // together
    std::uint64_t queued = 0;
    bool complete = true;  // every count is of every process
};
Summary summarize(const FleetServer& server);

// In rotation on every target, and no sequence runs on any.
bool settled_ready(const FleetServer& server);

// What to say of a name that is none: with the nearest ones, or all there are if they are few.
std::string unknown_server(const Fleet& fleet, const ServerSpec& spec);
std::string unknown_service(const Fleet& fleet, std::string_view service);

}  // namespace lbdrain::ctl
