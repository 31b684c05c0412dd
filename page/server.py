"""The server of the page: FastAPI with the page mounted, behind the Guard, on one port."""

import atexit
import contextlib
import inspect
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path

from core import files
from core.errors import WorkFailed

PREFIX = 'movie-posters-'
KEPT = 3600  # seconds that a file of a visitor is kept after its last change
SWEEP = 300  # seconds from one sweep to the next


def bind(host, port):
    """A socket that listens there. Raises WorkFailed where the port is in use, or the host is not of this machine."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise WorkFailed(f'{host}:{port}: {reason}; take another port with -port=') from None
    return listener


def private_folder():
    """A temporary folder for what visitors upload and what is made for them; it goes when the process ends."""
    for left in Path(tempfile.gettempdir()).glob(f'{PREFIX}*'):  # by a process that was killed
        pid = left.name.removeprefix(PREFIX).partition('-')[0]
        if pid.isdecimal() and not files.is_running(int(pid)):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(os.path.realpath(tempfile.mkdtemp(prefix=f'{PREFIX}{os.getpid()}-')))
    tempfile.tempdir = os.environ['GRADIO_TEMP_DIR'] = str(folder)  # of this process; Gradio reads the variable
    os.environ['GRADIO_ANALYTICS_ENABLED'] = 'False'
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # which runs what is registered
    return folder


@contextlib.contextmanager
def without_stubs():
    """Have Gradio, while it and the page are imported, write no type stubs of components beside their modules.

    They take half of the time of that import, at each start, and are for editors alone.
    """
    found = inspect.getfile

    def getfile(thing):
        if isinstance(thing, type) and thing.__module__.startswith(('gradio.', 'page.')):
            raise OSError('no stubs')
        return found(thing)

    inspect.getfile = getfile
    try:
        yield
    finally:
        inspect.getfile = found


def sweep_regularly(folder):
    def sweep():
        while True:
            time.sleep(SWEEP)
            remove_old(folder, time.time() - KEPT)

    threading.Thread(target=sweep, daemon=True).start()


def remove_old(folder, before):
    """Remove files in `folder` that have not changed since `before`, a time, and folders that are empty then."""
    for parent, _, names in os.walk(folder, topdown=False):
        with contextlib.suppress(OSError):
            for name in names:
                path = Path(parent, name)
                if path.stat().st_mtime < before:
                    path.unlink()
            if Path(parent) != folder and Path(parent).stat().st_mtime < before:
                os.rmdir(parent)


def serve(blocks, listener, folder, theme, css):
    """Serve Gradio's Blocks on the socket `listener` until Ctrl-C; `folder` is the one of `private_folder`."""
    import fastapi  # slow, as is Gradio
    import gradio
    import uvicorn

    from page.guard import MAX_FILE, Guard

    blocks.queue(default_concurrency_limit=1, max_size=200, api_open=False)
    app = fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    gradio.mount_gradio_app(
        app, blocks, '/', footer_links=[], run_history=False, ssr_mode=False, max_file_size=MAX_FILE, theme=theme,
        css=css, show_error=False, enable_monitoring=False, pwa=False, mcp_server=False,
    )  # fmt: skip
    blocks.has_launched = True  # else Gradio does not check the paths of files that a request names
    sweep_regularly(folder)
    config = uvicorn.Config(Guard(app, folder), log_level='warning', access_log=False, timeout_graceful_shutdown=1)
    uvicorn.Server(config).run(sockets=[listener])
