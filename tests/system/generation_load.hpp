// Clients that ask an OpenAI-compatible server for streamed completions, over and over, and judge
// each answer: 200, every numbered token in order, finish_reason "length", [DONE]. A thread a
// client. Belongs to one thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "endpoint.hpp"
#include "wait.hpp"

namespace lbdrain::test {

// Why an answer is no good; empty: it is whole.
std::string fault_of_stream(const std::string& body, int tokens);

class GenerationLoad {
  public:
    GenerationLoad(Endpoint target, int clients, int tokens, Millis stall_limit);
    ~GenerationLoad();
    GenerationLoad(const GenerationLoad&) = delete;
    GenerationLoad& operator=(const GenerationLoad&) = delete;

    std::int64_t answered() const { return answered_; }
    bool wait_for_answers(std::int64_t more, Millis limit = long_enough) const;
    // Begins no more requests and waits for the open ones. What was wrong, a line each.
    std::vector<std::string> stop();

  private:
    void client(int number);

    Endpoint target_;
    int tokens_;
    Millis stall_limit_;
    std::atomic<bool> over_{false};
    std::atomic<std::int64_t> answered_{0};
    std::mutex mutex_;
    std::vector<std::string> faults_;
    std::vector<std::jthread> clients_;  // last: they use all the others
};

}  // namespace lbdrain::test
