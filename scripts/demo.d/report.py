"""The acts side by side, and the verdict."""

_FIRST, _OTHERS = 31, 11


def table(acts, give_up):
    rows = [("", *(act.balancer_name for act in acts)),
            ("", *(act.title.removeprefix("the ").removeprefix("with ") for act in acts)),
            ("requests", *(act.load.tally.requests for act in acts)),
            ("failed", *(act.load.tally.failures for act in acts))]
    kinds = sorted({kind for act in acts for kind in act.load.tally.failed})
    rows += [(f"  {kind}", *(act.load.tally.failed[kind] for act in acts)) for kind in kinds]
    rows += [("replicas restarted", *(len(act.restart_times) for act in acts)),
             ("time per restart, mean", *(_seconds(_mean(act.restart_times)) for act in acts)),
             ("time per restart, longest", *(_seconds(max(act.restart_times)) for act in acts)),
             ("replicas that needed a SIGKILL", *(act.replicas.kills for act in acts)),
             ("longest pause in a stream", *(_pause(act, give_up) for act in acts)),
             ("reloads of the balancer", *(act.balancer.reloads for act in acts))]
    for label, name in (("upgrades of its binary", "upgrades"), ("kills of drain-agent",
                                                                "agent_kills")):
        counts = [getattr(act, name) for act in acts]
        if any(counts):
            rows.append((label, *("-" if count is None else count for count in counts)))
    return "\n".join(map(_line, rows))


def verdict(acts):
    """The exit status and the words that go with it. The acts come in pairs: usual, lbdrain."""
    pairs = list(zip(acts[::2], acts[1::2]))
    verdicts = [_verdict(usual, drained, f"Behind {usual.balancer_name} " if len(pairs) > 1 else "")
                for usual, drained in pairs]
    return max(status for status, _ in verdicts), "\n".join(words for _, words in verdicts)


def _verdict(usual, drained, where):
    before, after = usual.load.tally.failures, drained.load.tally.failures
    if after:
        return 1, _sentence(where, f"{after} request(s) failed with lbdrain: that must not be.")
    if not before:
        return 1, _sentence(where, "nothing failed the usual way either, so this shows nothing.\n"
                            "Its luck depends on --sleep, --era and --shutdown-timeout.")
    return 0, _sentence(where, f"the usual way lost {before} requests; lbdrain lost none.")


def _sentence(where, text):
    return where + text if where else text[0].upper() + text[1:]


def _line(row):
    first, *others = row
    return str(first).ljust(_FIRST) + "".join(str(cell).rjust(_OTHERS) for cell in others)


def _mean(values):
    return sum(values) / len(values)


def _seconds(value):
    return f"{value:.1f} s"


def _pause(act, give_up):
    pause = act.load.tally.longest_pause
    return f"over {give_up:g} s" if pause >= give_up else f"{pause:.2f} s"
