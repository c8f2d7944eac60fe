#include "server_view.hpp"

#include <cstdlib>
#include <map>
#include <sstream>
#include <vector>

namespace lbdrain::test {
namespace {

using Row = std::map<std::string, std::string>;

std::vector<std::string> words(const std::string& line) {
    std::istringstream in(line);
    std::vector<std::string> result;
    for (std::string word; in >> word;) {
        result.push_back(word);
    }
    return result;
}

// Values may be quoted, with commas within and doubled quotes.
std::vector<std::string> csv_fields(const std::string& line) {
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (const char c : line) {
        if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            fields.emplace_back();
        } else {
            fields.back() += c;
        }
    }
    return fields;
}

// The row of which `key` names the server, by the names of the line that begins with '#'.
template <class Split>
std::optional<Row> find_row(const std::string& text, Split split, const std::string& key,
                            const std::string& server) {
    std::istringstream lines(text);
    std::vector<std::string> names;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("# ")) {
            names = split(line.substr(2));
            continue;
        }
        const auto fields = split(line);
        Row row;
        for (std::size_t i = 0; i < std::min(names.size(), fields.size()); ++i) {
            row[names[i]] = fields[i];
        }
        if (row[key] == server) {
            return row;
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<ServerView> view_of(const Haproxy& haproxy, const std::string& backend,
                                  const std::string& server) {
    const auto states = haproxy.cli("show servers state " + backend);
    const auto statistics = haproxy.cli("show stat " + backend + " 4 -1");
    if (!states || !statistics) {
        return std::nullopt;
    }
    auto state = find_row(*states, words, "srv_name", server);
    auto row = find_row(*statistics, csv_fields, "svname", server);
    if (!state || !row) {
        return std::nullopt;
    }
    const auto number = [&](const char* name) { return std::atoi((*state)[name].c_str()); };
    ServerView view;
    view.admin = number("srv_admin_state");
    view.op = number("srv_op_state");
    view.weight = number("srv_uweight");
    view.status = (*row)["status"];
    view.agent = (*row)["agent_status"];
    if (view.agent.starts_with("* ")) {  // the next check is under way
        view.agent.erase(0, 2);
    }
    view.last = (*row)["last_agt"];
    view.limit = (*row)["slim"];
    view.throttle = (*row)["throttle"];
    return view;
}

std::ostream& operator<<(std::ostream& out, const ServerView& view) {
    return out << "admin " << view.admin << ", op " << view.op << ", weight " << view.weight
               << ", status \"" << view.status << "\", agent \"" << view.agent << "\", last \""
               << view.last << "\", maxconn \"" << view.limit << "\", throttle \"" << view.throttle
               << '"';
}

}  // namespace lbdrain::test
