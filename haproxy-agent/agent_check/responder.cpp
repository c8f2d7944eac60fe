#include "agent_check/responder.hpp"

#include <pthread.h>

#include <algorithm>
#include <csignal>

#include "agent_check/listening.hpp"
#include "agent_check/serving.hpp"

namespace lbdrain::agent_check {
namespace {

// Signals are for the threads that wait for them: this one takes none.
class SignalsBlocked {
  public:
    SignalsBlocked() {
        sigset_t all{};
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

  private:
    sigset_t before_{};
};

}  // namespace

struct Responder::Open {
    std::string server;  // empty: shared
    std::string bound;   // the address, with the port that was taken for 0
    std::shared_ptr<UniqueFd> socket;
};

Responder::Responder() = default;

std::expected<std::unique_ptr<Responder>, std::string> Responder::start(ResponderOptions options) {
    std::unique_ptr<Responder> responder(new Responder);
    responder->backlog_ = options.backlog;
    auto serving = Serving::make(
        {options.client_timeout.count(), options.most_clients, std::move(options.notify)});
    if (!serving) {
        return std::unexpected(std::move(serving.error()));
    }
    responder->serving_ = std::move(*serving);
    {
        const SignalsBlocked blocked;
        responder->thread_ = std::jthread([serves = responder->serving_.get()] { serves->run(); });
        pthread_setname_np(responder->thread_.native_handle(), "agent-check");
    }
    if (auto done = responder->reconfigure(options.listeners, std::move(options.table)); !done) {
        return std::unexpected(std::move(done.error()));
    }
    return responder;
}

Responder::~Responder() {
    if (serving_) {
        serving_->stop();
    }
}

std::expected<std::vector<Responder::Open>, std::string> Responder::open(
    const std::vector<Listener>& listeners) const {
    std::vector<Open> opened;
    for (const Listener& listener : listeners) {
        const auto address = parse_address(listener.address);
        if (!address) {
            return std::unexpected(address.error());
        }
        // An address with port 0 is never that of an open socket, so each gets a port of its own.
        const auto same = [bound = address_text(*address)](const Open& other) {
            return other.bound == bound;
        };
        if (std::ranges::any_of(opened, same)) {
            return std::unexpected("cannot listen on " + listener.address + " twice");
        }
        if (const auto kept = std::ranges::find_if(open_, same); kept != open_.end()) {
            opened.push_back({listener.server, kept->bound, kept->socket});
            continue;
        }
        auto socket = listen_on(*address, backlog_);
        if (!socket) {
            return std::unexpected(std::move(socket.error()));
        }
        auto bound = local_text(socket->get());
        opened.push_back(
            {listener.server, std::move(bound), std::make_shared<UniqueFd>(std::move(*socket))});
    }
    return opened;
}

std::expected<void, std::string> Responder::reconfigure(const std::vector<Listener>& listeners,
                                                        std::shared_ptr<AnswerTable> table) {
    const std::lock_guard lock(mutex_);
    if (!table) {
        return std::unexpected("no table of answers");
    }
    for (const Listener& listener : listeners) {
        if (!listener.server.empty() && !table->find(listener.server)) {
            return std::unexpected("the port " + listener.address +
                                   " is of a server that is not known: " + listener.server);
        }
    }
    auto opened = open(listeners);
    if (!opened) {
        return std::unexpected(std::move(opened.error()));
    }
    std::vector<ServedPort> ports;
    for (const Open& one : *opened) {
        ports.push_back({one.socket, table->find(one.server), one.server.empty()});
    }
    for (const ServedPort& port : ports) {
        await_first_bytes(port.socket->get(), port.shared);
    }
    serving_->serve(std::move(ports), std::move(table));
    open_ = std::move(*opened);
    return {};
}

ResponderStats Responder::stats() const noexcept {
    return serving_->stats();
}

std::vector<std::string> Responder::addresses() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> result;
    result.reserve(open_.size());
    for (const Open& one : open_) {
        result.push_back(one.bound);
    }
    return result;
}

}  // namespace lbdrain::agent_check
