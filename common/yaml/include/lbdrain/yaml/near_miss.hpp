// The word that was probably meant by a mistyped one. Stateless.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace lbdrain::yaml {

// The nearest of `words` when it is near enough for a typing error: one slip in short words, two in
// longer ones; case and '-' for '_' do not count. nullopt: none is, or two are equally near.
std::optional<std::string_view> near_miss(std::string_view typed,
                                          std::span<const std::string_view> words);

}  // namespace lbdrain::yaml
