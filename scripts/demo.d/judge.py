"""Is an answer whole? The replicas number their tokens (" t1 t2 t3 ..."), so nothing can hide."""

import json


class Failure(Exception):
    """What is wrong with an answer, in one of a few words, and the details."""

    def __init__(self, kind, detail=""):
        super().__init__(detail or kind)
        self.kind = kind


class StreamJudge:
    """Looks at a stream's server-sent events as they come."""

    def __init__(self, tokens):
        self._expected = tokens
        self._rest = b""
        self._finished = None
        self._done = False
        self.tokens = 0

    def piece(self, data):
        *events, self._rest = (self._rest + data).split(b"\n\n")
        for event in events:
            self._event(event.removeprefix(b"data: "))

    def _event(self, data):
        if data == b"[DONE]":
            self._done = True
            return
        event = json.loads(data)
        if "error" in event:
            raise Failure("error inside the stream", event["error"]["message"])
        choice = event["choices"][0]
        if choice["text"]:
            self.tokens += 1
            if choice["text"] != f" t{self.tokens}":
                raise Failure("wrong token", f"{choice['text']!r} as token {self.tokens}")
        self._finished = choice["finish_reason"] or self._finished

    def end(self):
        _check(self.tokens, self._expected, self._finished)
        if not self._done or self._rest:
            raise Failure("cut short", "no [DONE]")


def judge_unary(body, expected):
    choice = json.loads(body)["choices"][0]
    tokens = choice["text"].split()
    if tokens != [f"t{n}" for n in range(1, len(tokens) + 1)]:
        raise Failure("wrong token", choice["text"])
    _check(len(tokens), expected, choice["finish_reason"])


def _check(tokens, expected, finish_reason):
    if finish_reason == "abort":
        raise Failure("aborted", f"finish_reason \"abort\" after {tokens} of {expected} tokens")
    if tokens != expected or finish_reason != "length":
        raise Failure("cut short", f"{tokens} of {expected} tokens, finish_reason {finish_reason}")
