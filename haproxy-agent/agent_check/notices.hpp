// What the responder has to say, not more often than an operator wants to read it: one notice of a
// kind in ten seconds, with the number of those kept back. Used by the responder's thread only.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>

namespace lbdrain::agent_check {

// Gets a sentence for the log. Called on the responder's thread, which answers nobody meanwhile:
// it must not block, and must not call the responder.
using Notify = std::function<void(const std::string& sentence)>;

class Notices {
  public:
    enum class Kind { unknown_name, no_line, no_room };

    explicit Notices(Notify notify) : notify_(std::move(notify)) {}

    // Whether one of this kind may be said now; else it is counted only. So a sentence is not even
    // made for nothing: due(...) then say(...).
    bool due(Kind kind, std::int64_t now_ms) noexcept;
    void say(Kind kind, std::int64_t now_ms, std::string sentence);

  private:
    struct State {
        std::int64_t next_ms = INT64_MIN;
        std::uint64_t kept_back = 0;
    };

    Notify notify_;
    std::array<State, 3> kinds_{};
};

}  // namespace lbdrain::agent_check
