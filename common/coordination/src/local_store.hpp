// The directory behind LocalCoordinator: its files, the guard that serialises changes, and this
// coordinator's session. Any thread; every error names the path and what to do.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "lbdrain/coordination/coordinator.hpp"
#include "lbdrain/posix/unique_fd.hpp"
#include "session.hpp"

namespace lbdrain {

std::unexpected<CoordinationError> unavailable(const std::string& text);

class LocalStore {
  public:
    using Warn = std::function<void(const std::string& text)>;

    LocalStore(std::string directory, Warn warn)
        : directory_(std::move(directory)), warn_(std::move(warn)) {}

    // The path without its ending; bad_argument if the name cannot be a file's.
    Coordinated<std::string> base_of(const std::string& service) const;

    // While it exists nobody else, in this process or another, changes that service's files. Makes
    // the directory if it is missing.
    Coordinated<UniqueFd> guard(const std::string& base);

    // This coordinator's, begun by the first call.
    Coordinated<SessionNumber> session();
    // A session that is this coordinator's own lives.
    Coordinated<bool> lives(SessionNumber number);

    // nullopt: there is none.
    Coordinated<std::optional<std::string>> read(const std::string& path) const;
    // The next two: only under the guard. Durable.
    Coordinated<void> write(const std::string& path, std::string_view content) const;
    Coordinated<void> remove(const std::string& path) const;

    // Tells that a file is damaged and taken as empty; moved away if `aside`, which is only for
    // those who have the guard.
    void damaged(const std::string& path, const std::string& why, bool aside) const;

  private:
    Coordinated<UniqueFd> open_or_make(const std::string& path) const;
    Coordinated<void> make_directory() const;
    mode_t mode_of_files() const;

    const std::string directory_;
    const Warn warn_;
    std::mutex mutex_;  // of session_
    std::optional<Session> session_;
};

}  // namespace lbdrain
