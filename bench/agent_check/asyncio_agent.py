"""An agent as one would write it in Python: asyncio_agent.py PORT. USR1 prints the checks so far."""

import asyncio
import signal
import sys

checks = 0


async def answer(reader, writer):
    global checks
    try:
        await reader.readline()
        writer.write(b"up ready 100%\n")
        await writer.drain()
        checks += 1
    except OSError:
        pass
    finally:
        writer.close()


async def main():
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, lambda: print(checks, flush=True))
    server = await asyncio.start_server(answer, "127.0.0.1", int(sys.argv[1]), backlog=4096)
    print("listens", flush=True)
    async with server:
        await server.serve_forever()


asyncio.run(main())
