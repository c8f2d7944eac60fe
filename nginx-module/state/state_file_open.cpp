// Opening, checking and creating the state file. Runs in the NGINX master (or a test) only.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <new>
#include <utility>

#include "state/state_file.hpp"

namespace lbdrain::nginx {
namespace {

std::unexpected<std::string> failed(const std::string& what) {
    return std::unexpected(what + ": " + std::strerror(errno));
}

std::array<char, 40> boot_id() {
    std::array<char, 40> id{};
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    file.read(id.data(), static_cast<std::streamsize>(id.size()) - 1);
    return id;
}

std::uint64_t random_number() {
    std::uint64_t number = 0;
    if (::getrandom(&number, sizeof(number), 0) != static_cast<ssize_t>(sizeof(number))) {
        number = static_cast<std::uint64_t>(::getpid());
    }
    return number;
}

std::expected<void, std::string> make_parent(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos || slash == 0) {
        return {};
    }
    const std::string parent = path.substr(0, slash);
    if (::mkdir(parent.c_str(), 0755) != 0 && errno != EEXIST) {
        return failed("cannot create the directory \"" + parent + "\"");
    }
    return {};
}

// Is what stands in the file a state of ours that this build can share?
std::expected<void, std::string> verify(const Header& header, std::size_t size,
                                        const std::string& path, Extent extent) {
    const std::string name = "\"" + path + "\"";
    if (size < sizeof(Header) || header.magic != layout_magic) {
        return std::unexpected(name + " is not a drain state file; remove it or name another path");
    }
    if (header.layout != layout_version || header.entry_size != sizeof(Entry)) {
        return std::unexpected(name + " was made by another version of the module (layout " +
                               std::to_string(header.layout) + ", this one has " +
                               std::to_string(layout_version) +
                               "); stop nginx and remove it to go on with this version");
    }
    if (header.slots != extent.slots || header.servers != extent.servers) {
        return std::unexpected(name + " has slots=" + std::to_string(header.slots) +
                               " servers=" + std::to_string(header.servers) +
                               ", the configuration says slots=" + std::to_string(extent.slots) +
                               " servers=" + std::to_string(extent.servers) +
                               "; sizes change only after nginx was stopped and the file removed");
    }
    if (size != extent.size()) {
        return std::unexpected(name + " is damaged: " + std::to_string(size) +
                               " bytes instead of " + std::to_string(extent.size()));
    }
    return {};
}

// Space was reserved, but whoever made the file died before it wrote the header.
bool never_finished(int fd) {
    std::array<char, sizeof(Header)> bytes{};
    return ::pread(fd, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()) &&
           std::ranges::all_of(bytes.begin(), bytes.begin() + layout_magic.size(),
                               [](char c) { return c == 0; });
}

// Closes the descriptor on the way out unless released. For the master's early returns only.
class Descriptor {
  public:
    explicit Descriptor(int fd) noexcept : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    int get() const noexcept { return fd_; }
    int release() noexcept { return std::exchange(fd_, -1); }

  private:
    int fd_;
};

}  // namespace

std::expected<void, std::string> StateFile::check(const std::string& path, Extent extent) {
    const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (fd.get() < 0) {
        if (errno == ENOENT) {
            return {};
        }
        return failed("cannot open \"" + path + "\"");
    }
    struct stat info {};
    Header header;
    if (::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
        return std::unexpected("\"" + path + "\" is not a regular file");
    }
    if (info.st_size == 0 || never_finished(fd.get())) {
        return {};
    }
    const ssize_t got = ::pread(fd.get(), static_cast<void*>(&header), sizeof(header), 0);
    const auto size = got == static_cast<ssize_t>(sizeof(header))
                          ? static_cast<std::size_t>(info.st_size)
                          : std::size_t{0};
    return verify(header, size, path, extent);
}

std::expected<StateFile, std::string> StateFile::open(const std::string& path, Extent extent,
                                                      Millis now) {
    if (auto parent = make_parent(path); !parent) {
        return std::unexpected(parent.error());
    }
    Descriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (fd.get() < 0) {
        return failed("cannot open \"" + path + "\"");
    }
    // Two masters may come at once (USR2): one makes the file, the other finds it made.
    if (::flock(fd.get(), LOCK_EX) != 0) {
        return failed("cannot lock \"" + path + "\"");
    }
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
        return std::unexpected("\"" + path + "\" is not a regular file");
    }
    const bool fresh = info.st_size == 0 || never_finished(fd.get());
    if (!fresh) {
        if (auto usable = check(path, extent); !usable) {
            return std::unexpected(usable.error());
        }
    } else if (const int error = ::posix_fallocate(fd.get(), 0, static_cast<off_t>(extent.size()));
               error != 0) {
        // Reserved in full: a worker must never meet SIGBUS because the tmpfs is full.
        errno = error;
        return failed("cannot reserve " + std::to_string(extent.size()) + " bytes for \"" + path +
                      "\"");
    }
    void* base = ::mmap(nullptr, extent.size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
    if (base == MAP_FAILED) {
        return failed("cannot map \"" + path + "\"");
    }
    StateFile state(path, fd.release(), static_cast<std::byte*>(base), extent);
    if (fresh) {
        auto* header = ::new (base) Header;
        header->layout = layout_version;
        header->slots = extent.slots;
        header->servers = extent.servers;
        header->entry_size = sizeof(Entry);
        header->boot_id = boot_id();
        header->instance = random_number();
        for (std::uint32_t i = 0; i < extent.servers; ++i) {
            ::new (static_cast<void*>(&state.entry(i))) Entry;
        }
        header->magic = layout_magic;  // last: a file without it was never finished
    } else if (state.header().boot_id != boot_id()) {
        for (std::uint32_t i = 0; i < extent.servers; ++i) {
            Sequence sequence = state.read(i);
            rebase(sequence, now);
            state.commit(i, sequence);
        }
        state.header().boot_id = boot_id();
    }
    ::flock(state.fd_, LOCK_UN);
    return state;
}

StateFile::StateFile(StateFile&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      base_(std::exchange(other.base_, nullptr)),
      extent_(other.extent_),
      own_slot_(std::exchange(other.own_slot_, std::nullopt)),
      overflowed_(std::exchange(other.overflowed_, false)) {}

StateFile& StateFile::operator=(StateFile&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(fd_, other.fd_);
    std::swap(base_, other.base_);
    std::swap(extent_, other.extent_);
    std::swap(own_slot_, other.own_slot_);
    std::swap(overflowed_, other.overflowed_);
    return *this;
}

StateFile::~StateFile() {
    if (base_ != nullptr) {
        ::munmap(base_, extent_.size());
    }
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

}  // namespace lbdrain::nginx
