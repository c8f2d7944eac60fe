#include "commands/batch.hpp"

namespace lbdrain::ctl {

std::vector<ServerSpec> Batch::next(const Fleet&, Millis) {
    std::vector<ServerSpec> begun;
    while (!over() && running_ < at_once_) {
        begun.push_back(servers_[next_++]);
        ++running_;
    }
    return begun;
}

void Batch::ended(const ServerSpec&, Verdict verdict, const std::string&, Millis) {
    --running_;
    failed_ = failed_ || verdict != Verdict::done;
}

std::vector<ServerSpec> Batch::left() const {
    return {servers_.begin() + static_cast<std::ptrdiff_t>(next_), servers_.end()};
}

}  // namespace lbdrain::ctl
