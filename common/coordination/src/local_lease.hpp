// The rollout lock in a directory: SERVICE.lock.json has the id of the one lease that holds. Each
// look, and each change of the journal, compares it with its own under the guard.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "lbdrain/coordination/coordinator.hpp"
#include "lease_file.hpp"
#include "local_store.hpp"

namespace lbdrain {

std::string lock_path(const std::string& base);
std::string journal_path(const std::string& base);

// nullopt: nobody's, or damaged, which is told. `aside`: see LocalStore::damaged.
Coordinated<std::optional<LeaseRecord>> read_lease(const LocalStore& store, const std::string& base,
                                                   bool aside);

class LocalLease final : public Lease {
  public:
    // The file has it already.
    LocalLease(std::shared_ptr<LocalStore> store, std::string base, std::string id)
        : store_(std::move(store)), base_(std::move(base)), id_(std::move(id)) {}
    ~LocalLease() override;

    Coordinated<void> renew() override;
    std::optional<Millis> renew_within() const override { return std::nullopt; }
    bool lost() override;
    Coordinated<void> save_journal(std::string_view text) override;
    Coordinated<void> remove_journal() override;

  private:
    // The guard, if the lease holds.
    Coordinated<UniqueFd> hold();
    std::unexpected<CoordinationError> loss() const;
    void release();

    std::shared_ptr<LocalStore> store_;
    std::string base_;
    std::string id_;
    bool lost_ = false;
    std::optional<Holder> taken_by_;
};

}  // namespace lbdrain
