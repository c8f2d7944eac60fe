#include "daemon/log.hpp"

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "lbdrain/hook/event_lines.hpp"

namespace lbdrain::agent {
namespace {

// systemd.exec(5): JOURNAL_STREAM holds device and inode of the stream to the journal, and may be
// left over in the environment of something whose standard error goes elsewhere.
bool stderr_is_journal() {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat status {};
    if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) {
        return false;
    }
    return std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino) == stream;
}

int priority_of(LogLevel level) noexcept {
    switch (level) {
        case LogLevel::debug:
            return LOG_DEBUG;
        case LogLevel::info:
            return LOG_INFO;
        case LogLevel::warning:
            return LOG_WARNING;
        case LogLevel::error:
            break;
    }
    return LOG_ERR;
}

const char* word_of(LogLevel level) noexcept {
    switch (level) {
        case LogLevel::debug:
            return "debug";
        case LogLevel::info:
            return "info";
        case LogLevel::warning:
            return "warning";
        case LogLevel::error:
            break;
    }
    return "error";
}

iovec part(std::string& text) noexcept {
    return {text.data(), text.size()};
}

}  // namespace

Log::Log() : journal_(stderr_is_journal()) {}

void Log::set_level(const std::string& word) noexcept {
    for (const LogLevel level :
         {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error}) {
        if (word == word_of(level)) {
            least_ = level;
        }
    }
}

void Log::write(LogLevel level, const std::string& service, const std::string& server,
                const std::string& text) const {
    if (level < least_) {
        return;
    }
    const std::string label = service.empty() ? std::string() : service + "/" + server + ": ";
    // What a hook or a balancer said may hold anything; a line must stay one.
    const std::string line = label + hook::printable(text);
    if (journal_) {
        std::string message = "MESSAGE=" + line;
        std::string priority = "PRIORITY=" + std::to_string(priority_of(level));
        std::string for_service = "LBDRAIN_SERVICE=" + service;
        std::string for_server = "LBDRAIN_SERVER=" + server;
        const std::array<iovec, 4> fields{part(message), part(priority), part(for_service),
                                          part(for_server)};
        if (::sd_journal_sendv(fields.data(), service.empty() ? 2 : 4) == 0) {
            return;
        }
    }
    const std::string out = std::string(word_of(level)) + ": " + line + "\n";
    std::fwrite(out.data(), 1, out.size(), stderr);
}

}  // namespace lbdrain::agent
