// Server-sent events from bytes as they come. Pure, incremental; memory is bounded: an event longer
// than `longest_event` makes the stream malformed. One owner.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace lbdrain::ctl {

inline constexpr std::size_t longest_event = 1U << 20U;  // bytes

class SseReader {
  public:
    // Calls `event(data)` for each complete event that has data; lines may end in LF, CRLF or CR.
    template <typename Event>
    void feed(std::string_view bytes, Event&& event) {
        for (const char c : bytes) {
            if (fault_ != nullptr) {
                return;
            }
            if (c == '\n' && std::exchange(after_cr_, false)) {
                continue;
            }
            after_cr_ = c == '\r';
            if (c == '\n' || c == '\r') {
                if (take_line()) {
                    event(std::string_view(data_));
                    data_.clear();
                    has_data_ = false;
                }
            } else if (line_.size() + data_.size() >= longest_event) {
                fault_ = "an event longer than 1 MiB";
            } else {
                line_ += c;
            }
        }
    }

    // Why this is no event stream; null: it is one so far.
    const char* fault() const noexcept { return fault_; }

    // What was begun and not ended by an empty line: the data of its last event, and whether there
    // is anything at all. For the end of the stream.
    bool within_event() const noexcept { return has_data_ || !line_.empty(); }
    std::string_view rest();

  private:
    // True: the line ended an event that has data.
    bool take_line();

    std::string line_;
    std::string data_;
    bool has_data_ = false;
    bool after_cr_ = false;
    bool first_ = true;
    const char* fault_ = nullptr;
};

}  // namespace lbdrain::ctl
