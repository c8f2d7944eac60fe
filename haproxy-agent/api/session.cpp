#include "api/session.hpp"

#include <boost/asio/buffer.hpp>
#include <utility>

#include "api/client_name.hpp"

namespace lbdrain::agent {

using std::chrono::milliseconds;

Session::Session(std::shared_ptr<ApiCore> core, boost::asio::local::stream_protocol::socket socket)
    : core_(std::move(core)),
      socket_(std::move(socket)),
      read_deadline_(core_->io()),
      write_deadline_(core_->io()),
      tick_(core_->io()) {}

Session::~Session() {
    close();
}

void Session::start() noexcept {
    guarded([&] { next_request(); });
}

void Session::close() noexcept {
    if (closed_) {
        return;
    }
    closed_ = true;
    Error ignored;
    static_cast<void>(socket_.shutdown(socket_.shutdown_both, ignored));
    static_cast<void>(socket_.close(ignored));
    for (Deadline* timer : {&read_deadline_, &write_deadline_, &tick_}) {
        timer->cancel(ignored);
    }
    core_->gone(*this);
}

void Session::failed(const char* what) noexcept {
    core_->say(ApiLogLevel::error, std::string("api: a connection was dropped: ") + what);
    close();
}

void Session::arm(Deadline& deadline, Millis limit) {
    deadline.expires_after(milliseconds(limit));
    deadline.async_wait(fenced([this, &deadline](const Error& error) {
        // Armed anew while this was on its way?
        if (!error && deadline.expiry() <= std::chrono::steady_clock::now()) {
            close();
        }
    }));
}

// Not by cancel() alone: its handler may be queued already.
void Session::disarm(Deadline& deadline) {
    deadline.expires_at(std::chrono::steady_clock::time_point::max());
}

void Session::respond() {
    if (!route_) {
        send(route_.error());
        return;
    }
    std::optional<Answer> what;
    try {
        Asked asked{request_->body(), request_->head().wants_lines, {}};
        if (route_->kind == Route::Kind::action) {
            asked.by = client_name(socket_.native_handle());
        }
        what = answer(core_->backend(), core_->log(), *route_, asked);
    } catch (const std::exception& error) {
        core_->say(ApiLogLevel::error, std::string("api: ") + error.what());
        what =
            reply_of({api::ProblemCode::internal, "the agent could not do it; its log says why"});
    }
    begin(*std::move(what));
}

void Session::begin(Answer answer) {
    if (auto* reply = std::get_if<Reply>(&answer)) {
        send(*reply);
    } else if (auto* await = std::get_if<Await>(&answer)) {
        begin_wait(std::move(*await));
    } else {
        begin_stream(std::get<Events>(answer).first);
    }
}

void Session::send(const Reply& reply) {
    if (mode_ == Mode::reading) {
        mode_ = Mode::answering;
    }
    output_ += to_bytes(reply, form_);
    last_ = true;
    write();
}

void Session::add_line(const std::string& line) {
    output_ += form_.chunks ? chunk_of(line) : line;
}

// The lines are complete.
void Session::last() {
    if (form_.chunks) {
        output_ += last_chunk;
    } else {
        form_.keep_alive = false;
    }
    last_ = true;
    write();
}

void Session::write() {
    if (!writing_.empty()) {
        return;
    }
    if (output_.empty()) {
        refill();
    }
    if (output_.empty()) {
        if (last_) {
            last_ = false;
            answered();
        }
        return;
    }
    writing_.swap(output_);
    written_ = 0;
    arm(write_deadline_, core_->limits().write_timeout);
    on_written({}, 0);
}

void Session::on_written(const Error& error, std::size_t size) {
    if (error) {
        close();  // the client is gone; what it commanded goes on
        return;
    }
    written_ += size;
    if (written_ == writing_.size()) {
        writing_.clear();
        disarm(write_deadline_);
        write();
        return;
    }
    socket_.async_write_some(
        boost::asio::buffer(writing_.data() + written_, writing_.size() - written_),
        fenced([this](const Error& code, std::size_t more) { on_written(code, more); }));
}

// An answer went out in full.
void Session::answered() {
    core_->no_longer_waits(*this);
    if (drop_rest_) {
        linger();
    } else if (!form_.keep_alive || core_->stopping()) {
        close();
    } else if (reading_) {
        // Goes on when the read that watched the client has ended.
        mode_ = Mode::reading;
        request_.reset();
        socket_.cancel();
    } else {
        next_request();
    }
}

}  // namespace lbdrain::agent
