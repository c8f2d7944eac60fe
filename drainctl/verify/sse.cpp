#include "verify/sse.hpp"

namespace lbdrain::ctl {

bool SseReader::take_line() {
    std::string_view line = line_;
    if (std::exchange(first_, false) && line.starts_with("\xEF\xBB\xBF")) {
        line.remove_prefix(3);
    }
    if (line.empty()) {
        line_.clear();
        return has_data_;
    }
    const std::size_t colon = line.find(':');
    const std::string_view field = line.substr(0, colon);
    std::string_view value =
        colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
    if (value.starts_with(' ')) {
        value.remove_prefix(1);
    }
    if (field == "data") {
        if (has_data_) {
            data_ += '\n';
        }
        data_ += value;
        has_data_ = true;
    } else if (!field.empty() && field != "event" && field != "id" && field != "retry") {
        // The standard says to ignore it; a backend of completions has no business sending it.
        fault_ = "a line that is no field of server-sent events";
    }
    line_.clear();
    return false;
}

std::string_view SseReader::rest() {
    take_line();
    return data_;
}

}  // namespace lbdrain::ctl
