// Replaces a file so that a crash at any moment leaves the former or the new content: a temporary
// file beside it, fsync, rename over it, fsync of the directory.
#pragma once

#include <sys/types.h>

#include <expected>
#include <string>
#include <string_view>

namespace lbdrain {

std::expected<void, std::string> write_durably(const std::string& path, std::string_view content,
                                               mode_t mode = 0600);

}  // namespace lbdrain
