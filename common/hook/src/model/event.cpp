#include "lbdrain/hook/event.hpp"

#include <array>
#include <exception>
#include <limits>
#include <utility>

#include <boost/json.hpp>

#include "object_reader.hpp"
#include "utf8.hpp"

namespace lbdrain::hook {
namespace {

// JSON may write a byte as six, and the rest of the line is short.
constexpr std::size_t kMaxText = 2048;
static_assert(kMaxText * 6 + 512 < kMaxEventBytes);

constexpr std::array<std::pair<Event::Kind, std::string_view>, 4> kKinds{{
    {Event::Kind::started, "started"},
    {Event::Kind::progress, "progress"},
    {Event::Kind::output, "output"},
    {Event::Kind::result, "result"},
}};

std::expected<Event, std::string> decode(std::string_view line) {
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) {
        line.remove_suffix(1);
    }
    const auto object = parse_object(line, kMaxEventBytes);
    if (!object) {
        return std::unexpected(object.error());
    }
    ObjectReader reader(*object, "");
    Event event;
    std::string kind;
    reader.require("event");
    reader.read("event", kind);
    bool known = false;
    for (const auto& [value, name] : kKinds) {
        if (kind == name) {
            event.kind = value;
            known = true;
        }
    }
    if (!known) {
        reader.fail("event", "must be started, progress, output or result");
    }
    reader.read("text", event.text);
    reader.read("elapsed_ms", event.elapsed_ms, 0, std::numeric_limits<std::int64_t>::max());
    reader.read("passes", event.passes, 0, std::numeric_limits<unsigned>::max());
    if (event.kind == Event::Kind::result) {
        reader.require("ok");
        reader.read("ok", event.ok);
        reader.read("killed", event.killed);
        reader.read("timed_out", event.timed_out);
        reader.read("repeated", event.repeated);
        reader.read("exit_status", event.exit_status, -1, 255);
        reader.read("http_status", event.http_status, 0, 999);
    }
    if (auto fine = reader.finish(); !fine) {
        return std::unexpected(std::move(fine.error()));
    }
    return event;
}

}  // namespace

std::string_view to_string(Event::Kind kind) noexcept {
    for (const auto& [value, name] : kKinds) {
        if (kind == value) {
            return name;
        }
    }
    return "progress";
}

std::string encode(const Event& event) {
    boost::json::object object;
    object["event"] = to_string(event.kind);
    object["text"] = to_utf8(event.text, kMaxText);
    object["elapsed_ms"] = event.elapsed_ms;
    if (event.passes != 0) {
        object["passes"] = event.passes;
    }
    if (event.kind == Event::Kind::result) {
        object["ok"] = event.ok;
        object["killed"] = event.killed;
        object["timed_out"] = event.timed_out;
        object["repeated"] = event.repeated;
        object["exit_status"] = event.exit_status;
        object["http_status"] = event.http_status;
    }
    return boost::json::serialize(object) + '\n';
}

std::expected<Event, std::string> decode_event(std::string_view line) {
    try {
        return decode(line);
    } catch (const std::exception& error) {
        return std::unexpected(std::string(error.what()));
    }
}

}  // namespace lbdrain::hook
