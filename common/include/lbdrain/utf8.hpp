// Text of unknown origin (a path, a name in a configuration, a hook's output) made fit for JSON.
#pragma once

#include <string>
#include <string_view>

namespace lbdrain {

// `bytes` as UTF-8: every byte that is none becomes U+FFFD.
std::string to_utf8(std::string_view bytes);

}  // namespace lbdrain
