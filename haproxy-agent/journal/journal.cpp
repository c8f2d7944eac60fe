#include "journal/journal.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <utility>

#include "lbdrain/posix/durable_file.hpp"

namespace lbdrain::agent {
namespace {

namespace fs = std::filesystem;

// A record is some 2 kB; anything larger is not ours.
constexpr std::uintmax_t file_limit = std::uintmax_t{64} * 1024;

std::string system_error(const std::string& what) {
    return what + ": " + std::strerror(errno);
}

std::expected<void, std::string> make_directory(const std::string& path) {
    std::error_code failed;
    fs::create_directories(path, failed);
    if (failed) {
        return std::unexpected("cannot make \"" + path + "\": " + failed.message());
    }
    return {};
}

std::string this_boot() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string boot;
    std::getline(file, boot);
    return boot;
}

std::expected<std::string, std::string> read_file(const fs::path& path) {
    std::error_code failed;
    if (const auto size = fs::file_size(path, failed); failed || size > file_limit) {
        return std::unexpected(failed ? failed.message() : std::string("too large"));
    }
    std::ifstream file(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (file.bad() || !file.is_open()) {
        return std::unexpected(std::string("cannot be read"));
    }
    return text;
}

// A process that the agent before forked for a hook has the lock too, until it executes or ends:
// after a SIGKILL of that agent it may still have it for a moment.
bool lock_within(int fd, std::chrono::milliseconds limit) {
    using Clock = std::chrono::steady_clock;
    for (const auto until = Clock::now() + limit;;) {
        if (::flock(fd, LOCK_EX | LOCK_NB) == 0) {
            return true;
        }
        if (errno != EWOULDBLOCK || Clock::now() >= until) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

}  // namespace

std::expected<Journal, std::string> Journal::open(const std::string& state_dir, std::string boot) {
    for (const char* part : {"/servers", "/hooks"}) {
        if (auto made = make_directory(state_dir + part); !made) {
            return std::unexpected(made.error());
        }
    }
    const std::string lock_file = state_dir + "/lock";
    const int lock = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0) {
        return std::unexpected(system_error("cannot open \"" + lock_file + "\""));
    }
    if (!lock_within(lock, std::chrono::seconds(1))) {
        const std::string why = errno == EWOULDBLOCK
                                    ? "another drain-agent works with \"" + state_dir + "\""
                                    : system_error("cannot lock \"" + lock_file + "\"");
        ::close(lock);
        return std::unexpected(why);
    }
    return Journal(state_dir, boot.empty() ? this_boot() : std::move(boot), lock);
}

Journal::Journal(Journal&& other) noexcept
    : directory_(std::move(other.directory_)),
      boot_(std::move(other.boot_)),
      lock_(std::exchange(other.lock_, -1)) {}

Journal::~Journal() {
    if (lock_ >= 0) {
        ::close(lock_);
    }
}

// A comma cannot stand in the name of a service or server, so no two servers share a file.
std::string Journal::file_of(const std::string& service, const std::string& server) const {
    return directory_ + "/servers/" + service + "," + server + ".json";
}

std::string Journal::run_file(const std::string& service, const std::string& server) const {
    return directory_ + "/hooks/" + service + "," + server;
}

std::expected<void, std::string> Journal::save(const ServerRecord& record) const {
    return write_durably(file_of(record.service, record.server), encode(record, boot_));
}

std::expected<JournalContent, std::string> Journal::load(Millis now) const {
    JournalContent content;
    std::error_code failed;
    fs::directory_iterator files(directory_ + "/servers", failed);
    if (failed) {
        return std::unexpected("cannot read \"" + directory_ + "/servers\": " + failed.message());
    }
    for (const fs::directory_entry& entry : files) {
        const fs::path& path = entry.path();
        if (path.extension() != ".json") {
            continue;
        }
        const auto text = read_file(path);
        auto decoded = text ? decode_record(*text) : std::unexpected(text.error());
        if (decoded && file_of(decoded->record.service, decoded->record.server) != path) {
            decoded = std::unexpected(std::string("it names another server than its file name"));
        }
        if (!decoded) {
            fs::path aside = path;
            aside += ".damaged";
            fs::rename(path, aside, failed);
            content.damaged.push_back(path.string() + ": " + decoded.error() +
                                      (failed ? "; it could not be moved away: " + failed.message()
                                              : "; kept as " + aside.string()));
            continue;
        }
        if (decoded->boot != boot_) {
            rebase(decoded->record.sequence, now);
        }
        content.records.push_back(std::move(decoded->record));
    }
    return content;
}

}  // namespace lbdrain::agent
