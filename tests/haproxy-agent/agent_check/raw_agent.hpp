// An agent that answers any bytes in any manner, right or wrong, to every question: what HAProxy
// makes of them is what the tests are about. One thread; all functions from any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "lbdrain/posix/unique_fd.hpp"
#include "ports.hpp"

namespace lbdrain::test {

class RawAgent {
  public:
    enum class Manner { close, keep_open, byte_by_byte, reset };

    RawAgent();
    ~RawAgent();
    RawAgent(const RawAgent&) = delete;
    RawAgent& operator=(const RawAgent&) = delete;

    std::uint16_t port() const { return port_; }

    void reply(std::string bytes, Manner manner = Manner::close);
    // How often the reply given last was begun. Two: HAProxy has dealt with the first.
    int given() const;

  private:
    void serve();
    void answer(UniqueFd fd);

    std::uint16_t port_ = free_port();
    UniqueFd listener_;
    mutable std::mutex mutex_;  // guards the next three
    std::string bytes_ = "\n";
    Manner manner_ = Manner::close;
    int given_ = 0;
    std::vector<UniqueFd> kept_;  // the thread's own
    std::jthread thread_;         // last: it uses all the others
};

}  // namespace lbdrain::test
