// A program's output cut into lines, and bounded.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace lbdrain::hook {

/// Hands on lines of at most 1 KiB (longer ones cut) until 64 KiB have been handed on, then says
/// once that the rest is dropped. No I/O; one thread.
class LineCapture {
  public:
    static constexpr std::size_t kMaxLine = 1024;
    static constexpr std::size_t kMaxTotal = std::size_t{64} * 1024;

    explicit LineCapture(std::function<void(std::string)> sink) : sink_(std::move(sink)) {}

    void feed(std::string_view bytes);
    /// The end: hands on what is left of an unended line.
    void finish();

  private:
    void add(std::string_view bytes);
    void end_line();

    std::function<void(std::string)> sink_;
    std::string line_;
    bool cut_ = false;
    bool full_ = false;
    std::size_t total_ = 0;
};

}  // namespace lbdrain::hook
