"""The row of downloading: the toolkit's command against curl's, both from a server on this machine."""

import contextlib
import shutil
import subprocess
import sys

from benchmarks.folders import write_catalogue
from benchmarks.measure import ROOT, Result, Skipped, alternate, rate, run_command, run_module
from core.errors import WorkFailed
from posters.layout import poster_folder

CONNECTIONS = 32
UNIT = 'posters/s'


def download(bench):
    """Posters from a server that answers after 50 ms, over 32 connections, against curl.

    The toolkit looks at every poster, curl stores what comes. Python's start is not in its time here; it is in the
    row `download_command`.
    """
    return compare(bench, 'download', 1.0, in_a_process)


def download_command(bench):
    """The same, whole commands: get_data.py, the start of Python and all, against curl's C program."""
    return compare(bench, 'download_command', None, by_command)


def in_a_process(number, catalogue, data):
    return number / run_module('downloading', catalogue, data, CONNECTIONS)


def by_command(number, catalogue, data):
    flags = f'-catalogue={catalogue}', f'-data={data}', f'-connections={CONNECTIONS}'
    return rate(number, lambda: run_command(sys.executable, ROOT / 'get_data.py', '-download', *flags))


def compare(bench, name, target, ours):
    """The Result of `ours(number, catalogue, data)`, posters per second, against curl's with as many connections."""
    curl = shutil.which('curl')
    if not curl:
        raise Skipped('curl is not installed')
    number = bench.downloads
    lists = bench.fresh('lists')
    distinct = dict.fromkeys(bench.files(100, number))
    (lists / 'posters').write_text('\n'.join(str(file.resolve()) for file in distinct))

    def measure_ours():
        data = bench.fresh('download')
        measured = ours(number, lists / 'catalogue.csv', data)
        check(poster_folder(data, 100), number)
        return measured

    def measure_curl():
        out = bench.fresh('curl')
        flags = '--parallel', '--parallel-max', CONNECTIONS, '--silent', '--no-progress-meter'
        measured = rate(number, lambda: run_command(curl, '-q', *flags, '--config', lists / 'curl', folder=out))
        check(out, number)
        return measured

    with served(lists / 'posters') as address:
        urls = [f'{address}/{i}.jpg' for i in range(1, number + 1)]
        write_catalogue(lists / 'catalogue.csv', urls)
        (lists / 'curl').write_text(''.join(f'url = "{url}"\nremote-name\n' for url in urls))
        medians = alternate(name, UNIT, bench.rounds, measure_ours, measure_curl)
    version = run_command(curl, '--version').split()[1]
    return Result(name, *medians, f'curl {version} --parallel', UNIT, target)


@contextlib.contextmanager
def served(posters):
    """The address of a server of the posters that the file `posters` lists, in a process of its own."""
    command = [sys.executable, '-m', 'benchmarks.server', posters]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        try:
            port = server.stdout.readline().strip()
            if not port:
                raise WorkFailed('the server of the row download does not start')
            yield f'http://127.0.0.1:{port}'
        finally:
            server.terminate()


def check(folder, number):
    """Raise WorkFailed unless `number` posters are in `folder`."""
    there = sum(1 for _ in folder.glob('*.jpg'))
    if there != number:
        raise WorkFailed(f'{there:,} of {number:,} posters came into {folder}')
