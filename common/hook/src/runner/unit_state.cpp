#include "runner/unit_state.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "runner/child.hpp"
#include "runner/pidfile.hpp"
#include "runner/text.hpp"

namespace lbdrain::hook {
namespace {

constexpr milliseconds kLimit{5000};
constexpr std::size_t kMaxOutput = 8192;

}  // namespace

std::expected<UnitState, std::string> parse_unit_state(std::string_view output) {
    UnitState state;
    bool has_pid = false;
    while (!output.empty()) {
        const std::size_t end = output.find('\n');
        const std::string_view line = output.substr(0, end);
        output.remove_prefix(end == std::string_view::npos ? output.size() : end + 1);
        const std::size_t equals = line.find('=');
        const std::string_view name = line.substr(0, equals);
        const std::string_view value =
            equals == std::string_view::npos ? std::string_view() : line.substr(equals + 1);
        if (name == "LoadState") {
            state.load = value;
        } else if (name == "ActiveState") {
            state.active = value;
        } else if (name == "ControlGroup") {
            state.cgroup = value;
        } else if (name == "MainPID") {
            const auto pid = parse_pid(value);
            has_pid = pid.has_value();
            state.main_pid = pid.value_or(0);
        }
    }
    if (!has_pid || state.load.empty() || state.active.empty()) {
        return std::unexpected("systemctl's answer is not understood");
    }
    return state;
}

std::expected<UnitState, std::string> query_unit(Run& run, const std::string& unit,
                                                 const std::string& program) {
    const auto cannot = [&](const std::string& why) {
        return std::unexpected("cannot ask systemd about " + unit + ": " + why);
    };
    auto child = Child::spawn({program, "--no-pager", "show", "-p", "LoadState", "-p",
                               "ActiveState", "-p", "MainPID", "-p", "ControlGroup", "--", unit},
                              {"LC_ALL=C"});
    if (!child) {
        return cannot(child.error());
    }
    const TimePoint until = run.within(kLimit);
    std::string output;
    while (output.size() < kMaxOutput) {
        pollfd readable{child->output_fd(), POLLIN, 0};
        if (run.wait({&readable, 1}, until) != Run::Wake::ready) {
            return cannot(run.interrupted() ? "interrupted" : "no answer from " + program);
        }
        std::array<char, 4096> buffer{};
        const ssize_t count = ::read(child->output_fd(), buffer.data(), buffer.size());
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
            continue;
        }
        if (count <= 0) {
            break;
        }
        output.append(buffer.data(), static_cast<std::size_t>(count));
    }
    pollfd exited{child->pidfd(), POLLIN, 0};
    if (run.wait({&exited, 1}, until) != Run::Wake::ready) {
        return cannot("no answer from " + program);
    }
    if (const ExitStatus exit = child->reap(); exit.status != 0) {
        return cannot(program + " exited with status " + std::to_string(exit.status) + ": " +
                      output.substr(0, output.find('\n')));
    }
    auto state = parse_unit_state(output);
    return state ? state : cannot(state.error());
}

}  // namespace lbdrain::hook
