// Listening sockets on ephemeral ports.
#pragma once

#include <string>

#include "lbdrain/posix/unique_fd.hpp"

namespace lbdrain::hook::test {

/// A loopback TCP port that is bound, so that nobody else gets it, and at which nobody listens yet.
class Port {
  public:
    Port();
    int number() const { return number_; }
    std::string address() const;
    /// Listens from now on; connections are completed by the kernel.
    void listen() const;
    void close() { fd_.reset(); }
    int fd() const { return fd_.get(); }

  private:
    UniqueFd fd_;
    int number_ = 0;
};

/// A listening socket on a loopback port, its address in `address`.
UniqueFd listen_tcp(std::string& address);
UniqueFd listen_unix(const std::string& path);

}  // namespace lbdrain::hook::test
