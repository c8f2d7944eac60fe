"""The JSON of the two completion endpoints, as vLLM writes it.

Chunks are put together by hand: they are the one thing made thousands of times a second.
"""

import json
import time
import uuid


def text(token):
    return "" if token is None else f" t{token}"


def error(message, status, kind=None):
    kinds = {400: "BadRequestError", 404: "NotFoundError", 500: "InternalServerError"}
    return {"error": {"message": message, "type": kind or kinds.get(status, "HTTPException"),
                      "param": None, "code": status}}


def event(data):
    return b"data: " + json.dumps(data, separators=(",", ":")).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"


class Answer:
    """Common to both kinds: who answers, and the usage."""

    id_prefix = ""
    unary_object = ""
    chunk_object = ""

    def __init__(self, model, prompt_tokens):
        self._head = {"id": f"{self.id_prefix}-{uuid.uuid4().hex}", "object": None,
                      "created": int(time.time()), "model": model}
        self._prompt_tokens = prompt_tokens
        start = json.dumps({**self._head, "object": self.chunk_object}, separators=(",", ":"))
        self._chunk_start = f"data: {start[:-1]},\"choices\":[{{\"index\":0,"

    def usage(self, completion_tokens):
        return {"prompt_tokens": self._prompt_tokens,
                "total_tokens": self._prompt_tokens + completion_tokens,
                "completion_tokens": completion_tokens}

    def unary(self, content, finish_reason, completion_tokens):
        choice = {"index": 0, **self._unary_content(content), "logprobs": None,
                  "finish_reason": finish_reason, "stop_reason": None}
        return {**self._head, "object": self.unary_object, "choices": [choice],
                "usage": self.usage(completion_tokens)}

    def opening(self):
        return b""

    def chunk(self, token, finish_reason):
        reason = "null" if finish_reason is None else f'"{finish_reason}"'
        return (f'{self._chunk_start}{self._chunk_content(text(token))},"logprobs":null,'
                f'"finish_reason":{reason},"stop_reason":null}}]}}\n\n').encode()

    def usage_chunk(self, completion_tokens):
        return event({**self._head, "object": self.chunk_object, "choices": [],
                      "usage": self.usage(completion_tokens)})


class Completion(Answer):
    id_prefix = "cmpl"
    unary_object = chunk_object = "text_completion"

    def _unary_content(self, content):
        return {"text": content}

    def _chunk_content(self, content):
        return f'"text":"{content}"'


class Chat(Answer):
    id_prefix = "chatcmpl"
    unary_object = "chat.completion"
    chunk_object = "chat.completion.chunk"

    def opening(self):
        return (f'{self._chunk_start}"delta":{{"role":"assistant","content":""}},'
                '"logprobs":null,"finish_reason":null}]}\n\n').encode()

    def _unary_content(self, content):
        return {"message": {"role": "assistant", "content": content}}

    def _chunk_content(self, content):
        return f'"delta":{{"content":"{content}"}}'
