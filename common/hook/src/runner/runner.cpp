#include "runner/runner.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <exception>
#include <string>
#include <utility>

#include "runner/event_writer.hpp"
#include "runner/exec_hook.hpp"
#include "runner/http_client.hpp"
#include "runner/http_hook.hpp"
#include "runner/port_check.hpp"
#include "runner/ready_check.hpp"
#include "runner/run_file.hpp"
#include "runner/signal_hook.hpp"
#include "runner/systemd_hook.hpp"
#include "runner/text.hpp"

namespace lbdrain::hook {
namespace {

constexpr milliseconds kReadLimit{10000};   // for the caller to hand over the task
constexpr milliseconds kDrainLimit{10000};  // for the caller to take the last events

std::expected<std::string, std::string> read_input(Run& run, int in) {
    std::string input;
    while (input.size() <= kMaxTaskBytes) {
        pollfd readable{in, POLLIN, 0};
        switch (run.wait({&readable, 1}, run.deadline())) {
            case Run::Wake::interrupted:
                return std::unexpected("interrupted while reading it");
            case Run::Wake::time:
                return std::unexpected("standard input was not ended within " +
                                       duration_text(run.timeout()));
            case Run::Wake::ready:
                break;
        }
        std::array<char, 16384> buffer{};
        const ssize_t count = ::read(in, buffer.data(), buffer.size());
        if (count == 0) {
            return input;
        }
        if (count < 0 && errno != EINTR && errno != EAGAIN) {
            return std::unexpected("standard input: " + error_text(errno));
        }
        input.append(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    }
    return input;
}

std::string describe(const Task& task) {
    struct Names {
        std::string operator()(const ExecHook& hook) const { return "exec " + hook.argv.front(); }
        std::string operator()(const HttpHook& hook) const {
            return "http " + hook.method + " " + shown_url(hook.url);
        }
        std::string operator()(const SignalHook& hook) const {
            return signal_text(hook.signal) + " to " +
                   (hook.unit.empty() ? "pidfile " + hook.pidfile : "unit " + hook.unit);
        }
        std::string operator()(const SystemdHook& hook) const { return "systemd " + hook.unit; }
        std::string operator()(const ReadyCheck& check) const {
            return check.url.empty() ? "tcp connect" : "http GET " + shown_url(check.url);
        }
    };
    std::string text(to_string(task.action));
    if (!task.server.empty()) {
        text += " " + (task.service.empty() ? "" : task.service + "/") + task.server;
    }
    return text + ": " + std::visit(Names{}, task.what);
}

/// The hook alone.
Event run_what(Run& run, const Task& task) {
    if (const auto* exec = std::get_if<ExecHook>(&task.what)) {
        return run_exec(run, task, *exec);
    }
    if (const auto* http = std::get_if<HttpHook>(&task.what)) {
        return run_http(run, *http);
    }
    if (const auto* signal = std::get_if<SignalHook>(&task.what)) {
        return run_signal(run, task, *signal);
    }
    if (const auto* systemd = std::get_if<SystemdHook>(&task.what)) {
        return run_systemd(run, task, *systemd);
    }
    return run_ready(run, task, std::get<ReadyCheck>(task.what));
}

/// These see for themselves that what they stop is gone.
bool checks_liveness(const Task& task) {
    return std::holds_alternative<SignalHook>(task.what) ||
           std::holds_alternative<SystemdHook>(task.what);
}

/// The hook and, after a stop that only asked for it, the liveness check.
Event run_checked(Run& run, const Task& task) {
    Event event = run_what(run, task);
    if (!event.ok || task.action != Action::stop || checks_liveness(task)) {
        return event;
    }
    run.progress(event.text);
    const Event gone = wait_until_refused(run, task.address);
    event.ok = gone.ok;
    event.timed_out = gone.timed_out;
    event.text += gone.ok ? ", and " + gone.text : "; then " + gone.text;
    return event;
}

Event run_once(Run& run, const Task& task) {
    if (task.run_file.empty()) {
        return run_checked(run, task);
    }
    auto file = RunFile::lock(run, task.run_file);
    if (!file) {
        return file.error();
    }
    if (auto before = file->recorded(task.run_id)) {
        before->text = "already done: " + before->text;
        before->repeated = true;
        return std::move(*before);
    }
    // Its caller died while it waited: another caller has asked meanwhile and may be further. A
    // stop that was begun now could hit the process that was started since.
    if (run.abandoned()) {
        return failed("not begun: the caller is gone");
    }
    Event event = run_checked(run, task);
    // A run that was told to stop may be asked for again, and then runs.
    if (!run.interrupted()) {
        event.elapsed_ms = run.elapsed().count();
        if (const auto recorded = file->record(task.run_id, event); !recorded) {
            event.text += "; " + recorded.error();
        }
    }
    return event;
}

int finish(EventWriter& writer, const Event& result, int status) {
    writer.report(result);
    writer.drain(kDrainLimit);
    return status;
}

}  // namespace

Event run_task(Run& run, const Task& task) {
    try {
        return run_once(run, task);
    } catch (const std::exception& error) {
        return failed(std::string("lbdrain-hook failed: ") + error.what());
    }
}

int run_program(int in, int out, int interrupt_fd) {
    EventWriter writer(out);
    Run reading(writer, kReadLimit, interrupt_fd);
    const auto input = read_input(reading, in);
    const auto task = input ? decode_task(*input)
                            : std::expected<Task, std::string>(std::unexpected(input.error()));
    if (!task) {
        return finish(writer, failed("bad task: " + task.error()), 2);
    }
    Run run(writer, task->timeout, interrupt_fd);
    Event started;
    started.kind = Event::Kind::started;
    started.text = describe(*task);
    run.report(std::move(started));
    Event result = run_task(run, *task);
    result.elapsed_ms = run.elapsed().count();
    return finish(writer, result, result.ok ? 0 : 1);
}

}  // namespace lbdrain::hook
