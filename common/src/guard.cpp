#include "lbdrain/guard.hpp"

namespace lbdrain {

Verdict check_capacity(const Capacity& capacity) noexcept {
    if (capacity.ready_others >= capacity.min_ready && capacity.ready_others > 0) {
        return Verdict::allowed;
    }
    return capacity.ready_others == 0 ? Verdict::last_ready_server : Verdict::min_ready;
}

std::string explain(Verdict verdict, const Capacity& capacity) {
    switch (verdict) {
        case Verdict::allowed:
            return "allowed";
        case Verdict::last_ready_server:
            return "no other server of the service is ready; "
                   "use force with a reason to take it out all the same";
        case Verdict::min_ready:
            return std::to_string(capacity.ready_others) +
                   " other server(s) would stay ready, min_ready is " +
                   std::to_string(capacity.min_ready) + "; use force with a reason to go below it";
    }
    return {};
}

}  // namespace lbdrain
