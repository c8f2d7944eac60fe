#include "runner/unit_manager.hpp"

#include <pwd.h>
#include <unistd.h>

#include <charconv>
#include <string_view>

namespace lbdrain::hook {
namespace {

constexpr milliseconds kAbsence{10000};  // of systemd from the bus, until it is an error
constexpr milliseconds kAskAgain{100};

constexpr const char* kSystemd = "org.freedesktop.systemd1";
constexpr const char* kManagerPath = "/org/freedesktop/systemd1";
constexpr const char* kManager = "org.freedesktop.systemd1.Manager";
constexpr const char* kProperties = "org.freedesktop.DBus.Properties";

std::unexpected<BusError> not_understood(const std::string& what) {
    return std::unexpected(
        BusError{.name = {}, .text = "systemd's answer to " + what + " is not understood"});
}

BusResult<std::string> read_path(BusResult<BusMessage> reply, const char* member) {
    if (!reply) {
        return std::unexpected(reply.error());
    }
    const char* path = nullptr;
    if (::sd_bus_message_read(reply->get(), "o", &path) <= 0) {
        return not_understood(member);
    }
    return std::string(path);
}

/// Nobody owns systemd's name on the bus, or its owner went away while it was asked.
bool is_absence(const BusError& error) {
    return error.is("DBus.Error.NoReply") || error.is("DBus.Error.ServiceUnknown") ||
           error.is("DBus.Error.NameHasNoOwner") ||
           error.name.starts_with("org.freedesktop.DBus.Error.Spawn.");
}

/// "user deploy (uid 1000)".
std::string own_user() {
    const uid_t uid = ::geteuid();
    const passwd* entry = ::getpwuid(uid);  // one thread
    const std::string number = "uid " + std::to_string(uid);
    return entry == nullptr ? number : "user " + std::string(entry->pw_name) + " (" + number + ")";
}

}  // namespace

BusResult<UnitManager> UnitManager::open(Run& run, std::string unit) {
    auto bus = SystemBus::open();
    if (!bus) {
        return std::unexpected(bus.error());
    }
    UnitManager manager(std::move(*bus), std::move(unit));
    // First the match, then the subscription, then anything else: no end of a job is missed.
    const std::string sender = std::string("type='signal',sender='") + kSystemd + "',";
    if (auto matched = manager.bus_.match(sender + "interface='" + kManager +
                                          "',member='JobRemoved',path='" + kManagerPath + "'");
        !matched) {
        return std::unexpected(matched.error());
    }
    auto subscribe = manager.bus_.method(kSystemd, kManagerPath, kManager, "Subscribe");
    auto subscribed =
        subscribe ? manager.bus_.call(run, std::move(*subscribe)) : std::move(subscribe);
    if (!subscribed) {
        return std::unexpected(subscribed.error());
    }
    auto path = read_path(manager.call_manager(run, "LoadUnit"), "LoadUnit");
    if (!path) {
        return std::unexpected(path.error());
    }
    manager.path_ = std::move(*path);
    if (auto matched =
            manager.bus_.match(sender + "interface='" + kProperties +
                               "',member='PropertiesChanged',path='" + manager.path_ + "'");
        !matched) {
        return std::unexpected(matched.error());
    }
    return manager;
}

BusResult<BusMessage> UnitManager::call_manager(Run& run, const char* member, const char* mode) {
    auto message = bus_.method(kSystemd, kManagerPath, kManager, member);
    if (!message) {
        return message;
    }
    int error = ::sd_bus_message_append(message->get(), "s", unit_.c_str());
    if (error >= 0 && mode != nullptr) {
        error = ::sd_bus_message_append(message->get(), "s", mode);
    }
    if (error < 0) {
        return std::unexpected(BusError{.name = {}, .text = "cannot make a D-Bus call"});
    }
    return bus_.call(run, std::move(*message));
}

BusResult<UnitProperties> UnitManager::read(Run& run) {
    const TimePoint until = Clock::now() + kAbsence;
    while (true) {
        auto unit = read_once(run);
        if (unit || !is_absence(unit.error()) || Clock::now() >= until) {
            return unit;
        }
        run.sleep_until(run.within(kAskAgain));
        if (run.interrupted()) {
            unit.error().ended = true;
            return unit;
        }
    }
}

BusResult<UnitProperties> UnitManager::read_once(Run& run) {
    auto message = bus_.method(kSystemd, path_, kProperties, "GetAll");
    if (message && ::sd_bus_message_append(message->get(), "s", "") < 0) {  // of all interfaces
        return std::unexpected(BusError{.name = {}, .text = "cannot make a D-Bus call"});
    }
    auto reply = message ? bus_.call(run, std::move(*message)) : std::move(message);
    if (!reply) {
        return std::unexpected(reply.error());
    }
    auto unit = read_properties(reply->get());
    if (!unit) {
        return not_understood("GetAll");
    }
    return std::move(*unit);
}

BusResult<void> UnitManager::pin(Run& run) {
    auto reply = call_manager(run, "RefUnit");
    return reply ? BusResult<void>() : std::unexpected(reply.error());
}

BusResult<std::string> UnitManager::start_job(Run& run, const char* member) {
    return read_path(call_manager(run, member, "replace"), member);
}

BusResult<void> UnitManager::reset_failed(Run& run) {
    auto reply = call_manager(run, "ResetFailedUnit");
    return reply ? BusResult<void>() : std::unexpected(reply.error());
}

BusResult<std::optional<UnitChange>> UnitManager::next_change(Run& run, TimePoint until) {
    while (true) {
        auto signal = bus_.next_signal(run, until);
        if (!signal) {
            return std::unexpected(signal.error());
        }
        if (!*signal) {
            return std::nullopt;
        }
        if (::sd_bus_message_is_signal(signal->get(), kProperties, nullptr) > 0) {
            return UnitChange{};
        }
        if (::sd_bus_message_is_signal(signal->get(), kManager, "JobRemoved") > 0) {
            std::uint32_t id = 0;
            const char* job = nullptr;
            const char* unit = nullptr;
            const char* result = nullptr;
            if (::sd_bus_message_read(signal->get(), "uoss", &id, &job, &unit, &result) > 0) {
                return UnitChange{job, result};
            }
        }
    }
}

std::uint32_t job_id(const std::string& path) {
    const std::string_view number = std::string_view(path).substr(path.rfind('/') + 1);
    std::uint32_t id = 0;
    std::from_chars(number.data(), number.data() + number.size(), id);
    return id;
}

std::string explain(const BusError& error, const std::string& verb, const std::string& unit) {
    if (error.is("systemd1.NoSuchUnit")) {
        return "there is no unit " + unit;
    }
    if (error.is("systemd1.UnitMasked")) {
        return "unit " + unit + " is masked; systemctl unmask it first";
    }
    if (error.is("DBus.Error.AccessDenied") ||
        error.is("DBus.Error.InteractiveAuthorizationRequired")) {
        return own_user() + " may not " + verb + " " + unit + " (" + error.text +
               "): run lbdrain-hook's caller as root, or add a polkit rule that grants this user "
               "org.freedesktop.systemd1.manage-units for the unit " +
               unit;
    }
    if (is_absence(error)) {
        return "cannot " + verb + " " + unit + ": systemd is not on the system bus (" + error.text +
               "); the systemd hook needs systemd as this machine's init";
    }
    if (error.name.empty()) {
        return "cannot " + verb + " " + unit + ": " + error.text;
    }
    return "systemd refused to " + verb + " " + unit + ": " +
           (error.text.empty() ? error.name : error.text);
}

}  // namespace lbdrain::hook
