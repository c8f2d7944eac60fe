#include "runtime/replies.hpp"

namespace lbdrain::haproxy {

std::optional<Reply> Replies::next() {
    if (rest_.empty()) {
        return std::nullopt;
    }
    if (rest_.front() == '\n') {
        rest_.remove_prefix(1);
        return Reply{{}, true};
    }
    const auto end = rest_.find("\n\n");
    if (end == std::string_view::npos) {
        const Reply last{rest_, false};
        rest_ = {};
        return last;
    }
    const Reply reply{rest_.substr(0, end + 1), true};
    rest_.remove_prefix(end + 2);
    return reply;
}

}  // namespace lbdrain::haproxy
