#include "balancer/config_hints.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "runtime/cli_connection.hpp"

namespace lbdrain::agent {
namespace {

constexpr std::uintmax_t file_limit = std::uintmax_t{4} << 20;

std::vector<std::string> words_of(std::string_view line) {
    std::istringstream in{std::string(line.substr(0, line.find('#')))};
    std::vector<std::string> words;
    for (std::string word; in >> word;) {
        words.push_back(std::move(word));
    }
    return words;
}

// "HAPROXY_CFGFILES=/etc/haproxy/haproxy.cfg;/etc/haproxy/more.cfg"
std::vector<std::string> files_in(std::string_view answer) {
    constexpr std::string_view name = "HAPROXY_CFGFILES=";
    if (!answer.starts_with(name)) {
        return {};
    }
    std::istringstream in{std::string(answer.substr(name.size(), answer.find('\n') - name.size()))};
    std::vector<std::string> files;
    for (std::string file; std::getline(in, file, ';');) {
        files.push_back(std::move(file));
    }
    return files;
}

// False: it cannot be read, or is no plain file of sane size.
bool append_file(const std::string& path, std::string& text) {
    std::error_code failed;
    const bool plain = std::filesystem::is_regular_file(path, failed) &&
                       std::filesystem::file_size(path, failed) <= file_limit;
    std::ifstream file(path, std::ios::binary);
    std::ostringstream content;
    if (failed || !plain || !(content << file.rdbuf())) {
        return false;
    }
    text += content.str();
    text += '\n';
    return true;
}

}  // namespace

std::vector<std::string> hints_in(std::string_view config, bool state_file) {
    std::vector<std::string> hints;
    bool loads_state = false;
    while (!config.empty()) {
        const auto end = config.find('\n');
        const auto words = words_of(config.substr(0, end));
        config.remove_prefix(end == std::string_view::npos ? config.size() : end + 1);
        if (words.empty()) {
            continue;
        }
        loads_state = loads_state || (words[0] == "load-server-state-from-file" &&
                                      words.size() > 1 && words[1] != "none");
        if (words[0] == "hard-stop-after" && words.size() > 1) {
            hints.push_back("hard-stop-after " + words[1] +
                            " in haproxy.cfg cuts every request that is older than that after a "
                            "reload");
        }
        if (words[0] == "mworker-max-reloads" && words.size() > 1) {
            hints.push_back("mworker-max-reloads " + words[1] +
                            " in haproxy.cfg ends old workers, and their requests, after so many "
                            "reloads");
        }
        const auto down = std::ranges::find(words, "on-marked-down");
        if (down != words.end() && std::next(down) != words.end() &&
            *std::next(down) == "shutdown-sessions") {
            hints.push_back("on-marked-down shutdown-sessions in haproxy.cfg (\"" + words[0] + " " +
                            (words.size() > 1 ? words[1] : "") +
                            "\") cuts the requests of a server that goes down");
        }
    }
    if (state_file && !loads_state) {
        hints.emplace_back(
            "haproxy.cfg has no load-server-state-from-file: a reload begins with drained servers "
            "in rotation, until they are taken out again");
    }
    return hints;
}

std::vector<std::string> ConfigHints::look() const {
    std::string answer;
    const auto asked = haproxy::ask_stats_socket(
        stats_socket_, "show env HAPROXY_CFGFILES", answer,
        haproxy::Deadline::after(std::chrono::milliseconds(limit_)), file_limit);
    std::string config;
    bool whole = asked.has_value();
    for (const std::string& file : files_in(answer)) {
        whole = append_file(file, config) && whole;
    }
    return whole && !config.empty() ? hints_in(config, state_file_) : std::vector<std::string>{};
}

}  // namespace lbdrain::agent
