#include "balancer/row_keeper.hpp"

#include <algorithm>
#include <utility>

#include "balancer/server_plan.hpp"

namespace lbdrain::agent {
namespace {

// A script that dumps the live state at every reload may write our row again, from just before.
constexpr Millis hold_after_deletion = 60'000;

bool wants_out(Rotation rotation) {
    return rotation == Rotation::drain || rotation == Rotation::maint;
}

const haproxy::StateRow* find_row(const std::vector<haproxy::StateRow>& rows,
                                  const haproxy::ServerName& name) {
    const auto found = std::ranges::find_if(rows, [&](const haproxy::StateRow& row) {
        return row.backend == name.first && row.server == name.second;
    });
    return found == rows.end() ? nullptr : &*found;
}

// Of the worker that serves; of the youngest, while a reload is under way.
const ServerPlace* youngest_live(const std::vector<ServerPlace>& places) {
    const ServerPlace* youngest = nullptr;
    for (const ServerPlace& place : places) {
        if (!place.stopping && (youngest == nullptr || place.uptime_s < youngest->uptime_s)) {
            youngest = &place;
        }
    }
    return youngest;
}

std::string port_of(std::string_view address) {
    const auto colon = address.rfind(':');
    return std::string(colon == std::string_view::npos ? "" : address.substr(colon + 1));
}

std::string joined(const haproxy::ServerName& name) {
    return name.first + "/" + name.second;
}

}  // namespace

RowKeeper::RowKeeper(std::string path, std::vector<BalancerServer> servers)
    : file_(std::move(path)), servers_(std::move(servers)), rows_(servers_.size()) {}

haproxy::ServerName RowKeeper::name_of(std::size_t index) const {
    return {servers_[index].service, servers_[index].server};
}

bool RowKeeper::is_ours(std::size_t index, Rotation wanted, Millis now) const {
    const Row& row = rows_[index];
    return wanted != Rotation::keep || row.present ||
           (row.deleted && now - *row.deleted < hold_after_deletion);
}

std::optional<haproxy::StateRow> RowKeeper::row_for(std::size_t index, Rotation wanted,
                                                    const ServerPlaces* shown,
                                                    const haproxy::StateFileView& file) {
    const haproxy::ServerName name = name_of(index);
    const auto state =
        wanted == Rotation::drain ? haproxy::OutState::drain : haproxy::OutState::maint;
    if (shown != nullptr) {
        if (const ServerPlace* live = youngest_live(shown->of(name.first, name.second))) {
            auto row = haproxy::make_row(*live->state, state);
            if (row) {
                return std::move(*row);
            }
            problems_.push_back("no row in " + file_.path() + ": " + row.error());
        }
    }
    const haproxy::StateRow* present = find_row(file.ours, name);
    return present == nullptr ? std::nullopt : std::optional(*present);
}

void RowKeeper::check_port(std::size_t index, const haproxy::StateRow& row) {
    const auto shown = haproxy::column(row.line, haproxy::column_port);
    const std::string said = port_of(servers_[index].address);
    if (!said.empty() && said != shown && shown != "0") {
        problems_.push_back(joined(name_of(index)) + " has port " + said +
                            " in our configuration and " + std::string(shown) +
                            " in HAProxy: if it was changed in haproxy.cfg while the server was "
                            "out, the row in " +
                            file_.path() + " hides that until a reload after it is back");
    }
}

void RowKeeper::sync(std::span<const Wanted> wanted, const ServerPlaces* shown, Millis now) {
    problems_.clear();
    if (file_.path().empty()) {
        return;
    }
    std::set<haproxy::ServerName> ours;
    for (std::size_t i = 0; i < servers_.size(); ++i) {
        if (is_ours(i, wanted[i].rotation, now)) {
            ours.insert(name_of(i));
        }
    }
    const auto before = file_.read(ours);
    if (!before) {
        problems_.push_back(before.error());
        return;
    }
    std::vector<haproxy::StateRow> rows;
    for (std::size_t i = 0; i < servers_.size(); ++i) {
        if (!wants_out(wanted[i].rotation)) {
            continue;
        }
        if (auto row = row_for(i, wanted[i].rotation, shown, *before)) {
            check_port(i, *row);
            rows.push_back(std::move(*row));
        }
    }
    const auto after = file_.write(ours, rows);
    if (!after) {
        problems_.push_back(after.error());
        return;
    }
    for (std::size_t i = 0; i < servers_.size(); ++i) {
        Row& row = rows_[i];
        const bool was = find_row(before->ours, name_of(i)) != nullptr;
        const bool is = find_row(rows, name_of(i)) != nullptr;
        if (is && !row.present) {
            row.since = now;
        }
        // One that is not put back was out by hand before, and that is not ours to undo.
        if (was && !is && wanted[i].rotation == Rotation::readmit) {
            row.deleted = now;
        }
        row.present = is;
    }
    for (const std::string& dropped : after->dropped) {
        problems_.push_back(file_.path() + ": " + dropped +
                            ", which makes HAProxy ignore the whole file; somebody else wrote it");
    }
    for (const haproxy::StateRow& row : after->foreign) {
        const auto bits = haproxy::column(row.line, haproxy::column_admin_state);
        if (bits != "0") {
            problems_.push_back(file_.path() + " takes " + joined({row.backend, row.server}) +
                                " out at the next reload; drain-agent does not want that, and "
                                "leaves the row to whoever wrote it");
        }
    }
}

void RowKeeper::judge_new_workers(const ServerPlaces& shown, Millis now) {
    std::set<pid_t> live;
    for (const haproxy::WorkerView& worker : shown.view().workers) {
        if (!worker.info.stopping) {
            live.insert(worker.info.pid);
        }
    }
    for (std::size_t i = 0; live_ && i < servers_.size(); ++i) {
        for (const ServerPlace& place : shown.of(servers_[i].service, servers_[i].server)) {
            // The row has to have been there for all of its loading.
            if (place.stopping || live_->contains(place.pid) || !rows_[i].present ||
                begun_earliest(place, now) <= rows_[i].since) {
                continue;
            }
            loaded_ = place.forced_out() ? Loaded::yes : Loaded::no;
            if (loaded_ == Loaded::no) {
                not_loaded_ = "a worker of HAProxy began with " + joined(name_of(i)) +
                              " in rotation, though " + file_.path() +
                              " has a row for it: haproxy.cfg needs `server-state-file " +
                              file_.path() +
                              "` in global and `load-server-state-from-file global` in defaults";
            }
        }
    }
    live_ = std::move(live);
}

std::vector<std::string> RowKeeper::warnings() const {
    std::vector<std::string> warnings = problems_;
    if (file_.path().empty()) {
        warnings.emplace_back(
            "no server_state_file is set: after each reload HAProxy routes to a drained server "
            "until it is told again");
    }
    if (loaded_ == Loaded::no) {
        warnings.push_back(not_loaded_);
    }
    return warnings;
}

std::string RowKeeper::loaded_text() const {
    if (file_.path().empty()) {
        return {};
    }
    switch (loaded_) {
        case Loaded::yes:
            return "drains outlive reloads (seen)";
        case Loaded::no:
            return "drains do not outlive reloads";
        case Loaded::unknown:
            break;
    }
    return "whether drains outlive reloads is not known before the first one";
}

}  // namespace lbdrain::agent
