#include "src/wake.hpp"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace lbdrain::nginx {

std::string Wake::file_for(const std::string& state_path) {
    return state_path + ".hooks/wake";
}

std::expected<std::unique_ptr<Wake>, std::string> Wake::watch(const std::string& file,
                                                              ngx_log_t* log, Listener listener) {
    const int fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0) {
        // EMFILE: fs.inotify.max_user_instances, 128 a user by default.
        return std::unexpected(std::string("inotify_init1(): ") + std::strerror(errno));
    }
    if (::inotify_add_watch(fd, file.c_str(), IN_ATTRIB) < 0) {
        const std::string why = std::strerror(errno);
        ::close(fd);
        return std::unexpected("cannot watch \"" + file + "\": " + why);
    }
    std::unique_ptr<Wake> wake(new Wake(listener));
    wake->connection_ = ngx_get_connection(fd, log);
    if (wake->connection_ == nullptr) {
        ::close(fd);
        return std::unexpected(std::string("no free connection (worker_connections)"));
    }
    ngx_connection_t* c = wake->connection_;
    c->data = wake.get();
    c->log = log;
    c->read->log = log;
    c->write->log = log;
    c->read->handler = on_readable;
    c->write->handler = on_writable;
    c->idle = 1;  // so that a worker told to quit tells us at once, with c->close set
    if (ngx_add_event(c->read, NGX_READ_EVENT, NGX_LEVEL_EVENT) != NGX_OK) {
        return std::unexpected(std::string("cannot wait for inotify events"));
    }
    return wake;
}

Wake::~Wake() {
    close();
}

void Wake::close() noexcept {
    if (connection_ != nullptr) {
        ngx_close_connection(std::exchange(connection_, nullptr));
    }
}

bool Wake::all(const std::string& file) noexcept {
    return ::utimensat(AT_FDCWD, file.c_str(), nullptr, 0) == 0;
}

void Wake::on_readable(ngx_event_t* event) noexcept {
    auto* c = static_cast<ngx_connection_t*>(event->data);
    auto* self = static_cast<Wake*>(c->data);
    if (c->close) {
        self->close();
    } else {
        // What the events say does not matter, only that there were some.
        alignas(inotify_event) std::array<char, 4096> events;
        while (::read(c->fd, events.data(), events.size()) > 0) {
        }
    }
    self->listener_();
}

}  // namespace lbdrain::nginx
