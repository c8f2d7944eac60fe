#include "state_row/state_row.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace lbdrain::haproxy {
namespace {

// server_state-t.h: SRV_STATE_FILE_MIN_FIELDS_VERSION_1 and MAX; SRV_STATE_LINE_MAXLEN.
constexpr std::size_t least_columns = 20;
constexpr std::size_t most_columns = 25;
constexpr std::size_t longest_line = 1990;

constexpr std::string_view blanks = " \t";

std::vector<std::string_view> columns_of(std::string_view line) {
    std::vector<std::string_view> columns;
    auto begin = line.find_first_not_of(blanks);
    while (begin != std::string_view::npos) {
        const auto end = std::min(line.find_first_of(blanks, begin), line.size());
        columns.push_back(line.substr(begin, end - begin));
        begin = line.find_first_not_of(blanks, end);
    }
    return columns;
}

bool is_word(std::string_view text) {
    return !text.empty() && std::ranges::none_of(text, [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == 0x7F;
    });
}

std::string or_dash(const std::string& text) {
    return text.empty() ? "-" : text;
}

}  // namespace

std::expected<StateRow, std::string> make_row(const ServerState& live, OutState state) {
    const std::string name = live.be_name + "/" + live.srv_name;
    const bool unix_socket = live.srv_addr == "-";
    if (live.srv_port > 65535 || (live.srv_port == 0 && !unix_socket)) {
        return std::unexpected(name + ": HAProxy shows port " + std::to_string(live.srv_port) +
                               "; a row must name one");
    }
    const bool managed_by_srv = live.srvrecord.starts_with('_');
    const std::string weight = std::to_string(std::max(1U, live.srv_iweight));
    const std::vector<std::string> columns = {
        std::to_string(live.be_id),
        live.be_name,
        std::to_string(live.srv_id),
        live.srv_name,
        // Only the memory of `init-addr last`, and what a server found by SRV begins with.
        managed_by_srv ? or_dash(live.srv_addr) : "-",
        "2",  // RUNNING, as a server begins without a row; 0 would begin it as down
        std::to_string((live.srv_admin_state & admin::cmaint) |
                       (state == OutState::drain ? admin::fdrain : admin::fmaint)),
        weight,
        weight,
        "0",
        "0",
        "0",
        "0",
        "0",  // checks: without the CONFIGURED bit nothing is taken from these two
        "0",
        std::to_string(live.bk_f_forced_id),
        std::to_string(live.srv_f_forced_id),
        managed_by_srv ? or_dash(live.srv_fqdn) : "-",
        std::to_string(live.srv_port),
        or_dash(live.srvrecord),
        std::to_string(live.srv_use_ssl),
        "0",
        "-",
        "-",
        "0",
    };
    std::string line;
    for (const std::string& text : columns) {
        if (!is_word(text)) {
            return std::unexpected(name + ": \"" + std::string(text) + "\" cannot stand in a row");
        }
        line.append(line.empty() ? "" : " ").append(text);
    }
    return parse_row(line);
}

std::expected<StateRow, std::string> parse_row(std::string_view line) {
    const auto columns = columns_of(line);
    if (columns.size() < least_columns || columns.size() > most_columns) {
        return std::unexpected("a row of " + std::to_string(columns.size()) + " columns");
    }
    if (line.size() > longest_line) {
        return std::unexpected("a row of " + std::to_string(line.size()) + " bytes");
    }
    return StateRow{std::string(columns[1]), std::string(columns[3]), std::string(line)};
}

std::string_view column(std::string_view line, unsigned number) {
    const auto columns = columns_of(line);
    return number < columns.size() ? columns[number] : std::string_view{};
}

}  // namespace lbdrain::haproxy
