#include "lbdrain/yaml/section.hpp"

#include <algorithm>

namespace lbdrain::yaml {

const Key* Section::find(std::string_view key) const noexcept {
    const auto found = std::ranges::find(keys, key, &Key::name);
    return found == keys.end() ? nullptr : &*found;
}

}  // namespace lbdrain::yaml
