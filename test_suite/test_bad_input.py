"""What a user can get wrong is answered in one line, with the right exit status and nothing lost."""

import re
import resource
import runpy
import subprocess
import sys

import pytest
from conftest import ROOT

from cnn.presets import PRESETS

HEADER = 'imdbId,Imdb Link,Title,IMDB Score,Genre,Poster\n'
ROW = '{},l,Film {} (1999),5.0,{},sample:1999/{}/Film\n'


def rows(ids, genre='Drama'):
    return HEADER + ''.join(ROW.format(i, i, genre, genre) for i in ids)


CALLS = {
    'unknown flag': (('get_data.py', '-downlod'), 2, 'did you mean -download?'),
    'unknown word': (('get_data.py', 'download'), 2, "'download' is no flag"),
    'ratio 0': (('__main__.py', '-ratio=0'), 2, '-ratio=0: give a whole number from 2 to 100'),
    'ratio abc': (('__main__.py', '-ratio=abc'), 2, '-ratio=abc: give a whole number from 2 to 100'),
    'ratios': (('get_data.py', '-resize', '-ratios=30,x'), 2, '-ratios=30,x: give a whole number from 1 to 99'),
    '8 genres': (('__main__.py', '-genres=8'), 2, '-genres=8: give 3, 7 or 14'),
    'unknown genre': (('__main__.py', '-genres=Comedi'), 2, 'did you mean Comedy?'),
    'unknown version': (('__main__.py', '-version=99'), 2, '-version=99: there is no preset'),
    'years': (('__main__.py', '-min_year=2020', '-max_year=1990'), 2, '-min_year=2020 is after -max_year=1990'),
    'year': (('get_data.py', '-download', '-min_year=1492'), 2, '-min_year=1492: give a whole number from 1900'),
    'one genre': (('__main__.py', '-genres=Comedy'), 2, 'Comedy alone: give two genres at least'),
    'no picture': (('tests.py', '-sheet=sheet'), 2, '-sheet=sheet: give a file that ends in .png'),
    'no action': (('get_data.py', '-min_year=1980'), 2, 'say what to do: -describe, -download, -images'),
    'shortened flag': (('get_data.py', '-retry'), 2, 'did you mean -retry_failed?'),
    'no value': (('__main__.py', '-epochs'), 2, '-epochs'),
    'no posters': (('__main__.py',), 1, 'get_data.py -download'),
    'no models': (('tests.py',), 1, 'python3 __main__.py'),
    'missing catalogue': (('get_data.py', '-download', '-catalogue=nowhere.csv'), 2, 'nowhere.csv: cannot read'),
}


@pytest.mark.parametrize('name', CALLS)
def test_wrong_calls(run, tmp_path, name):
    (script, *flags), status, message = CALLS[name]
    folders = [f'-data={tmp_path / "data"}'] + [f'-models={tmp_path / "models"}'] * (script != 'get_data.py')
    done = run(script, *folders, *flags)
    assert done.returncode == status
    assert message in done.stderr and done.stderr.count('\n') == 1


CATALOGUES = {
    'empty': (b'', 'is empty'),
    'no CSV': (b'\xff\xd8\xff\xe0\0\x10JFIF\0 a picture', 'is no catalogue'),
    'missing column': (b'imdbId,Title,IMDB Score,Poster\n1,A (1999),5,http://a.org/1.jpg\n', "no column 'Genre'"),
    'no film': (HEADER.encode(), 'holds no usable film'),
}


@pytest.mark.parametrize('name', CATALOGUES)
def test_bad_catalogues(run, tmp_path, name):
    content, message = CATALOGUES[name]
    path = tmp_path / 'films.csv'
    path.write_bytes(content)
    done = run('get_data.py', '-download', f'-catalogue={path}', f'-data={tmp_path}')
    assert done.returncode == 2
    assert message in done.stderr and done.stderr.count('\n') == 1 and 'films.csv' in done.stderr


def test_rows_with_too_many_fields_are_counted(run, tmp_path):
    path = tmp_path / 'films.csv'
    path.write_text(rows([7]) + '8,l,A Film, Unquoted, Twice (1999),5.0,Drama,sample:1999/Drama/Film,x\n')
    done = run('get_data.py', '-download', f'-catalogue={path}', f'-data={tmp_path}')
    assert done.returncode == 0 and '1 with more fields than columns' in done.stdout


def test_posters_that_are_not_resized_yet(run, sample_data):
    done = run('__main__.py', *sample_data.flags, '-ratio=45')
    assert done.returncode == 1
    assert 'python3 get_data.py -resize -ratios=45' in done.stderr


def test_a_disk_without_room(tmp_path):
    """A limit on the size of files stands for the full disk: writing fails, and what was there stays."""
    path = tmp_path / 'films.csv'
    path.write_text(rows([7, 8]))
    call = [sys.executable, 'get_data.py', '-download', f'-catalogue={path}', f'-data={tmp_path}']

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, preexec_fn=limit)
    assert done.returncode == 1 and 'Traceback' not in done.stderr
    assert 'the file would be larger than this system allows' in done.stderr
    assert list((tmp_path / 'images' / '100').iterdir()) == []


def test_a_folder_that_cannot_be_written(run, tmp_path):
    (tmp_path / 'data').write_text('a file where the folder should be')
    path = tmp_path / 'films.csv'
    path.write_text(rows([7]))
    done = run('get_data.py', '-download', f'-catalogue={path}', f'-data={tmp_path / "data"}')
    assert done.returncode == 1 and done.stderr.count('\n') == 1
    assert 'not a directory' in done.stderr or 'file exists' in done.stderr


@pytest.mark.parametrize('script', ['get_data.py', '__main__.py', 'tests.py', 'predict.py', 'explain.py'])
def test_help_is_complete_and_light(script):
    """-h names every flag with its meaning, and waits for neither TensorFlow nor pandas."""
    done = subprocess.run([sys.executable, '-X', 'importtime', script, '-h'], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= 120
    imported = {line.split('|')[-1].strip() for line in done.stderr.splitlines()}
    assert not {'tensorflow', 'keras', 'pandas', 'sklearn', 'matplotlib', 'aiohttp'} & imported
    named = set(re.findall(r'^  -(\w+)', done.stdout, re.MULTILINE))
    assert named == {'h', *(flag.name for group in runpy.run_path(ROOT / script)['FLAGS'].values() for flag in group)}


def test_presets_are_explained(run):
    done = run('__main__.py', '-version=list')
    assert done.returncode == 0
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [line[:2] for line in lines if line[0].isdecimal()] == [
        [str(preset.number), preset.name] for preset in PRESETS
    ]


COMMANDS = 'get_data.py', '__main__.py', 'tests.py', 'predict.py', 'explain.py', 'prepare_dcgan_dataset.py'


@pytest.mark.parametrize('command', [[script] for script in COMMANDS] + [['-m', 'dcgan']])
def test_commands_answer_outside_the_environment(command):
    """Without packages (-S): -h is answered, and a missing package is one line that says `make`."""
    call = [sys.executable, '-S', *command]
    done = subprocess.run([*call, '-h'], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0 and '-h' in done.stdout, done.stderr
    work = {'get_data.py': '-resize', 'predict.py': 'x.jpg', 'explain.py': 'x', '-m': '-name=x'}.get(command[0])
    done = subprocess.run([*call, *([work] if work else [])], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.count('\n') == 1, done.stderr
    assert 'is not installed; run: make' in done.stderr
