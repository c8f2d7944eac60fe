#include "output/table.hpp"

#include <algorithm>

namespace lbdrain::ctl {
namespace {

constexpr std::size_t gap = 2;

std::string padded(const std::string& text, const std::string& shown, std::size_t width,
                   bool right) {
    const std::string blanks(width - std::min(width, columns(text)), ' ');
    return right ? blanks + shown : shown + blanks;
}

}  // namespace

std::vector<std::string> Table::lines(const Terminal& terminal) const {
    std::vector<std::size_t> widths(heading_.size(), 0);
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], columns(row[i].text));
        }
    }
    for (std::size_t i = 0; i < heading_.size(); ++i) {
        widths[i] = widths[i] == 0 ? 0 : std::max(widths[i], columns(heading_[i]));
    }
    const auto line_of = [&](auto&& text_of, auto&& shown_of) {
        std::string line;
        for (std::size_t i = 0; i < heading_.size(); ++i) {
            if (widths[i] != 0) {
                line += line.empty() ? "" : std::string(gap, ' ');
                line += padded(text_of(i), shown_of(i), widths[i], right_[i]);
            }
        }
        while (line.ends_with(' ')) {
            line.pop_back();
        }
        return line;
    };
    std::vector<std::string> out;
    out.push_back(styled(terminal, Style::strong,
                         line_of([&](std::size_t i) { return heading_[i]; },
                                 [&](std::size_t i) { return heading_[i]; })));
    for (const auto& row : rows_) {
        out.push_back(
            line_of([&](std::size_t i) { return row[i].text; },
                    [&](std::size_t i) { return styled(terminal, row[i].style, row[i].text); }));
    }
    return out;
}

}  // namespace lbdrain::ctl
