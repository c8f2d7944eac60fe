// SERVICE.lock.json: who has the rollout lock. Pure.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "lbdrain/coordination/coordinator.hpp"
#include "session.hpp"

namespace lbdrain {

struct LeaseRecord {
    std::string id;  // of this one lease
    SessionNumber session = 0;
    Holder holder;
};

std::string encode(const LeaseRecord& record);
std::expected<LeaseRecord, std::string> decode_lease(std::string_view json);

}  // namespace lbdrain
