// HAProxy's `server-state-file` on disk: brought to the rows that are wanted, in one step.
//
// HAProxy's master reads it at every start and reload, as the user it was started by and before any
// chroot: mode 0644. Written beside it, synced and renamed over it, so that a reload or a crash
// meets the old rows or the new ones. One thread a time; other programs may write it too
// (state_text.hpp), and what they wrote is read again before anything is written.
#pragma once

#include <expected>
#include <set>
#include <string>
#include <vector>

#include "state_row/state_text.hpp"

namespace lbdrain::haproxy {

struct StateFileView {
    std::vector<StateRow> ours;     // rows of our servers, as they stand in the file now
    std::vector<StateRow> foreign;  // rows of others
    std::vector<std::string> dropped;
    bool written = false;  // the file was not as wanted before
};

class StateFile {
  public:
    explicit StateFile(std::string path) : path_(std::move(path)) {}

    const std::string& path() const { return path_; }

    // The rows of `ours` that stand in the file; none if there is no file. Nothing is changed.
    std::expected<StateFileView, std::string> read(const std::set<ServerName>& ours) const;

    // Makes the rows of `ours` be `wanted`; creates the file. Writes only if that changes rows.
    // Refused, and nothing changed: a file that is no server-state file.
    std::expected<StateFileView, std::string> write(const std::set<ServerName>& ours,
                                                    const std::vector<StateRow>& wanted) const;

  private:
    std::expected<void, std::string> replace(const std::string& text) const;

    std::string path_;
};

}  // namespace lbdrain::haproxy
