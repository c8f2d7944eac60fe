#include "session.hpp"

#include <fcntl.h>
#include <sys/random.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace lbdrain {
namespace {

// getrandom() does not fail for so few bytes once the kernel has begun to give any.
template <class T>
void fill_randomly(T& value) {
    while (::getrandom(&value, sizeof(value), 0) != static_cast<ssize_t>(sizeof(value))) {
    }
}

struct flock one_byte(short type, SessionNumber number) {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = number;
    lock.l_len = 1;
    return lock;
}

std::unexpected<std::string> failure(int error) {
    return std::unexpected(std::generic_category().message(error));
}

}  // namespace

std::string random_id() {
    constexpr std::string_view digits = "0123456789abcdef";
    unsigned char bytes[16];
    fill_randomly(bytes);
    std::string id;
    for (const unsigned char byte : bytes) {
        id += digits[byte >> 4U];
        id += digits[byte & 0xFU];
    }
    return id;
}

std::expected<Session, std::string> Session::begin(UniqueFd file) {
    for (;;) {
        std::uint64_t random = 0;
        fill_randomly(random);
        const auto number = static_cast<SessionNumber>(random >> 2U) + 1;
        // A shared lock, since that asks for no right to write; others look for any lock at all.
        struct flock lock = one_byte(F_RDLCK, number);
        const auto taken = session_lives(file.get(), number);
        if (!taken) {
            return std::unexpected(taken.error());
        }
        if (*taken) {
            continue;
        }
        if (::fcntl(file.get(), F_OFD_SETLK, &lock) != 0) {
            return failure(errno);
        }
        return Session(std::move(file), number);
    }
}

std::expected<bool, std::string> session_lives(int file, SessionNumber number) {
    if (number <= 0) {
        return false;
    }
    struct flock lock = one_byte(F_WRLCK, number);
    if (::fcntl(file, F_OFD_GETLK, &lock) != 0) {
        return failure(errno);
    }
    return lock.l_type != F_UNLCK;
}

}  // namespace lbdrain
