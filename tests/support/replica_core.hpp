// What a replica shares with its connections. Everything but the ledger belongs to the loop's
// thread.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>

#include "event_loop.hpp"
#include "http_reader.hpp"
#include "replica_ledger.hpp"

namespace lbdrain::test {

class ReplicaConnection;

struct ReplicaOptions {
    std::string name = "replica";  // in X-Replica
    Millis idle_timeout{0};        // closes idle kept-alive connections; 0: never
};

struct ReplicaReply {
    int status = 200;
    std::string body = {};
    HttpHeaders headers = {};
};

// Runs on the replica's thread.
using ReplicaHandler = std::function<ReplicaReply(const HttpReader& request)>;

struct ReplicaCore {
    EventLoop loop;
    ReplicaLedger ledger;
    ReplicaOptions options;
    std::map<std::string, ReplicaHandler> handlers;  // by path
    bool holding = false;
    std::deque<ReplicaConnection*> held;  // oldest first
    std::map<ReplicaConnection*, std::unique_ptr<ReplicaConnection>> connections;
    std::minstd_rand random{1};
};

}  // namespace lbdrain::test
