// A directory of the test's own, gone with it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace lbdrain::agent::test {

class TempDir {
  public:
    TempDir();
    ~TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;

    std::string path() const { return path_.string(); }
    // Names of the files in a folder of it.
    std::vector<std::string> files(const std::string& folder) const;

  private:
    std::filesystem::path path_;
};

std::string read_text(const std::string& path);
void write_text(const std::string& path, const std::string& text);

}  // namespace lbdrain::agent::test
