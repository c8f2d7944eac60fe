#include "rollout/journal.hpp"

#include <set>

#include "lbdrain/json/fields.hpp"

namespace lbdrain {

template <>
inline constexpr ctl::StepState json::last_of<ctl::StepState> = ctl::StepState::skipped;

namespace ctl {
namespace {

constexpr int format_version = 1;

// One list of the members for both directions: `Fields` is a FieldWriter or a FieldReader.
constexpr auto visit_step = [](auto& fields, auto& step) {
    fields("server", step.server);
    fields("state", step.state);
    fields("begun_unix_ms", step.begun);
    fields("ended_unix_ms", step.ended);
    fields("text", step.text);
};

template <typename Fields, typename J>
void visit_journal(Fields& fields, J& j) {
    fields("id", j.id);
    fields("service", j.service);
    fields("action", j.action);
    fields("request", j.request);
    fields("max_unavailable", j.max_unavailable);
    fields("pause_ms", j.pause);
    fields("without", j.without);
    fields("by", j.by);
    fields("why", j.why);
    fields("begun_unix_ms", j.begun);
    fields.list("steps", j.steps, visit_step);
}

// What is of the right type and makes no sense.
std::string nonsense(const Journal& journal) {
    if (journal.max_unavailable == 0) {
        return "\"max_unavailable\" is 0";
    }
    if (journal.pause < 0) {
        return "\"pause_ms\" is less than 0";
    }
    std::set<std::string_view> servers;
    for (const Step& step : journal.steps) {
        if (!servers.insert(step.server).second) {
            return "\"steps\" has \"" + step.server + "\" twice";
        }
    }
    return {};
}

}  // namespace

std::string encode(const Journal& journal) {
    json::FieldWriter fields;
    fields("version", format_version);
    visit_journal(fields, journal);
    return boost::json::serialize(fields.take()) + "\n";
}

std::expected<Journal, std::string> decode_journal(std::string_view json) {
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
        return std::unexpected("written by another version of drainctl: format " +
                               std::to_string(version));
    }
    Journal journal;
    visit_journal(fields, journal);
    if (std::string wrong = fields.error().empty() ? nonsense(journal) : fields.error();
        !wrong.empty()) {
        return std::unexpected(std::move(wrong));
    }
    return journal;
}

}  // namespace ctl
}  // namespace lbdrain
