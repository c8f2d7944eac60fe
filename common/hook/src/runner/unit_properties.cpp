#include "runner/unit_properties.hpp"

#include <array>
#include <csignal>
#include <string_view>

#include "runner/text.hpp"

namespace lbdrain::hook {
namespace {

/// Reads the variant that `message` stands at, if it holds a `type`; else leaves `to` alone.
/// Negative: the message is broken.
template <class Value>
int read_basic(sd_bus_message* message, char type, Value& to) {
    const char* held = nullptr;
    if (const int r = ::sd_bus_message_peek_type(message, nullptr, &held); r <= 0) {
        return r == 0 ? -EBADMSG : r;
    }
    const std::array<char, 2> wanted{type, '\0'};
    if (std::string_view(held) != wanted.data()) {
        return ::sd_bus_message_skip(message, "v");
    }
    return ::sd_bus_message_read(message, "v", wanted.data(), &to);
}

int read_text(sd_bus_message* message, std::string& to) {
    const char* text = nullptr;
    const int r = read_basic(message, 's', text);
    to = text != nullptr ? text : "";
    return r;
}

/// InvocationID, ay.
int read_id(sd_bus_message* message, std::string& to) {
    int r = ::sd_bus_message_enter_container(message, 'v', "ay");
    if (r < 0) {
        return r == -ENXIO ? ::sd_bus_message_skip(message, "v") : r;
    }
    const void* bytes = nullptr;
    std::size_t size = 0;
    r = ::sd_bus_message_read_array(message, 'y', &bytes, &size);
    if (r < 0) {
        return r;
    }
    to.clear();
    constexpr std::string_view digits = "0123456789abcdef";
    for (std::size_t i = 0; i < size; ++i) {
        const unsigned byte = static_cast<const unsigned char*>(bytes)[i];
        to += digits[byte >> 4U];
        to += digits[byte & 15U];
    }
    return ::sd_bus_message_exit_container(message);
}

/// The first of an array of texts.
int read_first(sd_bus_message* message, std::string& to) {
    int r = ::sd_bus_message_enter_container(message, 'v', "as");
    if (r < 0) {
        return r == -ENXIO ? ::sd_bus_message_skip(message, "v") : r;
    }
    r = ::sd_bus_message_enter_container(message, 'a', "s");
    const char* text = nullptr;
    while (r >= 0 && (r = ::sd_bus_message_read(message, "s", &text)) > 0) {
        if (to.empty()) {
            to = text;
        }
    }
    if (r >= 0) {
        r = ::sd_bus_message_exit_container(message);
    }
    return r < 0 ? r : ::sd_bus_message_exit_container(message);
}

/// A pair whose interesting half is `signature`'s first (Job, uo) or second (LoadError, ss).
template <class First, class Second>
int read_pair(sd_bus_message* message, const char* signature, First& first, Second& second) {
    const char* held = nullptr;
    if (const int r = ::sd_bus_message_peek_type(message, nullptr, &held); r <= 0) {
        return r == 0 ? -EBADMSG : r;
    }
    if (std::string_view(held) != signature) {
        return ::sd_bus_message_skip(message, "v");
    }
    return ::sd_bus_message_read(message, "v", signature, &first, &second);
}

int read_value(sd_bus_message* message, std::string_view name, UnitProperties& to) {
    const char* ignored = nullptr;
    if (name == "LoadState") {
        return read_text(message, to.load);
    }
    if (name == "ActiveState") {
        return read_text(message, to.active);
    }
    if (name == "SubState") {
        return read_text(message, to.sub);
    }
    if (name == "Type") {
        return read_text(message, to.type);
    }
    if (name == "Result") {
        return read_text(message, to.result);
    }
    if (name == "ControlGroup") {
        return read_text(message, to.cgroup);
    }
    if (name == "InvocationID") {
        return read_id(message, to.invocation);
    }
    if (name == "TriggeredBy") {
        return read_first(message, to.triggered_by);
    }
    if (name == "LoadError") {
        const char* text = nullptr;
        const int r = read_pair(message, "(ss)", ignored, text);
        to.load_error = text != nullptr ? text : "";
        return r;
    }
    if (name == "Job") {
        return read_pair(message, "(uo)", to.job, ignored);
    }
    if (name == "NRestarts") {
        return read_basic(message, 'u', to.restarts);
    }
    if (name == "MainPID") {
        std::uint32_t pid = 0;
        const int r = read_basic(message, 'u', pid);
        to.main_pid = static_cast<pid_t>(pid);
        return r;
    }
    if (name == "ExecMainCode") {
        return read_basic(message, 'i', to.exit_code);
    }
    if (name == "ExecMainStatus") {
        return read_basic(message, 'i', to.exit_status);
    }
    if (name == "TimeoutStopUSec") {
        std::uint64_t limit = UINT64_MAX;
        const int r = read_basic(message, 't', limit);
        if (limit <= INT64_MAX) {
            to.stop_timeout = std::chrono::microseconds(limit);
        }
        return r;
    }
    return ::sd_bus_message_skip(message, "v");
}

}  // namespace

std::optional<UnitProperties> read_properties(sd_bus_message* reply) {
    UnitProperties unit;
    if (::sd_bus_message_enter_container(reply, 'a', "{sv}") < 0) {
        return std::nullopt;
    }
    int r = 0;
    while ((r = ::sd_bus_message_enter_container(reply, 'e', "sv")) > 0) {
        const char* name = nullptr;
        if (::sd_bus_message_read(reply, "s", &name) < 0 || read_value(reply, name, unit) < 0 ||
            ::sd_bus_message_exit_container(reply) < 0) {
            return std::nullopt;
        }
    }
    if (r < 0 || unit.load.empty() || unit.active.empty()) {
        return std::nullopt;
    }
    return unit;
}

std::string exit_text(const UnitProperties& unit) {
    switch (unit.exit_code) {
        case CLD_EXITED:
            return "exited with status " + std::to_string(unit.exit_status);
        case CLD_KILLED:
        case CLD_DUMPED:
            return "was ended by " + signal_text(unit.exit_status);
        default:
            return "";
    }
}

}  // namespace lbdrain::hook
