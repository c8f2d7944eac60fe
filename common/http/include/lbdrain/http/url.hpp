// Pieces of URLs. Stateless.
#pragma once

#include <string>
#include <string_view>

namespace lbdrain::http {

// `url` fit for messages: without user, password and query.
std::string shown_url(std::string_view url);

// Scheme, host and port of `url`: what a path is put behind.
std::string origin_of(std::string_view url);

// One or more segments of a path, everything in them percent-encoded that is not plain; slashes and
// colons stay as they are.
std::string encoded_path(std::string_view text);

}  // namespace lbdrain::http
