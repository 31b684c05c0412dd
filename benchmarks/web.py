"""The row of downloading: the toolkit's command against curl's, both from a server on this machine."""

import contextlib
import shutil
import subprocess
import sys

from benchmarks.folders import write_catalogue
from benchmarks.measure import ROOT, Result, Skipped, alternate, rate, run_command
from errors import WorkFailed
from posters.paths import poster_folder

CONNECTIONS = 32
UNIT = 'posters/s'


def download(bench):
    """Posters from a server that answers after 50 ms, over 32 connections, against curl: whole commands.

    The toolkit's time includes the start of Python and a look at every poster; curl's is that of a C program which
    stores what comes.
    """
    curl = shutil.which('curl')
    if not curl:
        raise Skipped('curl is not installed')
    number = bench.downloads
    lists = bench.fresh('lists')
    distinct = dict.fromkeys(bench.files(100, number))
    (lists / 'posters').write_text('\n'.join(str(file.resolve()) for file in distinct))

    def ours():
        data = bench.fresh('download')
        flags = f'-data={data}', f'-catalogue={lists / "catalogue.csv"}', f'-connections={CONNECTIONS}'
        measured = rate(number, lambda: run_command(sys.executable, ROOT / 'get_data.py', '-download', *flags))
        check(poster_folder(data, 100), number)
        return measured

    def peer():
        out = bench.fresh('curl')
        flags = '--parallel', '--parallel-max', CONNECTIONS, '--silent', '--no-progress-meter'
        measured = rate(number, lambda: run_command(curl, '-q', *flags, '--config', lists / 'curl', folder=out))
        check(out, number)
        return measured

    with served(lists / 'posters') as address:
        urls = [f'{address}/{i}.jpg' for i in range(1, number + 1)]
        write_catalogue(lists / 'catalogue.csv', urls)
        (lists / 'curl').write_text(''.join(f'url = "{url}"\nremote-name\n' for url in urls))
        medians = alternate('download', UNIT, bench.rounds, ours, peer)
    version = run_command(curl, '--version').split()[1]
    return Result('download', *medians, f'curl {version} --parallel', UNIT, 1.0)


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
