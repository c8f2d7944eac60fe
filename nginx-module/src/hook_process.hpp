// One lbdrain-hook that a worker started: reads its events in the worker's event loop.
//
// Owned by the Driver of this worker. Giving it up (destructor) closes the pipe and leaves the hook
// running: a next driver starts lbdrain-hook again for the same run, which waits for the first and
// repeats its outcome (run_file of hook::Task).
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "lbdrain/hook/event.hpp"
#include "lbdrain/hook/event_lines.hpp"
#include "lbdrain/sequence.hpp"
#include "src/ngx.hpp"

namespace lbdrain::nginx {

class HookProcess {
  public:
    // Told of news: events were read, or the hook ended. Must not destroy this object.
    using Listener = void (*)(void* data);

    static std::expected<std::unique_ptr<HookProcess>, std::string> start(
        const std::string& program, const std::string& task, Run run, std::string label,
        ngx_log_t* log, Listener listener, void* data);

    // A run that could not even be started: failed from the outset.
    HookProcess(Run run, std::string failure) noexcept
        : run_(run), status_(RunStatus::failed), text_(std::move(failure)) {}
    ~HookProcess();
    HookProcess(const HookProcess&) = delete;
    HookProcess& operator=(const HookProcess&) = delete;

    Run run() const noexcept { return run_; }
    RunStatus status() const noexcept { return status_; }
    const std::string& text() const noexcept { return text_; }
    // The worker is shutting down: this process should be given up.
    bool abandoned() const noexcept { return abandoned_; }

  private:
    HookProcess(Run run, std::string label, ngx_log_t* log, Listener listener, void* data) noexcept
        : run_(run), label_(std::move(label)), log_(log), listener_(listener), data_(data) {}

    static void on_readable(ngx_event_t* event) noexcept;
    static void on_writable(ngx_event_t*) noexcept {}
    void read();
    void take_lines(std::string_view bytes);
    void take(const hook::Event& event);
    void ended();
    void close() noexcept;

    Run run_;
    RunStatus status_ = RunStatus::running;
    std::string text_;
    std::string label_;  // "vllm/127.0.0.1:8001 stop hook", for the log
    hook::EventLines lines_;
    bool abandoned_ = false;
    ngx_log_t* log_ = nullptr;
    ngx_connection_t* connection_ = nullptr;
    Listener listener_ = nullptr;
    void* data_ = nullptr;
};

}  // namespace lbdrain::nginx
