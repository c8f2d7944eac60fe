#include "state_row/state_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <system_error>

#include "lbdrain/posix/durable_file.hpp"
#include "lbdrain/posix/unique_fd.hpp"

namespace lbdrain::haproxy {
namespace {

constexpr std::size_t most_bytes = 16U << 20U;  // 9,000 servers' rows are 0.7 MB

std::unexpected<std::string> failed(const std::string& what, const std::string& path) {
    return std::unexpected("cannot " + what + " " + path + ": " +
                           std::generic_category().message(errno));
}

// Nothing: there is no file.
std::expected<std::optional<std::string>, std::string> content_of(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd) {
        if (errno == ENOENT) {
            return std::nullopt;
        }
        return failed("read", path);
    }
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) {
        return failed("read", path);
    }
    if (!S_ISREG(status.st_mode)) {
        return std::unexpected(path + " is not a regular file");
    }
    std::string text;
    std::array<char, 65536> buffer{};
    while (true) {
        const ssize_t size = ::read(fd.get(), buffer.data(), buffer.size());
        if (size < 0) {
            return failed("read", path);
        }
        if (size == 0) {
            return text;
        }
        text.append(buffer.data(), static_cast<std::size_t>(size));
        if (text.size() > most_bytes) {
            return std::unexpected(path + " is too big for a server-state file");
        }
    }
}

}  // namespace

std::expected<StateFileView, std::string> StateFile::read(const std::set<ServerName>& ours) const {
    const auto text = content_of(path_);
    if (!text) {
        return std::unexpected(text.error());
    }
    auto parsed = parse_state_text(text->value_or(""));
    if (!parsed) {
        return std::unexpected(path_ + " is left alone: " + parsed.error());
    }
    StateFileView view;
    view.dropped = std::move(parsed->dropped);
    for (StateRow& row : parsed->rows) {
        (ours.contains({row.backend, row.server}) ? view.ours : view.foreign)
            .push_back(std::move(row));
    }
    return view;
}

std::expected<StateFileView, std::string> StateFile::write(
    const std::set<ServerName>& ours, const std::vector<StateRow>& wanted) const {
    auto view = read(ours);
    if (!view) {
        return view;
    }
    const bool empty = view->ours.empty() && view->foreign.empty();
    struct stat status {};
    const bool present = ::stat(path_.c_str(), &status) == 0 && status.st_size > 0;
    // Lines that HAProxy stumbles over are taken out only together with a change of ours, or when
    // they would keep our rows from being read.
    const bool harmful = !view->dropped.empty() && !wanted.empty();
    if (std::ranges::is_permutation(view->ours, wanted) && !harmful && (present || !empty)) {
        return view;
    }
    const auto replaced = replace(format_state_text(merge_rows(view->foreign, ours, wanted)));
    if (!replaced) {
        return std::unexpected(replaced.error());
    }
    view->ours = wanted;
    view->written = true;
    return view;
}

std::expected<void, std::string> StateFile::replace(const std::string& text) const {
    // HAProxy need not run as our user.
    return write_durably(path_, text, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
}

}  // namespace lbdrain::haproxy
