// lbdrain-hook as a process under test.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "lbdrain/hook/event.hpp"
#include "lbdrain/hook/task.hpp"
#include "lbdrain/posix/unique_fd.hpp"

namespace lbdrain::hook::test {

using std::chrono::milliseconds;

/// What one run of lbdrain-hook said.
struct Outcome {
    std::vector<Event> events;
    int status = -1;
    bool well_formed = true;  // every line decoded

    const Event& result() const { return events.back(); }
    /// Exactly one result, and it is last.
    bool ends_properly() const;
    bool saw(Event::Kind kind, std::string_view text) const;
};

/// lbdrain-hook as a process. A run that is not waited for is killed.
class Hook {
  public:
    explicit Hook(std::string_view input);
    explicit Hook(const Task& task) : Hook(std::string_view(encode(task))) {}
    Hook(const Hook&) = delete;
    Hook& operator=(const Hook&) = delete;
    ~Hook();

    pid_t pid() const { return pid_; }
    void signal(int number) const;
    /// Reads until an event holds `text`; false when the output ended before.
    bool read_until(std::string_view text);
    /// Goes away as a dying caller does: nobody reads the output any more.
    void abandon();
    Outcome wait();

  private:
    bool read_line();

    pid_t pid_ = 0;
    UniqueFd output_;
    std::string buffer_;
    Outcome outcome_;
};

Outcome run_hook(const Task& task);

/// `/bin/sh -c script`, for a start.
Task shell(std::string script, milliseconds timeout = milliseconds(20000));

}  // namespace lbdrain::hook::test
