#include "agent_check/clients.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace lbdrain::agent_check {

Clients::Clients(std::size_t most) : all_(std::max<std::size_t>(most, 1)) {
    for (Id id = static_cast<Id>(all_.size()); id-- > 0;) {
        all_[id].after = free_;
        free_ = id;
    }
}

Clients::Id Clients::add(UniqueFd fd, std::string_view bytes, std::int64_t now_ms) noexcept {
    const Id id = free_;
    Client& client = all_[id];
    free_ = client.after;
    client.fd = std::move(fd);
    client.since_ms = now_ms;
    client.size = std::min(bytes.size(), client.bytes.size());
    std::copy_n(bytes.begin(), client.size, client.bytes.begin());
    client.before = last_;
    client.after = none;
    (last_ == none ? first_ : all_[last_].after) = id;
    last_ = id;
    return id;
}

UniqueFd Clients::remove(Id id) noexcept {
    Client& client = all_[id];
    (client.before == none ? first_ : all_[client.before].after) = client.after;
    (client.after == none ? last_ : all_[client.after].before) = client.before;
    client.after = free_;
    free_ = id;
    return std::move(client.fd);
}

Clients::Read Clients::read(Id id) noexcept {
    Client& client = all_[id];
    const ssize_t got = ::recv(client.fd.get(), client.bytes.data() + client.size,
                               client.bytes.size() - client.size, 0);
    if (got <= 0) {
        const bool later = got < 0 && (errno == EAGAIN || errno == EINTR);
        return later ? Read::more : Read::gone;
    }
    client.size += static_cast<std::size_t>(got);
    return client.size == client.bytes.size() ? Read::full : Read::more;
}

}  // namespace lbdrain::agent_check
