#include "runner/text.hpp"

#include <cctype>
#include <cstring>
#include <system_error>

namespace lbdrain::hook {

std::string error_text(int error) {
    std::string text = std::generic_category().message(error);
    // "Connection refused" -> "connection refused", but "RPC ..." stays.
    if (text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])) != 0) {
        text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
    }
    return text;
}

std::string duration_text(std::chrono::milliseconds duration) {
    const auto ms = duration.count();
    if (ms < 1000) {
        return std::to_string(ms) + " ms";
    }
    std::string text = std::to_string(ms / 1000);
    if (ms < 10000 && ms % 1000 >= 100) {
        text += '.';
        text += std::to_string(ms % 1000 / 100);
    }
    return text + " s";
}

std::string signal_text(int signal) {
    if (const char* name = ::sigabbrev_np(signal)) {
        return std::string("SIG") + name;
    }
    return "signal " + std::to_string(signal);
}

}  // namespace lbdrain::hook
