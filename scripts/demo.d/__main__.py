"""Restarts three replicas behind the real NGINX and HAProxy under load: the usual way, and with
lbdrain.

Exit status: 0 if the usual way failed requests and lbdrain none; 1 if not, or if something broke;
130 when interrupted. Nothing is left behind in any case.
"""

import argparse
import asyncio
import os
import shutil
import signal
import sys
import tempfile

import report
from haproxy_drained import HaproxyDrained
from haproxy_usual import HaproxyUsual
from nginx_drained import NginxDrained
from nginx_usual import NginxUsual
from ports import PortBlock
from processes import Processes
from screen import Screen

_ACTS = {"nginx": (NginxUsual, NginxDrained), "haproxy": (HaproxyUsual, HaproxyDrained)}
_ERAS = ("folklore", "v0.17", "v0.18", "v0.22", "v0.28")


def parse(argv=None):
    parser = argparse.ArgumentParser(
        prog="scripts/demo", description=" ".join(__doc__.split("\n\n")[0].split()))
    add = parser.add_argument
    add("--balancer", choices=(*_ACTS, "both"), default="both",
        help="behind which of them (default: %(default)s, one after the other)")
    add("--era", choices=_ERAS, default="v0.28",
        help="which vLLM the stand-in behaves like on SIGTERM (default: %(default)s)")
    add("--shutdown-timeout", type=float, default=0, metavar="S",
        help="vLLM's --shutdown-timeout (default: 0, as vLLM's own)")
    add("--clients", type=int, default=32, metavar="N",
        help="requests open at a time (default: %(default)s)")
    add("--tokens-per-second", type=float, default=10, metavar="N",
        help="of each generation (default: %(default)s)")
    add("--sleep", type=float, default=5, metavar="S",
        help="with nginx, the usual way's sleep before SIGTERM (default: %(default)s)")
    add("--kill-after", type=float, default=10, metavar="S",
        help="the usual way's SIGKILL after SIGTERM (default: %(default)s)")
    add("--give-up", type=float, default=5, metavar="S",
        help="a client gives up after so long without a byte (default: %(default)s)")
    add("--without-lua", action="store_true",
        help="with haproxy, leave lbdrain.lua out: drains wait until old workers have exited")
    add("--build", required=True, help=argparse.SUPPRESS)  # scripts/demo says what it is
    add("--keep", action="store_true", help="keep the directory with all logs, and say where")
    return parser.parse_args(argv)


class Stage:
    def __init__(self, options):
        self.options = options
        self.standin_options = [
            "--era", options.era, "--load", "1", "--shutdown-timeout",
            str(options.shutdown_timeout), "--tokens-per-second", str(options.tokens_per_second)]
        self.acts = 0  # how many there will be
        self.screen = Screen()
        self._block = PortBlock()
        self.ports = self._block.ports
        self.directory = tempfile.mkdtemp(prefix="lbdrain-demo-")
        self.processes = Processes()

    def close(self, keep):
        self.screen.show(None)
        self.processes.close()
        if keep:
            self.screen.print(f"The logs are in {self.directory}")
        else:
            shutil.rmtree(self.directory)


async def play(stage):
    options, screen = stage.options, stage.screen
    balancers = list(_ACTS) if options.balancer == "both" else [options.balancer]
    screen.print(f"Three stand-ins for vLLM ({options.era}) behind the real "
                 f"{', then '.join(balancers)}, {options.clients} clients;\n"
                 "a generation takes 3 to 8 s; every answer is judged at the client.")
    kinds = [kind for balancer in balancers for kind in _ACTS[balancer]]
    stage.acts = len(kinds)
    acts = []
    for number, kind in enumerate(kinds, 1):
        screen.print()
        acts.append(kind(stage, number))
        await acts[-1].play()
    screen.print()
    screen.print(report.table(acts, options.give_up))
    status, words = report.verdict(acts)
    screen.print()
    screen.print(words)
    return status


async def main():
    options = parse()
    options.build = os.path.abspath(options.build)
    stage = Stage(options)
    playing = asyncio.create_task(play(stage))
    loop = asyncio.get_running_loop()
    caught = []

    def interrupt(sig):
        caught.append(sig)
        playing.cancel()

    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(sig, interrupt, sig)
    keep = options.keep
    try:
        return await playing
    except asyncio.CancelledError:
        if not caught:
            raise
        stage.screen.print("interrupted: ending everything")
        return 128 + caught[0]
    except BrokenPipeError:  # nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (OSError, RuntimeError, TimeoutError) as reason:
        stage.screen.print(f"demo: {reason}")
        keep = True
        return 1
    finally:
        stage.close(keep)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
