#include "systemd/messenger.hpp"

#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cstdlib>

namespace lbdrain::ctl {
namespace {

// Does standard error go straight to the journal? Then it takes a level before each line.
bool to_journal() {
    const char* stream = std::getenv("JOURNAL_STREAM");  // NOLINT(concurrency-mt-unsafe)
    struct stat file {};
    return stream != nullptr && ::fstat(STDERR_FILENO, &file) == 0 &&
           std::to_string(file.st_dev) + ":" + std::to_string(file.st_ino) == stream;
}

}  // namespace

Messenger::Messenger() : journal_(to_journal()) {}

void Messenger::log(const Line& line) const {
    std::string text = line.text;
    for (char& c : text) {
        c = c == '\n' ? ' ' : c;
    }
    if (journal_) {
        text.insert(0, line.warning ? SD_WARNING : SD_INFO);
    } else {
        text.insert(0, line.warning ? "drainctl: warning: " : "drainctl: ");
    }
    text += '\n';
    (void)!::write(STDERR_FILENO, text.data(), text.size());
}

void Messenger::notify(const std::string& status, Millis extension) const {
    const std::string state =
        "EXTEND_TIMEOUT_USEC=" + std::to_string(extension * 1000) + "\nSTATUS=" + status;
    (void)::sd_notify(0, state.c_str());
}

void Messenger::notify(const std::string& status) const {
    (void)::sd_notify(0, ("STATUS=" + status).c_str());
}

}  // namespace lbdrain::ctl
