#include "src/peer_table.hpp"

#include <netinet/in.h>

#include <cstring>

namespace lbdrain::nginx {
namespace {

std::uint64_t mix(std::uint64_t value) noexcept {
    value *= 0x9E3779B97F4A7C15ULL;
    return value ^ (value >> 32);
}

std::uint64_t hash(const sockaddr* address, socklen_t size) noexcept {
    if (address->sa_family == AF_INET) {
        const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
        return mix((std::uint64_t{v4->sin_addr.s_addr} << 16) | v4->sin_port);
    }
    std::uint64_t value = size;
    const auto* bytes = reinterpret_cast<const unsigned char*>(address);
    for (socklen_t i = 0; i < size; ++i) {
        value = value * 31 + bytes[i];
    }
    return mix(value);
}

}  // namespace

const PeerTable::Bucket& PeerTable::locate(const sockaddr* address, socklen_t size) const noexcept {
    const std::size_t mask = buckets_.size() - 1;
    std::size_t at = static_cast<std::size_t>(hash(address, size)) & mask;
    while (buckets_[at].size != 0 &&
           (buckets_[at].size != size || std::memcmp(&buckets_[at].address, address, size) != 0)) {
        at = (at + 1) & mask;
    }
    return buckets_[at];
}

void PeerTable::insert(const sockaddr* address, socklen_t size, std::uint32_t index) {
    if (size == 0 || size > sizeof(sockaddr_storage)) {
        return;
    }
    if (buckets_.size() < 2 * (used_ + 1)) {
        rehash(buckets_.empty() ? 16 : 2 * buckets_.size());
    }
    auto& bucket = const_cast<Bucket&>(locate(address, size));
    if (bucket.size == 0) {
        ++used_;
    }
    std::memcpy(&bucket.address, address, size);
    bucket.size = size;
    bucket.index = index;
}

std::optional<std::uint32_t> PeerTable::find(const sockaddr* address,
                                             socklen_t size) const noexcept {
    if (buckets_.empty()) {
        return std::nullopt;
    }
    const Bucket& bucket = locate(address, size);
    if (bucket.size == 0) {
        return std::nullopt;
    }
    return bucket.index;
}

void PeerTable::rehash(std::size_t buckets) {
    std::vector<Bucket> old(buckets);
    old.swap(buckets_);
    for (const Bucket& bucket : old) {
        if (bucket.size != 0) {
            const auto* address = reinterpret_cast<const sockaddr*>(&bucket.address);
            const_cast<Bucket&>(locate(address, bucket.size)) = bucket;
        }
    }
}

}  // namespace lbdrain::nginx
