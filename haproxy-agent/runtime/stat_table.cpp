#include "runtime/stat_table.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "runtime/csv.hpp"
#include "runtime/text.hpp"

namespace lbdrain::haproxy {
namespace {

// Values of column `type` (enum stats_type in HAProxy's stats-t.h).
constexpr int type_backend = 1;
constexpr int type_server = 2;

std::unexpected<Error> bad(const std::string& what) {
    return std::unexpected(Error{ErrorCode::bad_reply, "not an answer to `show stat`: " + what});
}

struct Columns {
    std::size_t pxname, svname, qcur, scur, status, weight, type;
    std::optional<std::size_t> check_status, agent_status;
};

std::expected<Columns, Error> columns_in(const CsvHeader& header) {
    Columns columns{};
    const std::array needed{
        std::pair{"pxname", &columns.pxname}, std::pair{"svname", &columns.svname},
        std::pair{"qcur", &columns.qcur},     std::pair{"scur", &columns.scur},
        std::pair{"status", &columns.status}, std::pair{"weight", &columns.weight},
        std::pair{"type", &columns.type}};
    for (const auto& [name, column] : needed) {
        const auto found = header.find(name);
        if (!found) {
            return bad("no column " + std::string(name));
        }
        *column = *found;
    }
    columns.check_status = header.find("check_status");
    columns.agent_status = header.find("agent_status");
    return columns;
}

std::expected<void, Error> add_row(StatTable& table, const Columns& columns,
                                   const std::vector<std::string>& row) {
    const auto type = number_from<int>(row[columns.type]);
    if (!type) {
        return bad("no type in the row of " + excerpt(row[columns.pxname]));
    }
    if (*type != type_backend && *type != type_server) {
        return {};
    }
    const auto scur = number_from<std::uint64_t>(row[columns.scur]);
    const auto qcur = number_from<std::uint64_t>(row[columns.qcur]);
    if (!scur || !qcur) {
        return bad("no scur or qcur in the row of " +
                   excerpt(row[columns.pxname] + "/" + row[columns.svname]));
    }
    if (*type == type_backend) {
        table.backends.push_back({row[columns.pxname], *scur, *qcur, row[columns.status]});
        return {};
    }
    const auto optional_text = [&](const std::optional<std::size_t>& column) {
        return column ? row[*column] : std::string();
    };
    table.servers.push_back({row[columns.pxname], row[columns.svname], *scur, *qcur,
                             row[columns.status], number_from<std::uint32_t>(row[columns.weight]),
                             optional_text(columns.check_status),
                             optional_text(columns.agent_status)});
    return {};
}

}  // namespace

const ServerStat* StatTable::find(std::string_view backend, std::string_view server) const {
    const auto found = std::ranges::find_if(servers, [&](const ServerStat& stat) {
        return stat.server == server && stat.backend == backend;
    });
    return found == servers.end() ? nullptr : &*found;
}

std::expected<StatTable, Error> parse_stat(std::string_view text) {
    if (!text.starts_with("# pxname,")) {
        return bad(excerpt(text));
    }
    CsvReader reader(text);
    std::vector<std::string> row;
    if (auto first = reader.next(row); !first) {
        return std::unexpected(std::move(first.error()));
    }
    const CsvHeader header(row);
    const auto columns = columns_in(header);
    if (!columns) {
        return std::unexpected(columns.error());
    }
    StatTable table;
    for (;;) {
        const auto more = reader.next(row);
        if (!more) {
            return std::unexpected(more.error());
        }
        if (!*more) {
            return table;
        }
        if (row.size() != header.size()) {
            return bad("a row of " + std::to_string(row.size()) + " columns under a header of " +
                       std::to_string(header.size()));
        }
        if (auto added = add_row(table, *columns, row); !added) {
            return std::unexpected(std::move(added.error()));
        }
    }
}

}  // namespace lbdrain::haproxy
