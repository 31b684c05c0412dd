"""The models that come with the toolkit: heads without their backbone, used where the user has trained none."""

import json
import shutil

import numpy as np
import pytest
from conftest import ROOT, run_script

from catalogues.genres import list_genres
from cnn.predict.choice import choose_models
from cnn.probe_files import LinearHead
from cnn.saved_models import list_models, open_model
from core.errors import WorkFailed
from sample import drawing

MODELS = ROOT / 'saved_models'
SHIPPED = 'genres14-words', 'genres7-words', 'score-words', 'year-words'


@pytest.fixture
def models(tmp_path):
    """A copy of the year's model and of that of seven genres."""
    folder = tmp_path / 'models'
    folder.mkdir()
    for name in SHIPPED[1::2]:
        for suffix in ('.npz', '.json', '.words'):
            shutil.copy(MODELS / f'{name}{suffix}', folder)
    return folder


def test_they_are_small_and_say_how_they_score_on_test_films():
    shipped = [open_model(MODELS / f'{name}.npz') for name in SHIPPED]
    assert sum(path.stat().st_size for path in MODELS.glob('*-words*.*')) < 6e6
    assert all(saved.reads_words and not saved.takes_title for saved in shipped)
    assert all(saved.card.test_scores['split'] == 'test' for saved in shipped)
    assert shipped[1].card.test_scores['map'] > 0.62
    assert [saved.target.outputs for saved in shipped[:2]] == [14, 7]


def test_a_head_standardizes_its_features():
    rng = np.random.default_rng(0)
    mean, variance, bias = rng.normal(3, 1, 5), rng.uniform(0.1, 4, 5), rng.normal(size=3)
    head = LinearHead(mean, variance, rng.normal(size=(5, 3)), bias)
    features = rng.normal(3, 2, (4, 5))
    logits = (features - mean) / np.sqrt(variance + 1e-6) @ head.kernel + bias
    assert head.outputs(features, 'sigmoid') == pytest.approx(1 / (1 + np.exp(-logits)), rel=1e-4)
    odds = np.exp(logits)
    assert head.outputs(features, 'softmax') == pytest.approx(odds / odds.sum(axis=1, keepdims=True), rel=1e-4)
    assert np.isfinite(head.outputs(1e6 * features, 'sigmoid')).all()


@pytest.mark.slow
def test_the_network_that_they_share_is_assembled_once(models, tmp_path):
    drawing.draw('sample:1999/Comedy/Assembled').save(tmp_path / 'poster.png')
    first, again = (run_script('predict.py', f'-models={models}', '-json', tmp_path / 'poster.png') for _ in range(2))
    assert first.returncode == again.returncode == 0, first.stderr
    assert first.stderr.count('assembling the network of ') == 1 and 'assembling' not in again.stderr
    assert first.stdout == again.stdout
    assert json.loads(first.stdout)['models']['year']['name'] == 'year-words'


def test_a_model_of_the_user_is_preferred(models):
    assert choose_models(models)['genres'].is_probe_file
    card = json.loads((models / 'genres7-words.json').read_text())
    card['scores']['map'] = 0.1
    (models / 'mine.json').write_text(json.dumps(card))
    (models / 'mine.keras').write_bytes(b'')
    chosen = choose_models(models)
    assert chosen['genres'].name == 'mine' and chosen['year'].name == 'year-words'
    card |= {'genres': list_genres(3)}
    (models / 'mine.json').write_text(json.dumps(card))
    assert choose_models(models)['genres'].name == 'mine'
    assert choose_models(models, genres=list_genres(7))['genres'].name == 'genres7-words'


def test_a_damaged_probe_file_is_named(models):
    saved = open_model(models / 'year-words.npz')
    whole = saved.path.read_bytes()
    for content in (b'', whole[: len(whole) // 2]):
        saved.path.write_bytes(content)
        with pytest.raises(WorkFailed, match=r'year-words\.npz: no linear probe can be loaded'):
            saved.load()
    with open(saved.path, 'wb') as file:
        np.savez(file, mean=np.zeros(3), variance=np.zeros(3), kernel=np.zeros((3, 2)), bias=np.zeros(2))
    with pytest.raises(WorkFailed, match='this is no linear probe of preset 11'):
        saved.load()
    assert len(list_models(models)) == 2
