#include "runner/line_capture.hpp"

#include <algorithm>

namespace lbdrain::hook {

void LineCapture::feed(std::string_view bytes) {
    while (!bytes.empty() && !full_) {
        const std::size_t end = bytes.find('\n');
        add(bytes.substr(0, end));
        if (end == std::string_view::npos) {
            return;
        }
        end_line();
        bytes.remove_prefix(end + 1);
    }
}

void LineCapture::finish() {
    if (!full_ && !line_.empty()) {
        end_line();
    }
}

void LineCapture::add(std::string_view bytes) {
    const std::size_t room = kMaxLine - line_.size();
    cut_ = cut_ || bytes.size() > room;
    line_ += bytes.substr(0, room);
}

void LineCapture::end_line() {
    if (line_.ends_with('\r')) {
        line_.pop_back();
    }
    total_ += line_.size() + 1;
    if (total_ > kMaxTotal) {
        full_ = true;
        sink_("[output cut here: more than 64 KiB]");
        return;
    }
    sink_(cut_ ? line_ + " [line cut]" : line_);
    line_.clear();
    cut_ = false;
}

}  // namespace lbdrain::hook
