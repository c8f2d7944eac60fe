// What is done to the system while it is under load: a command in a child process, its output in
// lines. In the same process group, so that Ctrl-C on a terminal reaches it too. One thread; the
// child is killed by the destructor if it still runs.
#pragma once

#include <poll.h>
#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lbdrain/posix/unique_fd.hpp"

namespace lbdrain::ctl {

class Action {
  public:
    using OnLine = std::function<void(const std::string&)>;

    explicit Action(OnLine on_line) : on_line_(std::move(on_line)) {}
    ~Action();
    Action(const Action&) = delete;
    Action& operator=(const Action&) = delete;

    // Empty: it runs; else why not.
    std::string start(const std::vector<std::string>& argv);
    bool running() const noexcept { return pid_ > 0; }
    void signal(int number) const;

    // To be polled; after that heed(). Empty once it has ended.
    std::vector<pollfd> also_poll() const;
    void heed();

    // Once it has ended: its exit code, 128 + the signal that killed it. Output of processes that
    // it left behind is not waited for.
    std::optional<int> exit_code() const noexcept { return exit_code_; }

  private:
    void read_output();
    void take_lines(bool all);

    OnLine on_line_;
    pid_t pid_ = -1;
    UniqueFd output_;
    UniqueFd pidfd_;
    std::string pending_;
    std::optional<int> exit_code_;
};

}  // namespace lbdrain::ctl
