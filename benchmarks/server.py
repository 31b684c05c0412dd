"""A server of posters for the row `download`: HTTP/1.1, connections kept, every answer after 50 ms.

python3 -m benchmarks.server LIST: LIST holds a path a line. It prints its port and serves until it is terminated;
/<number>.jpg is answered with the poster of that line, counted on from the first after the last.
"""

import asyncio
import re
import sys
from pathlib import Path

DELAY = 0.05  # seconds
REQUEST = re.compile(rb'GET /(\d+)\.jpg HTTP/1\.1\r\n')
HEAD = b'HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n'
NOT_FOUND = b'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'


class Connection(asyncio.Protocol):
    """One kept connection; `answers` are whole HTTP answers."""

    def __init__(self, answers):
        self.answers, self.unread = answers, b''

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        *requests, self.unread = (self.unread + data).split(b'\r\n\r\n')
        for request in requests:
            wanted = REQUEST.match(request)
            answer = self.answers[int(wanted[1]) % len(self.answers)] if wanted else NOT_FOUND
            asyncio.get_running_loop().call_later(DELAY, self.transport.write, answer)


async def serve(answers):
    server = await asyncio.get_running_loop().create_server(lambda: Connection(answers), '127.0.0.1', 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main():
    posters = [Path(line).read_bytes() for line in Path(sys.argv[1]).read_text(encoding='utf-8').splitlines()]
    asyncio.run(serve([HEAD % len(poster) + poster for poster in posters]))


if __name__ == '__main__':
    main()
