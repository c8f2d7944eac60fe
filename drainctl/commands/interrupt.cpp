#include "commands/interrupt.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

namespace lbdrain::ctl {

Interrupt::Interrupt() {
    sigset_t set{};
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGINT);
    ::sigaddset(&set, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    fd_ = UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

std::vector<pollfd> Interrupt::also_poll() {
    return {{fd_.get(), POLLIN, 0}};
}

bool Interrupt::heed(std::span<const pollfd>) {
    return came();
}

bool Interrupt::came() {
    signalfd_siginfo info{};
    came_ = came_ || ::read(fd_.get(), &info, sizeof info) == sizeof info;
    return came_;
}

}  // namespace lbdrain::ctl
