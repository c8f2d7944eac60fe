// The D-Bus system bus, through libsystemd's sd-bus, with this program's way of waiting.
#pragma once

#include <systemd/sd-bus.h>

#include <deque>
#include <expected>
#include <memory>
#include <string>

#include "runner/run.hpp"

namespace lbdrain::hook {

struct UnrefMessage {
    void operator()(sd_bus_message* message) const { ::sd_bus_message_unref(message); }
};
using BusMessage = std::unique_ptr<sd_bus_message, UnrefMessage>;

/// What came instead of a reply. `name` is the D-Bus error's, empty when it is no such error:
/// the bus was lost, or the run ended first.
struct BusError {
    std::string name;
    std::string text;
    bool ended = false;  // by an interrupt or the run's deadline

    /// Whether `name` is "org.freedesktop." + `tail`.
    bool is(std::string_view tail) const { return name == "org.freedesktop." + std::string(tail); }
};

template <class Value>
using BusResult = std::expected<Value, BusError>;

/// One connection, closed with it. No callbacks: replies and signals are taken one by one, so that
/// no exception ever has to pass through C. One thread.
class SystemBus {
  public:
    /// DBUS_SYSTEM_BUS_ADDRESS says where, as for every program.
    static BusResult<SystemBus> open();

    /// A method call to be filled in and given to call().
    BusResult<BusMessage> method(const char* destination, const std::string& path,
                                 const char* interface, const char* member);
    /// Sends it and waits for its reply; signals that come meanwhile are kept.
    BusResult<BusMessage> call(Run& run, BusMessage message);

    /// Has signals that fit `rule` sent here; those that come after this call are not missed.
    BusResult<void> match(const std::string& rule);
    /// The next signal, or nothing when `until` came first. An interrupt or the run's deadline is
    /// an error that has `ended` set.
    BusResult<BusMessage> next_signal(Run& run, TimePoint until);

  private:
    struct Close {
        void operator()(sd_bus* bus) const { ::sd_bus_close_unref(bus); }
    };

    explicit SystemBus(sd_bus* bus) : bus_(bus) {}
    /// The next message of any kind, nothing at `until`.
    BusResult<BusMessage> next(Run& run, TimePoint until);

    std::unique_ptr<sd_bus, Close> bus_;
    std::deque<BusMessage> signals_;
};

}  // namespace lbdrain::hook
