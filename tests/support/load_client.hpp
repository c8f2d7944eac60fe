// One client of a load: one request after the other, until told to stop. Lives on the load's loop
// thread; LoadState is what all clients of a load share.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "event_loop.hpp"
#include "http_reader.hpp"
#include "load.hpp"

namespace lbdrain::test {

class LoadClient;

struct LoadState {
    EventLoop loop;
    LoadOptions options;
    std::mt19937 random;  // the loop's thread, as are the next two
    bool stopping = false;
    std::vector<std::unique_ptr<LoadClient>> clients;

    mutable std::mutex mutex;  // guards the rest
    mutable std::condition_variable changed;
    LoadReport report;
    std::size_t running = 0;  // clients that have not stopped
};

class LoadClient {
  public:
    explicit LoadClient(LoadState& state) : state_(state) {}
    ~LoadClient();
    LoadClient(const LoadClient&) = delete;
    LoadClient& operator=(const LoadClient&) = delete;

    void next();  // the next request, or the end if the load is stopping

  private:
    void connect();
    void ready(std::uint32_t events);
    void send();
    void receive();
    void ended(int error);
    void judge();
    void check_stall();
    void progress() { last_progress_ms_ = steady_ms(); }
    void succeed();
    void fail(LoadFault fault, std::string detail);
    void finish(bool keep_connection, Millis least_pause);
    void disconnect();
    Millis random_pause(Millis longest);

    LoadState& state_;
    UniqueFd fd_;
    EventLoop::Id watch_ = 0;
    EventLoop::Id pause_timer_ = 0;
    EventLoop::Id stall_timer_ = 0;
    bool running_request_ = false;
    bool connecting_ = false;
    bool reused_ = false;  // the connection has served a request before
    bool slow_ = false;
    std::string path_;
    std::string request_;   // all its bytes
    std::size_t sent_ = 0;  // of them
    std::size_t may_send_ = 0;
    HttpReader reader_{HttpReader::Kind::response};
    bool any_response_ = false;
    std::int64_t start_ms_ = 0;
    std::int64_t last_progress_ms_ = 0;
};

}  // namespace lbdrain::test
