#include "runtime/totals.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace lbdrain::haproxy {
namespace {

using Name = std::pair<std::string_view, std::string_view>;

struct Sum {
    ServerTotal total;
    std::vector<pid_t> known_to;
};

// All servers, in the order in which they were met.
class Sums {
  public:
    Sum& of(const ServerState& state) {
        const auto [place, fresh] =
            index_.try_emplace(Name{state.be_name, state.srv_name}, sums_.size());
        if (fresh) {
            auto& total = sums_.emplace_back().total;
            total.backend = state.be_name;
            total.server = state.srv_name;
        }
        return sums_[place->second];
    }
    std::vector<Sum>& all() { return sums_; }

  private:
    std::map<Name, std::size_t> index_;  // the names belong to the views
    std::vector<Sum> sums_;
};

void add(Sums& sums, const Info& info, const BackendView& backend) {
    for (std::size_t i = 0; i < backend.states.size(); ++i) {
        const auto& state = backend.states[i];
        Sum& sum = sums.of(state);
        sum.known_to.push_back(info.pid);
        if (const auto* stat = stat_of(backend, i)) {
            sum.total.scur += stat->scur;
            sum.total.qcur += stat->qcur;
        }
        if (!state.out_of_rotation()) {
            auto& still_in =
                info.stopping ? sum.total.stopping_in_rotation : sum.total.live_in_rotation;
            still_in.push_back(info.pid);
        }
    }
}

}  // namespace

std::vector<ServerTotal> sum_over(const std::vector<WorkerView>& workers) {
    Sums sums;
    for (const auto& worker : workers) {
        for (const auto& backend : worker.backends) {
            add(sums, worker.info, backend);
        }
    }
    std::vector<ServerTotal> totals;
    totals.reserve(sums.all().size());
    for (auto& [total, known_to] : sums.all()) {
        for (const auto& worker : workers) {
            if (std::ranges::find(known_to, worker.info.pid) == known_to.end()) {
                total.unknown_to.push_back(worker.info.pid);
            }
        }
        totals.push_back(std::move(total));
    }
    return totals;
}

}  // namespace lbdrain::haproxy
