#include "api/listen_socket.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <optional>
#include <thread>
#include <vector>

namespace lbdrain::agent {
namespace {

using Failure = std::optional<std::string>;  // what is wrong, or nothing

std::string with_errno(const std::string& what) {
    return what + ": " + std::error_code(errno, std::generic_category()).message();
}

// Nobody else binds in the same directory while this lives, if they do as we do: two agents that
// start at the same time must not both take the other's socket for a dead one's.
class DirectoryLock {
  public:
    explicit DirectoryLock(const std::string& directory)
        : fd_(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}
    ~DirectoryLock() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    DirectoryLock(const DirectoryLock&) = delete;
    DirectoryLock& operator=(const DirectoryLock&) = delete;

    bool opened() const { return fd_ >= 0; }

    // Others hold it for the time of a few system calls.
    bool take() const {
        for (int tries = 0; tries < 250; ++tries) {
            if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) {
                return true;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        return false;
    }

  private:
    int fd_;
};

int make_socket() {
    return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

const sockaddr* address_of(const std::string& path, sockaddr_un& address) {
    address.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), address.sun_path);
    return reinterpret_cast<const sockaddr*>(&address);
}

// Takes away what a dead process left at the path.
Failure clear_path(const std::string& path) {
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0) {
        return errno == ENOENT ? Failure() : with_errno(path);
    }
    if (!S_ISSOCK(found.st_mode)) {
        return path + ": there is something that is no socket";
    }
    sockaddr_un address{};
    const int probe = make_socket();
    if (probe < 0) {
        return with_errno("socket");
    }
    const int connected = ::connect(probe, address_of(path, address), sizeof address);
    const int error = errno;
    ::close(probe);
    // EAGAIN: somebody listens, with a full queue.
    if (connected == 0 || error == EAGAIN) {
        return path + ": another process answers on this socket; is a drain-agent running already?";
    }
    if (error != ECONNREFUSED) {
        errno = error;
        return with_errno(path + ": there is a socket that cannot be tried");
    }
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        return with_errno(path + ": a dead process left it and it cannot be removed");
    }
    return {};
}

template <class Id>
std::optional<Id> number_in(const std::string& text) {
    Id id{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(id)
                                                                    : std::nullopt;
}

std::expected<uid_t, std::string> user_id(const std::string& name) {
    passwd entry{};
    passwd* found = nullptr;
    std::vector<char> memory(16384);
    if (::getpwnam_r(name.c_str(), &entry, memory.data(), memory.size(), &found) == 0 &&
        found != nullptr) {
        return found->pw_uid;
    }
    if (const auto number = number_in<uid_t>(name)) {
        return *number;
    }
    return std::unexpected("there is no user \"" + name + "\"");
}

std::expected<gid_t, std::string> group_id(const std::string& name) {
    group entry{};
    group* found = nullptr;
    std::vector<char> memory(16384);
    if (::getgrnam_r(name.c_str(), &entry, memory.data(), memory.size(), &found) == 0 &&
        found != nullptr) {
        return found->gr_gid;
    }
    if (const auto number = number_in<gid_t>(name)) {
        return *number;
    }
    return std::unexpected("there is no group \"" + name + "\"");
}

Failure set_access(const ApiListener& listener) {
    auto user = static_cast<uid_t>(-1);
    auto group = static_cast<gid_t>(-1);
    if (!listener.user.empty()) {
        const auto id = user_id(listener.user);
        if (!id) {
            return listener.path + ": " + id.error();
        }
        user = *id;
    }
    if (!listener.group.empty()) {
        const auto id = group_id(listener.group);
        if (!id) {
            return listener.path + ": " + id.error();
        }
        group = *id;
    }
    if (::lchown(listener.path.c_str(), user, group) != 0) {
        return with_errno(listener.path + ": cannot give it to " + listener.user + ":" +
                          listener.group);
    }
    if (::chmod(listener.path.c_str(), listener.mode & 07777U) != 0) {
        return with_errno(listener.path + ": cannot set its mode");
    }
    return {};
}

}  // namespace

std::expected<ListenSocket, std::string> ListenSocket::open(const ApiListener& listener) {
    const std::string& path = listener.path;
    sockaddr_un address{};
    if (path.empty() || path.front() != '/' || path.find('\0') != std::string::npos) {
        return std::unexpected("\"" + path + "\": the API's socket needs an absolute path");
    }
    if (path.size() >= sizeof address.sun_path) {
        return std::unexpected(path + ": a socket's path has at most " +
                               std::to_string(sizeof address.sun_path - 1) + " bytes");
    }
    const std::string directory = std::filesystem::path(path).parent_path();
    const DirectoryLock lock(directory);
    if (!lock.opened()) {
        return std::unexpected(with_errno(path + ": cannot open the directory"));
    }
    if (!lock.take()) {
        return std::unexpected(path + ": another process keeps the directory locked");
    }
    if (const Failure failure = clear_path(path)) {
        return std::unexpected(*failure);
    }
    ListenSocket socket;
    socket.fd_ = make_socket();
    if (socket.fd_ < 0) {
        return std::unexpected(with_errno("socket"));
    }
    // The file begins with no permission at all, whatever the umask; and until listen() nobody can
    // connect anyway.
    if (::fchmod(socket.fd_, 0) != 0 ||
        ::bind(socket.fd_, address_of(path, address), sizeof address) != 0) {
        return std::unexpected(with_errno(path + ": cannot bind"));
    }
    struct stat made {};
    if (::lstat(path.c_str(), &made) != 0) {
        return std::unexpected(with_errno(path));
    }
    socket.path_ = path;
    socket.device_ = made.st_dev;
    socket.inode_ = made.st_ino;
    if (const Failure failure = set_access(listener)) {
        return std::unexpected(*failure);
    }
    if (::listen(socket.fd_, 1024) != 0) {
        return std::unexpected(with_errno(path + ": cannot listen"));
    }
    return socket;
}

ListenSocket::~ListenSocket() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
    struct stat found {};
    if (!path_.empty() && ::lstat(path_.c_str(), &found) == 0 && found.st_dev == device_ &&
        found.st_ino == inode_) {
        ::unlink(path_.c_str());
    }
}

}  // namespace lbdrain::agent
