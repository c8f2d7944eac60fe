"""The two acts side by side, and the verdict."""

_WIDTHS = (34, 16, 16)


def table(usual, drained, give_up):
    acts = (usual, drained)
    rows = [("", *(act.title for act in acts)),
            ("requests", *(act.load.tally.requests for act in acts)),
            ("failed", *(act.load.tally.failures for act in acts))]
    kinds = sorted({kind for act in acts for kind in act.load.tally.failed})
    rows += [(f"  {kind}", *(act.load.tally.failed[kind] for act in acts)) for kind in kinds]
    rows += [("replicas restarted", *(len(act.restart_times) for act in acts)),
             ("time per restart, mean", *(_seconds(_mean(act.restart_times)) for act in acts)),
             ("time per restart, longest", *(_seconds(max(act.restart_times)) for act in acts)),
             ("replicas that needed a SIGKILL", *(act.replicas.kills for act in acts)),
             ("longest pause in a stream", *(_pause(act, give_up) for act in acts)),
             ("nginx reloads", *(act.nginx.reloads for act in acts)),
             ("nginx binary upgrades", *(act.nginx.upgrades for act in acts))]
    return "\n".join(_line(row) for row in rows)


def verdict(usual, drained):
    """The exit status and the sentence that goes with it."""
    before, after = usual.load.tally.failures, drained.load.tally.failures
    if after:
        return 1, f"{after} request(s) failed with lbdrain: that must not be."
    if not before:
        return 1, ("Nothing failed the usual way either, so this run shows nothing.\n"
                   "Its luck depends on --sleep, --era and --shutdown-timeout.")
    return 0, f"The usual way lost {before} requests; lbdrain lost none."


def _line(row):
    first, *others = row
    return (str(first).ljust(_WIDTHS[0]) +
            "".join(str(cell).rjust(width) for cell, width in zip(others, _WIDTHS[1:])))


def _mean(values):
    return sum(values) / len(values)


def _seconds(value):
    return f"{value:.1f} s"


def _pause(act, give_up):
    pause = act.load.tally.longest_pause
    return f"over {give_up:g} s" if pause >= give_up else f"{pause:.2f} s"
