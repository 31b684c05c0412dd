"""The page in a real browser: a server of app.py, and the system's Chromium driven by Playwright."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from core.errors import WorkFailed

ROOT = Path(__file__).resolve().parents[1]
NAMES = 'chromium', 'chromium-browser', 'google-chrome'
# it looks up hosts of its maker in the background otherwise
OPTIONS = (
    '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync',
)  # fmt: skip
ANNOUNCED = 'the page: '


class Server:
    """app.py as a process of its own; `url` is its page's address."""

    def __init__(self, *flags):
        """Raises WorkFailed where it ends before it serves."""
        command = [sys.executable, 'app.py', '-port=0', *map(str, flags)]
        self.complaints = tempfile.TemporaryFile('w+', encoding='utf-8')  # noqa: SIM115  closed by `stop`
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=self.complaints, text=True, start_new_session=True
        )
        for line in self.process.stdout:
            if line.startswith(ANNOUNCED):
                self.url = line.removeprefix(ANNOUNCED).split()[0]
                return
        raise WorkFailed(self.errors() or 'app.py ended')

    def errors(self):
        """What it has printed on standard error."""
        self.complaints.seek(0)
        return self.complaints.read()

    def memory(self):
        """Its resident memory in bytes."""
        fields = Path(f'/proc/{self.process.pid}/statm').read_text(encoding='utf-8').split()
        return int(fields[1]) * os.sysconf('SC_PAGE_SIZE')

    def stop(self):
        """End it as Ctrl-C does; returns its exit status."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
        finally:
            self.process.stdout.close()
            self.complaints.close()


@contextlib.contextmanager
def serving(*flags):
    server = Server(*flags)
    try:
        yield server
    finally:
        server.stop()


@contextlib.contextmanager
def browsing():
    """A browser of Playwright's. Raises WorkFailed where the system has none."""
    from playwright.sync_api import sync_playwright  # of requirements-dev.txt

    path = next(filter(None, map(shutil.which, NAMES)), None)
    if not path:
        raise WorkFailed('a browser is needed; make test-app says how to install one')
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*OPTIONS])
        yield browser
        browser.close()


class Visit:
    """A visitor on the page, in a context of its own; `requested` are the addresses that the browser asked for."""

    def __init__(self, browser, url, width=1440, scheme='light', **options):
        self.context = browser.new_context(viewport={'width': width, 'height': 900}, color_scheme=scheme, **options)
        self.page = self.context.new_page()
        self.requested = []
        self.page.on('request', lambda request: self.requested.append(request.url))
        self.page.goto(f'{url}/?__theme={scheme}')
        self.page.wait_for_selector('#poster input[type=file]', state='attached')

    def tab(self, name):
        self.page.get_by_role('tab', name=name).click()

    def drop(self, path):
        self.page.locator('#poster input[type=file]').set_input_files(path)

    def clear(self):
        """Take the poster away."""
        self.page.locator('#poster button[aria-label="Remove Image"]').click()
        self.page.wait_for_selector('#poster img', state='detached')

    def wait(self, selector, seconds=60):
        return self.page.wait_for_selector(selector, timeout=1000 * seconds)

    def text(self, selector):
        return self.page.locator(selector).inner_text()

    def close(self):
        self.context.close()
