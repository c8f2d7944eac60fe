#include "runner/process_handle.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "runner/text.hpp"

namespace lbdrain::hook {

std::expected<ProcessHandle, NoProcess> ProcessHandle::open(pid_t pid) {
    const auto before = read_process(pid);
    if (!before || before->is_gone()) {
        return std::unexpected(NoProcess{.gone = true, .text = {}});
    }
    UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!pidfd) {
        if (errno == ESRCH) {
            return std::unexpected(NoProcess{.gone = true, .text = {}});
        }
        return std::unexpected(NoProcess{
            .gone = false,
            .text = "cannot watch pid " + std::to_string(pid) + ": " + error_text(errno)});
    }
    const auto after = read_process(pid);
    if (!after || after->start_ticks != before->start_ticks) {
        return std::unexpected(NoProcess{.gone = true, .text = {}});
    }
    return ProcessHandle(*after, std::move(pidfd));
}

ProcessHandle::ProcessHandle(ProcessInfo info, UniqueFd pidfd)
    : info_(std::move(info)), pidfd_(std::move(pidfd)) {}

bool ProcessHandle::has_exited() const {
    pollfd exited{pidfd_.get(), POLLIN, 0};
    return ::poll(&exited, 1, 0) > 0;
}

int ProcessHandle::send(int signal) const {
    return ::syscall(SYS_pidfd_send_signal, pidfd_.get(), signal, nullptr, 0) == 0 ? 0 : errno;
}

void kill_exactly(const ProcessInfo& info) {
    const auto handle = ProcessHandle::open(info.pid);
    if (handle && handle->info().start_ticks == info.start_ticks) {
        handle->send(SIGKILL);
    }
}

}  // namespace lbdrain::hook
