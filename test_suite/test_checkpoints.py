"""The state of an interrupted training: damage is named, an older whole one is used, nothing starts over unasked."""

import json
from dataclasses import replace

import numpy as np
import pytest

from cnn.config import TrainConfig
from cnn.train.checkpoints import Checkpoints, plan
from core.errors import WorkFailed, WrongCall

CONFIG = TrainConfig(preset=1, seed=1)
QUALITIES = 0.2, 0.5, 0.4, 0.5


def save(path):
    np.savez(path, np.zeros(3))


def load(path):
    try:
        np.load(path)
    except EOFError:
        raise ValueError from None


@pytest.fixture
def path(tmp_path):
    """Where the model of a training of four epochs is to be, the second of which is the best."""
    path = tmp_path / 'model.keras'
    training = Checkpoints(path, CONFIG)
    training.folder.mkdir()
    gained = [training.add({'selection_metric': quality, 'seconds': 1.0}, save) for quality in QUALITIES]
    assert gained == [True, True, False, False]
    return path


def test_the_best_epoch_is_kept_beside_the_last(path):
    training = plan(path, CONFIG)
    assert training.run.best == 2 and len(training.run.history) == 4
    assert sorted(file.name for file in training.folder.glob('*.npz')) == ['epoch_002.npz', 'epoch_004.npz']
    assert training.best_path.name == 'epoch_002.npz' and training.last_path.name == 'epoch_004.npz'


def test_a_damaged_last_epoch_is_trained_again_from_the_best(path, caplog):
    training = plan(path, CONFIG)
    training.last_path.write_bytes(b'')
    training.restore(load)
    assert len(training.run.history) == 2 and training.last_path == training.best_path
    assert 'epoch_004.npz is damaged: 2 epochs are trained again' in caplog.text
    training.best_path.write_bytes(b'')
    with pytest.raises(WorkFailed, match=r'epoch_002\.npz is damaged; -overwrite starts over'):
        training.restore(load)


@pytest.mark.parametrize('content', ['', '{"config": {"pre', '{"history": []}'])
def test_a_damaged_state_is_named_and_nothing_removed(path, content):
    state = path.with_suffix('.training') / 'state.json'
    state.write_text(content, encoding='utf-8')
    with pytest.raises(WorkFailed, match=r'state\.json is damaged; -overwrite starts over'):
        plan(path, CONFIG)
    assert len(list(state.parent.glob('*.npz'))) == 2
    fresh = plan(path, CONFIG, overwrite=True)
    assert fresh.run.history == () and fresh.run.best == 0


def test_overwriting_begins_an_interrupted_training_anew(path):
    assert len(plan(path, CONFIG).run.history) == 4
    fresh = plan(path, CONFIG, overwrite=True)
    fresh.begin()
    assert fresh.run.history == () and not fresh.folder.exists()
    with pytest.raises(WrongCall, match='seed 1, not 2'):
        Checkpoints(path, CONFIG).folder.mkdir()
        training = Checkpoints(path, CONFIG)
        training.add({'selection_metric': 1.0, 'seconds': 1.0}, save)
        plan(path, replace(CONFIG, seed=2))


def test_a_model_with_a_damaged_card_is_not_trained_over(tmp_path):
    path = tmp_path / 'model.keras'
    path.write_bytes(b'weights of an hour')
    assert plan(path, CONFIG) is not None  # killed before its card was written
    path.with_suffix('.json').write_text(json.dumps({'config': {}})[:-1], encoding='utf-8')
    with pytest.raises(WorkFailed, match=r'model\.json: this is no model card; -overwrite trains it again'):
        plan(path, CONFIG)
    assert plan(path, CONFIG, overwrite=True) is not None
