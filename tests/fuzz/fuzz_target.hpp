// What a fuzz target defines: libFuzzer's entry point, with external linkage in spite of
// -fvisibility=hidden, and a way to say that something does not hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" __attribute__((visibility("default"))) int LLVMFuzzerTestOneInput(
    const std::uint8_t* data, std::size_t size);

namespace lbdrain::fuzz {

inline std::string_view text(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

// In every build, with or without NDEBUG.
inline void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

}  // namespace lbdrain::fuzz
