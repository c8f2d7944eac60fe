#include "child.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace lbdrain::test {

Child::Child(const std::function<std::string()>& work) {
    int ends[2];
    if (::pipe(ends) != 0) {
        throw std::runtime_error("pipe");
    }
    process_ = ::fork();
    if (process_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::close(ends[0]);
        const std::string text = work();
        if (::write(ends[1], text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
            ::_exit(1);
        }
        ::close(ends[1]);
        for (;;) {
            ::pause();
        }
    }
    ::close(ends[1]);
    pipe_ = ends[0];
}

Child::~Child() {
    kill();
    ::close(pipe_);
}

std::string Child::told() {
    std::string text;
    char byte = 0;
    while (::read(pipe_, &byte, 1) == 1) {
        text += byte;
    }
    return text;
}

void Child::kill() {
    if (process_ > 0) {
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
        process_ = -1;
    }
}

Holder holder(const std::string& why) {
    return {.user = "deploy", .host = "gpu-a", .pid = 4711, .since_unix_ms = 1'000, .why = why};
}

}  // namespace lbdrain::test
