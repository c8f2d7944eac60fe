// Small texts that messages are made of.
#pragma once

#include <chrono>
#include <string>

namespace lbdrain::hook {

/// What errno's value `error` means, starting in lower case: "connection refused".
std::string error_text(int error);

/// "850 ms", "2.5 s", "12 s".
std::string duration_text(std::chrono::milliseconds duration);

/// "SIGTERM", or "signal 35".
std::string signal_text(int signal);

}  // namespace lbdrain::hook
