#include "lbdrain/client/token_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace lbdrain::client {
namespace {

constexpr std::string_view white = " \t\r\n";

std::unexpected<std::string> failure(const std::string& path, const std::string& what) {
    return std::unexpected("token file " + path + ": " + what);
}

std::string error_text(int error) {
    return std::generic_category().message(error);
}

}  // namespace

std::expected<std::string, std::string> read_token(const std::string& path) {
    // A FIFO by mistake must not hold the balancer's thread.
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return failure(path, error_text(errno));
    }
    struct stat status {};
    const bool regular = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    std::array<char, 4097> bytes{};
    const ssize_t size = regular ? ::read(fd, bytes.data(), bytes.size()) : 0;
    const int error = errno;
    ::close(fd);
    if (!regular) {
        return failure(path, "is no regular file");
    }
    if (size < 0) {
        return failure(path, error_text(error));
    }
    if (static_cast<std::size_t>(size) == bytes.size()) {
        return failure(path, "is longer than 4096 bytes");
    }
    const std::string_view all(bytes.data(), static_cast<std::size_t>(size));
    const std::size_t begin = all.find_first_not_of(white);
    if (begin == std::string_view::npos) {
        return failure(path, "is empty");
    }
    const std::string_view token = all.substr(begin, all.find_last_not_of(white) + 1 - begin);
    if (!std::ranges::all_of(token, [](char c) { return c > ' ' && c < '\x7F'; })) {
        return failure(path, "holds something else than one token of printable ASCII");
    }
    return std::string(token);
}

}  // namespace lbdrain::client
