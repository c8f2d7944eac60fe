// SERVICE.permits.json: which servers may be out of rotation. Pure.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "lbdrain/coordination/coordinator.hpp"
#include "session.hpp"

namespace lbdrain {

struct PermitRecord {
    Permit permit;              // `working` is not in the file
    SessionNumber session = 0;  // of the holder
};

std::string encode(const std::vector<PermitRecord>& records);
std::expected<std::vector<PermitRecord>, std::string> decode_permits(std::string_view json);

}  // namespace lbdrain
