"""The part of vLLM's /metrics that dashboards and drain scripts look at.

The gauges are what the last engine step said (stale after an abort); counters follow outputs.
"""

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"
FINISH_REASONS = ("stop", "length", "abort")


class Metrics:
    def __init__(self, model):
        quoted = model.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        self._labels = f'engine="0",model_name="{quoted}"'
        self._stats = {"running": 0, "waiting": 0, "kv_cache": 0.0}
        self._tokens = 0
        self._finished = dict.fromkeys(FINISH_REASONS, 0)

    def step(self, stats):
        self._stats = stats

    def output(self, token, finish_reason):
        self._tokens += token is not None
        if finish_reason is not None:
            self._finished[finish_reason] += 1

    def render(self):
        stats = self._stats
        lines = []
        self._family(lines, "num_requests_running", "gauge",
                     "Number of requests in model execution batches.",
                     [("", stats["running"])])
        self._family(lines, "num_requests_waiting", "gauge",
                     "Number of requests waiting to be processed.",
                     [("", stats["waiting"])])
        self._family(lines, "kv_cache_usage_perc", "gauge",
                     "KV-cache usage. 1 means 100 percent usage.",
                     [("", stats["kv_cache"])])
        self._family(lines, "generation_tokens_total", "counter",
                     "Number of generation tokens processed.",
                     [("", self._tokens)])
        self._family(lines, "request_success_total", "counter",
                     "Count of successfully processed requests.",
                     [(f',finished_reason="{reason}"', count)
                      for reason, count in self._finished.items()])
        return "".join(lines).encode()

    def _family(self, lines, name, kind, text, samples):
        lines.append(f"# HELP vllm:{name} {text}\n# TYPE vllm:{name} {kind}\n")
        lines.extend(f"vllm:{name}{{{self._labels}{more}}} {float(value)}\n"
                     for more, value in samples)
