// Answers HAProxy's agent-checks from memory, in a thread of its own.
//
// Two kinds of ports, any number of each:
// - a shared port, where the client names the server: `agent-send "service/server\n"`;
// - a port of one server, which answers at once and waits for no input.
//
// A check costs accept, read, send and close: no allocation, no lock, no log line. The responder
// closes first, so that TIME_WAIT is left on its side: HAProxy's host would otherwise run out of
// ports at some 470 checks a second to one address. A name that is not in the table gets an empty
// line, "no opinion", which changes nothing in HAProxy.
//
// Who connects is not trusted: silence, half lines, endless ones and resets are bounded in time,
// bytes and number, and harm nobody else. When the process runs out of descriptors, checks are
// still answered, one at a time.
//
// Without this thread HAProxy keeps what it knows: stopping it takes no server out and none in.
//
// Thread rule: all functions from any thread, but not from the Notify callback. Owns its sockets
// and its thread; the table is shared with whoever replaces the answers.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "agent_check/answer_table.hpp"
#include "agent_check/notices.hpp"

namespace lbdrain::agent_check {

struct Listener {
    std::string address;      // "0.0.0.0:9707", "[::]:9707"; port 0: any
    std::string server = {};  // this one's port; empty: shared, the client names the server
};

struct ResponderOptions {
    std::vector<Listener> listeners = {};
    std::shared_ptr<AnswerTable> table = {};
    Notify notify = {};  // may be empty

    std::chrono::milliseconds client_timeout{2000};  // from accept to the end of the line
    std::size_t most_clients = 1024;                 // waiting for their line; the oldest goes
    int backlog = 4096;                              // cut by net.core.somaxconn
};

// Since the start. A connection is counted once: under answered, unknown, dropped or gone.
struct ResponderStats {
    std::uint64_t answered = 0;  // with a server's line
    std::uint64_t unknown = 0;   // with "no opinion": no such name
    std::uint64_t dropped = 0;   // unanswered: too late, too long, or no room
    std::uint64_t gone = 0;      // the client left before it had its answer
    std::uint64_t open = 0;      // now
};

class Serving;

class Responder {
  public:
    // Listens and serves when this returns. The error says which address, and why.
    static std::expected<std::unique_ptr<Responder>, std::string> start(ResponderOptions options);
    ~Responder();  // closes everything, ends the thread
    Responder(const Responder&) = delete;
    Responder& operator=(const Responder&) = delete;

    // For a new configuration: from the return on everything is answered from `table`, on these
    // listeners. One whose address stays keeps its socket and every connection in it. On an error
    // nothing has changed.
    std::expected<void, std::string> reconfigure(const std::vector<Listener>& listeners,
                                                 std::shared_ptr<AnswerTable> table);

    ResponderStats stats() const noexcept;
    // Where it listens, in the listeners' order, with the port that was taken for port 0.
    std::vector<std::string> addresses() const;

  private:
    struct Open;  // a listener and its socket
    Responder();
    std::expected<std::vector<Open>, std::string> open(
        const std::vector<Listener>& listeners) const;

    int backlog_ = 0;
    mutable std::mutex mutex_;  // guards open_
    std::vector<Open> open_;
    std::unique_ptr<Serving> serving_;
    std::jthread thread_;  // last: it uses serving_
};

}  // namespace lbdrain::agent_check
