"""What a client asks for: the body of a completion request, checked as vLLM checks it."""

import json


class BadRequest(Exception):
    def __init__(self, message, status=400):
        super().__init__(message)
        self.status = status


class CompletionRequest:
    def __init__(self, body, options, chat):
        fields = _fields(body)
        prompt = _required(fields, "messages" if chat else "prompt", list if chat else object)
        model = fields.get("model") or options.model
        if model != options.model:
            raise BadRequest(f"The model `{model}` does not exist.", 404)
        self.model = model
        self.prompt_tokens = _count_words(prompt)
        # Chat clients moved on to max_completion_tokens; vLLM prefers it when both are there.
        limits = (fields.get("max_completion_tokens"), fields.get("max_tokens"),
                  options.max_tokens)
        self.max_tokens = _number("max_tokens", next(n for n in limits if n is not None), int, 1)
        self.prefill = _number("prefill", fields.get("prefill", options.prefill), (int, float), 0)
        self.stream = fields.get("stream") is True
        self.include_usage = (fields.get("stream_options") or {}).get("include_usage") is True


def _fields(body):
    try:
        fields = json.loads(body)
    except ValueError as reason:
        raise BadRequest(f"JSON decode error: {reason}") from None
    if not isinstance(fields, dict):
        raise BadRequest("Input should be a valid dictionary")
    return fields


def _required(fields, name, kind):
    value = fields.get(name)
    if not value or not isinstance(value, kind):
        raise BadRequest(f"{name}: Field required")
    return value


def _number(name, value, kind, minimum):
    if not isinstance(value, kind) or isinstance(value, bool) or value < minimum:
        raise BadRequest(f"{name} must be at least {minimum}, got {value!r}.")
    return value


def _count_words(prompt):
    """A word is a token here; it only has to be the same number every time."""
    return len(prompt.split()) if isinstance(prompt, str) else len(json.dumps(prompt).split())
