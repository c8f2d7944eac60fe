#include "standin.hpp"

#include <sys/stat.h>

#include <fstream>

#include "http_client.hpp"

namespace lbdrain::test {

Standins::Standins(const std::string& options) : options_(options) {
    directory_.write("start",
                     "#!/bin/sh\nexec setsid --fork " LBDRAIN_STANDIN " --port \"$1\" --pidfile " +
                         pidfile("\"$1\"") + " " + options_ + " </dev/null >/dev/null 2>&1\n");
    ::chmod(start_program().c_str(), 0755);
}

Process Standins::run(std::uint16_t port) const {
    return Process({.argv = {"/bin/sh", "-c",
                             "exec " LBDRAIN_STANDIN " --port " + std::to_string(port) +
                                 " --pidfile " + pidfile(port) + " " + options_}});
}

bool Standins::wait_healthy(std::uint16_t port) {
    const HttpClient client(Endpoint::tcp(port));
    return eventually(long_enough, [&] { return client.get("/health").status == 200; });
}

pid_t Standins::pid(std::uint16_t port) const {
    pid_t pid = 0;
    std::ifstream(pidfile(port)) >> pid;
    return pid;
}

}  // namespace lbdrain::test
