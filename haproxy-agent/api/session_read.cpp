#include <boost/asio/buffer.hpp>
#include <utility>

#include "api/session.hpp"

namespace lbdrain::agent {
namespace {

constexpr std::size_t read_size = 4096;
// Of what a client sends behind a request that is refused unread, before the connection is closed.
constexpr std::size_t linger_bytes = std::size_t{1024} * 1024;
constexpr Millis linger_time = 2000;

}  // namespace

void Session::next_request() {
    mode_ = Mode::reading;
    const ApiLimits& limits = core_->limits();
    request_ = std::make_unique<RequestReader>(limits.header_bytes, defaults::request_body_limit);
    form_ = {};
    if (input_.empty()) {
        arm(read_deadline_, limits.idle_timeout);
        read_more();
    } else {
        arm(read_deadline_, limits.header_timeout);
        take_bytes();
    }
}

void Session::read_more() {
    if (reading_) {
        return;
    }
    piece_.resize(read_size);
    socket_.async_read_some(boost::asio::buffer(piece_),
                            fenced([this](const Error& error, std::size_t size) {
                                reading_ = false;
                                on_bytes(error, size);
                            }));
    reading_ = true;
}

void Session::on_bytes(const Error& error, std::size_t size) {
    const bool cancelled = error == boost::asio::error::operation_aborted;
    if (error && !cancelled) {
        close();  // its end of the connection; a wait it was in is over
        return;
    }
    if (mode_ == Mode::lingering) {
        lingered_ += size;
        if (lingered_ < linger_bytes) {
            read_more();
        } else {
            close();
        }
        return;
    }
    const bool first = input_.empty() && size > 0;
    input_.append(piece_, 0, size);
    if (mode_ != Mode::reading) {
        watch_client();
    } else if (!request_) {
        next_request();
    } else {
        if (first && !request_->started()) {
            arm(read_deadline_, core_->limits().header_timeout);
        }
        take_bytes();
    }
}

void Session::take_bytes() {
    for (;;) {
        std::size_t used = 0;
        const auto step = request_->take(input_, used);
        input_.erase(0, used);
        switch (step) {
            case RequestReader::Step::more:
                read_more();
                return;
            case RequestReader::Step::head:
                on_head();
                if (!route_ && request_->head().waits_for_continue) {
                    // It sends its body only when told to, and has been answered before.
                    refuse(route_.error());
                    return;
                }
                break;
            case RequestReader::Step::whole:
                disarm(read_deadline_);
                respond();
                return;
            case RequestReader::Step::too_long:
                refuse(route_ ? reply_of({api::ProblemCode::bad_request,
                                          "the body is larger than 16 KiB"})
                              : route_.error());
                return;
            case RequestReader::Step::bad:
                refuse(reply_of({api::ProblemCode::bad_request, request_->error()}));
                return;
        }
    }
}

void Session::on_head() {
    const RequestHead& head = request_->head();
    form_ = {
        .head_only = head.method == "HEAD", .keep_alive = head.keep_alive, .chunks = head.chunks};
    lines_ = head.wants_lines;
    try {
        route_ = route(core_->backend(), head.method, head.target);
    } catch (const std::exception& error) {
        core_->say(ApiLogLevel::error, std::string("api: ") + error.what());
        route_ = std::unexpected(
            reply_of({api::ProblemCode::internal, "the agent could not do it; its log says why"}));
    }
    if (!head.has_body) {
        return;
    }
    arm(read_deadline_, core_->limits().body_timeout);
    if (head.waits_for_continue && route_ &&
        head.length.value_or(0) <= defaults::request_body_limit) {
        output_ += "HTTP/1.1 100 Continue\r\n\r\n";
        write();
    }
}

// Answers before the request was read to its end; the connection cannot go on after that.
void Session::refuse(const Reply& reply) {
    form_.keep_alive = false;
    drop_rest_ = true;
    send(reply);
}

// Closing with bytes unread would reset the connection under the answer.
void Session::linger() {
    mode_ = Mode::lingering;
    drop_rest_ = false;
    Error ignored;
    static_cast<void>(socket_.shutdown(socket_.shutdown_send, ignored));
    arm(read_deadline_, linger_time);
    read_more();
}

}  // namespace lbdrain::agent
