#include "nginx_log.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <string_view>

#include "temp_dir.hpp"

namespace lbdrain::test {
namespace {

constexpr std::array<std::string_view, 7> bad_signs{
    "[alert]",          "[emerg]",       "[crit]",         "core dumped",
    "AddressSanitizer", "LeakSanitizer", "runtime error:",
};

}  // namespace

std::vector<std::string> bad_log_lines(const std::string& log,
                                       const std::vector<std::string>& allowed) {
    std::vector<std::string> bad;
    std::istringstream lines(log);
    for (std::string line; std::getline(lines, line);) {
        const auto holds = [&line](std::string_view text) {
            return line.find(text) != std::string::npos;
        };
        if (std::ranges::any_of(bad_signs, holds) && !std::ranges::any_of(allowed, holds)) {
            bad.push_back(line);
        }
    }
    return bad;
}

std::string sanitizer_reports(const std::filesystem::path& directory) {
    std::string text;
    for (const auto& file : std::filesystem::directory_iterator(directory)) {
        const auto name = file.path().filename().string();
        if (name.starts_with("sanitizer")) {
            text += name + ":\n" + read_file(file.path());
        }
    }
    return text;
}

}  // namespace lbdrain::test
