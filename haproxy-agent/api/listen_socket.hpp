// The unix socket that the API listens on, and its file.
//
// POSIX only. A value that owns the descriptor; whoever destroys it removes the file, if it is
// still the one that was bound. Blocking calls, for the start and the end of the program.
#pragma once

#include <sys/types.h>

#include <expected>
#include <string>
#include <utility>

#include "config/config.hpp"

namespace lbdrain::agent {

class ListenSocket {
  public:
    // Bound and listening, non-blocking, close-on-exec. Owner, group and mode are set before the
    // first connection can be made. A file that a dead process left is replaced, a socket that
    // somebody answers on is not. The error is one line that names the path.
    static std::expected<ListenSocket, std::string> open(const ApiListener& listener);

    ListenSocket(ListenSocket&& other) noexcept
        : fd_(std::exchange(other.fd_, -1)),
          path_(std::exchange(other.path_, {})),
          device_(other.device_),
          inode_(other.inode_) {}
    ListenSocket& operator=(ListenSocket&&) = delete;
    ~ListenSocket();

    int release() noexcept { return std::exchange(fd_, -1); }  // the file stays this one's

  private:
    ListenSocket() = default;

    int fd_ = -1;
    std::string path_;
    dev_t device_ = 0;
    ino_t inode_ = 0;
};

}  // namespace lbdrain::agent
