#include "ports.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "lbdrain/posix/unique_fd.hpp"

namespace lbdrain::test {
namespace {

constexpr unsigned first_port = 20000;
constexpr unsigned block_size = 50;
constexpr unsigned block_count = 240;

// An abstract socket name is a lock that the kernel drops with the process and that lives in the
// same network namespace as the ports it guards.
UniqueFd lock_block(unsigned block) {
    UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto name = "lbdrain-test-ports-" + std::to_string(block);
    std::memcpy(address.sun_path + 1, name.data(), name.size());
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    if (!fd || ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), length) != 0) {
        return {};
    }
    return fd;
}

bool can_bind(std::uint16_t port) {
    const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_ANY);
    return fd && ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

class PortBlocks {
  public:
    std::uint16_t next() {
        const std::lock_guard lock(mutex_);
        for (;;) {
            if (left_ == 0) {
                take_block();
            }
            const auto port = static_cast<std::uint16_t>(next_++);
            --left_;
            if (can_bind(port)) {
                return port;
            }
        }
    }

  private:
    void take_block() {
        const auto start = static_cast<unsigned>(::getpid()) % block_count;
        for (; tried_ < block_count; ++tried_) {
            const auto block = (start + tried_) % block_count;
            if (auto fd = lock_block(block)) {
                locks_.push_back(std::move(fd));
                next_ = first_port + block * block_size;
                left_ = block_size;
                ++tried_;
                return;
            }
        }
        throw std::runtime_error("no port block is left");
    }

    std::mutex mutex_;
    std::vector<UniqueFd> locks_;
    unsigned next_ = 0;
    unsigned left_ = 0;
    unsigned tried_ = 0;
};

}  // namespace

std::uint16_t free_port() {
    static PortBlocks blocks;
    return blocks.next();
}

}  // namespace lbdrain::test
