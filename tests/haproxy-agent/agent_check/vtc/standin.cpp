// The responder as a program of its own, for those who cannot link it: VTest, the benchmark.
//
//   agent-check-standin ADDRESS FILE
//
// FILE holds a line per server: "service/server" and the answer, a blank between them. It is read
// again whenever it changes (replace it in one step: write another file, rename it over). USR1
// prints the number of checks answered so far; TERM ends it.
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <exception>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "agent_check/responder.hpp"

namespace {

using namespace lbdrain::agent_check;

constexpr int poll_ms = 20;

std::map<std::string, std::string> read_answers(const std::string& path) {
    std::map<std::string, std::string> answers;
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) {
        const auto blank = line.find(' ');
        answers[line.substr(0, blank)] = blank == line.npos ? "\n" : line.substr(blank + 1) + "\n";
    }
    return answers;
}

std::shared_ptr<AnswerTable> read_table(const std::string& path) {
    const auto answers = read_answers(path);
    std::vector<std::string> names;
    for (const auto& answer : answers) {
        names.push_back(answer.first);
    }
    auto table = AnswerTable::make(names).value();
    for (const auto& [name, line] : answers) {
        table->replace(table->find(name).value(), line);
    }
    return table;
}

// Another file, or the same one changed.
std::pair<ino_t, std::int64_t> look(const std::string& path) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) {
        return {};
    }
    return {found.st_ino, found.st_mtim.tv_sec * 1000000000 + found.st_mtim.tv_nsec};
}

int serve(const std::string& address, const std::string& path) {
    sigset_t signals{};
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    sigaddset(&signals, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    const int fd = ::signalfd(-1, &signals, SFD_CLOEXEC);

    auto seen = look(path);
    ResponderOptions options;
    options.listeners = {{address}};
    options.table = read_table(path);
    options.notify = [](const std::string& sentence) { std::cerr << sentence << '\n'; };
    const auto responder = Responder::start(std::move(options));
    if (!responder) {
        std::cerr << responder.error() << '\n';
        return 1;
    }
    std::cout << "listens on " << (*responder)->addresses().front() << std::endl;
    for (;;) {
        pollfd readable{fd, POLLIN, 0};
        signalfd_siginfo signal{};
        if (::poll(&readable, 1, poll_ms) > 0 &&
            ::read(fd, &signal, sizeof signal) == sizeof signal) {
            if (signal.ssi_signo == SIGTERM) {
                return 0;
            }
            std::cout << (*responder)->stats().answered << std::endl;
        }
        if (const auto now = look(path); now != seen && now.first != 0) {
            seen = now;
            static_cast<void>(
                (*responder)->reconfigure({{(*responder)->addresses().front()}}, read_table(path)));
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: agent-check-standin ADDRESS FILE\n";
        return 2;
    }
    try {
        return serve(argv[1], argv[2]);
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
