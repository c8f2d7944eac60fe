#include "src/hook_process.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "lbdrain/hook/spawn.hpp"
#include "src/fence.hpp"

namespace lbdrain::nginx {

std::expected<std::unique_ptr<HookProcess>, std::string> HookProcess::start(
    const std::string& program, const std::string& task, Run run, std::string label, ngx_log_t* log,
    Listener listener, void* data) {
    std::unique_ptr<HookProcess> process(
        new HookProcess(run, std::move(label), log, listener, data));
    if (ngx_cycle->free_connection_n == 0) {  // before there is a hook that nobody listens to
        return std::unexpected("no free connection (worker_connections)");
    }
    const auto output = hook::spawn_hook(program, task);
    if (!output) {
        return std::unexpected(output.error());
    }
    process->connection_ = ngx_get_connection(*output, log);
    if (process->connection_ == nullptr) {
        ::close(*output);
        return std::unexpected("no free connection (worker_connections)");
    }
    ngx_connection_t* c = process->connection_;
    c->data = process.get();
    c->log = log;
    c->read->log = log;
    c->write->log = log;
    c->read->handler = on_readable;
    c->write->handler = on_writable;
    c->idle = 1;  // so that a worker told to quit tells us at once, with c->close set
    if (ngx_add_event(c->read, NGX_READ_EVENT, NGX_LEVEL_EVENT) != NGX_OK) {
        return std::unexpected("cannot wait for the hook's output");
    }
    return process;
}

HookProcess::~HookProcess() {
    close();
}

void HookProcess::close() noexcept {
    if (connection_ != nullptr) {
        ngx_close_connection(std::exchange(connection_, nullptr));
    }
}

void HookProcess::on_readable(ngx_event_t* event) noexcept {
    auto* c = static_cast<ngx_connection_t*>(event->data);
    auto* self = static_cast<HookProcess*>(c->data);
    ngx_log_t* log = self->log_;
    fenced(log, [&] {
        if (c->close) {
            self->abandoned_ = true;
            self->close();
        } else {
            self->read();
        }
        self->listener_(self->data_);
    });
}

void HookProcess::read() {
    std::array<char, 4096> chunk;
    // Not all at once from a hook that floods: the event is level-triggered and comes again.
    for (int turn = 0; turn < 16; ++turn) {
        const ssize_t got = ::read(connection_->fd, chunk.data(), chunk.size());
        if (got > 0) {
            take_lines({chunk.data(), static_cast<std::size_t>(got)});
            continue;
        }
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0 && errno == EAGAIN) {
            return;
        }
        ended();
        return;
    }
}

void HookProcess::take_lines(std::string_view bytes) {
    lines_.feed(bytes, [this](const std::expected<hook::Event, std::string>& event) {
        if (event) {
            take(*event);
        } else {
            ngx_log_error(NGX_LOG_ERR, log_, 0, "drain: %s: unreadable event: %s", label_.c_str(),
                          event.error().c_str());
        }
    });
}

void HookProcess::take(const hook::Event& event) {
    const std::string text = hook::printable(event.text);
    switch (event.kind) {
        case hook::Event::Kind::started:
            ngx_log_error(NGX_LOG_INFO, log_, 0, "drain: %s started: %s", label_.c_str(),
                          text.c_str());
            break;
        case hook::Event::Kind::progress:
            text_ = text;
            break;
        case hook::Event::Kind::output:
            ngx_log_error(NGX_LOG_NOTICE, log_, 0, "drain: %s says: %s", label_.c_str(),
                          text.c_str());
            break;
        case hook::Event::Kind::result: {
            const bool clean = event.ok && !event.killed;
            const ngx_uint_t level = clean ? NGX_LOG_NOTICE : NGX_LOG_WARN;
            status_ = event.ok ? RunStatus::succeeded : RunStatus::failed;
            text_ = text;
            ngx_log_error(level, log_, 0, "drain: %s %s after %L ms: %s", label_.c_str(),
                          event.ok ? "succeeded" : "failed", static_cast<int64_t>(event.elapsed_ms),
                          text_.c_str());
            break;
        }
    }
}

void HookProcess::ended() {
    close();
    if (status_ == RunStatus::running) {
        status_ = RunStatus::failed;
        text_ = "lbdrain-hook ended without a result";
        ngx_log_error(NGX_LOG_ERR, log_, 0, "drain: %s: %s", label_.c_str(), text_.c_str());
    }
}

}  // namespace lbdrain::nginx
