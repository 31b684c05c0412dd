"""Models that 1.1.0 saved: they load, predict what they predicted then, and are compared with new trainings."""

import json
import shutil

import pytest
from conftest import ROOT, run_script

from cnn.config import TrainConfig
from cnn.model_card import ModelCard
from cnn.saved_models import list_models, open_model
from sample import drawing

MODELS = ROOT / 'test_suite' / 'fixtures' / 'saved_models'
GENRES, YEAR = 'genres_1977_2017_g3_r5_e2_v1', 'year_1900_2017_r5_e2_v1'
POSTERS = {  # what 1.1.0 predicted: low, median and high of the year
    'sample:1999/Comedy/Old': (1968.82, 1999.50, 2014.11),
    'sample:2012/Drama/Old': (1982.93, 2002.08, 2013.94),
}


@pytest.fixture
def models(tmp_path):
    return shutil.copytree(MODELS, tmp_path / 'models')


def test_cards_are_read_written_and_compared(tmp_path):
    saved = open_model(MODELS / f'{GENRES}.keras')
    assert (saved.config.preset, saved.config.genres) == (1, ('Comedy', 'Drama', 'Action'))
    assert saved.config.model_name == saved.name == GENRES
    assert saved.target.calibration and len(saved.card.history) == 2 and saved.card.toolkit == '1'
    assert saved.config.diff(saved.config.resolved()) == {}
    saved.card.write(tmp_path / 'card.json')
    again = ModelCard.read(tmp_path / 'card.json')
    assert again == saved.card
    config = TrainConfig(seed=2, genres=('Comedy', 'War')).resolved('digest')
    config.write(tmp_path / 'config.json')
    assert TrainConfig.read(tmp_path / 'config.json') == config
    assert config.diff(TrainConfig(genres=('Comedy', 'War'), epochs=3).resolved('digest')) == {'seed': (2, 1)}


@pytest.mark.parametrize('url', POSTERS)
def test_predictions_stay(models, tmp_path, url):
    drawing.draw(url).save(tmp_path / 'poster.png')
    done = run_script('predict.py', f'-models={models}', '-json', tmp_path / 'poster.png')
    year = json.loads(done.stdout)['posters'][0]['year']
    assert [year['low'], year['median'], year['high']] == pytest.approx(POSTERS[url], abs=0.05)
    assert f'{GENRES} has no ONNX file yet' in done.stderr


@pytest.mark.slow
def test_they_are_evaluated_beside_new_ones(models, sample_data):
    assert len(list_models(models)) == 2
    run_script('get_data.py', *sample_data.flags, '-resize', '-ratios=5')
    done = run_script('tests.py', *sample_data.flags, f'-models={models}', timeout=120)
    assert done.returncode == 0, done.stderr
    assert 'v1 r5 e2' in done.stdout and '; the catalogue: ' in done.stdout
