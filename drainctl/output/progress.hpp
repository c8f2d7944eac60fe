// What a command says while it runs: live lines on a terminal, plain lines elsewhere, or one JSON
// object a line. All write to standard output; one thread.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "operation/runner.hpp"
#include "output/terminal.hpp"

namespace lbdrain::ctl {

// Between two lines about the same thing that still moves, where lines stay: a drain of a quarter
// of an hour should not fill a log.
inline constexpr Millis kSeldom = 5'000;

// For a person, on `fd`. `program`: how drainctl was called, with its targets, for hints.
class TextProgress : public Progress {
  public:
    TextProgress(int fd, std::string program);

    void began(const Operation& operation) override;
    void moved(const Operations& running, const std::string& waiting_for, Millis now) override;
    void ended(const Operation& operation, Millis now) override;
    void interrupted(const Operations& running) override;

  private:
    // What was said of a server last, where lines cannot be drawn again.
    struct Said {
        ServerState state = ServerState::ready;
        std::uint64_t in_flight = 0;
        bool silent = false;
        Millis at = -1;
    };

    LiveLines lines_;
    std::string program_;
    std::map<ServerSpec, Said> said_;
    std::string waited_for_;
    Millis waited_at_ = -1;  // -1: something has run since
};

// {"event":"began"|"progress"|"done"|"failed"|"interrupted","service","server","action",
//  "state","in_flight","targets":[{"target","server":{...}}],"text","time"}, and while nothing runs
// {"event":"waiting","text","time"}
class JsonProgress : public Progress {
  public:
    explicit JsonProgress(int fd) : fd_(fd) {}

    void began(const Operation& operation) override;
    void moved(const Operations& running, const std::string& waiting_for, Millis now) override;
    void ended(const Operation& operation, Millis now) override;
    void interrupted(const Operations& running) override;

  private:
    void line(const char* event, const Operation& operation);

    void write(std::string_view text) const;

    int fd_;
    std::map<ServerSpec, std::string> said_;
    std::string waited_for_;
    Millis waited_at_ = -1;  // -1: something has run since
};

std::unique_ptr<Progress> make_progress(bool json, std::string program);

}  // namespace lbdrain::ctl
