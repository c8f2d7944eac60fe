#include "local_store.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <thread>

#include "file_name.hpp"
#include "lbdrain/posix/durable_file.hpp"

namespace lbdrain {
namespace {

constexpr std::size_t file_limit = std::size_t{1} << 20;
// Changes take milliseconds; whoever keeps the guard longer is stopped or stuck on its disk.
constexpr std::chrono::seconds patience{10};
constexpr std::chrono::milliseconds rest{5};

std::unexpected<CoordinationError> failure(const std::string& what, const std::string& path,
                                           int error) {
    std::string text =
        "cannot " + what + " \"" + path + "\": " + std::generic_category().message(error);
    if (error == EACCES || error == EPERM) {
        text += "; run it as a user who may, or make its directory 2770 and of a group of both";
    } else if (error == EROFS) {
        text += "; choose a directory that can be written";
    } else if (error == ENOTDIR || error == ENOENT) {
        text += "; make the directory it shall be in, or choose another";
    }
    return unavailable(text);
}

}  // namespace

std::unexpected<CoordinationError> unavailable(const std::string& text) {
    return std::unexpected(CoordinationError{CoordinationError::Kind::unavailable, text});
}

Coordinated<std::string> LocalStore::base_of(const std::string& service) const {
    const auto name = encode_file_name(service);
    if (!name) {
        return std::unexpected(
            CoordinationError{CoordinationError::Kind::bad_argument,
                              service.empty() ? "a service needs a name"
                                              : "the service's name is too long for a file's: \"" +
                                                    service.substr(0, 40) + "...\""});
    }
    if (directory_.empty()) {
        return std::unexpected(CoordinationError{CoordinationError::Kind::bad_argument,
                                                 "the directory for permits has no name"});
    }
    return directory_ + "/" + *name;
}

Coordinated<UniqueFd> LocalStore::guard(const std::string& base) {
    if (auto made = make_directory(); !made) {
        return std::unexpected(std::move(made.error()));
    }
    const std::string path = base + ".guard";
    auto file = open_or_make(path);
    if (!file) {
        return file;
    }
    // flock() asks for no right to write, and threads keep each other out as processes do. The
    // file is never removed, so all lock the same one.
    const auto until = std::chrono::steady_clock::now() + patience;
    while (::flock(file->get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return failure("lock", path, errno);
        }
        if (std::chrono::steady_clock::now() > until) {
            return unavailable("another process has kept \"" + path +
                               "\" locked for 10 s; `fuser` tells which, it may be stopped");
        }
        std::this_thread::sleep_for(rest);
    }
    return file;
}

Coordinated<SessionNumber> LocalStore::session() {
    const std::scoped_lock lock(mutex_);
    if (!session_) {
        const std::string path = directory_ + "/sessions";
        auto file = open_or_make(path);
        if (!file) {
            return std::unexpected(std::move(file.error()));
        }
        auto begun = Session::begin(*std::move(file));
        if (!begun) {
            return unavailable("cannot lock a byte of \"" + path + "\": " + begun.error());
        }
        session_.emplace(*std::move(begun));
    }
    return session_->number();
}

Coordinated<bool> LocalStore::lives(SessionNumber number) {
    {
        const std::scoped_lock lock(mutex_);
        if (session_ && session_->number() == number) {
            return true;
        }
    }
    const std::string path = directory_ + "/sessions";
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) {
        return errno == ENOENT ? Coordinated<bool>(false) : failure("open", path, errno);
    }
    auto lives = session_lives(file.get(), number);
    if (!lives) {
        return unavailable("cannot look for locks on \"" + path + "\": " + lives.error());
    }
    return *lives;
}

Coordinated<std::optional<std::string>> LocalStore::read(const std::string& path) const {
    // A FIFO by mistake must not hold the caller.
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file) {
        if (errno == ENOENT) {
            return std::nullopt;
        }
        return failure("open", path, errno);
    }
    std::string text;
    std::array<char, 16384> bytes;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    for (;;) {
        const ssize_t size = ::read(file.get(), bytes.data(), bytes.size());
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size < 0) {
            return failure("read", path, errno);
        }
        if (size == 0) {
            return text;
        }
        text.append(bytes.data(), static_cast<std::size_t>(size));
        if (text.size() > file_limit) {
            return failure("read", path, EFBIG);
        }
    }
}

Coordinated<void> LocalStore::write(const std::string& path, std::string_view content) const {
    if (content.size() > file_limit) {
        return failure("write", path, EFBIG);
    }
    // One that was killed while it wrote may have been of another user, whose file is not ours to
    // open.
    ::unlink((path + ".tmp").c_str());
    if (auto written = write_durably(path, content, mode_of_files()); !written) {
        return unavailable(written.error() +
                           "; see that you may write there and that there is room");
    }
    return {};
}

Coordinated<void> LocalStore::remove(const std::string& path) const {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        return failure("remove", path, errno);
    }
    const UniqueFd directory(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory || ::fsync(directory.get()) != 0) {
        return failure("sync", directory_, errno);
    }
    return {};
}

void LocalStore::damaged(const std::string& path, const std::string& why, bool aside) const {
    std::string text = "\"" + path + "\" is damaged (" + why + ") and is taken as empty";
    if (aside) {
        const std::string kept = path + ".damaged";
        text += ::rename(path.c_str(), kept.c_str()) == 0
                    ? "; kept as \"" + kept + "\""
                    : "; it cannot be moved away: " + std::generic_category().message(errno);
    }
    if (warn_) {
        warn_(text);
    }
}

// The file that all lock, whoever is first. It appears with its mode, else another user could meet
// it in the moment before that.
Coordinated<UniqueFd> LocalStore::open_or_make(const std::string& path) const {
    for (int attempt = 0; attempt < 3; ++attempt) {
        UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
        if (file || errno != ENOENT) {
            return file ? Coordinated<UniqueFd>(std::move(file)) : failure("open", path, errno);
        }
        const std::string draft = path + "." + random_id();
        const UniqueFd made(
            ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (!made) {
            return failure("make", path, errno);
        }
        const bool linked = ::fchmod(made.get(), mode_of_files()) == 0 &&
                            (::link(draft.c_str(), path.c_str()) == 0 || errno == EEXIST);
        const int error = errno;
        ::unlink(draft.c_str());
        if (!linked) {
            return failure("make", path, error);
        }
    }
    return unavailable("somebody removes \"" + path + "\" as soon as it is made");
}

Coordinated<void> LocalStore::make_directory() const {
    std::error_code failed;
    std::filesystem::create_directories(directory_, failed);
    if (failed) {
        return failure("make", directory_, failed.value());
    }
    return {};
}

mode_t LocalStore::mode_of_files() const {
    struct stat status {};
    return ::stat(directory_.c_str(), &status) == 0 ? status.st_mode & 0666U : 0600U;
}

}  // namespace lbdrain
