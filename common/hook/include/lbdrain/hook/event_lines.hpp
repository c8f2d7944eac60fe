// Cuts what lbdrain-hook writes into lines and the lines into events. One owner, not thread-safe;
// survives any bytes, holds at most kMaxEventBytes of an unfinished line.
#pragma once

#include <expected>
#include <functional>
#include <string>
#include <string_view>

#include "lbdrain/hook/event.hpp"

namespace lbdrain::hook {

class EventLines {
  public:
    using OnEvent = std::function<void(const std::expected<Event, std::string>&)>;

    void feed(std::string_view bytes, const OnEvent& on_event);

  private:
    std::string unfinished_;
};

/// What a hook's program wrote may hold anything; a log line must not.
std::string printable(std::string_view text);

}  // namespace lbdrain::hook
