// Life signs: a session is a byte of a file, locked (an open file description lock) for as long as
// the object exists. The kernel drops it at any death of the process, so whoever finds the byte
// unlocked knows that its owner is gone; a number is never used twice, so nobody else can be meant.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "lbdrain/posix/unique_fd.hpp"

namespace lbdrain {

// The offset of a byte; 0 is nobody's.
using SessionNumber = std::int64_t;

// 128 bits from the kernel's random numbers, in hexadecimal.
std::string random_id();

// Immutable once begun: any thread.
class Session {
  public:
    // `file` is one for all who share the directory. The error is errno's text.
    static std::expected<Session, std::string> begin(UniqueFd file);

    SessionNumber number() const noexcept { return number_; }

  private:
    Session(UniqueFd file, SessionNumber number) noexcept
        : file_(std::move(file)), number_(number) {}

    UniqueFd file_;
    SessionNumber number_;
};

// Is the byte locked? `file` must be a descriptor opened apart from the session's own. The error is
// errno's text.
std::expected<bool, std::string> session_lives(int file, SessionNumber number);

}  // namespace lbdrain
