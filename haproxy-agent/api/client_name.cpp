#include "api/client_name.hpp"

#include <pwd.h>
#include <sys/socket.h>

#include <cstdio>
#include <memory>
#include <vector>

namespace lbdrain::agent {
namespace {

std::string account(uid_t uid) {
    struct Close {
        void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
    };
    const std::unique_ptr<std::FILE, Close> file(std::fopen("/etc/passwd", "re"));
    std::vector<char> memory(4096);
    passwd entry{};
    passwd* found = nullptr;
    while (file && ::fgetpwent_r(file.get(), &entry, memory.data(), memory.size(), &found) == 0) {
        if (found->pw_uid == uid) {
            return found->pw_name;
        }
    }
    return std::to_string(uid);
}

}  // namespace

std::string client_name(int socket) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
        return "api";
    }
    return "api uid " + account(peer.uid) + "(" + std::to_string(peer.pid) + ")";
}

}  // namespace lbdrain::agent
