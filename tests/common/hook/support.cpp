#include "support.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "runner/pidfile.hpp"
#include "runner/procfs.hpp"

namespace lbdrain::hook::test {

TempDir::TempDir() {
    std::string name = std::filesystem::temp_directory_path() / "lbdrain-hook-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) {
        throw std::runtime_error("mkdtemp");
    }
    path_ = name;
}

TempDir::~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string TempDir::path(std::string_view name) const {
    return path_ + "/" + std::string(name);
}

std::string TempDir::write(std::string_view name, std::string_view content) const {
    std::ofstream(path(name)) << content;
    return path(name);
}

bool Recorder::saw(std::string_view text) const {
    return std::ranges::any_of(events, [&](const Event& e) { return e.text.contains(text); });
}

bool eventually(const std::function<bool()>& done) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!done()) {
        if (std::chrono::steady_clock::now() > until) {
            return false;
        }
        std::this_thread::sleep_for(milliseconds(10));
    }
    return true;
}

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

Port::Port() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(fd_.get(), generic, length) != 0 ||
        ::getsockname(fd_.get(), generic, &length) != 0) {
        throw std::runtime_error("bind");
    }
    number_ = ntohs(address.sin_port);
}

std::string Port::address() const {
    return "127.0.0.1:" + std::to_string(number_);
}

void Port::listen() const {
    if (::listen(fd_.get(), 64) != 0) {
        throw std::runtime_error("listen");
    }
}

UniqueFd listen_tcp(std::string& address) {
    const Port port;
    port.listen();
    address = port.address();
    return UniqueFd(::fcntl(port.fd(), F_DUPFD_CLOEXEC, 0));
}

UniqueFd listen_unix(const std::string& path) {
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(&address.sun_path[0], sizeof address.sun_path - 1);
    if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(fd.get(), 8) != 0) {
        throw std::runtime_error("bind " + path);
    }
    return fd;
}

HttpServer::HttpServer(UniqueFd listening, Answer answer)
    : listening_(std::move(listening)),
      answer_(std::move(answer)),
      stop_(::eventfd(0, EFD_CLOEXEC)),
      thread_([this] { serve(); }) {}

HttpServer::~HttpServer() {
    ::eventfd_write(stop_.get(), 1);
    thread_.join();
}

void HttpServer::serve() {
    while (true) {
        std::array<pollfd, 2> fds{{{listening_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
        ::poll(fds.data(), fds.size(), -1);
        if (fds[1].revents != 0) {
            return;
        }
        const UniqueFd client(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        ++connections_;
        std::string request;
        std::array<char, 65536> chunk{};
        const auto complete = [&] {
            const std::size_t head = request.find("\r\n\r\n");
            if (head == std::string::npos) {
                return false;
            }
            const std::size_t length = request.find("Content-Length: ");
            return length == std::string::npos ||
                   request.size() >= head + 4 + std::stoul(request.substr(length + 16));
        };
        while (!complete()) {
            const ssize_t count = ::read(client.get(), chunk.data(), chunk.size());
            if (count <= 0) {
                break;
            }
            request.append(chunk.data(), static_cast<std::size_t>(count));
        }
        const std::string answer = answer_(request);
        if (answer.empty()) {
            continue;
        }
        const std::string body = answer.size() > 4 ? answer.substr(4) : "";
        const std::string reply = "HTTP/1.1 " + answer.substr(0, 3) +
                                  " X\r\nContent-Length: " + std::to_string(body.size()) +
                                  "\r\n\r\n" + body;
        ::send(client.get(), reply.data(), reply.size(), MSG_NOSIGNAL);
    }
}

Process::Process(const std::string& script, bool session) : pid_(::fork()) {
    if (pid_ == 0) {
        if (session) {
            ::setsid();
        } else {
            ::setpgid(0, 0);
        }
        ::execl("/bin/sh", "sh", "-c", script.c_str(), static_cast<char*>(nullptr));
        ::_exit(127);
    }
    ::setpgid(pid_, pid_);  // whichever of the two comes first
}

Process::~Process() {
    for (const ProcessInfo& process : all_processes()) {
        if (process.group == pid_ || process.session == pid_) {
            ::kill(process.pid, SIGKILL);
        }
    }
    ::waitpid(pid_, nullptr, 0);
}

bool runs(pid_t pid) {
    const auto info = read_process(pid);
    return info && !info->is_gone();
}

std::string read_file(const std::string& path) {
    std::ostringstream content;
    content << std::ifstream(path).rdbuf();
    return content.str();
}

pid_t await_pid(const std::string& path) {
    std::optional<pid_t> pid;
    eventually([&] {
        const std::string content = read_file(path);
        pid = content.ends_with('\n') ? parse_pid(content) : std::nullopt;
        return pid.has_value();
    });
    return pid.value_or(0);
}

}  // namespace lbdrain::hook::test
