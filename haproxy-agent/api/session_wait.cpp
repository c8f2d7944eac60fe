#include <algorithm>
#include <utility>

#include "api/session.hpp"
#include "lbdrain/api/ending.hpp"
#include "lbdrain/api/media_type.hpp"

namespace lbdrain::agent {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Of requests that a client sends behind the one that is being answered.
constexpr std::size_t pipelined_bytes = std::size_t{32} * 1024;

const api::Problem going_away{
    api::ProblemCode::interrupted,
    "the agent goes away; the sequence goes on once it is back: ask again to join it"};

}  // namespace

void Session::begin_wait(Await await) {
    mode_ = Mode::waiting;
    await_ = std::move(await);
    ending_.reset();
    removed_ = false;
    core_->add_waiting(*this);
    if (lines_) {
        output_ += lines_head(form_);
        line_due_ = true;
    }
    last_line_ = steady_clock::now();
    watch_client();
    tick();
}

void Session::begin_stream(const std::string& first) {
    if (form_.head_only) {
        send({200, api::ndjson_media_type, {}});
        return;
    }
    mode_ = Mode::streaming;
    behind_.clear();
    output_ += lines_head(form_);
    if (!first.empty()) {
        add_line(first);
    }
    core_->add_reader(*this);
    watch_client();
    write();
}

// Notices a client that goes away, by reading what it sends meanwhile.
void Session::watch_client() {
    if (input_.size() < pipelined_bytes) {
        read_more();
    }
}

// Looks, and again after a while even if nothing changes: the wait says that it goes on.
void Session::tick() {
    const milliseconds interval(core_->limits().progress_interval);
    const auto now = steady_clock::now();
    if (now - last_line_ >= interval) {
        line_due_ = lines_;
        last_line_ = now;
    }
    look();
    if (closed_ || mode_ != Mode::waiting) {
        return;
    }
    tick_.expires_at(std::max(last_line_ + interval, now + milliseconds(1)));
    tick_.async_wait(fenced([this](const Error& error) {
        if (!error && mode_ == Mode::waiting) {
            tick();
        }
    }));
}

bool Session::waits_for(const std::string& service, const std::string& server) const {
    return await_.server == server && await_.service == service;
}

void Session::keep_ending() {
    if (mode_ != Mode::waiting || ending_ || removed_) {
        return;
    }
    const auto sequence = core_->backend().sequence(await_.service, await_.server);
    removed_ = !sequence;
    if (sequence) {
        ending_ = api::ending_of(*sequence, await_.id);
    }
}

void Session::look() noexcept {
    guarded([&] {
        if (mode_ != Mode::waiting) {
            return;
        }
        keep_ending();
        if (ending_ || removed_) {
            finish();
        } else {
            write();
        }
    });
}

void Session::changed() noexcept {
    line_due_ = lines_;
    look();
}

void Session::finish() {
    mode_ = Mode::answering;
    line_due_ = false;
    tick_.cancel();
    const auto view = view_or_name(core_->backend(), await_.service, await_.server);
    const bool reached = ending_ && ending_->outcome == Outcome::reached;
    if (reached) {
        if (lines_) {
            add_line(api::progress_line("done", view));
            last();
        } else {
            send({200, api::json_media_type, api::to_json(view)});
        }
        return;
    }
    const api::Problem problem =
        ending_ ? api::problem_of(*ending_, view)
                : api::Problem{api::ProblemCode::unknown_server,
                               "a reload of the configuration took the server away"};
    if (lines_) {
        add_line(api::failed_line(problem, view));
        last();
    } else {
        send(reply_of(problem));
    }
}

// What is due, now that all before it is written.
void Session::refill() {
    if (mode_ == Mode::waiting && line_due_) {
        line_due_ = false;
        last_line_ = steady_clock::now();
        add_line(api::progress_line("progress",
                                    view_or_name(core_->backend(), await_.service, await_.server)));
    }
    if (mode_ == Mode::streaming) {
        while (!behind_.empty() && output_.size() < core_->limits().event_bytes) {
            add_line(core_->change_line(*behind_.begin()));
            behind_.erase(behind_.begin());
        }
    }
}

void Session::add_change(const ServerKey& key, const std::string& line) noexcept {
    guarded([&] {
        if (mode_ != Mode::streaming) {
            return;
        }
        if (output_.size() >= core_->limits().event_bytes || behind_.contains(key)) {
            behind_.insert(key);
            return;
        }
        add_line(line);
        write();
    });
}

void Session::stop() noexcept {
    guarded([&] {
        form_.keep_alive = false;
        if (mode_ == Mode::waiting) {
            look();
        }
        if (closed_) {
            return;
        }
        if (mode_ == Mode::reading || mode_ == Mode::lingering) {
            close();
        } else if (mode_ == Mode::streaming) {
            mode_ = Mode::answering;
            add_line(api::interrupted_line(going_away));
            last();
        } else if (mode_ == Mode::waiting) {
            mode_ = Mode::answering;
            line_due_ = false;
            tick_.cancel();
            if (lines_) {
                add_line(api::interrupted_line(
                    going_away, view_or_name(core_->backend(), await_.service, await_.server)));
                last();
            } else {
                send(reply_of(going_away));
            }
        }
    });
}

}  // namespace lbdrain::agent
