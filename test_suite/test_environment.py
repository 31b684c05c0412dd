"""Where the toolkit runs: notebooks, containers, old settings of Keras, locales, closed streams, special files."""

import os
import re
import runpy
import shutil
import stat
import subprocess
import sys
import threading
from importlib.util import find_spec

import pytest
from conftest import ROOT, environment, make_catalogue, run_script

from core import files
from core.parallel import shares


def python(code, **env):
    """Run code as a script does, through errors.run."""
    wrapped = f'from core.errors import run\ndef main():\n    {code}\nrun(main)'
    command = [sys.executable, '-c', wrapped]
    return subprocess.run(command, cwd=ROOT, env=environment() | env, capture_output=True, text=True)


def test_a_notebooks_backend_of_matplotlib_is_not_asked_for():
    done = python(
        'from core.plotting import plt; print(plt.get_backend())',
        MPLBACKEND='module://matplotlib_inline.backend_inline',
    )
    assert (done.stdout, done.stderr) == ('Agg\n', '')


def test_old_settings_of_keras_change_nothing(tmp_path):
    (tmp_path / '.keras').mkdir()
    settings = '{"image_data_format": "channels_first", "floatx": "float16", "backend": "theano"}'
    (tmp_path / '.keras' / 'keras.json').write_text(settings, encoding='utf-8')
    code = 'from core import hardware; hardware.set_up("float32"); import keras; c = keras.config; '
    done = python(code + 'print(c.image_data_format(), c.floatx(), c.backend())', HOME=str(tmp_path))
    assert done.stdout == 'channels_last float32 tensorflow\n', done.stderr


def test_a_backend_that_is_not_there_is_named():
    absent = next((name for name in ('torch', 'jax') if not find_spec(name)), None)
    reasons = {'theano': 'there is no such backend; give one of tensorflow, torch, jax'}
    if absent:
        reasons[absent] = f'the package {absent} is not installed'
    for backend, reason in reasons.items():
        done = python('from core import hardware; hardware.set_up()', KERAS_BACKEND=backend)
        assert done.returncode == 2
        assert f'KERAS_BACKEND={backend}: {reason}' in done.stderr and done.stderr.count('\n') == 1


def test_without_shared_memory_posters_are_made_all_the_same(tmp_path):
    command = 'mount -t tmpfs -o ro none /dev/shm && exec "$0" "$@"'
    if not shutil.which('unshare') or subprocess.run(['unshare', '-rm', 'sh', '-c', command, 'true']).returncode:
        pytest.skip('no name space of mounts can be made here')
    catalogue = make_catalogue(tmp_path / 'films.csv', {i: f'sample:1999/Drama/{i}' for i in range(1, 12)})
    script = sys.executable, 'get_data.py', '-download', '-resize', '-ratios=30'
    flags = f'-catalogue={catalogue}', f'-data={tmp_path}'
    done = subprocess.run(
        ['unshare', '-rm', 'sh', '-c', command, *script, *flags], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / 'images' / '30').glob('*.jpg'))) == 11


@pytest.mark.parametrize('locale', [{'LC_ALL': 'C'}, {'PYTHONIOENCODING': 'latin-1'}])
def test_locales_without_letters_for_a_title(tmp_path, locale):
    path = make_catalogue(tmp_path / 'films.csv', {1: 'sample:1999/Drama/A'})
    path.write_text(path.read_text(encoding='utf-8').replace('Drama,', 'Komödie千,'), encoding='utf-8')
    plain = environment() | {'PYTHONUTF8': '0', 'PYTHONCOERCECLOCALE': '0'} | locale
    flags = f'-catalogue={path}', f'-data={tmp_path}', '-exclude_genres=X'
    done = run_script('prepare_dcgan_dataset.py', *flags, env=plain, encoding='latin-1')
    assert done.returncode == 2 and r'\u5343' in done.stderr


def test_a_closed_stdout_takes_nothing_from_the_work(tmp_path):
    catalogue = make_catalogue(tmp_path / 'films.csv', {1: 'sample:1999/Drama/A'})
    command = f'"{sys.executable}" get_data.py -download -catalogue="{catalogue}" -data="{tmp_path}"'
    for closed in ('>&-', '>&- 2>&-', '2>&-'):
        done = subprocess.run(f'{command} {closed}', shell=True, cwd=ROOT, env=environment())
        assert done.returncode == 0, closed
        poster = tmp_path / 'images' / '100' / '1.jpg'
        assert poster.read_bytes()[:2] == b'\xff\xd8' and poster.read_bytes()[-2:] == b'\xff\xd9'
        poster.unlink()
        assert (tmp_path / 'download_report.csv').read_text(encoding='utf-8').startswith('imdbId,')


def test_what_is_no_regular_file_is_written_to_and_stays(tmp_path):
    null, pipe, link, target = (tmp_path / name for name in ('null', 'pipe', 'link', 'target'))
    null.symlink_to('/dev/null')
    files.write(null, 'x')
    assert null.is_symlink() and stat.S_ISCHR(os.stat('/dev/null').st_mode)
    os.mkfifo(pipe)
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text(encoding='utf-8')))
    reader.start()
    files.write(pipe, 'through')
    reader.join()
    assert read == ['through'] and stat.S_ISFIFO(os.stat(pipe).st_mode)
    target.write_text('old', encoding='utf-8')
    target.chmod(0o600)
    link.symlink_to(target)
    files.write(link, 'new')
    assert link.is_symlink() and target.read_text(encoding='utf-8') == 'new'
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ['link', 'null', 'pipe', 'target']


def test_a_file_is_on_the_disk_before_it_takes_its_place(tmp_path, monkeypatch):
    """Else a power cut may leave it empty under its name."""
    calls = []
    for name in ('fsync', 'replace'):
        done = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *given, name=name, done=done: (calls.append(name), done(*given)))
    files.write(tmp_path / 'a.json', '{}')
    assert calls == ['fsync', 'replace'] and (tmp_path / 'a.json').read_text(encoding='utf-8') == '{}'


def test_temporary_files_cannot_be_foreseen_and_are_swept(tmp_path):
    names = set()
    for _ in range(2):
        with files.replacing(tmp_path / 'a.json') as temporary:
            names.add(temporary.name)
            temporary.write_text('{}', encoding='utf-8')
    assert len(names) == 2
    left = tmp_path / names.pop().replace(str(os.getpid()), '999999999')
    left.write_text('half', encoding='utf-8')
    files.sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ['a.json']


@pytest.mark.parametrize(
    ('written', 'found'),
    [
        ({'cpu.max': '150000 100000'}, [1.5]),
        ({'cpu.max': 'max 100000'}, []),
        ({'cpu.cfs_quota_us': '50000\n', 'cpu.cfs_period_us': '100000\n'}, [0.5]),
        ({'cpu.cfs_quota_us': '-1\n', 'cpu.cfs_period_us': '100000\n'}, []),
        ({}, []),
    ],
)
def test_a_containers_share_of_the_cores(tmp_path, written, found):
    for name, content in written.items():
        (tmp_path / name).write_text(content, encoding='utf-8')
    assert list(shares([tmp_path])) == found


def test_a_backend_without_memory_is_one_line():
    done = python("raise type('ResourceExhaustedError', (Exception,), {})('OOM when allocating')")
    assert done.returncode == 1
    assert 'not enough memory' in done.stderr and done.stderr.count('\n') == 1


SCRIPTS = 'get_data.py', '__main__.py', 'tests.py', 'predict.py', 'explain.py', 'publish.py', 'prepare_dcgan_dataset.py'
MODULES = {'dcgan': 'dcgan/__main__.py', 'docs.make_results': 'docs/make_results.py'}


@pytest.mark.parametrize('command', [*SCRIPTS, *(f'-m {name}' for name in MODULES)])
def test_every_command_prints_its_version(command):
    done = run_script(*command.split(), '--version')
    assert done.returncode == 0 and re.fullmatch(r'movie-poster-toolkit \d+\.\d+\.\d+\n', done.stdout)


CALL = re.compile(r'(?:.*\s)?python3? (?:-m (?P<module>[\w.]+)|(?P<script>\w+\.py)) (?P<rest>.*)')


def documented():
    """(command, its flags) of every line of the documents that calls the toolkit."""
    for path in (ROOT / 'README.md', *sorted((ROOT / 'docs').glob('*.md'))):
        for block in re.findall(r'```\w*\n(.*?)```', path.read_text(encoding='utf-8'), re.DOTALL):
            for line in re.sub(r'\\?\n {2,}', ' ', block).splitlines():
                if found := CALL.match(line):
                    place = MODULES.get(found['module']) if found['module'] else found['script']
                    if place:
                        yield path.name, place, re.findall(r'(?:^|[\s\[|])--?([a-z]\w*)', found['rest'])


def test_every_documented_flag_exists():
    seen = 0
    for document, place, names in documented():
        groups = runpy.run_path(str(ROOT / place), run_name='documented')['FLAGS'].values()
        known = {flag.name for group in groups for flag in group} | {'h', 'version'}
        assert set(names) <= known, (document, place)
        seen += len(names)
    assert seen > 60
