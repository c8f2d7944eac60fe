// What the files of a service have in common.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "lbdrain/coordination/coordinator.hpp"
#include "lbdrain/json/fields.hpp"

namespace lbdrain {

template <typename Fields, typename H>
void visit_holder(Fields& fields, H& h) {
    fields("user", h.user);
    fields("host", h.host);
    fields("pid", h.pid);
    fields("since_unix_ms", h.since_unix_ms);
    fields("why", h.why);
}

// Reads an object of `version` by `visit(fields)`.
template <typename Visit>
std::expected<void, std::string> read_object(std::string_view text, int version, Visit&& visit) {
    boost::json::error_code failed;
    const boost::json::value value = boost::json::parse(text, failed);
    if (failed) {
        return std::unexpected("not JSON: " + failed.message());
    }
    if (!value.is_object()) {
        return std::unexpected(std::string("not a JSON object"));
    }
    json::FieldReader fields(value.get_object());
    int found = 0;
    fields("version", found);
    if (fields.error().empty() && found != version) {
        return std::unexpected("of another format: " + std::to_string(found));
    }
    visit(fields);
    if (!fields.error().empty()) {
        return std::unexpected(fields.error());
    }
    return {};
}

}  // namespace lbdrain
