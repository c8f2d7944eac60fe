#include "lease_file.hpp"

#include "fields_of.hpp"

namespace lbdrain {
namespace {

constexpr int format_version = 1;

template <typename Fields, typename R>
void visit_lease(Fields& fields, R& r) {
    fields("id", r.id);
    fields("session", r.session);
    fields.nested("holder", [&](auto& inner) { visit_holder(inner, r.holder); });
}

}  // namespace

std::string encode(const LeaseRecord& record) {
    json::FieldWriter fields;
    fields("version", format_version);
    visit_lease(fields, record);
    return boost::json::serialize(fields.take()) + "\n";
}

std::expected<LeaseRecord, std::string> decode_lease(std::string_view json) {
    LeaseRecord record;
    auto read = read_object(json, format_version,
                            [&](json::FieldReader& fields) { visit_lease(fields, record); });
    if (!read) {
        return std::unexpected(std::move(read.error()));
    }
    return record;
}

}  // namespace lbdrain
