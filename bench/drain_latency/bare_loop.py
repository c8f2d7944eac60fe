"""The least that could notice the end of a drain: a process that asks one worker for `show stat`
of that server every 10 ms over a kept connection, until the server's scur is 0. Blind to reloads and old workers.
"""

import multiprocessing
import socket
import time

INTERVAL = 0.010


def loop(path, pipe):
    cli = socket.socket(socket.AF_UNIX)
    cli.connect(str(path))

    def ask(line):
        cli.sendall(line.encode() + b"\n")
        answer = bytearray()
        while not answer.endswith(b"\n> "):
            answer += cli.recv(1 << 20)
        return answer.decode()

    ask("prompt")
    while True:
        server = pipe.recv()
        if server is None:
            return
        while True:
            answer = ask(f"show stat be 4 {server + 1}")  # ids count from 1
            row = answer[answer.index(f"\nbe,s{server},") + 1:].split(",", 5)
            if row[4] == "0":  # pxname, svname, qcur, qmax, scur
                break
            time.sleep(INTERVAL)
        pipe.send(time.monotonic())


class BareLoop:
    def __init__(self, path):
        self.pipe, other = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=loop, args=(path, other), daemon=True)
        self.process.start()

    def watch(self, server):
        self.pipe.send(server)

    def seen(self):
        return self.pipe.recv()

    def end(self):
        self.pipe.send(None)
        self.process.join()
