#include "permit_file.hpp"

#include <set>

#include "fields_of.hpp"

namespace lbdrain {
namespace {

constexpr int format_version = 1;

template <typename Fields, typename R>
void visit_permit(Fields& fields, R& r) {
    fields("server", r.permit.server);
    fields("id", r.permit.id);
    fields("session", r.session);
    fields.nested("holder", [&](auto& inner) { visit_holder(inner, r.permit.holder); });
}

constexpr auto each = [](auto& fields, auto& record) { visit_permit(fields, record); };

}  // namespace

std::string encode(const std::vector<PermitRecord>& records) {
    json::FieldWriter fields;
    fields("version", format_version);
    fields.list("permits", records, each);
    return boost::json::serialize(fields.take()) + "\n";
}

std::expected<std::vector<PermitRecord>, std::string> decode_permits(std::string_view json) {
    std::vector<PermitRecord> records;
    auto read = read_object(json, format_version, [&](json::FieldReader& fields) {
        fields.list("permits", records, each);
    });
    if (!read) {
        return std::unexpected(std::move(read.error()));
    }
    std::set<std::string_view> servers;
    for (const PermitRecord& record : records) {
        if (!servers.insert(record.permit.server).second) {
            return std::unexpected("\"" + record.permit.server + "\" is in it twice");
        }
    }
    return records;
}

}  // namespace lbdrain
