#include "lbdrain/http/client.hpp"

#include <utility>

namespace lbdrain::http {

Result Client::send(const Request& request, TimePoint until, Heeded* also) {
    constexpr Transfers::Id only = 1;
    transfers_.start(only, request, until);
    while (true) {
        Transfers::Waited waited = transfers_.wait(until, also);
        if (!waited.done.empty()) {
            return std::move(waited.done.front().result);
        }
        if (waited.interrupted) {
            return std::unexpected(transfers_.cancel(only));
        }
    }
}

Result send_once(const Request& request, TimePoint until, Heeded* also) {
    return Client().send(request, until, also);
}

}  // namespace lbdrain::http
