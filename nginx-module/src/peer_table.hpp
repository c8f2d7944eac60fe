// From a peer's socket address to its server in the state file. Built once a cycle, then read only:
// safe to use under the peers lock (no allocation, no lock).
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace lbdrain::nginx {

class PeerTable {
  public:
    // Several peers with the same address in one upstream are one server.
    void insert(const sockaddr* address, socklen_t size, std::uint32_t index);
    std::optional<std::uint32_t> find(const sockaddr* address, socklen_t size) const noexcept;

  private:
    struct Bucket {
        sockaddr_storage address{};  // a copy: NGINX may free the peer before this table
        socklen_t size = 0;
        std::uint32_t index = 0;
    };
    void rehash(std::size_t buckets);
    const Bucket& locate(const sockaddr* address, socklen_t size) const noexcept;

    std::vector<Bucket> buckets_;  // open addressing, a power of two, at most half full
    std::size_t used_ = 0;
};

}  // namespace lbdrain::nginx
