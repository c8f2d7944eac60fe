// What in haproxy.cfg would cut requests whatever we do, or let a drain be forgotten: read from the
// files that the running HAProxy names (`show env HAPROXY_CFGFILES`), because no command of the
// Runtime API shows these settings. For warnings only: nothing is decided by it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lbdrain/sequence.hpp"
#include "runtime/endpoint.hpp"

namespace lbdrain::agent {

// Of the text of one file or of all of them together; `state_file`: drains are to outlive reloads.
std::vector<std::string> hints_in(std::string_view config, bool state_file);

class ConfigHints {
  public:
    ConfigHints(haproxy::Endpoint stats_socket, Millis limit, bool state_file)
        : stats_socket_(std::move(stats_socket)), limit_(limit), state_file_(state_file) {}

    // Blocks for `limit` at most. Files that may not be read give no hint.
    std::vector<std::string> look() const;

  private:
    haproxy::Endpoint stats_socket_;
    Millis limit_;
    bool state_file_;
};

}  // namespace lbdrain::agent
