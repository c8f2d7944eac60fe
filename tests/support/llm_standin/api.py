"""The HTTP surface, as a bare ASGI application."""

import asyncio
import json

from . import answers, metrics
from .client import EngineDead
from .completion_request import BadRequest, CompletionRequest

_JSON = b"application/json"
_SSE = b"text/event-stream; charset=utf-8"


class Api:
    def __init__(self, options, version, engine, figures):
        self._options = options
        self._version = version
        self._engine = engine
        self._figures = figures
        self._load = 0
        self._routes = {
            "/health": ("GET", self._health),
            "/ping": ("GET POST", self._health),
            "/load": ("GET", self._get_load),
            "/version": ("GET", self._get_version),
            "/metrics": ("GET", self._metrics),
            "/v1/models": ("GET", self._models),
            "/v1/completions": ("POST", self._completions),
            "/v1/chat/completions": ("POST", self._chat),
        }

    async def __call__(self, scope, receive, send):
        methods, handler = self._routes.get(scope["path"], ("", None))
        if handler is None:
            await _reply(send, 404, {"detail": "Not Found"})
        elif scope["method"] not in methods.split():
            await _reply(send, 405, {"detail": "Method Not Allowed"})
        else:
            await handler(receive, send)

    async def _health(self, _receive, send):
        await _respond(send, 503 if self._engine.dead else 200, None, b"")

    async def _get_load(self, _receive, send):
        await _reply(send, 200, {"server_load": self._load})

    async def _get_version(self, _receive, send):
        await _reply(send, 200, {"version": self._version})

    async def _metrics(self, _receive, send):
        await _respond(send, 200, metrics.CONTENT_TYPE, self._figures.render())

    async def _models(self, _receive, send):
        model = {"id": self._options.model, "object": "model", "created": 0, "owned_by": "vllm",
                 "root": self._options.model, "parent": None, "max_model_len": 32768}
        await _reply(send, 200, {"object": "list", "data": [model]})

    async def _completions(self, receive, send):
        await self._generate(receive, send, answers.Completion)

    async def _chat(self, receive, send):
        await self._generate(receive, send, answers.Chat)

    async def _generate(self, receive, send, kind):
        body = await _read(receive)
        if body is None:
            return
        try:
            request = CompletionRequest(body, self._options, chat=kind is answers.Chat)
        except BadRequest as reason:
            await _reply(send, reason.status, answers.error(str(reason), reason.status))
            return
        if self._engine.dead or self._engine.draining:
            reason = (str(EngineDead()) if self._engine.dead
                      else "cannot schedule new futures after shutdown")
            await _reply(send, 500, answers.error(reason, 500))
            return
        generation = self._engine.submit(request.prompt_tokens, request.max_tokens,
                                         request.prefill)
        watch = asyncio.ensure_future(_watch_disconnect(receive, generation))
        self._load += self._options.load_tracking
        try:
            answer = kind(request.model, request.prompt_tokens)
            await (_stream if request.stream else _unary)(send, request, generation, answer)
        finally:
            self._load -= self._options.load_tracking
            watch.cancel()
            self._engine.finish(generation)


async def _unary(send, _request, generation, answer):
    content, made, finish_reason = [], 0, None
    try:
        while finish_reason is None:
            output = await generation.next()
            if output is None:
                return
            token, finish_reason = output
            made += token is not None
            content.append(answers.text(token))
    except EngineDead as reason:
        await _reply(send, 500, answers.error(str(reason), 500))
        return
    await _reply(send, 200, answer.unary("".join(content), finish_reason, made))


async def _stream(send, request, generation, answer):
    """200 and the headers leave before the first token: a stream can only fail inside."""
    await _start(send, 200, [(b"content-type", _SSE)])
    made, finish_reason = 0, None
    try:
        while finish_reason is None:
            output = await generation.next()
            if output is None:
                return
            if made == 0:
                await _part(send, answer.opening())
            token, finish_reason = output
            made += token is not None
            await _part(send, answer.chunk(token, finish_reason))
        if request.include_usage:
            await _part(send, answer.usage_chunk(made))
    except EngineDead as reason:
        await _part(send, answers.event(answers.error(str(reason), 500)))
    await _part(send, answers.DONE)
    await _part(send, b"", more=False)


async def _watch_disconnect(receive, generation):
    while (await receive())["type"] != "http.disconnect":
        pass
    generation.put(None)


async def _read(receive):
    """The request's body; None if the client left before its end."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return body


async def _reply(send, status, data):
    await _respond(send, status, _JSON, json.dumps(data, separators=(",", ":")).encode())


async def _respond(send, status, content_type, body):
    headers = [(b"content-length", b"%d" % len(body))]
    if content_type is not None:
        headers.append((b"content-type", content_type))
    await _start(send, status, headers)
    await _part(send, body, more=False)


async def _start(send, status, headers):
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def _part(send, body, more=True):
    if body or not more:
        await send({"type": "http.response.body", "body": body, "more_body": more})
