#include "api/api_core.hpp"

#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <vector>

#include "api/reply.hpp"
#include "api/session.hpp"
#include "lbdrain/api/ending.hpp"

namespace lbdrain::agent {
namespace {

constexpr std::chrono::milliseconds accept_pause{100};

}  // namespace

ApiCore::ApiCore(boost::asio::io_context& io, ApiBackend& backend, ListenSocket socket, ApiLog log,
                 const ApiLimits& limits)
    : io_(io),
      backend_(backend),
      log_(std::move(log)),
      limits_(limits),
      file_(std::move(socket)),
      acceptor_(io),
      timer_(io) {}

ApiCore::~ApiCore() = default;

void ApiCore::start() {
    acceptor_.assign(boost::asio::local::stream_protocol(), file_->release());
    accept();
}

void ApiCore::say(ApiLogLevel level, const std::string& line) const noexcept {
    try {
        if (log_) {
            log_(level, line);
        }
    } catch (...) {
        return;  // a log that cannot be written has nowhere to say so
    }
}

void ApiCore::accept() {
    acceptor_.async_accept(
        [self = shared_from_this()](const boost::system::error_code& error,
                                    boost::asio::local::stream_protocol::socket socket) {
            try {
                self->on_accept(error, std::move(socket));
            } catch (const std::exception& failure) {
                self->say(ApiLogLevel::error, std::string("api: ") + failure.what());
                self->accept_later();
            }
        });
}

void ApiCore::on_accept(const boost::system::error_code& error,
                        boost::asio::local::stream_protocol::socket socket) {
    if (stopping_) {
        return;
    }
    if (error) {
        say(ApiLogLevel::error, "api: cannot accept: " + error.message());
        accept_later();
        return;
    }
    if (sessions_.size() >= limits_.connections) {
        turn_away(socket);
    } else {
        full_said_ = false;
        const auto session = std::make_shared<Session>(shared_from_this(), std::move(socket));
        sessions_.insert(session.get());
        session->start();
    }
    accept();
}

// Out of descriptors or memory: others may give some back.
void ApiCore::accept_later() {
    try {
        timer_.expires_after(accept_pause);
        timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
            if (error || self->stopping_) {
                return;
            }
            try {
                self->accept();
            } catch (const std::exception&) {
                self->accept_later();
            }
        });
    } catch (const std::exception& failure) {
        say(ApiLogLevel::error, std::string("api: takes no more connections: ") + failure.what());
    }
}

void ApiCore::turn_away(boost::asio::local::stream_protocol::socket& socket) {
    if (!full_said_) {
        full_said_ = true;
        say(ApiLogLevel::warning,
            "api: " + std::to_string(sessions_.size()) + " connections; more are turned away");
    }
    const std::string bytes =
        to_bytes(reply_of({api::ProblemCode::overloaded,
                           "there are " + std::to_string(sessions_.size()) + " connections"}),
                 {});
    // A fresh socket's buffer takes it all, or this client gets nothing.
    static_cast<void>(
        ::send(socket.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
}

void ApiCore::changed(const std::string& service, const std::string& server) {
    if (stopping_ || (waiting_.empty() && readers_.empty())) {
        return;
    }
    for (Session* session : waiting_) {
        if (session->waits_for(service, server)) {
            session->keep_ending();
        }
    }
    changed_.emplace(service, server);
    if (!telling_) {
        boost::asio::post(io_, [self = shared_from_this()] {
            try {
                self->tell_changes();
            } catch (const std::exception& failure) {
                self->say(ApiLogLevel::error, std::string("api: ") + failure.what());
            }
        });
        telling_ = true;
    }
}

void ApiCore::tell_changes() {
    telling_ = false;
    if (stopping_) {
        return;
    }
    const std::set<ServerKey> changed = std::exchange(changed_, {});
    const auto shared = [](const std::unordered_set<Session*>& some) {
        std::vector<std::shared_ptr<Session>> list;
        list.reserve(some.size());
        for (Session* session : some) {
            list.push_back(session->shared_from_this());
        }
        return list;
    };
    for (const auto& session : shared(waiting_)) {
        if (changed.contains(session->awaited())) {
            session->changed();
        }
    }
    if (readers_.empty()) {
        return;
    }
    const auto readers = shared(readers_);
    for (const ServerKey& key : changed) {
        const std::string line = change_line(key);
        for (const auto& session : readers) {
            session->add_change(key, line);
        }
    }
}

std::string ApiCore::change_line(const ServerKey& key) const {
    const auto view = backend_.server(key.first, key.second);
    return view ? api::progress_line("changed", *view) : api::removed_line(key.first, key.second);
}

void ApiCore::no_longer_waits(Session& session) noexcept {
    waiting_.erase(&session);
    readers_.erase(&session);
}

void ApiCore::gone(Session& session) noexcept {
    no_longer_waits(session);
    sessions_.erase(&session);
    finish_if_empty();
}

void ApiCore::stop(std::function<void()> done) {
    done_ = std::move(done);
    if (stopping_) {
        return finish_if_empty();
    }
    stopping_ = true;
    boost::system::error_code ignored;
    static_cast<void>(acceptor_.close(ignored));
    file_.reset();
    std::vector<std::shared_ptr<Session>> sessions;
    sessions.reserve(sessions_.size());
    for (Session* session : sessions_) {
        sessions.push_back(session->shared_from_this());
    }
    for (const auto& session : sessions) {
        session->stop();
    }
    timer_.expires_after(std::chrono::milliseconds(limits_.stop_timeout));
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
        if (!error) {
            self->close();
        }
    });
    finish_if_empty();
}

void ApiCore::finish_if_empty() noexcept {
    if (!stopping_ || !sessions_.empty() || !done_) {
        return;
    }
    boost::system::error_code ignored;
    timer_.cancel(ignored);
    try {
        boost::asio::post(io_, done_);
        done_ = {};
    } catch (const std::exception& failure) {
        say(ApiLogLevel::error, std::string("api: ") + failure.what());
    }
}

void ApiCore::close() noexcept {
    stopping_ = true;
    boost::system::error_code ignored;
    static_cast<void>(acceptor_.close(ignored));
    file_.reset();
    while (!sessions_.empty()) {
        Session* session = *sessions_.begin();
        const auto kept = session->weak_from_this().lock();
        session->close();  // takes itself off the list
    }
    timer_.cancel(ignored);
}

void ApiCore::abandon() noexcept {
    done_ = {};
    close();
}

}  // namespace lbdrain::agent
