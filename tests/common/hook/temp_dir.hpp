// A directory of a test's own.
#pragma once

#include <string>
#include <string_view>

namespace lbdrain::hook::test {

/// A directory that goes with the object.
class TempDir {
  public:
    TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    ~TempDir();

    std::string path(std::string_view name) const;
    /// Writes `content` to `name` and answers with its path.
    std::string write(std::string_view name, std::string_view content) const;

  private:
    std::string path_;
};

std::string read_file(const std::string& path);

}  // namespace lbdrain::hook::test
