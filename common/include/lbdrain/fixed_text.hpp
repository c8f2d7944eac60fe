// A string of bounded size that is trivially copyable, for values that live in shared memory.
// Longer text is cut at a UTF-8 boundary, so what is left can always stand in JSON.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lbdrain {

template <std::size_t Capacity>
class FixedText {
  public:
    static_assert(Capacity > 0 && Capacity <= UINT16_MAX);

    constexpr FixedText() noexcept = default;
    constexpr FixedText(std::string_view text) noexcept { assign(text); }
    constexpr FixedText(const char* text) noexcept { assign(text); }

    constexpr void assign(std::string_view text) noexcept {
        clear();
        append(text);
    }

    constexpr void append(std::string_view text) noexcept {
        const std::size_t used = view().size();
        std::size_t size = std::min(text.size(), Capacity - used);
        while (size > 0 && size < text.size() && is_continuation(text[size])) {
            --size;
        }
        std::copy_n(text.begin(), size, bytes_.begin() + static_cast<std::ptrdiff_t>(used));
        size_ = static_cast<std::uint16_t>(used + size);
    }

    constexpr void clear() noexcept { size_ = 0; }
    constexpr bool empty() const noexcept { return size_ == 0; }
    // Bounded even when the memory behind it was damaged.
    constexpr std::string_view view() const noexcept {
        return {bytes_.data(), std::min<std::size_t>(size_, Capacity)};
    }

    friend constexpr bool operator==(const FixedText& a, const FixedText& b) noexcept {
        return a.view() == b.view();
    }

  private:
    static constexpr bool is_continuation(char c) noexcept {
        return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
    }

    std::uint16_t size_ = 0;
    std::array<char, Capacity> bytes_{};
};

}  // namespace lbdrain
