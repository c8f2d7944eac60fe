#include "commands/batch.hpp"

namespace lbdrain::ctl {

std::vector<ServerSpec> Batch::next(const Fleet& fleet, Millis) {
    std::vector<ServerSpec> begun;
    while (!over() && running_ < at_once_) {
        if (!may_begin_(fleet, servers_[next_])) {
            failed_ = true;
            break;
        }
        begun.push_back(servers_[next_++]);
        ++running_;
    }
    return begun;
}

void Batch::ended(const ServerSpec& server, Verdict verdict, const std::string&, Millis) {
    --running_;
    on_end_(server, verdict);
    failed_ = failed_ || verdict != Verdict::done;
}

std::vector<ServerSpec> Batch::left() const {
    return {servers_.begin() + static_cast<std::ptrdiff_t>(next_), servers_.end()};
}

}  // namespace lbdrain::ctl
