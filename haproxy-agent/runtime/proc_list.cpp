#include "runtime/proc_list.hpp"

#include <algorithm>
#include <optional>

#include "runtime/text.hpp"

namespace lbdrain::haproxy {
namespace {

std::unexpected<Error> bad(const std::string& what) {
    return std::unexpected(Error{ErrorCode::bad_reply, "not an answer to `show proc`: " + what});
}

// "0d00h01m31s"
std::optional<std::uint64_t> seconds_from(std::string_view text) {
    std::uint64_t seconds = 0;
    for (const auto& [unit, length] :
         {std::pair{'d', 86400U}, std::pair{'h', 3600U}, std::pair{'m', 60U}, std::pair{'s', 1U}}) {
        const auto end = text.find(unit);
        const auto number = number_from<std::uint32_t>(text.substr(0, end));
        if (end == std::string_view::npos || !number) {
            return std::nullopt;
        }
        seconds += std::uint64_t{*number} * length;
        text.remove_prefix(end + 1);
    }
    return text.empty() ? std::optional(seconds) : std::nullopt;
}

// "#<PID> <type> <reloads> <uptime> <version>"; up to 2.4 with "<relative PID>" in between.
struct Header {
    std::size_t columns = 0;
    std::size_t reloads = 0;
    std::size_t uptime = 0;
    std::size_t version = 0;
};

std::expected<Header, Error> parse_header(std::string_view line) {
    std::vector<std::string_view> names;
    for (auto open = line.find('<'); open != std::string_view::npos; open = line.find('<', open)) {
        const auto close = std::min(line.find('>', open), line.size());
        names.push_back(line.substr(open + 1, close - open - 1));
        open = close;
    }
    const auto place = [&](std::string_view name) {
        return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
    };
    const Header header{names.size(), place("reloads"), place("uptime"), place("version")};
    if (!line.starts_with("#<PID>") || place("type") != 1 || header.reloads >= header.columns ||
        header.uptime >= header.columns || header.version >= header.columns) {
        return bad(excerpt(line));
    }
    return header;
}

// "[failed: N]" stands behind the master's reloads; takes its two words out.
std::optional<std::uint32_t> take_failed(std::vector<std::string_view>& words) {
    const auto found = std::ranges::find(words, std::string_view("[failed:"));
    if (found == words.end() || found + 1 == words.end()) {
        return std::nullopt;
    }
    auto number = *(found + 1);
    if (number.ends_with(']')) {
        number.remove_suffix(1);
    }
    words.erase(found, found + 2);
    return number_from<std::uint32_t>(number);
}

std::optional<Proc> parse_row(const Header& header, const std::vector<std::string_view>& words) {
    if (words.size() + 1 < header.columns || words.size() > header.columns) {
        return std::nullopt;  // only the version may be missing
    }
    const auto pid = number_from<pid_t>(words.at(0));
    const auto reloads = number_from<std::uint32_t>(words.at(header.reloads));
    const auto uptime = seconds_from(words.at(header.uptime));
    if (!pid || *pid <= 0 || !reloads || !uptime) {
        return std::nullopt;
    }
    const bool has_version = header.version < words.size();
    return Proc{*pid, *reloads, *uptime,
                has_version ? std::string(words.at(header.version)) : std::string(), false};
}

}  // namespace

std::expected<ProcList, Error> parse_proc_list(std::string_view text) {
    const auto header = parse_header(take_line(text).value_or(""));
    if (!header) {
        return std::unexpected(header.error());
    }
    ProcList list;
    bool programs = false;
    bool old = false;
    while (const auto line = take_line(text)) {
        if (line->empty()) {
            continue;
        }
        if (line->starts_with('#')) {
            programs = line->find("programs") != std::string_view::npos;
            old = line->find("old") != std::string_view::npos;
            continue;
        }
        if (programs) {
            continue;  // their names stand where the type does
        }
        auto words = words_of(*line);
        const auto failed = take_failed(words);
        auto proc = parse_row(*header, words);
        const auto type = words.size() > 1 ? words[1] : std::string_view();
        if (!proc || (type != "master" && type != "worker") ||
            (type == "master" && list.master.pid != 0)) {
            return bad(excerpt(*line));
        }
        if (type == "master") {
            list.master = std::move(*proc);
            list.failed_reloads = failed.value_or(0);
        } else {
            proc->under_old = old;
            list.workers.push_back(std::move(*proc));
        }
    }
    if (list.master.pid == 0) {
        return bad("no master in it");
    }
    return list;
}

}  // namespace lbdrain::haproxy
