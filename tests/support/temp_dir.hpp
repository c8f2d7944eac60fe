// A directory of its own under TMPDIR (or /tmp), removed with all it holds when the object dies.
// With LBDRAIN_KEEP=1 the directory of a failed test is kept and its path printed.
// One owner; the const members may be used from any thread.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace lbdrain::test {

class TempDir {
  public:
    TempDir();
    ~TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

    // Replaces the file in one step, so that no reader meets half of it.
    std::filesystem::path write(std::string_view name, std::string_view text) const;

  private:
    std::filesystem::path path_;
};

// The whole file; empty if there is none.
std::string read_file(const std::filesystem::path& path);

}  // namespace lbdrain::test
