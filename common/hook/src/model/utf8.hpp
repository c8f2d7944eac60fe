// Text of unknown origin made fit for JSON.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lbdrain::hook {

/// `bytes` as UTF-8: what is no UTF-8 becomes U+FFFD; cut at a character's edge so that at most
/// `limit` bytes remain, "..." included then.
std::string to_utf8(std::string_view bytes, std::size_t limit);

}  // namespace lbdrain::hook
