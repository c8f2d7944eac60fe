#include "process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "temp_dir.hpp"

extern "C" {  // glibc 2.36 forgot it
#include <sys/pidfd.h>
}

namespace lbdrain::test {
namespace {

std::vector<std::string> merged_environment(const std::map<std::string, std::string>& extra) {
    std::vector<std::string> result;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string text = *entry;
        if (!extra.contains(text.substr(0, text.find('=')))) {
            result.push_back(text);
        }
    }
    for (const auto& [name, value] : extra) {
        result.push_back(name);
        result.back().append("=").append(value);
    }
    return result;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> result;
    result.reserve(strings.size() + 1);
    for (auto& text : strings) {
        result.push_back(text.data());
    }
    result.push_back(nullptr);
    return result;
}

UniqueFd memory_file() {
    return UniqueFd(::memfd_create("output", MFD_CLOEXEC));
}

std::string content(int fd) {
    std::string text;
    char buffer[8192];
    for (;;) {
        const auto got = ::pread(fd, buffer, sizeof buffer, static_cast<off_t>(text.size()));
        if (got <= 0) {
            return text;
        }
        text.append(buffer, static_cast<std::size_t>(got));
    }
}

// In the child, between fork and exec: async-signal-safe calls only.
[[noreturn]] void become(char** argv, char** env, const char* directory, int out, int err,
                         int death_signal, pid_t parent) {
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::prctl(PR_SET_PDEATHSIG, death_signal);
    const int null = ::open("/dev/null", O_RDONLY);
    if (::getppid() != parent || null < 0 || out < 0 || err < 0 || ::dup2(null, 0) < 0 ||
        ::dup2(out, 1) < 0 || ::dup2(err, 2) < 0 ||
        (*directory != '\0' && ::chdir(directory) != 0)) {
        ::_exit(126);
    }
    ::execvpe(argv[0], argv, env);
    ::_exit(127);
}

}  // namespace

Process::Process(const ProcessOptions& options) : output_file_(options.output_file) {
    if (output_file_.empty()) {
        out_ = memory_file();
        err_ = memory_file();
    } else {
        out_ =
            UniqueFd(::open(output_file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    }
    const int err = err_ ? err_.get() : out_.get();
    auto arguments = options.argv;
    auto environment = merged_environment(options.env);
    const auto argv = pointers(arguments);
    const auto env = pointers(environment);
    const auto parent = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0) {
        throw std::system_error(errno, std::generic_category(), "fork");
    }
    if (pid_ == 0) {
        become(const_cast<char**>(argv.data()), const_cast<char**>(env.data()),
               options.directory.c_str(), out_.get(), err, options.death_signal, parent);
    }
    pidfd_ = UniqueFd(::pidfd_open(pid_, 0));
    if (!pidfd_) {
        const int error = errno;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        throw std::system_error(error, std::generic_category(), "pidfd_open");
    }
}

Process::~Process() {
    kill();
}

bool Process::running() {
    return !wait(Millis{0});
}

std::optional<ExitStatus> Process::wait(Millis limit) {
    if (status_) {
        return status_;
    }
    const auto start = steady_ms();
    pollfd watched{pidfd_.get(), POLLIN, 0};
    while (::poll(&watched, 1, static_cast<int>(time_left(start, limit).count())) < 0 &&
           errno == EINTR) {
    }
    siginfo_t info{};
    if (watched.revents == 0 ||
        ::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED) != 0) {
        return std::nullopt;
    }
    status_ =
        info.si_code == CLD_EXITED ? ExitStatus{info.si_status, 0} : ExitStatus{-1, info.si_status};
    return status_;
}

void Process::signal(int number) {
    if (!status_) {
        ::pidfd_send_signal(pidfd_.get(), number, nullptr, 0);
    }
}

void Process::kill() {
    signal(SIGKILL);
    wait();
}

std::string Process::out() const {
    return output_file_.empty() ? content(out_.get()) : read_file(output_file_);
}

std::string Process::err() const {
    return err_ ? content(err_.get()) : std::string();
}

CommandResult run_command(const ProcessOptions& options, Millis limit) {
    Process process(options);
    CommandResult result;
    result.timed_out = !process.wait(limit);
    process.kill();
    result.status = process.wait().value_or(ExitStatus{});
    result.out = process.out();
    result.err = process.err();
    return result;
}

}  // namespace lbdrain::test
