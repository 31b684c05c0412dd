"""A web server of posters that does what the servers of old posters do: serve them, and fail in every way.

The first part of a path says how it is answered, the rest is free: /good/1.jpg, /good/2.jpg, /stall/3.jpg.
"""

import asyncio
import contextlib
import email.utils
import gzip
import io
import struct
import threading
import time
import zlib
from collections import Counter

from PIL import Image, ImageDraw

SIZE = 182, 268
LATENCY = 0.05  # seconds before /late/ answers


def picture(mode='RGB', size=SIZE):
    """An image with a smooth part, edges and a diagonal, so that a wrong crop or color shows."""
    image = Image.radial_gradient('L').resize(size)
    image = Image.merge('RGB', (image, image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), Image.new('L', size, 90)))
    draw = ImageDraw.Draw(image)
    draw.rectangle((20, 30, 80, 90), fill='orange')
    draw.line((0, 0, *size), fill='navy', width=7)
    if mode == 'P':
        return image.quantize(64)
    image = image.convert(mode)
    if mode == 'RGBA':
        image.paste((0, 0, 0, 0), (100, 0, size[0], 60))
    return image


def encoded(image, kind='JPEG', **settings):
    out = io.BytesIO()
    image.save(out, kind, **settings)
    return out.getvalue()


def png_of_size(width, height):
    """A one-bit black PNG of any size in few bytes."""

    def chunk(name, body):
        return struct.pack('>I', len(body)) + name + body + struct.pack('>I', zlib.crc32(name + body))

    pack = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    rows = b''.join([pack.compress(row) for _ in range(height)] + [pack.flush()])
    header = struct.pack('>IIBBBBB', width, height, 1, 0, 0, 0, 0)
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + chunk(b'IDAT', rows) + chunk(b'IEND', b'')


GOOD = encoded(picture(), quality=95)
# a comment as long as those that cameras and editors leave: /cut-head/ ends within it
COMMENTED = encoded(picture(), quality=95, comment=b'made by hand ' * 50)
BODIES = {  # first part of the path: (body, content type)
    'good': (GOOD, 'image/jpeg'),
    'late': (GOOD, 'image/jpeg'),
    'octet': (GOOD, 'application/octet-stream'),
    'large': (encoded(picture(size=(1000, 900))), 'image/jpeg'),
    'gray': (encoded(picture('L')), 'image/jpeg'),
    'cmyk': (encoded(picture('CMYK')), 'image/jpeg'),
    'transparent': (encoded(picture('RGBA', (300, 400)), 'PNG'), 'image/png'),
    'palette': (encoded(picture('P'), 'GIF'), 'image/gif'),
    'webp': (encoded(picture(size=(200, 300)), 'WEBP'), 'image/webp'),
    'cut-head': (COMMENTED[:300], 'image/jpeg'),
    'cut-middle': (GOOD[: len(GOOD) // 2], 'image/jpeg'),
    'html': (b'<!doctype html><title>No such image</title><p>Sorry.', 'image/jpeg'),
    'empty': (b'', 'image/jpeg'),
    'bomb': (png_of_size(30_000, 30_000), 'image/png'),
    'too-many-pixels': (png_of_size(5_000, 5_001), 'image/png'),
    'too-long': (GOOD + bytes(5_000_000), 'image/jpeg'),
}


def deflated(window):
    packing = zlib.compressobj(wbits=window)
    return packing.compress(GOOD) + packing.flush()


PACKED = {  # how: the body, and what the header says of it
    'gzip': (gzip.compress(GOOD), 'gzip'),
    'x-gzip': (gzip.compress(GOOD), 'x-gzip'),
    'deflate': (deflated(zlib.MAX_WBITS), 'deflate'),
    'raw-deflate': (deflated(-zlib.MAX_WBITS), 'Deflate'),
    'not-packed': (GOOD, 'gzip'),
    'gzip-bomb': (gzip.compress(bytes(6_000_000)), 'gzip'),
}
SIGNED = '/signed/a%2Cb%27.jpg?sig=A%2Fb%3D&x=%7E'  # any other spelling of it is refused
HEADERS = {'long-header': f'Content-Security-Policy: {"a" * 40_000}\r\n'}
STATUSES = {'404': '404 Not Found', '410': '410 Gone', '500': '500 Internal Server Error'}
REDIRECTS = {
    'moved': '/good/moved.jpg',
    'to-file': 'file:///etc/hostname',
    'to-ftp': 'ftp://127.0.0.1/poster.jpg',
    'to-signed': SIGNED,
}


class PosterServer:
    """The server, in a thread of its own, and what it has seen. Use it in a `with` block."""

    def __init__(self):
        self.requests = []  # (path, time.monotonic(), user agent), as they came
        self.connections = 0
        self.at_once = self.most_at_once = 0

    def __enter__(self):
        ready = threading.Event()
        self.thread = threading.Thread(target=asyncio.run, args=(self.serve(ready),), daemon=True)
        self.thread.start()
        assert ready.wait(10)
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.closing.set)
        self.thread.join(10)

    def url(self, path):
        return f'http://127.0.0.1:{self.port}/{path}'

    def times(self, path):
        """When `path` was asked for, each time."""
        return [moment for asked, moment, _ in list(self.requests) if asked == f'/{path}']

    def counts(self):
        """{path: number of requests} without the leading slash."""
        return Counter(asked[1:] for asked, _, _ in list(self.requests))

    async def serve(self, ready):
        self.loop, self.closing = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self.connection, '0.0.0.0', 0, backlog=512)  # as several hosts
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self.closing.wait()
        server.close()

    async def connection(self, reader, writer):
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                lines = (await reader.readuntil(b'\r\n\r\n')).decode('latin-1').split('\r\n')
                headers = dict(line.lower().split(': ', 1) for line in lines[1:] if line)
                path = lines[0].split(' ')[1]
                if path.startswith('http://'):  # to a proxy
                    path = '/' + path.split('/', 3)[3]
                self.requests.append((path, time.monotonic(), headers.get('user-agent')))
                self.at_once += 1
                self.most_at_once = max(self.most_at_once, self.at_once)
                try:
                    await self.answer(path, writer)
                    await writer.drain()
                finally:
                    self.at_once -= 1
        writer.close()

    async def answer(self, path, writer):
        """Write the answer to `path`; ConnectionError ends the connection."""
        how, before = path.split('/')[1], len(self.times(path[1:])) - 1
        if how == 'late':
            await asyncio.sleep(LATENCY)
        if how in BODIES:
            respond(writer, '200 OK', *BODIES[how])
        elif how in PACKED:
            body, encoding = PACKED[how]
            respond(writer, '200 OK', body, extra=f'Content-Encoding: {encoding}\r\n')
        elif how in HEADERS:
            respond(writer, '200 OK', GOOD, extra=HEADERS[how])
        elif how == 'signed':
            respond(writer, '200 OK' if path == SIGNED else '403 Forbidden', GOOD)
        elif how == 'second-hand':
            respond(writer, '203 Non-Authoritative Information', GOOD)
        elif how == 'inside':
            respond(writer, '302 Found', extra=f'Location: {self.url("good/inside.jpg")}\r\n')
        elif how in STATUSES:
            respond(writer, STATUSES[how])
        elif how in REDIRECTS:
            respond(writer, '302 Found', extra=f'Location: {REDIRECTS[how]}\r\n')
        elif how == 'loop':
            respond(writer, '302 Found', extra=f'Location: {path}\r\n')
        elif how == 'busy' and before < 2:
            respond(writer, '503 Service Unavailable', extra='Retry-After: 1\r\n')
        elif how == 'too-often' and not before:
            date = email.utils.formatdate(time.time() + 2, usegmt=True)
            respond(writer, '429 Too Many Requests', extra=f'Retry-After: {date}\r\n')
        elif how == 'tomorrow':
            respond(writer, '503 Service Unavailable', extra='Retry-After: 86400\r\n')
        elif how == 'reset' and not before:
            writer.write(head('200 OK', len(GOOD)) + GOOD[: len(GOOD) // 2])
            await writer.drain()
            raise ConnectionError
        elif how == 'stall':
            writer.write(head('200 OK', len(GOOD)))
            await self.closing.wait()
            raise ConnectionError
        elif how == 'endless':
            writer.write(b'HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nTransfer-Encoding: chunked\r\n\r\n')
            while not self.closing.is_set():
                writer.write(b'%x\r\n%b\r\n' % (len(GOOD), GOOD))
                await writer.drain()
        else:
            respond(writer, '200 OK', GOOD)


def head(status, length, kind='image/jpeg', extra=''):
    return f'HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{extra}\r\n'.encode()


def respond(writer, status, body=b'', kind='image/jpeg', extra=''):
    writer.write(head(status, len(body), kind, extra) + body)
