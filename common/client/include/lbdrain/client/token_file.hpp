// A bearer token in a file. Stateless: whoever needs the token reads it each time, so a new one
// counts at once.
#pragma once

#include <expected>
#include <string>

namespace lbdrain::client {

// The file's text without the white space around it. The error names the file: it cannot be read,
// is no regular file, is empty or too long, or holds what no header may hold.
std::expected<std::string, std::string> read_token(const std::string& path);

}  // namespace lbdrain::client
