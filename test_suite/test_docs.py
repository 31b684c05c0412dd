"""The page of commands is up to date, and the examples of the README and of docstrings run."""

import doctest
import importlib
import re
import shutil

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


@pytest.mark.slow
def test_notebook_page_runs(tmp_path):
    """Its examples one after the other, from standard input."""
    page = (ROOT / 'docs' / 'notebook.md').read_text(encoding='utf-8')
    code = '\n'.join(re.findall(r'```python\n(.*?)```', page, re.DOTALL))
    shutil.copy(ROOT / 'MovieGenre.csv', tmp_path)
    env = environment() | {'PYTHONPATH': str(ROOT)}
    done = run_script('-', input=code, cwd=tmp_path, env=env, timeout=300)
    assert done.returncode == 0, done.stderr
    assert 'best: epoch 1, validation macro mAP' in done.stdout
    assert (tmp_path / 'notebook' / 'generated' / 'grid.png').is_file()


def test_importing_the_library_prints_nothing_and_opens_nothing(tmp_path):
    modules = 'movies_dataset, cnn.api, cnn.targets, dcgan.api, dcgan.config, posters.inputs, backbones.torch_weights'
    code = f'import sys, logging, warnings, numpy; before = list(warnings.filters); import {modules}; '
    code += 'assert warnings.filters == before, warnings.filters; assert not logging.getLogger().handlers; '
    code += 'assert not {"keras", "tensorflow", "matplotlib"} & set(sys.modules)'
    done = run_script('-c', code, cwd=tmp_path, env=environment() | {'PYTHONPATH': str(ROOT)})
    assert (done.returncode, done.stdout, done.stderr) == (0, '', '') and not list(tmp_path.iterdir())


def test_docstring_examples_give_what_they_say():
    paths = [ROOT / 'movies_dataset.py', *(path for folder in FOLDERS for path in (ROOT / folder).rglob('*.py'))]
    for path in paths:
        if '>>> ' in path.read_text(encoding='utf-8'):
            name = '.'.join(path.relative_to(ROOT).with_suffix('').parts)
            assert not doctest.testmod(importlib.import_module(name)).failed, name
