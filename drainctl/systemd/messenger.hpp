// What a hook says: to systemd over NOTIFY_SOCKET, and to the journal by its standard error.
#pragma once

#include <string>

#include "systemd/unit_task.hpp"

namespace lbdrain::ctl {

// Without a NOTIFY_SOCKET, on a terminal say, STATUS= goes nowhere. One thread.
class Messenger {
  public:
    Messenger();

    void log(const Line& line) const;
    // STATUS=, and so much more time from now on for what systemd waits for.
    void notify(const std::string& status, Millis extension) const;
    // STATUS= alone.
    void notify(const std::string& status) const;

  private:
    bool journal_ = false;
};

}  // namespace lbdrain::ctl
