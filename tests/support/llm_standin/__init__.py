"""A stand-in for a vLLM server: same processes, same HTTP surface, same behaviour on signals."""
