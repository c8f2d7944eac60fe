#include "local_lease.hpp"

namespace lbdrain {

std::string lock_path(const std::string& base) {
    return base + ".lock.json";
}

std::string journal_path(const std::string& base) {
    return base + ".journal";
}

Coordinated<std::optional<LeaseRecord>> read_lease(const LocalStore& store, const std::string& base,
                                                   bool aside) {
    const auto text = store.read(lock_path(base));
    if (!text) {
        return std::unexpected(text.error());
    }
    if (!*text) {
        return std::nullopt;
    }
    auto record = decode_lease(**text);
    if (!record) {
        store.damaged(lock_path(base), record.error(), aside);
        return std::nullopt;
    }
    return *std::move(record);
}

LocalLease::~LocalLease() {
    try {
        release();
    } catch (...) {
        lost_ = true;  // no memory: the lock goes with the process
    }
}

void LocalLease::release() {
    if (lost_) {
        return;
    }
    if (const auto guard = hold()) {
        // On an error the file stays, and says nothing once this process has gone.
        (void)store_->remove(lock_path(base_));
    }
}

Coordinated<void> LocalLease::renew() {
    const auto guard = hold();
    if (!guard) {
        return std::unexpected(guard.error());
    }
    return {};
}

bool LocalLease::lost() {
    (void)renew();
    return lost_;
}

Coordinated<void> LocalLease::save_journal(std::string_view text) {
    const auto guard = hold();
    return guard ? store_->write(journal_path(base_), text) : std::unexpected(guard.error());
}

Coordinated<void> LocalLease::remove_journal() {
    const auto guard = hold();
    return guard ? store_->remove(journal_path(base_)) : std::unexpected(guard.error());
}

Coordinated<UniqueFd> LocalLease::hold() {
    if (lost_) {
        return loss();
    }
    auto guard = store_->guard(base_);
    if (!guard) {
        return guard;
    }
    const auto record = read_lease(*store_, base_, false);
    if (!record) {
        return std::unexpected(record.error());
    }
    if (!*record || (*record)->id != id_) {
        lost_ = true;
        if (*record) {
            taken_by_ = (*record)->holder;
        }
        return loss();
    }
    return guard;
}

std::unexpected<CoordinationError> LocalLease::loss() const {
    std::string text = "the rollout lock \"" + lock_path(base_) + "\" was taken away";
    if (taken_by_) {
        text += " and is now held by " + to_string(*taken_by_);
    }
    return std::unexpected(CoordinationError{CoordinationError::Kind::lost, std::move(text)});
}

}  // namespace lbdrain
