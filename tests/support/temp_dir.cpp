#include "temp_dir.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <system_error>

namespace lbdrain::test {

TempDir::TempDir() {
    auto pattern = (std::filesystem::temp_directory_path() / "lbdrain-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
        throw std::system_error(errno, std::generic_category(), "mkdtemp " + pattern);
    }
    path_ = pattern;
}

TempDir::~TempDir() {
    const char* keep = std::getenv("LBDRAIN_KEEP");
    if (keep != nullptr && std::strcmp(keep, "1") == 0 && ::testing::Test::HasFailure()) {
        std::cerr << "kept: " << path_.string() << '\n';
        return;
    }
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path TempDir::write(std::string_view name, std::string_view text) const {
    const auto target = path_ / name;
    auto draft = target;
    draft += ".new";
    std::ofstream out(draft, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    if (!out) {
        throw std::runtime_error("cannot write " + draft.string());
    }
    std::filesystem::rename(draft, target);
    return target;
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace lbdrain::test
