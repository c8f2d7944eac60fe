// One connection of a replica: reads requests, sends planned responses, one after the other. Lives
// on the replica's loop thread. Removes itself from the core (later, not from within its own
// functions) when the connection is over.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http_reader.hpp"
#include "lbdrain/posix/unique_fd.hpp"
#include "replica_core.hpp"
#include "response_plan.hpp"

namespace lbdrain::test {

class ReplicaConnection {
  public:
    ReplicaConnection(ReplicaCore& core, UniqueFd fd);
    ~ReplicaConnection();
    ReplicaConnection(const ReplicaConnection&) = delete;
    ReplicaConnection& operator=(const ReplicaConnection&) = delete;

    void resume();  // released
    void kill();    // RST; a request in flight counts as cut

  private:
    enum class State { idle, reading, answering, echoing, closed };

    void ready(std::uint32_t events);
    void receive();
    void consume(std::string_view bytes);
    void begin_request();
    void begin_answer();
    void step();
    bool run_fault();
    void send_unary();
    void send_next();
    void reply(const ReplicaReply& answer);
    std::string head(int status, std::string_view more) const;
    bool closes() const { return plan_.close || !reader_.keeps_alive(); }

    void write(std::string_view bytes);
    void flush();
    void finish();
    void next_request();
    void hold();
    void leave_hold();
    void close(std::int64_t ReplicaCounts::*outcome, bool reset = false);

    ReplicaCore& core_;
    UniqueFd fd_;
    EventLoop::Id watch_ = 0;
    EventLoop::Id timer_ = 0;
    State state_ = State::idle;
    HttpReader reader_{HttpReader::Kind::request};
    bool head_seen_ = false;
    bool counted_ = false;  // in flight in the ledger
    std::string input_;     // came before its turn
    std::string output_;
    bool finishing_ = false;  // the response is over once the output is sent
    ResponsePlan plan_;
    const ReplicaHandler* handler_ = nullptr;
    int sent_ = 0;  // tokens
    bool held_ = false;
    bool released_ = false;
};

}  // namespace lbdrain::test
