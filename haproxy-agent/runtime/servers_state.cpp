#include "runtime/servers_state.hpp"

#include <algorithm>
#include <array>
#include <variant>

#include "runtime/text.hpp"

namespace lbdrain::haproxy {
namespace {

std::unexpected<Error> bad(const std::string& what) {
    return std::unexpected(
        Error{ErrorCode::bad_reply, "not an answer to `show servers state`: " + what});
}

using State = ServerState;
using Member =
    std::variant<std::string State::*, int State::*, std::uint32_t State::*, std::int64_t State::*>;

struct Column {
    std::string_view name;
    Member member;
};

const std::array columns{
    Column{"be_id", &State::be_id},
    Column{"be_name", &State::be_name},
    Column{"srv_id", &State::srv_id},
    Column{"srv_name", &State::srv_name},
    Column{"srv_addr", &State::srv_addr},
    Column{"srv_op_state", &State::srv_op_state},
    Column{"srv_admin_state", &State::srv_admin_state},
    Column{"srv_uweight", &State::srv_uweight},
    Column{"srv_iweight", &State::srv_iweight},
    Column{"srv_time_since_last_change", &State::srv_time_since_last_change},
    Column{"srv_check_status", &State::srv_check_status},
    Column{"srv_check_result", &State::srv_check_result},
    Column{"srv_check_health", &State::srv_check_health},
    Column{"srv_check_state", &State::srv_check_state},
    Column{"srv_agent_state", &State::srv_agent_state},
    Column{"bk_f_forced_id", &State::bk_f_forced_id},
    Column{"srv_f_forced_id", &State::srv_f_forced_id},
    Column{"srv_fqdn", &State::srv_fqdn},
    Column{"srv_port", &State::srv_port},
    Column{"srvrecord", &State::srvrecord},
    Column{"srv_use_ssl", &State::srv_use_ssl},
    Column{"srv_check_port", &State::srv_check_port},
    Column{"srv_check_addr", &State::srv_check_addr},
    Column{"srv_agent_addr", &State::srv_agent_addr},
    Column{"srv_agent_port", &State::srv_agent_port},
};

bool assign(State& state, const Member& member, std::string_view text) {
    if (const auto* as_text = std::get_if<std::string State::*>(&member)) {
        state.*(*as_text) = text;
        return true;
    }
    const auto as_number = [&]<typename Number>(Number State::*number) {
        const auto value = number_from<Number>(text);
        if (value) {
            state.*number = *value;
        }
        return value.has_value();
    };
    if (const auto* as_int = std::get_if<int State::*>(&member)) {
        return as_number(*as_int);
    }
    if (const auto* as_unsigned = std::get_if<std::uint32_t State::*>(&member)) {
        return as_number(*as_unsigned);
    }
    return as_number(*std::get_if<std::int64_t State::*>(&member));
}

// Where each of `columns` stands in a row.
using Places = std::array<std::size_t, columns.size()>;

std::expected<Places, Error> places_in(const std::vector<std::string_view>& names) {
    Places places{};
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const auto found = std::ranges::find(names, columns.at(i).name);
        if (found == names.end()) {
            return bad("no column " + std::string(columns.at(i).name));
        }
        places.at(i) = static_cast<std::size_t>(found - names.begin());
    }
    return places;
}

}  // namespace

std::expected<std::vector<ServerState>, Error> parse_servers_state(std::string_view text) {
    constexpr std::string_view header_mark = "# ";
    const auto whole = text;
    if (take_line(text) != "1") {
        return bad("its first line is no \"1\", the version known here: " + excerpt(whole));
    }
    const auto header = take_line(text).value_or("");
    if (!header.starts_with(header_mark)) {
        return bad("no header: " + excerpt(whole));
    }
    const auto names = words_of(header.substr(header_mark.size()));
    const auto places = places_in(names);
    if (!places) {
        return std::unexpected(places.error());
    }
    std::vector<ServerState> states;
    while (const auto line = take_line(text)) {
        if (line->empty()) {
            continue;
        }
        const auto words = words_of(*line);
        if (words.size() != names.size()) {
            return bad("a row of " + std::to_string(words.size()) + " columns under a header of " +
                       std::to_string(names.size()) + ": " + excerpt(*line));
        }
        ServerState state;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (!assign(state, columns.at(i).member, words[places->at(i)])) {
                return bad(std::string(columns.at(i).name) + " is no number in " + excerpt(*line));
            }
        }
        states.push_back(std::move(state));
    }
    return states;
}

const ServerState* find_server(const std::vector<ServerState>& states, std::string_view backend,
                               std::string_view server) {
    const auto found = std::ranges::find_if(states, [&](const ServerState& state) {
        return state.srv_name == server && state.be_name == backend;
    });
    return found == states.end() ? nullptr : &*found;
}

}  // namespace lbdrain::haproxy
