#include "runner/port_check.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "lbdrain/posix/unique_fd.hpp"
#include "runner/address.hpp"
#include "runner/text.hpp"

namespace lbdrain::hook {
namespace {

constexpr milliseconds kPoll{50};
constexpr milliseconds kConnectTimeout{1000};
constexpr milliseconds kReportEvery{5000};

/// A connect to a free port of the ephemeral range may meet itself (RFC 9293, simultaneous open):
/// then nobody listens there.
bool is_self_connection(int fd) {
    SocketAddress own;
    SocketAddress peer;
    own.length = sizeof own.storage;
    peer.length = sizeof peer.storage;
    return ::getsockname(fd, reinterpret_cast<sockaddr*>(&own.storage), &own.length) == 0 &&
           ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer.storage), &peer.length) == 0 &&
           own.storage.ss_family != AF_UNIX && own.length == peer.length &&
           std::memcmp(&own.storage, &peer.storage, own.length) == 0;
}

bool means_refused(int error, const SocketAddress& address) {
    return error == ECONNREFUSED || (error == ENOENT && address.storage.ss_family == AF_UNIX);
}

/// connect()'s errno, 0 when connected, ETIMEDOUT when `until` came first.
int connect_once(Run& run, const SocketAddress& address, TimePoint until) {
    const UniqueFd fd(
        ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) {
        return errno;
    }
    int error = ::connect(fd.get(), address.get(), address.length) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
        pollfd writable{fd.get(), POLLOUT, 0};
        if (run.wait({&writable, 1}, until) != Run::Wake::ready) {
            return ETIMEDOUT;
        }
        socklen_t length = sizeof error;
        if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &length) != 0) {
            return errno;
        }
    }
    return error == 0 && is_self_connection(fd.get()) ? ECONNREFUSED : error;
}

}  // namespace

ConnectOutcome try_connect(Run& run, const std::string& address, TimePoint until) {
    ConnectOutcome outcome;
    const auto targets = resolve(run, address, until);
    if (!targets) {
        outcome.text = targets.error();
        return outcome;
    }
    outcome.refused = true;
    for (const SocketAddress& target : *targets) {
        const int error = connect_once(run, target, until);
        if (error == 0) {
            return {.connected = true, .refused = false, .text = "accepts connections"};
        }
        // A full backlog of a unix socket says EAGAIN: somebody listens.
        if (!means_refused(error, target)) {
            outcome.refused = false;
            outcome.text = error == ETIMEDOUT ? "does not answer" : error_text(error);
        }
    }
    if (outcome.refused) {
        outcome.text = "connection refused";
    }
    return outcome;
}

Event wait_until_refused(Run& run, const std::string& address) {
    const std::string waiting = "waiting for " + address + " to refuse connections";
    run.progress(waiting);
    TimePoint next_report = Clock::now() + kReportEvery;
    std::string state = "not asked yet";
    while (!run.interrupted() && !run.expired()) {
        const ConnectOutcome outcome = try_connect(run, address, run.within(kConnectTimeout));
        if (outcome.refused) {
            return succeeded(address + " refuses connections");
        }
        if (!run.interrupted()) {
            state = outcome.text;
        }
        if (Clock::now() >= next_report) {
            const std::string so_far = duration_text(run.elapsed()) + " of ";
            run.progress(std::string(waiting).append("; it ").append(state).append(", ").append(
                so_far + duration_text(run.timeout())));
            next_report += kReportEvery;
        }
        run.sleep_until(run.within(kPoll));
    }
    return ended_early(run, waiting + " (last: " + state + ")");
}

}  // namespace lbdrain::hook
