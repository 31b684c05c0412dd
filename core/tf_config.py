"""The workers that the environment variable TF_CONFIG names, and how they meet before they train together.

{"cluster": {"worker": ["host1:2222", "host2:2222"]}, "task": {"type": "worker", "index": 0}}
"""

import contextlib
import json
import os
import socket
import socketserver
import threading
import time
from dataclasses import dataclass

from core.errors import WorkFailed, WrongCall
from core.version import VERSION

VARIABLE = 'TF_CONFIG'
WAIT = 120  # seconds for the others to be there
PAUSE = 0.2  # seconds between two calls
JOBS = 'chief', 'worker'  # in the order of the workers; a cluster may do without a chief
ENDED = 'another worker has ended or is out of reach; the same commands on all workers resume the training'


@dataclass(frozen=True)
class Cluster:
    """Addresses, host:port, of all workers, the first one's first, and the place of this one among them."""

    addresses: tuple[str, ...]
    index: int

    @property
    def port(self) -> int:
        return int(self.addresses[self.index].rpartition(':')[2])


def read_cluster() -> Cluster | None:
    """The Cluster of the environment, None without one of several workers. Raises WrongCall for one that is wrong."""
    text = os.environ.get(VARIABLE, '').strip()
    if not text:
        return None
    try:
        values = json.loads(text)
        jobs = {job: list(values['cluster'][job]) for job in JOBS if job in values['cluster']}
        job, index = values['task']['type'], int(values['task']['index'])
    except json.JSONDecodeError as error:
        raise WrongCall(f'{VARIABLE} is no JSON: {error}') from None
    except (KeyError, TypeError, ValueError):
        raise WrongCall(
            f'{VARIABLE} lacks something; it looks like {{"cluster": {{"worker": ["host1:2222", "host2:2222"]}}, '
            '"task": {"type": "worker", "index": 0}}'
        ) from None
    addresses = [address for addresses in jobs.values() for address in addresses]
    for address in addresses:
        if not (isinstance(address, str) and address.rpartition(':')[0] and address.rpartition(':')[2].isdecimal()):
            raise WrongCall(f'{VARIABLE}: the address {address} is not a host and a port, host1:2222')
    if not 0 <= index < len(jobs.get(job, ())):
        have = ', '.join(f'{name} {i}' for name in jobs for i in range(len(jobs[name]))) or 'nothing'
        raise WrongCall(f'{VARIABLE}: its task, {job} {index}, is not in its cluster, which has {have}')
    before = len(jobs.get('chief', ())) if job == 'worker' else 0
    return Cluster(tuple(addresses), before + index) if len(addresses) > 1 else None


def meet(cluster: Cluster, seconds: float = WAIT) -> None:
    """Return when all workers have called each other.

    Raises WorkFailed, which names who is missing, when that takes more than so many seconds, and WrongCall where
    another worker has another version of the toolkit.
    """
    versions = {cluster.index: VERSION}  # of those that have called this one

    class Answer(socketserver.StreamRequestHandler):
        timeout = PAUSE * 10

        def handle(self):
            caller = self.rfile.readline().decode(errors='replace').split()
            if len(caller) == 2 and caller[0].isdecimal():  # anyone may call a port
                versions[int(caller[0])] = caller[1]
                self.wfile.write(b'here\n')

    until, answered, others = time.monotonic() + seconds, {cluster.index}, range(len(cluster.addresses))
    with _answering(cluster.port, Answer):
        while missing := [other for other in others if other not in answered or other not in versions]:
            if time.monotonic() > until:
                names = ', '.join(f'{other} ({cluster.addresses[other]})' for other in missing)
                raise WorkFailed(f'{VARIABLE}: no answer within {seconds:g} seconds from worker {names}')
            answered |= {other for other in missing if other not in answered and _call(cluster, other)}
            time.sleep(PAUSE)
    for other, version in versions.items():
        if version != VERSION:
            raise WrongCall(f'worker {other} has version {version} of the toolkit, this one {VERSION}')


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True  # TensorFlow takes the port next
    daemon_threads = True


@contextlib.contextmanager
def _answering(port, handler):
    """Answer calls to a port of this host in this block."""
    try:
        server = _Server(('', port), handler)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise WorkFailed(f'{VARIABLE}: this worker cannot use its port {port}: {reason}') from None
    threading.Thread(target=server.serve_forever, args=(PAUSE,), daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def _call(cluster, other):
    """Whether another worker answers now."""
    host, _, port = cluster.addresses[other].rpartition(':')
    try:
        with socket.create_connection((host.strip('[]'), int(port)), timeout=PAUSE * 10) as call:
            call.sendall(f'{cluster.index} {VERSION}\n'.encode())
            return call.recv(16) == b'here\n'
    except OSError:
        return False
