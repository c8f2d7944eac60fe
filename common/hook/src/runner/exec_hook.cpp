#include "runner/exec_hook.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include "runner/child.hpp"
#include "runner/line_capture.hpp"
#include "runner/text.hpp"

namespace lbdrain::hook {
namespace {

constexpr milliseconds kTermGrace{5000};
constexpr milliseconds kKillGrace{5000};
constexpr milliseconds kCollectGrace{100};
constexpr milliseconds kGroupPoll{50};

std::vector<std::string> environment_for(const Task& task) {
    std::vector<std::string> result;
    for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
        if (std::string_view text(*variable); !text.starts_with("LBDRAIN_")) {
            result.emplace_back(text);
        }
    }
    result.push_back("LBDRAIN_SERVICE=" + task.service);
    result.push_back("LBDRAIN_SERVER=" + task.server);
    result.push_back("LBDRAIN_ADDRESS=" + task.address);
    result.push_back("LBDRAIN_ACTION=" + std::string(to_string(task.action)));
    result.push_back("LBDRAIN_RUN=" + task.run_id);
    result.push_back("LBDRAIN_REASON=" + task.reason);
    result.push_back("LBDRAIN_BY=" + task.by);
    return result;
}

/// The program while it runs: its exit and its output, waited for together.
class Watched {
  public:
    Watched(Run& run, Child& child)
        : run_(run), child_(child), lines_([&run](std::string line) {
              Event event;
              event.kind = Event::Kind::output;
              event.text = std::move(line);
              run.report(std::move(event));
          }) {}

    /// Until the program has exited, the time is up or the run was interrupted.
    void watch(TimePoint until) {
        while (!child_.has_exited() && Clock::now() < until) {
            if (wait(until) == Run::Wake::interrupted) {
                return;
            }
        }
    }

    /// SIGTERM, a while for all of the group to end, SIGKILL.
    void end_group() {
        child_.signal_group(SIGTERM);
        const TimePoint until = Clock::now() + kTermGrace;
        while (Clock::now() < until && child_.group_is_alive()) {
            wait(std::min(until, Clock::now() + kGroupPoll));
        }
        child_.signal_group(SIGKILL);
        const TimePoint dead = Clock::now() + kKillGrace;
        while (!child_.has_exited() && Clock::now() < dead) {
            wait(dead);
        }
    }

    /// What is on the pipe already; a process left behind may hold it open and is not waited for.
    void collect() {
        const TimePoint until = Clock::now() + kCollectGrace;
        while (child_.output_fd() >= 0 && Clock::now() < until && read_output()) {
        }
        if (child_.output_fd() >= 0) {
            run_.progress(
                "the program left a process behind that holds its output, which is "
                "read no further");
        }
        child_.close_output();
        lines_.finish();
    }

  private:
    Run::Wake wait(TimePoint until) {
        // An exited child's pidfd stays readable and must not turn waiting into spinning.
        const int pidfd = child_.has_exited() ? -1 : child_.pidfd();
        std::array<pollfd, 2> fds{{{pidfd, POLLIN, 0}, {child_.output_fd(), POLLIN, 0}}};
        const Run::Wake wake = run_.wait(fds, until);
        if (fds[1].revents != 0) {
            read_output();
        }
        return wake;
    }

    /// False when there is nothing more to read now.
    bool read_output() {
        std::array<char, 65536> buffer;
        const ssize_t count = ::read(child_.output_fd(), buffer.data(), buffer.size());
        if (count > 0) {
            lines_.feed({buffer.data(), static_cast<std::size_t>(count)});
            return true;
        }
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
            return errno == EINTR;
        }
        child_.close_output();
        return false;
    }

    Run& run_;
    Child& child_;
    LineCapture lines_;
};

Event outcome(const std::string& program, const ExitStatus& exit) {
    Event event;
    if (exit.signal != 0) {
        event = failed(program + " was ended by " + signal_text(exit.signal));
    } else {
        event = failed(program + " exited with status " + std::to_string(exit.status));
        event.ok = exit.status == 0;
    }
    event.exit_status = exit.status;
    return event;
}

}  // namespace

Event run_exec(Run& run, const Task& task, const ExecHook& hook) {
    const std::string& program = hook.argv.front();
    auto child = Child::spawn(hook.argv, environment_for(task));
    if (!child) {
        return failed(child.error());
    }
    Watched watched(run, *child);
    watched.watch(run.deadline());
    const bool ended = child->has_exited();
    if (!ended) {
        run.progress(std::string(run.interrupted() ? "interrupted" : "timed out") + ": ending " +
                     program + " and its process group");
        watched.end_group();
    }
    watched.collect();
    if (!child->has_exited()) {
        // The destructor would wait for it; a process that SIGKILL cannot end waits for a device.
        Event event = ended_early(run, program + " ran; it is still there after SIGKILL");
        event.killed = true;
        return event;
    }
    const ExitStatus exit = child->reap();
    if (ended) {
        return outcome(program, exit);
    }
    Event event = ended_early(run, program + " ran; its process group was killed");
    event.killed = true;
    event.exit_status = exit.status;
    return event;
}

}  // namespace lbdrain::hook
