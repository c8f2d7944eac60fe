"""The command line."""

import argparse

ERA_NAMES = ("folklore", "v0.17", "v0.18", "v0.22", "v0.28")


def _number(kind, minimum, exclusive=False):
    def convert(text):
        value = kind(text)
        if not (value > minimum if exclusive else value >= minimum):
            raise ValueError
        return value

    convert.__name__ = f"{kind.__name__} {'>' if exclusive else '>='} {minimum}"
    return convert


def parse(argv=None):
    seconds = _number(float, 0)
    count = _number(int, 1)
    parser = argparse.ArgumentParser(
        prog="llm-standin",
        description="A stand-in for a vLLM server. Prints `listening PORT` once it listens.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--port", type=_number(int, 0), default=8000, help="0 picks a free one")
    add("--name", help="value of the x-replica response header (default: the port)")
    add("--model", default="standin", help="model name")
    add("--era", choices=ERA_NAMES, default="v0.28", help="what a SIGTERM does")
    add("--shutdown-timeout", type=seconds, default=0.0, metavar="S",
        help="0 aborts on SIGTERM, more drains; not known before v0.18 and ignored there")
    add("--tokens-per-second", type=_number(float, 0, exclusive=True), default=20.0, metavar="N")
    add("--max-tokens", type=count, default=16, metavar="N",
        help="length of an answer whose request names none")
    add("--prefill", type=seconds, default=0.0, metavar="S",
        help="time before the first token; `prefill` in a request body overrides it")
    add("--load", type=seconds, default=0.0, metavar="S", help="time between bind and listen")
    add("--engine-exit", type=seconds, default=0.2, metavar="S",
        help="time the engine takes to exit; 0 also loses the abort outputs of v0.18")
    add("--tensor-parallel", type=count, default=1, metavar="N",
        help="worker processes of the engine, if more than one")
    add("--max-num-seqs", type=count, default=256, metavar="N", help="further requests wait")
    add("--keep-alive", type=_number(int, 0), default=5, metavar="S",
        help="an idle connection is closed after this time")
    add("--load-tracking", action="store_true", help="let /load count (else it always says 0)")
    add("--pidfile", metavar="FILE", help="written once listening, removed at exit")
    add("--orphan-engine", action="store_true",
        help="let the engine outlive a killed server, as the real one does")
    return parser.parse_args(argv)
