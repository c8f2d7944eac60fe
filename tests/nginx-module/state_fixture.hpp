// The state file driven by plain processes instead of NGINX: this one is the master, its children
// the workers.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <functional>
#include <string>

#include "lbdrain/posix/unique_fd.hpp"
#include "state/rotation_flags.hpp"
#include "state/state_file.hpp"
#include "temp_dir.hpp"
#include "wait.hpp"

namespace lbdrain::test {

// A forked process that runs a function on a state file. It can report one byte at a time, and
// wait for a word from the test.
class Worker {
  public:
    class Line {
      public:
        Line(int in, int out) : in_(in), out_(out) {}
        void say(char word) const { EXPECT_EQ(::write(out_, &word, 1), 1); }
        char hear() const {
            char word = 0;
            return ::read(in_, &word, 1) == 1 ? word : '\0';
        }

      private:
        int in_;
        int out_;
    };

    explicit Worker(const std::function<void(const Line&)>& work) {
        std::array<int, 2> up{};
        std::array<int, 2> down{};
        if (::pipe(up.data()) != 0 || ::pipe(down.data()) != 0) {
            throw std::runtime_error("pipe");
        }
        pid_ = ::fork();
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::close(up[0]);
            ::close(down[1]);
            work(Line(down[0], up[1]));
            ::_exit(0);
        }
        ::close(up[1]);
        ::close(down[0]);
        from_ = UniqueFd(up[0]);
        to_ = UniqueFd(down[1]);
    }
    ~Worker() { kill(); }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    pid_t pid() const { return pid_; }

    // What it says next; '\0' if it says nothing more.
    char hear() {
        pollfd readable{from_.get(), POLLIN, 0};
        char word = 0;
        return ::poll(&readable, 1, static_cast<int>(long_enough.count())) == 1 &&
                       ::read(from_.get(), &word, 1) == 1
                   ? word
                   : '\0';
    }
    void say(char word) { EXPECT_EQ(::write(to_.get(), &word, 1), 1); }

    void kill() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
            pid_ = -1;
        }
    }
    // Until it has ended by itself.
    void join() {
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }

  private:
    pid_t pid_ = -1;
    UniqueFd from_;
    UniqueFd to_;
};

class StateTest : public testing::Test {
  protected:
    nginx::StateFile open(nginx::Extent extent, Millis now = Millis{1000}) {
        auto state = nginx::StateFile::open(path(), extent, now.count());
        if (!state) {
            throw std::runtime_error(state.error());
        }
        return std::move(*state);
    }
    std::string path() const { return (directory / "state").string(); }

    TempDir directory;
};

}  // namespace lbdrain::test
