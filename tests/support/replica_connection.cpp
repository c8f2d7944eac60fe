#include "replica_connection.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <utility>

#include "endpoint.hpp"
#include "token_stream.hpp"

namespace lbdrain::test {
namespace {

constexpr std::uint32_t input_events = EPOLLIN | EPOLLRDHUP;

std::string chunk(std::string_view data) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string size;
    for (auto left = data.size(); left > 0; left /= 16) {
        size.insert(size.begin(), digits[left % 16]);
    }
    return size + "\r\n" + std::string(data) + "\r\n";
}

}  // namespace

ReplicaConnection::ReplicaConnection(ReplicaCore& core, UniqueFd fd)
    : core_(core), fd_(std::move(fd)) {
    watch_ = core_.loop.watch(fd_.get(), input_events, [this](std::uint32_t e) { ready(e); });
}

ReplicaConnection::~ReplicaConnection() {
    core_.loop.unwatch(watch_);
    core_.loop.cancel(timer_);
    leave_hold();
}

void ReplicaConnection::ready(std::uint32_t events) {
    if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) {
        receive();
    }
    if ((events & EPOLLOUT) != 0 && state_ != State::closed) {
        flush();
    }
}

void ReplicaConnection::receive() {
    char buffer[16384];
    while (state_ != State::closed) {
        const auto got = ::recv(fd_.get(), buffer, sizeof buffer, 0);
        if (got > 0) {
            consume({buffer, static_cast<std::size_t>(got)});
        } else if (got < 0 && errno == EAGAIN) {
            return;
        } else {
            // Closing is how an upgraded connection ends; anything else has been left alone.
            close(state_ == State::echoing ? &ReplicaCounts::finished : &ReplicaCounts::aborted);
        }
    }
}

void ReplicaConnection::consume(std::string_view bytes) {
    if (state_ == State::echoing) {
        write(bytes);
        return;
    }
    if (state_ == State::answering) {
        input_.append(bytes);
        return;
    }
    core_.loop.cancel(timer_);
    state_ = State::reading;
    const auto taken = reader_.feed(bytes);
    if (reader_.head_done() && !head_seen_) {
        begin_request();
    }
    if (reader_.failed()) {
        close(&ReplicaCounts::broken);
    } else if (reader_.done()) {
        input_ = bytes.substr(taken);
        begin_answer();
    }
}

void ReplicaConnection::begin_request() {
    head_seen_ = true;
    const auto found = core_.handlers.find(std::string(path_of(reader_.target())));
    handler_ = found == core_.handlers.end() ? nullptr : &found->second;
    if (handler_ == nullptr) {
        counted_ = true;
        core_.ledger.start();
    } else {
        core_.ledger.update([](ReplicaCounts& counts) { ++counts.probes; });
    }
}

void ReplicaConnection::begin_answer() {
    state_ = State::answering;
    plan_ = handler_ == nullptr ? plan_from_target(reader_.target()) : ResponsePlan{};
    if (handler_ != nullptr) {
        reply((*handler_)(reader_));
    } else if (const auto* protocol = find_header(reader_.headers(), "upgrade")) {
        state_ = State::echoing;
        write("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: " + *protocol +
              "\r\nX-Replica: " + core_.options.name + "\r\n\r\n" + std::exchange(input_, {}));
    } else if (plan_.delay.count() > 0) {
        timer_ = core_.loop.after(plan_.delay, [this] { step(); });
    } else {
        step();
    }
}

void ReplicaConnection::step() {
    if (core_.holding && !released_ && sent_ == plan_.hold_at) {
        hold();
    } else if (plan_.unary) {
        send_unary();
    } else if (!run_fault()) {
        send_next();
    }
}

bool ReplicaConnection::run_fault() {
    if (plan_.reset_at == sent_) {
        close(&ReplicaCounts::broken, true);
        return true;
    }
    if (plan_.truncate_at == sent_) {
        close(&ReplicaCounts::broken);
        return true;
    }
    return plan_.stall_at == sent_;
}

void ReplicaConnection::send_unary() {
    const auto body = whole_stream(plan_.chunks, plan_.sse);
    if (plan_.reset_at) {
        close(&ReplicaCounts::broken, true);
    } else if (plan_.truncate_at || plan_.stall_at) {
        write(head(plan_.status, "Content-Length: " + std::to_string(body.size()) + "\r\n") +
              body.substr(0, body.size() / 2));
        if (plan_.truncate_at) {
            close(&ReplicaCounts::broken);
        }
    } else {
        reply({plan_.status, body, {}});
    }
}

void ReplicaConnection::send_next() {
    if (plan_.status != 200) {
        reply({plan_.status, "status " + std::to_string(plan_.status) + "\n", {}});
        return;
    }
    std::string bytes = sent_ == 0 ? head(200, "Transfer-Encoding: chunked\r\n") : "";
    if (sent_ == plan_.chunks) {
        bytes += plan_.no_end ? "" : chunk(end_text(plan_.chunks, plan_.sse));
        write(bytes + "0\r\n\r\n");
        finish();
        return;
    }
    if (plan_.skip != sent_) {
        bytes += chunk(token_text(sent_, plan_.sse));
    }
    ++sent_;
    write(bytes);
    if (state_ != State::closed) {
        const auto longest = std::max(plan_.gap, plan_.gap_max).count();
        std::uniform_int_distribution<Millis::rep> gap(plan_.gap.count(), longest);
        timer_ = core_.loop.after(Millis{gap(core_.random)}, [this] { step(); });
    }
}

std::string ReplicaConnection::head(int status, std::string_view more) const {
    return "HTTP/1.1 " + std::to_string(status) +
           " X\r\nContent-Type: " + (plan_.sse ? "text/event-stream" : "text/plain") +
           "\r\nX-Replica: " + core_.options.name +
           "\r\nX-Body-Bytes: " + std::to_string(reader_.body().size()) + "\r\n" +
           (closes() ? "Connection: close\r\n" : "") + std::string(more) + "\r\n";
}

void ReplicaConnection::reply(const ReplicaReply& answer) {
    std::string more = "Content-Length: " + std::to_string(answer.body.size()) + "\r\n";
    for (const auto& [name, value] : answer.headers) {
        more += name + ": " + value + "\r\n";
    }
    write(head(answer.status, more) + (reader_.method() == "HEAD" ? "" : answer.body));
    finish();
}

void ReplicaConnection::write(std::string_view bytes) {
    if (state_ != State::closed) {
        output_.append(bytes);
        flush();
    }
}

void ReplicaConnection::flush() {
    while (!output_.empty()) {
        const auto sent = ::send(fd_.get(), output_.data(), output_.size(), MSG_NOSIGNAL);
        if (sent > 0) {
            output_.erase(0, static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN) {
            core_.loop.change(watch_, input_events | EPOLLOUT);
            return;
        } else {
            close(&ReplicaCounts::aborted);
            return;
        }
    }
    core_.loop.change(watch_, input_events);
    if (finishing_) {
        next_request();
    }
}

void ReplicaConnection::finish() {
    if (state_ != State::closed) {
        finishing_ = true;
        if (output_.empty()) {
            next_request();
        }
    }
}

void ReplicaConnection::next_request() {
    if (counted_) {
        counted_ = false;
        core_.ledger.end(&ReplicaCounts::finished);
    }
    if (closes()) {
        close(&ReplicaCounts::finished);
        return;
    }
    finishing_ = false;
    head_seen_ = false;
    released_ = false;
    sent_ = 0;
    reader_ = HttpReader(HttpReader::Kind::request);
    state_ = State::idle;
    if (!input_.empty()) {
        consume(std::exchange(input_, {}));
    } else if (core_.options.idle_timeout.count() > 0) {
        timer_ = core_.loop.after(core_.options.idle_timeout,
                                  [this] { close(&ReplicaCounts::finished); });
    }
}

void ReplicaConnection::hold() {
    held_ = true;
    core_.held.push_back(this);
    core_.ledger.update([](ReplicaCounts& counts) { ++counts.held; });
}

void ReplicaConnection::leave_hold() {
    if (held_) {
        held_ = false;
        std::erase(core_.held, this);
        core_.ledger.update([](ReplicaCounts& counts) { --counts.held; });
    }
}

void ReplicaConnection::resume() {
    leave_hold();
    released_ = true;
    step();
}

void ReplicaConnection::kill() {
    close(&ReplicaCounts::cut, true);
}

void ReplicaConnection::close(std::int64_t ReplicaCounts::*outcome, bool reset) {
    if (state_ == State::closed) {
        return;
    }
    state_ = State::closed;
    leave_hold();
    core_.loop.cancel(timer_);
    core_.loop.unwatch(watch_);
    if (reset) {
        reset_on_close(fd_.get());
    }
    fd_.reset();
    if (counted_) {
        counted_ = false;
        core_.ledger.end(outcome);
    }
    core_.loop.post([core = &core_, self = this] { core->connections.erase(self); });
}

}  // namespace lbdrain::test
