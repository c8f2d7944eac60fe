// A client of the agent-check responder that can do what HAProxy does, and everything else.
// Blocking with limits; one owner.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "agent_check/responder.hpp"
#include "lbdrain/posix/unique_fd.hpp"
#include "wait.hpp"

namespace lbdrain::test {

class CheckClient {
  public:
    // "127.0.0.1:9707" or "[::1]:9707"; connected() says whether it worked.
    explicit CheckClient(const std::string& address);

    bool connected() const { return static_cast<bool>(fd_); }
    void send(std::string_view bytes);
    void finish();  // half-closes: no more bytes will come
    void reset();   // RST

    // All bytes until the other side closes; `closed()` is false if it did not within the limit.
    std::string receive(Millis limit = long_enough);
    bool closed() const { return closed_; }

  private:
    UniqueFd fd_;
    bool closed_ = false;
};

// One check as HAProxy makes it: asks (if there is anything to ask) and reads the answer.
std::string check(const std::string& address, std::string_view question = {});

// A responder on a shared port of its own, with a table of these names.
struct Running {
    explicit Running(std::vector<std::string> names, agent_check::ResponderOptions options = {});

    std::string ask(const std::string& name) const { return check(address(), name + "\n"); }
    std::string address(std::size_t i = 0) const { return responder->addresses().at(i); }
    agent_check::AnswerTable::Index index(std::string_view name) const {
        return table->find(name).value();
    }

    std::shared_ptr<agent_check::AnswerTable> table;
    std::unique_ptr<agent_check::Responder> responder;
};

std::shared_ptr<agent_check::AnswerTable> table_of(const std::vector<std::string>& names);

}  // namespace lbdrain::test
