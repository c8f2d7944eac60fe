// The agent's log: to journald with fields when standard error is the journal, else plain lines on
// standard error.
//
// Fields beside MESSAGE and PRIORITY: LBDRAIN_SERVICE, LBDRAIN_SERVER (where a server is meant), so
// that `journalctl LBDRAIN_SERVER=gpu-a` tells one server's story. Any thread.
#pragma once

#include <atomic>
#include <string>

#include "core/outside.hpp"

namespace lbdrain::agent {

class Log {
  public:
    Log();

    // "debug", "info", "warning", "error"; anything else leaves it as it is.
    void set_level(const std::string& word) noexcept;

    void write(LogLevel level, const std::string& text) const { write(level, {}, {}, text); }
    void write(LogLevel level, const std::string& service, const std::string& server,
               const std::string& text) const;

  private:
    bool journal_ = false;
    std::atomic<LogLevel> least_{LogLevel::info};
};

}  // namespace lbdrain::agent
