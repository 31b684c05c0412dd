"""publish.py, as a user does it: the folder that it writes, used from another path."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import yaml
from conftest import ROOT, run_script
from PIL import Image

from cnn.model_card import ModelCard
from sample import drawing

MODELS = ROOT / 'test_suite' / 'fixtures' / 'saved_models'
GENRES, YEAR = 'genres_1977_2017_g3_r5_e2_v1', 'year_1900_2017_r5_e2_v1'


def publish(model, folder, *flags, models=MODELS):
    return run_script('publish.py', model, f'-models={models}', f'-to={folder}', *flags, timeout=120)


def predictions(*flags):
    """{poster: what -json says of it} by predict.py."""
    done = run_script('predict.py', '-json', *flags)
    assert done.returncode == 0, done.stderr
    return {row.pop('poster'): row for row in json.loads(done.stdout)['posters']}


def head_of(folder):
    """(the metadata, the text) of README.md."""
    _, head, text = (folder / 'README.md').read_text(encoding='utf-8').split('---\n', 2)
    return yaml.safe_load(head), text


@pytest.fixture(scope='module')
def posters(tmp_path_factory):
    folder = tmp_path_factory.mktemp('posters')
    for name in 'ab':
        drawing.draw(f'sample:1999/Comedy/{name}').resize((9, 13)).save(folder / f'{name}.png')
    return folder


@pytest.fixture(scope='module')
def published(tmp_path_factory):
    """The folder of a model of genres, which has no ONNX file where it is from."""
    folder = tmp_path_factory.mktemp('published') / 'here'
    done = publish(GENRES, folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_a_folder_holds_what_is_needed_and_nothing_else(published):
    assert {path.name for path in published.iterdir()} == {
        'README.md',
        *(f'{GENRES}.{s}' for s in ('keras', 'onnx', 'json')),
    }
    assert (published / f'{GENRES}.keras').read_bytes() == (MODELS / f'{GENRES}.keras').read_bytes()
    assert os.listdir(published.parent) == ['here']


def test_a_folder_is_used_on_another_path(published, posters, tmp_path):
    moved = shutil.copytree(published, tmp_path / 'elsewhere')
    shutil.copytree(MODELS, tmp_path / 'models')
    done = run_script('__main__.py', f'-export={GENRES}', f'-models={tmp_path / "models"}')
    assert done.returncode == 0, done.stderr
    original = predictions(posters, f'-models={tmp_path / "models"}', f'-model={GENRES}')
    assert predictions(posters, f'-model={moved}') == original
    assert predictions(posters, f'-model={moved / GENRES}.keras') == original
    assert len({json.dumps(row) for row in original.values()}) == 2


def test_a_card_without_test_films_says_so(published):
    metadata, text = head_of(published)
    assert 'model-index' not in metadata and metadata['pipeline_tag'] == 'image-classification'
    films = ModelCard.read(published / f'{GENRES}.json').films['validation']
    assert f'the {films} validation films' in text and 'they flatter, and have no intervals' in text
    assert 'it is of no use for real posters' in text


def test_the_example_of_a_card_predicts_what_the_toolkit_predicts(published, posters, tmp_path):
    code = re.search('```python\n(.*?)```', head_of(published)[1], re.DOTALL)[1]
    folder = shutil.copytree(published, tmp_path / 'folder')
    Image.open(posters / 'a.png').convert('RGB').save(folder / 'my_poster.jpg', 'PNG')
    done = subprocess.run([sys.executable, '-c', code], cwd=folder, capture_output=True, text=True)
    rows = [line.split() for line in done.stdout.splitlines()]
    wanted = predictions(folder / 'my_poster.jpg', f'-model={folder}')[str(folder / 'my_poster.jpg')]['genres']
    assert {genre: (float(p), passes == 'True') for genre, p, passes in rows} == {
        row['genre']: (pytest.approx(row['probability'], abs=6e-4), row['passes']) for row in wanted
    }


@pytest.mark.parametrize(('name', 'metric', 'rows'), [(GENRES, 'map', 'average precision'), (YEAR, 'mae', '2010s')])
def test_scores_on_test_films_have_baseline_and_interval(sample_data, tmp_path, name, metric, rows):
    data = shutil.copytree(sample_data.data, tmp_path / 'data')
    flags = f'-catalogue={sample_data.catalogue}', f'-data={data}'
    assert run_script('get_data.py', '-resize', '-ratios=5', *flags).returncode == 0
    done = publish(name, tmp_path / 'here', *flags)
    assert done.returncode == 0, done.stderr
    scores = ModelCard.read(tmp_path / 'here' / f'{name}.json').test_scores
    low, value, high, constant = (
        f'{one:.3f}'
        for one in (scores[f'{metric}_low'], scores[metric], scores[f'{metric}_high'], scores['baseline'][metric])
    )
    metadata, text = head_of(tmp_path / 'here')
    (line,) = (line for line in text.splitlines() if f'{low} to {high}' in line)
    assert [cell.strip() for cell in line.strip('|').split('|')][1:] == [f'{value} ({low} to {high})', constant]
    assert f'On {scores["films"]} test films of a catalogue with the SHA-256 {scores["catalogue"]}' in text
    groups = scores['groups']
    for group, films in groups['films'].items():
        assert re.search(rf'\| {group} +\| +{films} \| +{groups["scores"][group]:.3f} ', text)
    assert rows in text and 'validation films' not in text.split('## Training')[0]
    (result,) = metadata['model-index'][0]['results']
    assert (
        result['metrics'][0]['value'] == round(scores[metric], 4)
        and f'95% interval {low}' in result['metrics'][0]['name']
    )


def test_the_metadata_is_what_the_client_of_the_hub_reads(tmp_path):
    hub = pytest.importorskip('huggingface_hub')
    models = shutil.copytree(MODELS, tmp_path / 'models')
    card, scores = (
        json.loads((models / f'{YEAR}.json').read_text()),
        {'films': 5, 'mae': 7.89, 'mae_low': 7, 'mae_high': 8},
    )
    (models / f'{YEAR}.json').write_text(json.dumps(card | {'test_scores': scores}))
    assert publish(YEAR, tmp_path / 'here', models=models).returncode == 0
    data = hub.ModelCard.load(tmp_path / 'here' / 'README.md').data
    assert (data.license, data.library_name, data.model_name) == ('apache-2.0', 'keras', YEAR)
    (result,) = data.eval_results
    assert (result.metric_type, result.metric_value, result.dataset_split) == ('mae', 7.89, 'test')
    assert (result.metric_name, result.dataset_name) == (
        'mean absolute error (95% interval 7.000 to 8.000)', 'the sample catalogue of the toolkit',
    )  # fmt: skip


def test_what_is_there_is_never_changed(published, tmp_path):
    def content(folder):
        return {path.name: path.read_bytes() for path in folder.rglob('*') if path.is_file()}

    edited = shutil.copytree(published, tmp_path / 'edited')
    (edited / 'README.md').write_text((edited / 'README.md').read_text() + 'Mine.\n')
    extended = shutil.copytree(published, tmp_path / 'extended')
    (extended / 'notes.txt').write_text('mine')
    file = tmp_path / 'file'
    file.write_text('mine')
    own = shutil.copytree(MODELS, tmp_path / 'own')
    for model, folder, status in (
        (GENRES, edited, 0), (YEAR, edited, 2), (GENRES, extended, 2), (GENRES, file, 2), (YEAR, own, 2),
    ):  # fmt: skip
        before = content(tmp_path)
        done = publish(model, folder)
        assert (done.returncode, content(tmp_path)) == (status, before), folder
        assert ('kept as it is' in done.stdout) if status == 0 else ('name another folder, or remove it' in done.stderr)


def test_a_killed_publication_leaves_no_folder(start, tmp_path):
    folder = tmp_path / 'here'
    process = start('publish.py', GENRES, f'-models={MODELS}', f'-to={folder}')
    while not os.listdir(tmp_path):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not folder.exists() and len(os.listdir(tmp_path)) == 1
    assert publish(YEAR, folder).returncode == 0
    assert os.listdir(tmp_path) == ['here']


CALLS = {
    'no place': ((GENRES,), 'give one model and a place'),
    'no model': (('-to=here',), 'give one model and a place'),
    'no user': ((GENRES, '-to=hf:posters'), '-to=hf:posters: give hf:user/name'),
    'a revision': ((GENRES, '-to=kaggle:ann/posters@v1'), 'give kaggle:user/name'),
    'unknown model': (('genres_1977_2017_g3_r5_e2_v2', '-to=here'), f'did you mean {GENRES}?'),
    'several models': ((MODELS, '-to=here'), f'has several models; name one: -models={MODELS} -model={GENRES}'),
    'no models': ((ROOT / 'core', '-to=here'), 'this is no model of the toolkit'),
}


@pytest.mark.parametrize('name', CALLS)
def test_wrong_calls(run, name):
    arguments, message = CALLS[name]
    done = run('publish.py', f'-models={MODELS}', *arguments)
    assert done.returncode == 2 and message in done.stderr and done.stderr.count('\n') == 1


@pytest.mark.slow
def test_a_model_that_comes_with_the_toolkit_is_published_whole(tmp_path):
    """With its backbones and its words: the folder needs neither the packages of weights nor what they assemble."""
    drawing.draw('sample:1999/Comedy/Whole').save(tmp_path / 'poster.png')
    assert publish('genres7-words', tmp_path / 'here', models=ROOT / 'saved_models').returncode == 0
    whole, parts = (predictions(tmp_path / 'poster.png', '-words', *flags)[str(tmp_path / 'poster.png')] for flags in (
        (f'-model={tmp_path / "here"}',), ('-model=genres7-words',),
    ))  # fmt: skip
    assert 'the words of another film' in head_of(tmp_path / 'here')[1]
    assert whole['words'] == parts['words'] and whole['words']
    by_genre = [{row['genre']: row['probability'] for row in one['genres']} for one in (whole, parts)]
    assert by_genre[0] == pytest.approx(by_genre[1], abs=2e-4)
    assert np.ptp(list(by_genre[0].values())) > 0.1
