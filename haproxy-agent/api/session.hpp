// One connection of the API: requests one after the other, each answered in full before the next.
//
// Kept alive by its pending operations; closing the connection ends them. Everything that is
// started here runs behind a fence: what is thrown is logged and costs this connection only.
#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <expected>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "api/api_core.hpp"
#include "api/request_reader.hpp"
#include "api/routes.hpp"

namespace lbdrain::agent {

class Session : public std::enable_shared_from_this<Session> {
  public:
    Session(std::shared_ptr<ApiCore> core, boost::asio::local::stream_protocol::socket socket);
    ~Session();

    void start() noexcept;
    // The agent goes away: whoever waits is told, whoever is being answered gets the rest.
    void stop() noexcept;
    void close() noexcept;

    // The awaited server changed: keep_ending() only notes how the sequence ended, before another
    // command can hide that; changed() tells the client.
    bool waits_for(const std::string& service, const std::string& server) const;
    ServerKey awaited() const { return {await_.service, await_.server}; }
    void keep_ending();
    void changed() noexcept;

    // A line for a reader of /v1/events.
    void add_change(const ServerKey& key, const std::string& line) noexcept;

  private:
    enum class Mode { reading, answering, waiting, streaming, lingering };
    using Error = boost::system::error_code;
    using Deadline = boost::asio::steady_timer;

    template <class Function>
    void guarded(Function&& function) noexcept;
    template <class Function>
    auto fenced(Function function);
    void arm(Deadline& deadline, Millis limit);
    static void disarm(Deadline& deadline);
    void failed(const char* what) noexcept;

    // Reading, in session_read.cpp.
    void next_request();
    void read_more();
    void on_bytes(const Error& error, std::size_t size);
    void take_bytes();
    void on_head();
    void refuse(const Reply& reply);
    void linger();

    // Answering, in session.cpp.
    void respond();
    void begin(Answer answer);
    void send(const Reply& reply);
    void add_line(const std::string& line);
    void last();
    void write();
    void on_written(const Error& error, std::size_t size);
    void answered();

    // Waiting and streaming, in session_wait.cpp.
    void begin_wait(Await await);
    void begin_stream(const std::string& first);
    void watch_client();
    void tick();
    void look() noexcept;
    void finish();
    void refill();

    std::shared_ptr<ApiCore> core_;
    boost::asio::local::stream_protocol::socket socket_;
    Deadline read_deadline_;
    Deadline write_deadline_;
    Deadline tick_;
    Mode mode_ = Mode::reading;
    bool closed_ = false;

    std::string input_;  // received, not taken yet
    std::string piece_;  // where the pending read puts its bytes
    bool reading_ = false;
    std::size_t lingered_ = 0;
    std::unique_ptr<RequestReader> request_;  // none between an answer and the next request
    std::expected<Route, Reply> route_{Route{}};

    std::string output_;   // to be written
    std::string writing_;  // being written
    std::size_t written_ = 0;
    ReplyForm form_;
    bool last_ = false;       // nothing follows `output_` in this answer
    bool drop_rest_ = false;  // the request was not read to its end

    Await await_;
    std::optional<Ending> ending_;
    bool removed_ = false;  // a reload took the awaited server away
    bool lines_ = false;    // progress is wanted
    bool line_due_ = false;
    std::chrono::steady_clock::time_point last_line_;
    std::set<ServerKey> behind_;  // changed since this slow reader was told of them
};

template <class Function>
void Session::guarded(Function&& function) noexcept {
    try {
        if (!closed_) {
            function();
        }
    } catch (const std::exception& error) {
        failed(error.what());
    } catch (...) {
        failed("unknown error");
    }
}

template <class Function>
auto Session::fenced(Function function) {
    return [self = shared_from_this(), function](auto... arguments) {
        self->guarded([&] { function(arguments...); });
    };
}

}  // namespace lbdrain::agent
