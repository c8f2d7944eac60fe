#include "state_row/state_row.hpp"

#include <algorithm>
#include <charconv>
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

bool is_port(std::string_view text) {
    unsigned port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc() && end == text.data() + text.size() && port > 0 && port <= 65535;
}

bool is_word(std::string_view text) {
    return !text.empty() && std::ranges::none_of(text, [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == 0x7F;
    });
}

std::string_view or_dash(std::string_view text) {
    return text.empty() ? "-" : text;
}

std::string_view or_zero(std::string_view text) {
    return text.empty() ? "0" : text;
}

}  // namespace

std::expected<StateRow, std::string> make_row(const LiveServer& live, OutState state) {
    const std::string name = live.backend + "/" + live.server;
    if (!is_port(live.port)) {
        return std::unexpected(name + ": HAProxy shows port \"" + live.port +
                               "\"; a row must name one");
    }
    const bool managed_by_srv = live.srv_record.starts_with('_');
    const unsigned admin = (live.admin_state & admin_cmaint) |
                           (state == OutState::drain ? admin_fdrain : admin_fmaint);
    const std::string weight = std::to_string(std::max(1U, live.initial_weight));
    const std::string admin_text = std::to_string(admin);
    const std::vector<std::string_view> columns = {
        or_zero(live.backend_id),
        live.backend,
        or_zero(live.server_id),
        live.server,
        // Only the memory of `init-addr last`, and what a server found by SRV begins with.
        managed_by_srv ? or_dash(live.address) : std::string_view("-"),
        "2",  // RUNNING, as a server begins without a row; 0 would begin it as down
        admin_text,
        weight,
        weight,
        "0",
        "0",
        "0",
        "0",
        "0",  // checks: without the CONFIGURED bit nothing is taken from these two
        "0",
        or_zero(live.backend_id_forced),
        or_zero(live.server_id_forced),
        managed_by_srv ? or_dash(live.fqdn) : std::string_view("-"),
        live.port,
        or_dash(live.srv_record),
        or_zero(live.use_ssl),
        "0",
        "-",
        "-",
        "0",
    };
    std::string line;
    for (const std::string_view text : columns) {
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
