#include "lbdrain/coordination/local_coordinator.hpp"

#include <algorithm>
#include <utility>

#include "lbdrain/utf8.hpp"
#include "local_lease.hpp"
#include "local_store.hpp"
#include "permit_file.hpp"

namespace lbdrain {
namespace {

using Records = std::vector<PermitRecord>;

std::string permits_path(const std::string& base) {
    return base + ".permits.json";
}

// With `working` as it is now.
Coordinated<Records> read_permits(LocalStore& store, const std::string& base, bool aside) {
    const std::string path = permits_path(base);
    const auto text = store.read(path);
    if (!text) {
        return std::unexpected(text.error());
    }
    if (!*text) {
        return Records{};
    }
    auto records = decode_permits(**text);
    if (!records) {
        store.damaged(path, records.error(), aside);
        return Records{};
    }
    for (PermitRecord& record : *records) {
        const auto lives = store.lives(record.session);
        if (!lives) {
            return std::unexpected(lives.error());
        }
        record.permit.working = *lives;
    }
    return *std::move(records);
}

std::vector<Permit> shown(const Records& records) {
    std::vector<Permit> permits;
    for (const PermitRecord& record : records) {
        permits.push_back(record.permit);
    }
    return permits;
}

// Given up, because its server was seen back? Not while the holder works: it may be about to begin.
bool is_stale(const PermitRecord& record, std::span<const Permit> seen_ready) {
    return !record.permit.working && std::ranges::any_of(seen_ready, [&](const Permit& seen) {
        return seen.id == record.permit.id;
    });
}

Records::iterator find(Records& records, const std::string& server) {
    return std::ranges::find(records, server, [](const PermitRecord& record) -> const std::string& {
        return record.permit.server;
    });
}

}  // namespace

LocalCoordinator::LocalCoordinator(std::string directory, Warn warn)
    : store_(std::make_shared<LocalStore>(std::move(directory), std::move(warn))) {}

LocalCoordinator::~LocalCoordinator() = default;

Coordinated<PermitAnswer> LocalCoordinator::take_permit(const PermitRequest& request) {
    const auto base = store_->base_of(request.service);
    const auto guard = base ? store_->guard(*base) : std::unexpected(base.error());
    const auto own = guard ? store_->session() : std::unexpected(guard.error());
    auto records = own ? read_permits(*store_, *base, true) : std::unexpected(own.error());
    if (!records) {
        return std::unexpected(records.error());
    }
    const std::string server = to_utf8(request.server);
    PermitAnswer answer;
    std::erase_if(*records, [&](const PermitRecord& record) {
        const bool stale = record.permit.server != server && is_stale(record, request.seen_ready);
        if (stale) {
            answer.dropped.push_back(record.permit);
        }
        return stale;
    });

    auto mine = find(*records, server);
    if (mine == records->end() && records->size() < request.max_unavailable) {
        mine = records->insert(mine, PermitRecord{});
        mine->permit.server = server;
        mine->permit.holder.since_unix_ms = request.holder.since_unix_ms;
    }
    answer.granted = mine != records->end();
    if (answer.granted) {
        const std::int64_t since = mine->permit.holder.since_unix_ms;
        mine->permit.holder = request.holder;
        mine->permit.holder.since_unix_ms = since;
        mine->permit.id = random_id();
        mine->permit.working = true;
        mine->session = *own;
    }
    if (answer.granted || !answer.dropped.empty()) {
        if (auto written = store_->write(permits_path(*base), encode(*records)); !written) {
            return std::unexpected(written.error());
        }
    }
    answer.held = shown(*records);
    return answer;
}

Coordinated<void> LocalCoordinator::release_permit(const std::string& service,
                                                   const std::string& server) {
    const auto base = store_->base_of(service);
    const auto guard = base ? store_->guard(*base) : std::unexpected(base.error());
    auto records = guard ? read_permits(*store_, *base, true) : std::unexpected(guard.error());
    if (!records) {
        return std::unexpected(records.error());
    }
    const auto mine = find(*records, to_utf8(server));
    if (mine == records->end()) {
        return {};
    }
    records->erase(mine);
    return store_->write(permits_path(*base), encode(*records));
}

Coordinated<std::vector<Permit>> LocalCoordinator::permits(const std::string& service) {
    const auto base = store_->base_of(service);
    const auto records = base ? read_permits(*store_, *base, false) : std::unexpected(base.error());
    if (!records) {
        return std::unexpected(records.error());
    }
    return shown(*records);
}

Coordinated<LockAnswer> LocalCoordinator::acquire_lock(const std::string& service,
                                                       const Holder& holder) {
    const auto base = store_->base_of(service);
    const auto guard = base ? store_->guard(*base) : std::unexpected(base.error());
    const auto own = guard ? store_->session() : std::unexpected(guard.error());
    const auto former = own ? read_lease(*store_, *base, true) : std::unexpected(own.error());
    if (!former) {
        return std::unexpected(former.error());
    }
    if (*former) {
        const auto lives = store_->lives((*former)->session);
        if (!lives) {
            return std::unexpected(lives.error());
        }
        if (*lives) {
            return LockAnswer{.lease = nullptr, .locked_by = (*former)->holder};
        }
    }
    const LeaseRecord record{.id = random_id(), .session = *own, .holder = holder};
    if (auto written = store_->write(lock_path(*base), encode(record)); !written) {
        return std::unexpected(written.error());
    }
    return LockAnswer{.lease = std::make_unique<LocalLease>(store_, *base, record.id),
                      .locked_by = std::nullopt};
}

Coordinated<std::optional<LockState>> LocalCoordinator::lock_holder(const std::string& service) {
    const auto base = store_->base_of(service);
    const auto record = base ? read_lease(*store_, *base, false) : std::unexpected(base.error());
    if (!record) {
        return std::unexpected(record.error());
    }
    if (!*record) {
        return std::nullopt;
    }
    const auto lives = store_->lives((*record)->session);
    if (!lives) {
        return std::unexpected(lives.error());
    }
    return LockState{.holder = (*record)->holder, .alive = *lives};
}

Coordinated<std::optional<Holder>> LocalCoordinator::break_lock(const std::string& service,
                                                                bool force) {
    const auto base = store_->base_of(service);
    const auto guard = base ? store_->guard(*base) : std::unexpected(base.error());
    const auto record = guard ? read_lease(*store_, *base, true) : std::unexpected(guard.error());
    if (!record) {
        return std::unexpected(record.error());
    }
    if (!*record) {
        return std::nullopt;
    }
    const Holder& holder = (*record)->holder;
    if (!force) {
        const auto lives = store_->lives((*record)->session);
        if (!lives) {
            return std::unexpected(lives.error());
        }
        if (*lives) {
            return std::unexpected(CoordinationError{
                CoordinationError::Kind::held,
                "the rollout lock of \"" + service + "\" is held by " + to_string(holder) +
                    ", which lives; interrupt it, or use force: it then begins nothing more"});
        }
    }
    if (auto removed = store_->remove(lock_path(*base)); !removed) {
        return std::unexpected(removed.error());
    }
    return holder;
}

Coordinated<std::optional<std::string>> LocalCoordinator::load_journal(const std::string& service) {
    const auto base = store_->base_of(service);
    return base ? store_->read(journal_path(*base)) : std::unexpected(base.error());
}

}  // namespace lbdrain
