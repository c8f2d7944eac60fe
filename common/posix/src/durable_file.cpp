#include "lbdrain/posix/durable_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace lbdrain {
namespace {

std::unexpected<std::string> failure(const std::string& what, const std::string& path) {
    return std::unexpected("cannot " + what + " \"" + path + "\": " + std::strerror(errno));
}

bool write_all(int file, std::string_view content) {
    while (!content.empty()) {
        const ssize_t written = ::write(file, content.data(), content.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

}  // namespace

std::expected<void, std::string> write_durably(const std::string& path, std::string_view content,
                                               mode_t mode) {
    const std::string temporary = path + ".tmp";
    const int file =
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    if (file < 0) {
        return failure("open", temporary);
    }
    // The umask must not decide who may read it.
    if (::fchmod(file, mode) != 0 || !write_all(file, content) || ::fsync(file) != 0) {
        auto failed = failure("write", temporary);
        ::close(file);
        ::unlink(temporary.c_str());
        return failed;
    }
    if (::close(file) != 0 || ::rename(temporary.c_str(), path.c_str()) != 0) {
        auto failed = failure("replace", path);
        ::unlink(temporary.c_str());
        return failed;
    }
    const std::string directory = path.substr(0, path.rfind('/'));
    const int handle = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle < 0) {
        return failure("open", directory);
    }
    const int synced = ::fsync(handle);
    ::close(handle);
    if (synced != 0) {
        return failure("sync", directory);
    }
    return {};
}

}  // namespace lbdrain
