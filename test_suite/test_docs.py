"""The page of commands is up to date, and the examples of the README and of docstrings run."""

import doctest
import importlib
import re

import pytest
from conftest import ROOT, environment, run_script

from core.errors import WorkFailed
from docs import make_cli

FOLDERS = 'core', 'catalogues', 'posters', 'sample', 'backbones', 'cnn', 'dcgan'
SNIPPETS = re.findall(r'```python\n(.*?)```', (ROOT / 'README.md').read_text(encoding='utf-8'), re.DOTALL)


def test_page_of_commands_is_up_to_date(run):
    done = run('-m', 'docs.make_cli', '-check')
    assert (done.returncode, done.stdout) == (0, ''), done.stderr


def test_outdated_page_of_commands_fails_the_check(tmp_path, monkeypatch):
    page = tmp_path / 'cli.md'
    monkeypatch.setattr(make_cli, 'PAGE', page)
    monkeypatch.setattr(make_cli, 'COMMANDS', (('get_data.py',),))
    with pytest.raises(WorkFailed, match='out of date'):
        make_cli.main(['-check'])
    assert not page.exists()
    make_cli.main([])
    make_cli.main(['-check'])
    page.write_text(page.read_text().replace('-min_year', '-first_year'))
    with pytest.raises(WorkFailed, match='out of date'):
        make_cli.main(['-check'])


def test_command_without_help_is_named(monkeypatch):
    monkeypatch.setattr(make_cli, 'COMMANDS', (('get_data.py',), ('none_such.py',)))
    with pytest.raises(WorkFailed, match=r'python3 none_such\.py -h: .*No such file'):
        make_cli.page()


@pytest.fixture(scope='module')
def posters(tmp_path_factory):
    """A folder with sample posters at ratio 60 in `data`, beside their catalogue, as the README has Kaggle's."""
    folder = tmp_path_factory.mktemp('readme')
    catalogue = folder / 'data' / 'MovieGenre.csv'
    catalogue.parent.mkdir()
    lines = (ROOT / 'MovieGenre.csv').read_text(encoding='utf-8').splitlines(keepends=True)
    catalogue.write_text(''.join(lines[:41]), encoding='utf-8')
    done = run_script('get_data.py', '-download', '-resize', '-ratios=60', f'-data={catalogue.parent}')
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize('snippet', SNIPPETS)
def test_readme_snippet_runs(snippet, posters, run):
    done = run('-c', snippet, cwd=posters, env=environment() | {'PYTHONPATH': str(ROOT)})
    assert done.returncode == 0


def test_docstring_examples_give_what_they_say():
    paths = [ROOT / 'movies_dataset.py', *(path for folder in FOLDERS for path in (ROOT / folder).rglob('*.py'))]
    for path in paths:
        if '>>> ' in path.read_text(encoding='utf-8'):
            name = '.'.join(path.relative_to(ROOT).with_suffix('').parts)
            assert not doctest.testmod(importlib.import_module(name)).failed, name
