#include "lbdrain/yaml/near_miss.hpp"

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

namespace lbdrain::yaml {
namespace {

std::string folded(std::string_view word) {
    std::string out(word);
    for (char& c : out) {
        c = c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return out;
}

// Letters inserted, left out, replaced, or two neighbours swapped (optimal string alignment).
std::size_t slips(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> cost(a.size() + 1,
                                               std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) {
        for (std::size_t j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                cost[i][j] = i + j;
                continue;
            }
            const std::size_t other = a[i - 1] == b[j - 1] ? 0 : 1;
            cost[i][j] =
                std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + other});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
            }
        }
    }
    return cost[a.size()][b.size()];
}

}  // namespace

std::optional<std::string_view> near_miss(std::string_view typed,
                                          std::span<const std::string_view> words) {
    constexpr std::size_t longest = 64;  // nothing that long is a slip of the finger
    if (typed.size() > longest) {
        return std::nullopt;
    }
    const std::string folded_typed = folded(typed);
    std::optional<std::string_view> nearest;
    std::size_t fewest = typed.size() <= 4 ? 2 : 3;  // one more than is near enough
    bool tie = false;
    for (const std::string_view word : words) {
        if (word.size() > longest) {
            continue;
        }
        const std::size_t count = slips(folded_typed, folded(word));
        if (count < fewest && count < word.size()) {
            nearest = word;
            fewest = count;
            tie = false;
        } else if (count == fewest && nearest) {
            tie = true;
        }
    }
    return tie ? std::nullopt : nearest;
}

}  // namespace lbdrain::yaml
