"""Explaining: maps of planted evidence, neurons, faithfulness, and explain.py as a user runs it."""

import json
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pytest
from conftest import environment, run_script
from keras import layers, ops
from PIL import Image

from catalogues import genres
from cnn import networks, saved_models
from cnn.explain import faithfulness, gradcam, neurons, overlays
from cnn.explain.subject import Subject
from cnn.model_card import ModelCard
from cnn.presets import find_preset
from movies_dataset import PosterSet
from posters import inputs
from posters.layout import poster_size

run = partial(run_script, 'explain.py', timeout=300)
HEIGHT, WIDTH = 48, 32
CORNER = np.s_[:, : HEIGHT // 2, : WIDTH // 2]


def corner_model():
    """Of two genres the first hangs on the brightness of the top left quarter alone, the second on the rest."""
    posters = keras.Input((HEIGHT, WIDTH, 3), dtype='uint8')
    x = layers.Rescaling(1 / 255)(posters)
    x = layers.Conv2D(4, 4, strides=4, activation='relu', kernel_initializer='ones')(x)
    x = layers.Flatten()(x)
    x = layers.Dense(2, activation='relu')(x)
    model = keras.Model(posters, layers.Dense(2, activation='sigmoid')(x))
    corner = np.zeros((HEIGHT // 4, WIDTH // 4, 4))
    corner[: HEIGHT // 8, : WIDTH // 8] = 1
    quarter = np.stack([corner.ravel(), 1 - corner.ravel()], axis=1) / (24 * 4 * np.array([1, 3]))
    model.layers[-2].set_weights([quarter, np.zeros(2)])
    model.layers[-1].set_weights([np.eye(2) * 0.4, np.array([-9.6, -9.6])])
    return model


def statistics_model():
    """As a pretrained backbone is read: means and deviations of two blocks, one residual, put together."""
    posters = keras.Input((HEIGHT, WIDTH, 3), dtype='uint8')
    x = layers.Rescaling(1 / 127.5, offset=-1)(posters)
    first = layers.ReLU(6)(layers.BatchNormalization()(layers.Conv2D(8, 3, strides=2, padding='same')(x)))
    second = layers.BatchNormalization()(layers.DepthwiseConv2D(3, padding='same')(first))
    maps = [first, layers.Add(name='residual')([first, second])]
    statistics = []
    for x in maps:
        x = ops.cast(x, 'float32')
        statistics += [ops.mean(x, axis=(1, 2)), ops.sqrt(ops.var(x, axis=(1, 2)) + 1e-6)]
    x = layers.BatchNormalization(center=False, scale=False)(layers.Concatenate()(statistics))
    return keras.Model(posters, layers.Dense(2, activation='sigmoid')(layers.Dropout(0.1)(x)))


def noise(count, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, HEIGHT, WIDTH, 3), np.uint8)


def test_evidence_lies_where_it_was_planted():
    explainer = gradcam.Explainer(corner_model())
    for genre, expected in ((0, 1), (1, 0)):
        found = np.abs(explainer.evidence(noise(8), np.full(8, genre)))
        assert found[CORNER].sum() / found.sum() == pytest.approx(expected, abs=0.06)


def test_evidence_of_statistics_lies_where_they_deviate():
    """The genre that hangs on deviations alone points at the one patch of noise on a plain poster."""
    keras.utils.set_random_seed(1)
    model = statistics_model()
    deviations = np.repeat([[0.0], [1.0], [0.0], [1.0]], 8, axis=0)
    model.layers[-1].set_weights([np.hstack([deviations, -deviations]), np.zeros(2)])
    posters = np.full((1, HEIGHT, WIDTH, 3), 90, np.uint8)
    patch = np.s_[:, 28:40, 6:18]
    posters[patch] = noise(1)[patch]
    found = gradcam.Explainer(model).evidence(np.repeat(posters, 2, axis=0), np.array([0, 1]))
    assert np.allclose(found[0], -found[1], atol=1e-4)
    speaking = np.maximum(found[0], 0)
    assert speaking[24:44, 2:22].sum() > 0.85 * speaking.sum()  # the patch and what the kernels carry out of it


def test_which_maps_are_read():
    """Every block whose statistics are read; not the squeezes and excitations on the way to the last map."""
    model = statistics_model()
    assert [m.name for m in gradcam.feature_maps(model)] == [
        model.layers[4].output.name,
        model.get_layer('residual').output.name,
    ]
    posters = keras.Input((HEIGHT, WIDTH, 3))
    x = layers.Conv2D(8, 3, strides=4)(posters)
    gate = layers.Dense(8, activation='sigmoid')(layers.GlobalAveragePooling2D(keepdims=True)(x))
    x = layers.Multiply(name='excited')([x, gate])
    model = keras.Model(posters, layers.Dense(3, activation='sigmoid')(layers.GlobalAveragePooling2D()(x)))
    assert [m.name for m in gradcam.feature_maps(model)] == [model.get_layer('excited').output.name]


def test_honest_maps_beat_random_ones():
    explainer = gradcam.Explainer(corner_model())
    posters = noise(40)
    posters[CORNER] = posters[CORNER] // 4 + 190  # all of them bright there: the first genre's
    curves = faithfulness.measure(explainer, posters)
    mean, margin, share = faithfulness.advantage(curves)
    assert mean > 3 * margin > 0 and share > 0.9
    scores = {order: [s.mean() for s in found.scores()] for order, found in curves.items()}
    overlay = scores.pop(faithfulness.MAPS)
    assert all(overlay[0] < deletion and overlay[1] > insertion for deletion, insertion in scores.values())
    for found in curves.values():
        assert found.deletion.shape == found.insertion.shape == (40, faithfulness.STEPS + 1)
        assert np.allclose(found.deletion[:, 0], found.insertion[:, -1])
        assert np.allclose(found.deletion[:, -1], curves[faithfulness.MAPS].deletion[:, -1])


def test_point_biserial_correlation():
    random = np.random.default_rng(1)
    labels = (random.random((300, 3)) < 0.3).astype(np.uint8)
    labels[:, 2] = 1
    activations = random.normal(size=(300, 5)).astype(np.float32) + labels[:, :1]
    activations[:, 4] = 7
    found = neurons.point_biserial(activations, labels)
    assert np.allclose(found[:4, :2], np.corrcoef(activations[:, :4].T, labels[:, :2].T)[:4, 4:], atol=1e-6)
    assert (found[4] == 0).all() and (found[:, 2] == 0).all()


def test_neurons_of_a_planted_layer():
    """The corner's neuron is tied to the genre of bright corners and excited by the brightest of them."""
    posters = noise(60) // 2
    labels = np.zeros((60, 2), np.uint8)
    labels[::3, 0] = labels[1::3, 1] = 1
    posters[::3, : HEIGHT // 2, : WIDTH // 2] += np.arange(60, 120, 3, np.uint8)[:, None, None, None]
    found = neurons.watch(corner_model(), PosterSet(tuple(range(60)), posters, labels, ('A', 'B'), 100))
    assert found.most_tied(0)[0] == 0 and found.ties[0, 0] > 0.9
    assert set(found.exciting(0)) <= set(range(33, 60, 3)) and found.exciting(0)[0] >= 54
    profile = found.profile()
    assert profile.shape == (2, 2) and profile[0, 0] > 1 > 0 > profile[1, 0]


def test_origins_of_statistics():
    origins = neurons.origins(statistics_model())
    assert origins[24:] == ('deviation of residual',) * 8 and origins[16] == 'mean of residual'
    assert neurons.origins(corner_model()) == ('', '')


def test_genres_shown():
    said = np.array([0.6, 0.5, 0.3, 0.2])
    assert overlays.predicted_genres(said, np.array([0.7, 0.9, 0.1, 0.1])).tolist() == [2, 3]
    assert overlays.predicted_genres(said, np.full(4, 0.9)).tolist() == [0, 1]
    assert overlays.predicted_genres(said, np.full(4, 0.1)).tolist() == [0, 1, 2, 3]
    assert overlays.predicted_genres(np.array([0.01, 0.9]), np.full(2, 0.5)).tolist() == [1]
    assert overlays.predicted_genres(np.array([0.01, 0.02]), np.full(2, 0.5)).tolist() == [1]


@pytest.fixture(scope='session')
def models(tmp_path_factory):
    """A folder with a model of preset 1 that has learned nothing, which is enough to ask it why."""
    folder = tmp_path_factory.mktemp('unlearnt')
    keras.utils.set_random_seed(1)
    names = genres.list_genres(7)
    settings = {'min_year': 1977, 'max_year': 2017, 'genres': 'g7', 'ratio': 30, 'version': 1, 'epochs': 1}
    card = {
        'settings': {**settings, 'catalogue': ''},
        'genres': names,
        'thresholds': dict.fromkeys(names, 0.4),
        'scores': {'map': 0.2},
    }
    network = networks.build(find_preset(1), (80, 55, 3), 7)
    saved_models.save(network, ModelCard.from_json(card), folder / 'unlearnt.keras')
    bins = {'low': 1900, 'width': 10, 'number': 12}
    years = {'settings': {**settings, 'target': 'year'}, 'bins': bins, 'scores': {'mae': 9}}
    (folder / 'years.json').write_text(json.dumps(years))
    (folder / 'years.keras').touch()
    return folder


@pytest.mark.slow
def test_explaining_a_model(sample_data, models, tmp_path):
    done = run('unlearnt', f'-models={models}', *sample_data.flags, f'-out={tmp_path}')
    assert done.returncode == 0, done.stderr
    made = sorted(path.name for path in tmp_path.iterdir())
    assert sorted(Path(line).name for line in done.stdout.splitlines() if line.startswith(str(tmp_path))) == made
    assert sum(name.startswith('why_') for name in made) == 12 and 'neurons_sci_fi.png' not in made
    assert {'neurons.json', 'neurons.png', 'neurons_comedy.png', 'faithfulness.json', 'faithfulness.png'} <= set(made)
    for picture in tmp_path.glob('*.png'):
        with Image.open(picture) as image:
            assert image.width > 600 and np.asarray(image.convert('L')).std() > 20
    found = json.loads((tmp_path / 'neurons.json').read_text())
    assert found['neurons'] == 512 and len(found['correlations']['Drama']) == 512
    for genre, tied in found['most_tied'].items():
        assert [n['correlation'] for n in tied] == sorted(found['correlations'][genre], reverse=True)[:10]
        assert all(film['imdbId'] % 7 == 1 for n in tied for film in n['films'])
    honest = json.loads((tmp_path / 'faithfulness.json').read_text())
    assert set(honest['orders']) == {'overlay', 'random patches', 'random pixels', 'center first'}


@pytest.mark.parametrize('backend', ['torch', 'jax'])
def test_other_backends_explain(models, sample_data, tmp_path, backend):
    """The same poster and model give the same picture as on TensorFlow."""
    pytest.importorskip(backend)
    poster = next((sample_data.data / 'images' / '100').iterdir())
    settings = {'env': {**environment(), 'KERAS_BACKEND': backend}}
    done = run('unlearnt', f'-models={models}', f'-poster={poster}', f'-out={tmp_path}', **settings)
    assert done.returncode == 0, done.stderr
    assert f'Keras on {backend}' in done.stdout and 'catalogue' not in done.stdout
    (picture,) = map(np.asarray, map(Image.open, tmp_path.iterdir()))
    model = saved_models.open_model(models / 'unlearnt.keras')
    asked, shown = (Image.fromarray(inputs.read_file(poster, size)) for size in (poster_size(30), (364, 536)))
    subject = Subject(model, gradcam.Explainer(model.load()))
    expected = overlays.overlay(subject, asked, poster.stem, shown=shown)
    assert np.abs(picture.astype(int) - np.asarray(expected)).mean() < 0.5


@pytest.mark.slow
def test_films_and_their_overlays(sample_data, models, tmp_path):
    """Several films and a file at once; a film without a poster is named, so is one of unknown genres."""
    lines = sample_data.catalogue.read_text().splitlines(keepends=True)
    films = tmp_path / 'films.csv'
    others = '90009999,l,Nobody Has This (1999),5.0,Musical,sample:1999/Musical/Nobody\n'
    films.write_text(''.join(lines[:3]) + others)
    first, second = sample_data.titles[:2]
    flags = f'-models={models}', f'-catalogue={films}', f'-data={sample_data.data}', f'-out={tmp_path / "out"}'
    poster = next((sample_data.data / 'images' / '30').iterdir())
    done = run('unlearnt', *flags, f'-movie={first}; {second};Nobody Has This', f'-poster={poster}')
    assert done.returncode == 1 and done.stderr.count('\n') == 1
    assert 'Nobody Has This (1999): no poster' in done.stderr
    assert 'Nobody Has This (1999) is Musical: none of the genres' in done.stdout
    made = {path.name for path in (tmp_path / 'out').iterdir()}
    assert len(made) == 3 and f'why_{poster.stem}.png' in made


def test_a_film_without_its_title_is_answered_with_the_nearest(sample_data, models):
    title = sample_data.titles[0]
    done = run('unlearnt', f'-models={models}', *sample_data.flags, f'-movie={title[:-1]}')
    assert done.returncode == 2 and f'did you mean {title}?' in done.stderr and done.stderr.count('\n') == 1


CALLS = {
    'no model': ((), 2, 'give one model: python3 explain.py MODEL; '),
    'unknown model': (('unlernt',), 2, 'did you mean unlearnt?'),
    'two models': (('unlearnt', 'other'), 2, 'give one model: python3 explain.py MODEL; '),
    'model of years': (('years',), 2, 'years predicts the year; only models of genres can be explained'),
    'missing file': (('unlearnt', '-poster=nowhere.jpg'), 1, '-poster=nowhere.jpg: no such file'),
    'no image': (('unlearnt', '-poster=README.md'), 1, '-poster=README.md: no image'),
    'folder': (('unlearnt', '-poster=docs'), 1, '-poster=docs: no regular file'),
    'one pixel': (('unlearnt', '-poster={}/pixel.png'), 1, '1 x 1 pixels, no poster'),
    'truncated': (('unlearnt', '-poster={}/truncated.jpg'), 1, 'a broken image'),
    'no title': (('unlearnt', '-movie=;'), 2, '-movie=;: give titles separated by semicolons'),
    'unknown flag': (('unlearnt', '-film=x'), 2, 'there is no flag -film'),
}


@pytest.mark.parametrize('name', CALLS)
def test_wrong_calls(models, tmp_path, name):
    Image.new('RGB', (1, 1)).save(tmp_path / 'pixel.png')
    Image.fromarray(noise(1)[0]).save(tmp_path / 'whole.jpg')
    (tmp_path / 'truncated.jpg').write_bytes((tmp_path / 'whole.jpg').read_bytes()[:1500])
    words, status, message = CALLS[name]
    done = run(*(word.format(tmp_path) for word in words), f'-models={models}')
    assert done.returncode == status
    assert message in done.stderr and done.stderr.count('\n') == 1
