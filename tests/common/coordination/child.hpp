// A process of the test's own that works with a coordinator until it is killed. To be begun before
// this process has a coordinator that changed something: a fork shares its session.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "lbdrain/coordination/coordinator.hpp"

namespace lbdrain::test {

class Child {
  public:
    // Runs `work` and tells what it returned, then waits for its death.
    explicit Child(const std::function<std::string()>& work);
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    // What `work` returned; empty: it died before.
    std::string told();
    void kill();

  private:
    pid_t process_ = -1;
    int pipe_ = -1;
};

Holder holder(const std::string& why);

}  // namespace lbdrain::test
