// Judges what nginx and the sanitizers wrote. Stateless.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace lbdrain::test {

// Lines of an error log at [alert], [emerg] or [crit] or that tell of a crash, but for those that
// hold one of the allowed texts.
std::vector<std::string> bad_log_lines(const std::string& log,
                                       const std::vector<std::string>& allowed);

// The content of every sanitizer report in the directory.
std::string sanitizer_reports(const std::filesystem::path& directory);

}  // namespace lbdrain::test
