// The Coordinator of one machine: a directory.
//
// Each service has there, its name percent-encoded: SERVICE.guard (never removed; locked while one
// of the others is changed), SERVICE.permits.json, SERVICE.lock.json, SERVICE.journal. Who lives is
// told by `sessions`: each coordinator that changes something holds a lock on one byte of it for as
// long as it exists, which the kernel drops at any death. It works across users, containers and pid
// namespaces that share the directory; a network file system is not for it.
//
// New files are as readable and writable as the directory is, for owner, group and others: for
// several users make it 2770 and give it their group. Reading needs no right to write.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "lbdrain/coordination/coordinator.hpp"

namespace lbdrain {

class LocalStore;

class LocalCoordinator final : public Coordinator {
  public:
    // Called in the calling thread, before the call that found it returns: a damaged file, which
    // is set aside and taken as empty. Must not throw.
    using Warn = std::function<void(const std::string& text)>;

    // Touches nothing; the directory is made by the first change.
    explicit LocalCoordinator(std::string directory, Warn warn = {});
    ~LocalCoordinator() override;

    Coordinated<PermitAnswer> take_permit(const PermitRequest& request) override;
    Coordinated<void> release_permit(const std::string& service,
                                     const std::string& server) override;
    Coordinated<std::vector<Permit>> permits(const std::string& service) override;
    Coordinated<LockAnswer> acquire_lock(const std::string& service, const Holder& holder) override;
    Coordinated<std::optional<LockState>> lock_holder(const std::string& service) override;
    Coordinated<std::optional<Holder>> break_lock(const std::string& service, bool force) override;
    Coordinated<std::optional<std::string>> load_journal(const std::string& service) override;

  private:
    std::shared_ptr<LocalStore> store_;  // leases share it
};

}  // namespace lbdrain
