#include "runner/bus.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "runner/text.hpp"

namespace lbdrain::hook {
namespace {

constexpr const char* kBus = "org.freedesktop.DBus";

std::unexpected<BusError> failure(const std::string& what, int negative) {
    return std::unexpected(BusError{.name = {}, .text = what + ": " + error_text(-negative)});
}

std::unexpected<BusError> lost(int negative) {
    return failure("lost the connection to the system bus", negative);
}

/// When sd-bus itself wants to be called again: a moment of CLOCK_MONOTONIC, as Clock's are.
TimePoint timeout_of(sd_bus* bus, TimePoint until) {
    std::uint64_t at = UINT64_MAX;
    if (::sd_bus_get_timeout(bus, &at) <= 0 || at > INT64_MAX) {
        return until;
    }
    return std::min(until, TimePoint(std::chrono::microseconds(at)));
}

}  // namespace

BusResult<SystemBus> SystemBus::open() {
    sd_bus* raw = nullptr;
    if (const int error = ::sd_bus_open_system(&raw); error < 0) {
        const char* set = ::secure_getenv("DBUS_SYSTEM_BUS_ADDRESS");
        const std::string address = set != nullptr ? set : "unix:path=/run/dbus/system_bus_socket";
        return failure("there is no D-Bus system bus at " + address, error);
    }
    return SystemBus(raw);
}

BusResult<BusMessage> SystemBus::method(const char* destination, const std::string& path,
                                        const char* interface, const char* member) {
    sd_bus_message* raw = nullptr;
    if (const int error = ::sd_bus_message_new_method_call(bus_.get(), &raw, destination,
                                                           path.c_str(), interface, member);
        error < 0) {
        return failure("cannot make a D-Bus call", error);
    }
    return BusMessage(raw);
}

BusResult<BusMessage> SystemBus::call(Run& run, BusMessage message) {
    std::uint64_t cookie = 0;
    if (const int error = ::sd_bus_send(bus_.get(), message.get(), &cookie); error < 0) {
        return lost(error);
    }
    while (true) {
        auto reply = next(run, run.deadline());
        if (!reply) {
            return reply;
        }
        std::uint64_t answered = 0;
        if (!*reply) {
            return std::unexpected(BusError{.name = {}, .text = "no answer", .ended = true});
        }
        if (::sd_bus_message_get_reply_cookie(reply->get(), &answered) >= 0 && answered == cookie) {
            if (const sd_bus_error* error = ::sd_bus_message_get_error(reply->get())) {
                return std::unexpected(
                    BusError{.name = error->name != nullptr ? error->name : "",
                             .text = error->message != nullptr ? error->message : ""});
            }
            return reply;
        }
        if (::sd_bus_message_is_signal(reply->get(), nullptr, nullptr) > 0) {
            signals_.push_back(std::move(*reply));
        }
    }
}

BusResult<void> SystemBus::match(const std::string& rule) {
    auto message = method(kBus, "/org/freedesktop/DBus", kBus, "AddMatch");
    if (!message) {
        return std::unexpected(message.error());
    }
    int error = ::sd_bus_message_append(message->get(), "s", rule.c_str());
    if (error >= 0) {
        // The bus reads in order: what is called afterwards is called with the match in place.
        error = ::sd_bus_send(bus_.get(), message->get(), nullptr);
    }
    return error < 0 ? BusResult<void>(lost(error)) : BusResult<void>();
}

BusResult<BusMessage> SystemBus::next_signal(Run& run, TimePoint until) {
    if (!signals_.empty()) {
        BusMessage first = std::move(signals_.front());
        signals_.pop_front();
        return first;
    }
    while (true) {
        auto message = next(run, until);
        if (!message || !*message ||
            ::sd_bus_message_is_signal(message->get(), nullptr, nullptr) > 0) {
            return message;
        }
    }
}

BusResult<BusMessage> SystemBus::next(Run& run, TimePoint until) {
    while (true) {
        sd_bus_message* raw = nullptr;
        const int done = ::sd_bus_process(bus_.get(), &raw);
        if (raw != nullptr) {
            return BusMessage(raw);
        }
        if (done < 0) {
            return lost(done);
        }
        if (done > 0) {
            continue;
        }
        const int events = ::sd_bus_get_events(bus_.get());
        if (events < 0) {
            return lost(events);
        }
        pollfd fd{::sd_bus_get_fd(bus_.get()), static_cast<short>(events), 0};
        const auto wake =
            run.wait({&fd, 1}, timeout_of(bus_.get(), std::min(until, run.deadline())));
        if (wake == Run::Wake::interrupted || (wake == Run::Wake::time && run.expired())) {
            return std::unexpected(
                BusError{.name = {}, .text = "no answer from the bus", .ended = true});
        }
        if (wake == Run::Wake::time && Clock::now() >= until) {
            return BusMessage();
        }
    }
}

}  // namespace lbdrain::hook
