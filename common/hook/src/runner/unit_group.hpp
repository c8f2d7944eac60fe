// The processes of a unit, by its control group.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runner/procfs.hpp"

namespace lbdrain::hook {

/// Where systemd keeps its own v1 hierarchy (name=systemd), from /proc/self/mountinfo's text;
/// empty: nowhere.
std::string systemd_v1_mount(std::string_view mountinfo);

/// A unit's control group: of the unified hierarchy, also where v1 controllers stand beside it, or
/// of systemd's own v1 hierarchy where that is all there is. Holds nothing open. One thread.
class UnitGroup {
  public:
    /// `path` is the unit's ControlGroup. Nothing when there is no such group to look into: it is
    /// gone, or systemd's hierarchies are not visible here.
    static std::optional<UnitGroup> at(const std::string& path);

    /// Empty, or gone altogether; zombies do not count.
    bool is_empty() const;
    /// What is in it and below.
    std::vector<ProcessInfo> members() const;

  private:
    explicit UnitGroup(std::string directory) : directory_(std::move(directory)) {}

    std::string directory_;
};

}  // namespace lbdrain::hook
