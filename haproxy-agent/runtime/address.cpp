#include "runtime/address.hpp"

#include <netdb.h>
#include <sys/un.h>

#include <atomic>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>

namespace lbdrain::haproxy {
namespace {

using Addresses = std::vector<SocketAddress>;

constexpr std::size_t max_addresses = 16;
constexpr int max_look_ups = 8;

std::atomic<int> running_look_ups{0};

// What the thread that asks and the one that waits share; the last one out deletes it.
struct LookUp {
    std::mutex mutex;
    std::condition_variable ended;
    bool done = false;
    int error = 0;
    Addresses found;
};

int look_up(const std::string& host, std::uint16_t port, int flags, Addresses& found) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
    if (error != 0) {
        return error;
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
    for (const addrinfo* item = list; item != nullptr && found.size() < max_addresses;
         item = item->ai_next) {
        SocketAddress address;
        std::memcpy(&address.storage, item->ai_addr, item->ai_addrlen);
        address.length = item->ai_addrlen;
        found.push_back(address);
    }
    return 0;
}

std::unexpected<Error> failure(ErrorCode code, const std::string& message) {
    return std::unexpected(Error{code, message});
}

bool begin(const std::shared_ptr<LookUp>& shared, const std::string& host, std::uint16_t port) {
    if (running_look_ups.fetch_add(1) >= max_look_ups) {
        --running_look_ups;
        return false;
    }
    try {
        std::thread([shared, host, port] {
            Addresses found;
            const int error = look_up(host, port, 0, found);
            const std::lock_guard lock(shared->mutex);
            shared->error = error;
            shared->found = std::move(found);
            shared->done = true;
            shared->ended.notify_one();
            --running_look_ups;
        }).detach();
    } catch (const std::system_error&) {
        --running_look_ups;
        return false;
    }
    return true;
}

std::expected<Addresses, Error> look_up_elsewhere(const Endpoint& endpoint,
                                                  const Deadline& deadline) {
    const auto shared = std::make_shared<LookUp>();
    if (!begin(shared, endpoint.host, endpoint.port)) {
        return failure(ErrorCode::timeout, "no thread to look up " + endpoint.host +
                                               ": too many look-ups are still unanswered");
    }
    std::unique_lock lock(shared->mutex);
    if (!shared->ended.wait_for(lock, deadline.left(), [&] { return shared->done; })) {
        return failure(ErrorCode::timeout, "no answer in time to the look-up of " + endpoint.host);
    }
    if (shared->error != 0 || shared->found.empty()) {
        return failure(
            ErrorCode::not_resolved,
            "no address for " + endpoint.host +
                (shared->error == 0 ? std::string()
                                    : ": " + std::string(::gai_strerror(shared->error))));
    }
    return std::move(shared->found);
}

}  // namespace

std::expected<Addresses, Error> resolve(const Endpoint& endpoint, const Deadline& deadline) {
    if (endpoint.is_unix()) {
        SocketAddress address;
        sockaddr_un name{};
        if (endpoint.unix_path.size() >= sizeof name.sun_path) {
            return failure(ErrorCode::bad_endpoint,
                           endpoint.to_string() + ": the path is too long");
        }
        name.sun_family = AF_UNIX;
        std::memcpy(&name.sun_path[0], endpoint.unix_path.data(), endpoint.unix_path.size());
        std::memcpy(&address.storage, &name, sizeof name);
        address.length = sizeof name;
        return Addresses{address};
    }
    Addresses found;
    if (look_up(endpoint.host, endpoint.port, AI_NUMERICHOST, found) == 0 && !found.empty()) {
        return found;
    }
    return look_up_elsewhere(endpoint, deadline);
}

}  // namespace lbdrain::haproxy
