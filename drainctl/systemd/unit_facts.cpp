#include "systemd/unit_facts.hpp"

#include <systemd/sd-bus.h>
#include <systemd/sd-login.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <memory>

namespace lbdrain::ctl {
namespace {

constexpr const char* kSystemd = "org.freedesktop.systemd1";
constexpr const char* kManager = "/org/freedesktop/systemd1";
constexpr std::uint64_t kTimeoutUs = 5'000'000;

struct CloseBus {
    void operator()(sd_bus* bus) const { ::sd_bus_close_unref(bus); }
};
using Bus = std::unique_ptr<sd_bus, CloseBus>;

struct UnrefMessage {
    void operator()(sd_bus_message* message) const { ::sd_bus_message_unref(message); }
};
using Message = std::unique_ptr<sd_bus_message, UnrefMessage>;

std::unexpected<std::string> failure(const char* what, int negative) {
    return std::unexpected(std::string(what) + ": " +
                           std::strerror(-negative));  // NOLINT(concurrency-mt-unsafe)
}

Bus open_private() {
    sd_bus* raw = nullptr;
    if (::geteuid() != 0 || ::sd_bus_new(&raw) < 0) {
        return {};
    }
    Bus bus(raw);
    if (::sd_bus_set_address(raw, "unix:path=/run/systemd/private") < 0 ||
        ::sd_bus_start(raw) < 0) {
        return {};
    }
    return bus;
}

std::expected<Bus, std::string> open_bus() {
    Bus bus = open_private();
    if (!bus) {
        sd_bus* raw = nullptr;
        if (const int error = ::sd_bus_open_system(&raw); error < 0) {
            return failure("cannot reach the system bus", error);
        }
        bus.reset(raw);
    }
    ::sd_bus_set_method_call_timeout(bus.get(), kTimeoutUs);
    return bus;
}

std::expected<std::string, std::string> property(sd_bus* bus, const std::string& path,
                                                 const char* interface, const char* name) {
    char* raw = nullptr;
    const int error =
        ::sd_bus_get_property_string(bus, kSystemd, path.c_str(), interface, name, nullptr, &raw);
    if (error < 0) {
        return failure(name, error);
    }
    std::string value = raw;
    std::free(raw);  // NOLINT(cppcoreguidelines-no-malloc): sd-bus allocated it
    return value;
}

// The path of the unit's job, "/" without one.
std::expected<std::string, std::string> job_path(sd_bus* bus, const std::string& unit) {
    sd_bus_message* raw = nullptr;
    int error = ::sd_bus_call_method(bus, kSystemd, kManager, "org.freedesktop.systemd1.Manager",
                                     "LoadUnit", nullptr, &raw, "s", unit.c_str());
    const Message loaded(raw);
    const char* path = nullptr;
    if (error >= 0) {
        error = ::sd_bus_message_read(loaded.get(), "o", &path);
    }
    if (error < 0) {
        return failure("LoadUnit", error);
    }
    raw = nullptr;
    error = ::sd_bus_get_property(bus, kSystemd, path, "org.freedesktop.systemd1.Unit", "Job",
                                  nullptr, &raw, "(uo)");
    const Message job(raw);
    std::uint32_t id = 0;
    const char* job_at = nullptr;
    if (error >= 0) {
        error = ::sd_bus_message_read(job.get(), "(uo)", &id, &job_at);
    }
    if (error < 0) {
        return failure("Job", error);
    }
    return id == 0 ? "/" : job_at;
}

}  // namespace

std::expected<std::string, std::string> own_unit() {
    char* raw = nullptr;
    if (const int error = ::sd_pid_get_unit(0, &raw); error < 0) {
        return std::unexpected(
            std::string("this process is in no unit's control group (") +
            std::strerror(-error) +  // NOLINT(concurrency-mt-unsafe)
            "): --self is for ExecStop=, ExecStartPost= and ExecStopPost=, else say --unit UNIT");
    }
    std::string unit = raw;
    std::free(raw);  // NOLINT(cppcoreguidelines-no-malloc): libsystemd allocated it
    if (!unit.ends_with(".service")) {
        return std::unexpected("this process is in " + unit +
                               ", no service: --self is for ExecStop=, ExecStartPost= and "
                               "ExecStopPost=, else say --unit UNIT");
    }
    return unit;
}

std::expected<UnitFacts, std::string> unit_facts(const std::string& unit) {
    const auto bus = open_bus();
    if (!bus) {
        return std::unexpected(bus.error());
    }
    UnitFacts facts;
    const auto state =
        property(bus->get(), kManager, "org.freedesktop.systemd1.Manager", "SystemState");
    if (!state) {
        return std::unexpected(state.error());
    }
    facts.shutting_down = *state == "stopping";
    const auto path = job_path(bus->get(), unit);
    if (!path) {
        return std::unexpected(path.error());
    }
    if (*path != "/") {
        const auto type = property(bus->get(), *path, "org.freedesktop.systemd1.Job", "JobType");
        // It can be over by now.
        facts.job = type.value_or("");
    }
    return facts;
}

}  // namespace lbdrain::ctl
