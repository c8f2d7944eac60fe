#include "lbdrain/hook/event_lines.hpp"

namespace lbdrain::hook {

void EventLines::feed(std::string_view bytes, const OnEvent& on_event) {
    unfinished_.append(bytes);
    std::size_t start = 0;
    for (std::size_t end; (end = unfinished_.find('\n', start)) != std::string::npos;
         start = end + 1) {
        on_event(decode_event(std::string_view(unfinished_).substr(start, end - start)));
    }
    unfinished_.erase(0, start);
    if (unfinished_.size() > kMaxEventBytes) {
        unfinished_.clear();
    }
}

std::string printable(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        out += byte < 0x20 || byte == 0x7F ? ' ' : c;
    }
    return out;
}

}  // namespace lbdrain::hook
