// What the agent must know of a server after it was killed: its sequence, and what it still owes
// the balancers. One JSON object a server; strict to read, so that a damaged one is noticed.
//
// Values only; journal.hpp stores them.
#pragma once

#include <expected>
#include <set>
#include <string>
#include <string_view>

#include "lbdrain/sequence.hpp"

namespace lbdrain::agent {

struct ServerRecord {
    std::string service;
    std::string server;
    Sequence sequence;
    // Balancers that have not yet shown the server back in rotation since we took it out.
    std::set<std::string> readmit;
    // Balancers where somebody else had taken it out before we did: not ours to put back.
    std::set<std::string> by_hand;
    // Its process was stopped since it had traffic last: nobody may send it any, by whatever name.
    bool stopped = false;
};

// `boot` names the boot that the times in it belong to (/proc/sys/kernel/random/boot_id).
std::string encode(const ServerRecord& record, std::string_view boot);

struct DecodedRecord {
    ServerRecord record;
    std::string boot;
};

// Survives any bytes. The error says which member is wrong.
std::expected<DecodedRecord, std::string> decode_record(std::string_view json);

}  // namespace lbdrain::agent
