// The agent's memory across its own death: a directory with one small file a server, each replaced
// atomically (write, fsync, rename, fsync of the directory), so that kill -9 at any step leaves the
// former or the new content and never half of one.
//
// One owner (a lock on the directory keeps a second agent out), not thread-safe.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "journal/record.hpp"

namespace lbdrain::agent {

struct JournalContent {
    std::vector<ServerRecord> records;  // times made valid for this boot
    // Files that could not be read and were set aside, each with the reason.
    std::vector<std::string> damaged;
};

class Journal {
  public:
    // Makes the directory if it is missing. `boot`: see record.hpp; empty: this machine's.
    static std::expected<Journal, std::string> open(const std::string& state_dir,
                                                    std::string boot = {});
    ~Journal();
    Journal(Journal&& other) noexcept;
    Journal& operator=(Journal&&) = delete;
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    // Sequences that were running during another boot begin their time limits anew at `now`.
    std::expected<JournalContent, std::string> load(Millis now) const;

    // Durable when it returns. On an error the former content stands.
    std::expected<void, std::string> save(const ServerRecord& record) const;

    // For lbdrain-hook's run files; below the state directory, exists.
    std::string run_file(const std::string& service, const std::string& server) const;

  private:
    Journal(std::string directory, std::string boot, int lock) noexcept
        : directory_(std::move(directory)), boot_(std::move(boot)), lock_(lock) {}
    std::string file_of(const std::string& service, const std::string& server) const;

    std::string directory_;
    std::string boot_;
    int lock_ = -1;
};

}  // namespace lbdrain::agent
