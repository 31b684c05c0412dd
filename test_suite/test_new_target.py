"""A new target in one file: the running time, from a column of the catalogue to the line that is printed."""

import csv
import re
from pathlib import Path

import pytest
from conftest import ROOT, run_script

from cnn.targets import TARGETS, register
from cnn.targets.numbers import Number

FLAGS = '-min_year=2005', '-version=4', '-ratio=30'
RUNTIME = """
import sys
from cnn.targets import register
from cnn.targets.numbers import Number
from core.errors import run

@register
class Runtime(Number):
    name = 'runtime'
    films = 'timed'
    missing = 'a running time'
    width = 10.0
    group = 60
    limits = 1, 600

    @classmethod
    def value(cls, movie):
        return float(movie.extra['Minutes']) if movie.extra.get('Minutes') else None

    @classmethod
    def span(cls, config):
        return 60, 180

    def rounded(self, prediction):
        return super().rounded(prediction) + ' minutes'

import runpy
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name='__main__')
"""


@pytest.fixture
def timed(sample_data, tmp_path):
    """The sample catalogue with running times, of horror films short ones, and of one film none."""
    path = tmp_path / 'timed.csv'
    with open(sample_data.catalogue, encoding='utf-8', newline='') as file:
        rows = list(csv.DictReader(file))
    with open(path, 'w', encoding='utf-8', newline='') as file:
        writer = csv.DictWriter(file, [*rows[0], 'Minutes'])
        writer.writeheader()
        unknown = next(row for row in rows if re.search(r'\(20[01][5-9]\)$', row['Title']))
        for row in rows:
            minutes = '' if row is unknown else 80 if 'Horror' in row['Genre'] else 120
            writer.writerow(row | {'Minutes': minutes})
    return [f'-catalogue={path}', f'-data={sample_data.data}']


@pytest.mark.slow
def test_a_target_is_one_file(timed, sample_data, tmp_path):
    file, models = tmp_path / 'runtime.py', f'-models={tmp_path / "models"}'
    file.write_text(RUNTIME, encoding='utf-8')

    def run(script, *flags):
        done = run_script('-c', f'import sys; sys.path.insert(0, {str(ROOT)!r}); exec(open({str(file)!r}).read())',
                          ROOT / script, *flags, timeout=300)  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    trained = run('__main__.py', *timed, models, '-target=runtime', *FLAGS)
    assert 'skipped 1 films without a running time' in trained
    evaluated = run('tests.py', *timed, models)
    assert re.search(r'^.{32} \d+ \(\d+ to \d+\) minutes; the catalogue: (80|120)\.0$', evaluated, re.MULTILINE)
    poster = next((Path(sample_data.data) / 'images' / '100').glob('*.jpg'))
    assert re.search(r'  runtime \d+ \(\d+ to \d+\) minutes$', run('predict.py', models, poster), re.MULTILINE)


def test_two_targets_cannot_share_a_name():
    with pytest.raises(ValueError, match='two targets are called year'):
        register(type('Another', (Number,), {'name': 'year'}))
    assert TARGETS['year'].__name__ == 'Year'
