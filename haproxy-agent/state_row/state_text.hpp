// The text of a `server-state-file`: rows of servers that we took out, and rows of others. Pure.
//
// Rows of servers that are not ours are kept as they are: somebody dumps them there (`show servers
// state`, as HAProxy's manual suggests), and who would miss them cannot be known. Lines that no
// HAProxy accepts are left out, since one of them makes it ignore the whole file, our rows with it.
#pragma once

#include <expected>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "state_row/state_row.hpp"

namespace lbdrain::haproxy {

using ServerName = std::pair<std::string, std::string>;  // backend, server

struct StateText {
    std::vector<StateRow> rows;        // the first of each server, as HAProxy reads it
    std::vector<std::string> dropped;  // why lines were left out
};

// Empty text is a file without rows. Refused: another version, or no such file at all.
std::expected<StateText, std::string> parse_state_text(std::string_view text);

// Without rows it is a version line and a comment: HAProxy 2.6 warns at every start of a file that
// is missing or empty, and takes this one in silence.
std::string format_state_text(const std::vector<StateRow>& rows);

// `present` with the rows of `ours` replaced by `wanted`, all else kept in its order.
std::vector<StateRow> merge_rows(const std::vector<StateRow>& present,
                                 const std::set<ServerName>& ours,
                                 const std::vector<StateRow>& wanted);

}  // namespace lbdrain::haproxy
