#include "systemd/dropin.hpp"

#include <string_view>
#include <utility>

#include "config/server_spec.hpp"

namespace lbdrain::ctl {
namespace {

constexpr std::string_view kText =
    R"(# @FILE@
#
# Made by: drainctl systemd-dropin @UNIT@
# With it a plain `systemctl restart` or `stop`, a reboot and a package's upgrade cut no request:
# the unit leaves its balancers first, and comes back when it can serve.
@SERVERS@
[Unit]
# What is ordered after them is stopped before them: at a shutdown the requests in flight can still
# be answered, and the balancers be told. Units that are not on this host do no harm.
After=network.target nginx.service haproxy.service drain-agent.service

[Service]
# The hooks are not the main process. They say what they wait for (STATUS=) and that they need
# longer (EXTEND_TIMEOUT_USEC=).
NotifyAccess=all

# "+": as root, outside of the unit's User= and walls, for the drain API's sockets and tokens.
#
# Out of every balancer, then nothing in flight: at most @DRAIN@ (unit_hooks.drain_timeout). While
# others are out, a restart waits for its turn before that: at most @TURN@ (turn_timeout). Then the
# unit is stopped all the same: systemd can be delayed, not refused.
ExecStop=@HOOK@ pre-stop --self
# Back when it passes its ready check: at most @READY@ (ready_timeout). `systemctl restart` returns
# after that, so restarts one after the other leave no gap.
ExecStartPost=@HOOK@ post-start --self
# After a crash, when no ExecStop= ran: out of every balancer at once.
ExecStopPost=@HOOK@ post-stop --self

# SIGTERM to the main process alone: vLLM's workers would fail every request on it. What is left at
# the end, an engine that would keep the GPU's memory, is killed.
KillMode=mixed
SendSIGKILL=yes
# From SIGTERM to SIGKILL, with nothing in flight any more: longer than vLLM's --shutdown-timeout.
# The hooks need no part of it, they extend it as they wait; one that hangs is given up after it.
TimeoutStopSec=90s
)";

// Whole seconds and minutes, as people write them.
std::string plain(Millis duration) {
    if (duration % 60'000 == 0 && duration > 0) {
        return std::to_string(duration / 60'000) + "min";
    }
    return duration % 1000 == 0 ? std::to_string(duration / 1000) + "s"
                                : std::to_string(duration) + "ms";
}

std::string servers_text(const CtlConfig& config, const std::string& unit) {
    const UnitName parts = split_unit(unit);
    const bool is_template = unit.find("@.") != std::string::npos;
    std::string text;
    for (const UnitConfig& each : config.units) {
        if (each.unit != unit && each.unit != parts.name) {
            continue;
        }
        for (const ServerSpec& server : is_template ? each.servers : servers_of(config, unit)) {
            text += (text.empty() ? "" : ", ") + to_string(server);
        }
        break;
    }
    if (text.empty()) {
        return "# But \"units\" of drainctl.yaml does not say yet which server this is. Until it "
               "does, nothing is\n# drained:\n#\n#   units: {" +
               (is_template ? unit + ": SERVICE/%i" : parts.name + ": SERVICE/SERVER") + "}\n";
    }
    return "# It is the process of " + text + " (\"units\" of drainctl.yaml).\n";
}

}  // namespace

std::string dropin(const CtlConfig& config, const DropinOptions& options) {
    const UnitHookConfig& hooks = config.unit_hooks;
    const std::pair<std::string_view, std::string> values[] = {
        {"@FILE@", "/etc/systemd/system/" + options.unit + ".d/lbdrain.conf"},
        {"@UNIT@", options.unit},
        {"@SERVERS@", servers_text(config, options.unit)},
        {"@DRAIN@", plain(hooks.drain_timeout)},
        {"@TURN@", plain(hooks.turn_timeout)},
        {"@READY@", plain(hooks.ready_timeout)},
        {"@HOOK@", "+" + options.program + options.arguments + " hook"},
    };
    std::string text(kText);
    for (const auto& [mark, value] : values) {
        for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
            text.replace(at, mark.size(), value);
            at += value.size();
        }
    }
    return text;
}

}  // namespace lbdrain::ctl
