#include "state_row/state_text.hpp"

#include <algorithm>

namespace lbdrain::haproxy {
namespace {

std::string_view take_line(std::string_view& text) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

}  // namespace

std::expected<StateText, std::string> parse_state_text(std::string_view text) {
    StateText parsed;
    if (text.empty()) {
        return parsed;
    }
    const auto version = take_line(text);
    if (version != "1") {
        return std::unexpected("its first line is \"" + std::string(version.substr(0, 40)) +
                               "\", not the version 1 of a server-state file");
    }
    std::set<ServerName> known;
    for (unsigned number = 2; !text.empty(); ++number) {
        const bool whole = text.find('\n') != std::string_view::npos;
        const auto line = take_line(text);
        const auto begin = line.find_first_not_of(" \t");
        if (begin == std::string_view::npos || line[begin] == '#') {
            continue;
        }
        auto row = parse_row(line);
        if (!row || !whole) {
            parsed.dropped.push_back("line " + std::to_string(number) + ": " +
                                     (row ? "without an end" : row.error()));
        } else if (known.emplace(row->backend, row->server).second) {
            parsed.rows.push_back(std::move(*row));
        }
    }
    return parsed;
}

std::string format_state_text(const std::vector<StateRow>& rows) {
    std::string text =
        "1\n# Kept by drain-agent: rows of servers that it took out of rotation, until they are "
        "back.\n";
    for (const StateRow& row : rows) {
        text += row.line + "\n";
    }
    return text;
}

std::vector<StateRow> merge_rows(const std::vector<StateRow>& present,
                                 const std::set<ServerName>& ours,
                                 const std::vector<StateRow>& wanted) {
    std::vector<StateRow> merged;
    for (const StateRow& row : present) {
        if (!ours.contains({row.backend, row.server})) {
            merged.push_back(row);
        }
    }
    merged.insert(merged.end(), wanted.begin(), wanted.end());
    return merged;
}

}  // namespace lbdrain::haproxy
