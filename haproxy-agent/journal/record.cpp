#include "journal/record.hpp"

#include "lbdrain/json/fields.hpp"

namespace lbdrain {

template <>
inline constexpr RunKind json::last_of<RunKind> = RunKind::ready_check;

namespace agent {
namespace {

constexpr int format_version = 1;

// One list of the members for both directions: `Fields` is a FieldWriter or a FieldReader.
template <typename Fields, typename P>
void visit_policy(Fields& fields, P& p) {
    fields("drain_timeout_ms", p.drain_timeout);
    fields("settle_ms", p.settle);
    fields("stop_timeout_ms", p.stop_timeout);
    fields("start_timeout_ms", p.start_timeout);
    fields("ready_timeout_ms", p.ready_timeout);
    fields("slow_start_ms", p.slow_start);
    fields("on_timeout", p.on_timeout);
    fields("confirm", p.confirm);
}

template <typename Fields, typename E>
void visit_ending(Fields& fields, E& e) {
    fields("id", e.id);
    fields("goal", e.goal);
    fields("outcome", e.outcome);
    fields("at", e.at);
    fields("left", e.left);
    fields("text", e.text);
}

template <typename Fields, typename S>
void visit_sequence(Fields& fields, S& s) {
    fields("state", s.state);
    fields("goal", s.goal);
    fields("overdue", s.overdue);
    fields("start_hook", s.start_hook);
    fields("check", s.check);
    fields("before", s.before);
    fields("id", s.id);
    fields.nested("policy", [&](auto& inner) { visit_policy(inner, s.policy); });
    fields("since", s.since);
    fields("begun", s.begun);
    fields("deadline", s.deadline);
    fields("zero_since", s.zero_since);
    fields("run", s.run.kind);
    fields("run_number", s.run.number);
    fields("run_since", s.run_since);
    fields("cut", s.cut);
    fields("by", s.by);
    fields("reason", s.reason);
    fields("progress", s.progress);
    fields("stop_text", s.stop_text);
    fields.nested("last", [&](auto& inner) { visit_ending(inner, s.last); });
}

template <typename Fields, typename R>
void visit_record(Fields& fields, R& r) {
    fields("service", r.service);
    fields("server", r.server);
    fields("readmit", r.readmit);
    fields("by_hand", r.by_hand);
    fields("stopped", r.stopped);
    fields.nested("sequence", [&](auto& inner) { visit_sequence(inner, r.sequence); });
}

}  // namespace

std::string encode(const ServerRecord& record, std::string_view boot) {
    json::FieldWriter fields;
    fields("version", format_version);
    fields("boot", boot);
    visit_record(fields, record);
    return boost::json::serialize(fields.take()) + "\n";
}

std::expected<DecodedRecord, std::string> decode_record(std::string_view json) {
    boost::json::error_code failed;
    const boost::json::value value = boost::json::parse(json, failed);
    if (failed) {
        return std::unexpected("not JSON: " + failed.message());
    }
    if (!value.is_object()) {
        return std::unexpected(std::string("not a JSON object"));
    }
    json::FieldReader fields(value.get_object());
    int version = 0;
    fields("version", version);
    if (fields.error().empty() && version != format_version) {
        return std::unexpected("written by another version of drain-agent: format " +
                               std::to_string(version));
    }
    DecodedRecord decoded;
    fields("boot", decoded.boot);
    visit_record(fields, decoded.record);
    if (!fields.error().empty()) {
        return std::unexpected(fields.error());
    }
    return decoded;
}

}  // namespace agent
}  // namespace lbdrain
