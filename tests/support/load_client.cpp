#include "load_client.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "http_exchange.hpp"
#include "token_stream.hpp"

namespace lbdrain::test {
namespace {

// A port that refuses must not turn the clients into a busy loop.
constexpr Millis pause_after_failure{20};

constexpr std::uint32_t input_events = EPOLLIN | EPOLLRDHUP;

}  // namespace

LoadClient::~LoadClient() {
    state_.loop.cancel(pause_timer_);
    state_.loop.cancel(stall_timer_);
    disconnect();
}

Millis LoadClient::random_pause(Millis longest) {
    return Millis{std::uniform_int_distribution<Millis::rep>(0, longest.count())(state_.random)};
}

void LoadClient::next() {
    if (state_.stopping) {
        disconnect();
        const std::lock_guard lock(state_.mutex);
        --state_.running;
        state_.changed.notify_all();
        return;
    }
    const auto& options = state_.options;
    std::uniform_int_distribution<std::size_t> any_path(0, options.paths.size() - 1);
    path_ = options.paths[any_path(state_.random)];
    slow_ = std::bernoulli_distribution(options.slow_share)(state_.random);
    HttpRequest request{.method = "POST", .target = path_};
    if (options.keep_alive) {
        request.headers.emplace_back("Connection", "keep-alive");
    }
    const auto head = request_head(request, options.target, options.body_bytes);
    request_ = head + std::string(options.body_bytes, 'x');
    may_send_ = slow_ ? head.size() + options.body_bytes / 2 : request_.size();
    start_ms_ = steady_ms();
    progress();
    running_request_ = true;
    stall_timer_ = state_.loop.after(options.stall_limit, [this] { check_stall(); });
    connect();
}

void LoadClient::connect() {
    sent_ = 0;
    any_response_ = false;
    reader_ = HttpReader(HttpReader::Kind::response);
    reused_ = static_cast<bool>(fd_);
    if (reused_) {
        send();
        return;
    }
    fd_ = begin_connect(state_.options.target);
    if (!fd_) {
        fail(LoadFault::refused, std::strerror(errno));
        return;
    }
    connecting_ = true;
    watch_ = state_.loop.watch(fd_.get(), input_events | EPOLLOUT,
                               [this](std::uint32_t events) { ready(events); });
}

void LoadClient::ready(std::uint32_t events) {
    if (connecting_) {
        connecting_ = false;
        if (const int error = socket_error(fd_.get()); error != 0) {
            fail(LoadFault::refused, std::strerror(error));
            return;
        }
    }
    if ((events & EPOLLOUT) != 0) {
        send();
    }
    if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0 && fd_) {
        receive();
    }
}

void LoadClient::send() {
    while (sent_ < may_send_) {
        const auto sent =
            ::send(fd_.get(), request_.data() + sent_, may_send_ - sent_, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno == EAGAIN) {
                state_.loop.change(watch_, input_events | EPOLLOUT);
                return;
            }
            may_send_ = sent_;  // what the server said before it closed is still to be read
            break;
        }
        sent_ += static_cast<std::size_t>(sent);
        progress();
    }
    state_.loop.change(watch_, input_events);
    if (slow_ && sent_ == may_send_ && sent_ < request_.size() && pause_timer_ == 0) {
        pause_timer_ = state_.loop.after(random_pause(state_.options.slow_pause_max), [this] {
            may_send_ = request_.size();
            send();
        });
    }
}

void LoadClient::receive() {
    char buffer[16384];
    while (fd_) {
        const auto got = ::recv(fd_.get(), buffer, sizeof buffer, 0);
        if (got < 0 && errno == EAGAIN) {
            return;
        }
        if (got <= 0) {
            ended(got == 0 ? 0 : errno);
            return;
        }
        if (!running_request_) {
            disconnect();  // nobody asked
            return;
        }
        progress();
        any_response_ = true;
        reader_.feed({buffer, static_cast<std::size_t>(got)});
        if (reader_.failed()) {
            fail(LoadFault::not_http,
                 std::string(buffer, static_cast<std::size_t>(std::min<ssize_t>(got, 80))));
        } else if (reader_.done()) {
            judge();
            return;
        }
    }
}

void LoadClient::ended(int error) {
    if (!running_request_) {
        disconnect();
        return;
    }
    const std::string detail = error == 0 ? "closed" : std::strerror(error);
    if (reused_ && !any_response_) {
        {
            const std::lock_guard lock(state_.mutex);
            ++state_.report.stale_connections;
        }
        disconnect();
        state_.loop.cancel(std::exchange(pause_timer_, 0));
        may_send_ = request_.size();
        connect();
    } else if (!reader_.head_done()) {
        fail(LoadFault::no_response, detail);
    } else if (error == 0 && reader_.end()) {
        judge();
    } else {
        fail(LoadFault::truncated, detail + " after " + std::to_string(reader_.body().size()) +
                                       " bytes, status " + std::to_string(reader_.status()));
    }
}

void LoadClient::judge() {
    const auto fault = stream_fault(reader_.body());
    const auto* bytes = find_header(reader_.headers(), "x-body-bytes");
    if (reader_.status() != 200) {
        fail(LoadFault::bad_status, std::to_string(reader_.status()));
    } else if (!fault.empty()) {
        fail(LoadFault::wrong_tokens, fault);
    } else if (bytes != nullptr && *bytes != std::to_string(state_.options.body_bytes)) {
        fail(LoadFault::wrong_body, *bytes + " bytes");
    } else {
        succeed();
    }
}

void LoadClient::check_stall() {
    const auto limit = state_.options.stall_limit;
    const auto left = time_left(last_progress_ms_, limit);
    if (left.count() > 0) {
        stall_timer_ = state_.loop.after(left, [this] { check_stall(); });
    } else {
        fail(LoadFault::stalled, std::string(connecting_           ? "connecting"
                                             : reader_.head_done() ? "within the body"
                                                                   : "before the head") +
                                     ", " + std::to_string(sent_) + " bytes sent");
    }
}

void LoadClient::succeed() {
    const auto* replica = find_header(reader_.headers(), "x-replica");
    const bool keep = reader_.keeps_alive() && sent_ == request_.size();
    {
        const std::lock_guard lock(state_.mutex);
        ++state_.report.ok;
        ++state_.report.ok_by_replica[replica == nullptr ? "?" : *replica];
        state_.report.longest_ms = std::max(state_.report.longest_ms, steady_ms() - start_ms_);
    }
    finish(keep, Millis{0});
}

void LoadClient::fail(LoadFault fault, std::string detail) {
    LoadFailure failure{.fault = fault, .detail = std::move(detail), .path = path_};
    if (const auto* replica = find_header(reader_.headers(), "x-replica")) {
        failure.replica = *replica;
    }
    failure.start_ms = start_ms_;
    failure.end_ms = steady_ms();
    failure.local_port = fd_ ? local_port(fd_.get()) : std::uint16_t{0};
    failure.slow_body = slow_;
    {
        const std::lock_guard lock(state_.mutex);
        ++state_.report.failed_by[fault];
        if (state_.report.failures.size() < state_.options.failures_kept) {
            state_.report.failures.push_back(std::move(failure));
        }
    }
    finish(false, pause_after_failure);
}

void LoadClient::finish(bool keep_connection, Millis least_pause) {
    {
        const std::lock_guard lock(state_.mutex);
        state_.report.slow_bodies += slow_ ? 1 : 0;
        state_.changed.notify_all();
    }
    running_request_ = false;
    state_.loop.cancel(std::exchange(stall_timer_, 0));
    state_.loop.cancel(std::exchange(pause_timer_, 0));
    if (!keep_connection) {
        disconnect();
    }
    const auto pause = std::max(least_pause, random_pause(state_.options.think_max));
    // Through the loop in any case: a chain of failures must not become a chain of calls.
    pause_timer_ = state_.loop.after(pause, [this] {
        pause_timer_ = 0;
        next();
    });
}

void LoadClient::disconnect() {
    state_.loop.unwatch(std::exchange(watch_, 0));
    fd_.reset();
    connecting_ = false;
}

}  // namespace lbdrain::test
