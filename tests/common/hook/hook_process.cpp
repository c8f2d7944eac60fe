#include "hook_process.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <stdexcept>
#include <utility>

namespace lbdrain::hook::test {

bool Outcome::ends_properly() const {
    const auto is_result = [](const Event& e) { return e.kind == Event::Kind::result; };
    return well_formed && !events.empty() && is_result(events.back()) &&
           std::ranges::count_if(events, is_result) == 1;
}

bool Outcome::saw(Event::Kind kind, std::string_view text) const {
    return std::ranges::any_of(
        events, [&](const Event& e) { return e.kind == kind && e.text.contains(text); });
}

Hook::Hook(std::string_view input) {
    std::array<int, 2> in{};
    std::array<int, 2> out{};
    if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0) {
        throw std::runtime_error("pipe2");
    }
    const UniqueFd in_read(in[0]);
    const UniqueFd in_write(in[1]);
    output_ = UniqueFd(out[0]);
    const UniqueFd out_write(out[1]);
    // The longest input must fit into the pipe, since nobody may be reading yet.
    ::fcntl(in_write.get(), F_SETPIPE_SZ, 1 << 20);
    pid_ = ::fork();
    if (pid_ == 0) {
        ::dup2(in_read.get(), 0);
        ::dup2(out_write.get(), 1);
        ::execl(LBDRAIN_HOOK, LBDRAIN_HOOK, static_cast<char*>(nullptr));
        ::_exit(127);
    }
    ::signal(SIGPIPE, SIG_IGN);
    if (::write(in_write.get(), input.data(), input.size()) < 0) {
        throw std::runtime_error("write");
    }
}

Hook::~Hook() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
}

void Hook::signal(int number) const {
    ::kill(pid_, number);
}

bool Hook::read_line() {
    while (true) {
        const std::size_t end = buffer_.find('\n');
        if (end != std::string::npos) {
            if (auto event = decode_event(std::string_view(buffer_).substr(0, end))) {
                outcome_.events.push_back(std::move(*event));
            } else {
                outcome_.well_formed = false;
            }
            buffer_.erase(0, end + 1);
            return true;
        }
        std::array<char, 4096> chunk{};
        const ssize_t count = ::read(output_.get(), chunk.data(), chunk.size());
        if (count <= 0) {
            outcome_.well_formed = outcome_.well_formed && buffer_.empty();
            return false;
        }
        buffer_.append(chunk.data(), static_cast<std::size_t>(count));
    }
}

bool Hook::read_until(std::string_view text) {
    while (read_line()) {
        if (!outcome_.events.empty() && outcome_.events.back().text.contains(text)) {
            return true;
        }
    }
    return false;
}

void Hook::abandon() {
    output_.reset();
}

Outcome Hook::wait() {
    while (output_ && read_line()) {
    }
    int status = 0;
    ::waitpid(std::exchange(pid_, 0), &status, 0);
    outcome_.status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    if (outcome_.events.empty()) {
        outcome_.events.emplace_back();
    }
    return outcome_;
}

Outcome run_hook(const Task& task) {
    return Hook(task).wait();
}

Task shell(std::string script, milliseconds timeout) {
    Task task;
    task.action = Action::start;
    task.timeout = timeout;
    task.what = ExecHook{{"/bin/sh", "-c", std::move(script)}};
    return task;
}

}  // namespace lbdrain::hook::test
