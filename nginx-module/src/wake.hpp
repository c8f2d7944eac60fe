// Wakes the workers of all generations when a sequence begins or loses its driver.
//
// An idle worker has no timer, so it has to be told. Every worker watches one file (inotify); who
// has news touches it. That reaches workers of other masters too (binary upgrade), costs nothing
// while nothing happens, and nobody has to be known by name.
//
// One a worker process, owned by its Driver.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "src/ngx.hpp"

namespace lbdrain::nginx {

class Wake {
  public:
    using Listener = void (*)();

    // Where the file stands, made by the master. `state_path` is that of drain_state.
    static std::string file_for(const std::string& state_path);

    static std::expected<std::unique_ptr<Wake>, std::string> watch(const std::string& file,
                                                                   ngx_log_t* log,
                                                                   Listener listener);
    ~Wake();
    Wake(const Wake&) = delete;
    Wake& operator=(const Wake&) = delete;

    // Wakes all who watch, this process too. Returns false if the file cannot be touched.
    static bool all(const std::string& file) noexcept;

  private:
    explicit Wake(Listener listener) noexcept : listener_(listener) {}
    static void on_readable(ngx_event_t* event) noexcept;
    static void on_writable(ngx_event_t*) noexcept {}
    void close() noexcept;

    Listener listener_;
    ngx_connection_t* connection_ = nullptr;
};

}  // namespace lbdrain::nginx
