"""What is claimed about a GAN: its conditional accuracy and its memorization, on generators and classifiers planted."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from catalogues.splits import JUDGE, STANDARD, split_of
from cnn.predict.networks import Network
from cnn.predict.predictor import Predictor
from cnn.targets.binned import Bins
from core.errors import WorkFailed, WrongCall
from dcgan.data import Images, is_held_out
from dcgan.metrics import conditional_accuracy, evaluation, memorization
from dcgan.sampling import Sampler
from movies_dataset import Movie

GENRES, DECADES = ('Action', 'Comedy', 'Drama', 'Horror'), (1970, 1980, 1990)
COLORS = np.array([[250, 20, 40], [40, 230, 20], [20, 60, 240], [200, 200, 10]], np.uint8)  # a genre's, RGB
BRIGHT = np.array([60, 140, 220], np.uint8)  # a decade's, the lower half


def painted(conditions):
    """Images (n, 24, 16, 3) whose upper half is the color of their genre, the lower as bright as their decade."""
    genres, decades = conditions[:, :4].argmax(axis=1), conditions[:, 4:].argmax(axis=1)
    images = np.zeros((len(conditions), 24, 16, 3), np.uint8)
    images[:, :12], images[:, 12:] = (
        COLORS[genres, np.newaxis, np.newaxis],
        BRIGHT[decades, np.newaxis, np.newaxis, None],
    )
    return images


class Genres:
    """A classifier that knows the colors, its genres in another order than the dataset's and one of its own."""

    genres, scheme, order = ('Horror', 'War', 'Drama', 'Comedy', 'Action'), JUDGE, (3, None, 2, 1, 0)

    def __call__(self, images):
        upper = np.asarray(images)[:, 4, 4].astype(int)
        columns = [[1e9] * len(upper) if i is None else abs(upper - COLORS[i]).sum(axis=1) for i in self.order]
        return 1 / (1 + np.stack(columns, axis=1))


class Years:
    scheme = JUDGE

    def shares(self, images, edges):
        """As if it were sure of the middle of a decade by 0.8, and of 1950 by 0.2."""
        decades = abs(np.asarray(images)[:, 20, 4, :1].astype(int) - BRIGHT).argmin(axis=1)
        bins = Bins(1900, 1, 100)
        years = 0.8 * np.eye(100)[70 + 10 * decades + 3] + 0.2 * np.eye(100)[50]
        return bins.shares(years, edges)


def conditional(number=400, holdout=2):
    """(Maker, Images) of a run that has learned from films with one genre or two, and obeys."""
    rng = np.random.default_rng(0)
    numbers = np.arange(1000, 1000 + number)
    genres = np.eye(4)[rng.choice(4, number, p=[0.6, 0.2, 0.1, 0.1])] + np.eye(4)[0] * (rng.random((number, 1)) < 0.3)
    conditions = np.hstack([genres > 0, np.eye(3)[rng.integers(0, 3, number)]]).astype(np.float32)
    away = is_held_out(numbers, holdout)
    images = Images(painted(conditions), conditions, np.flatnonzero(~away), np.flatnonzero(away), numbers)
    options = SimpleNamespace(conditional=True, label_dropout=0, known_genres=GENRES, known_decades=DECADES)
    maker = Sampler(SimpleNamespace(config=options, training_conditions=conditions[~away]), seed=1)
    maker.noise, maker.images = lambda size: np.zeros((size, 1)), lambda noise, asked: painted(asked)
    return maker, images


def test_conditional_accuracy_of_a_generator_that_obeys(tmp_path):
    """All right on both rows, chance where classes are shuffled; a generator that makes one thing is at chance."""
    maker, images = conditional()
    drawn, noise = [], maker.noise
    maker.noise = lambda size: drawn.append(size) or noise(size)
    record = conditional_accuracy.measure(maker, images, {'genres': Genres(), 'year': Years()}, tmp_path, mean_colors)
    assert drawn == [200, 200]  # the same for all classes
    assert record == json.loads((tmp_path / 'conditional_accuracy.json').read_text())
    for what, classes, asked in (('genre', 4, 800), ('decade', 3, 600)):
        for row in record[what].values():
            assert row['accuracy'] == 1 and row['shuffled'] == 1 / classes, (what, row)
            assert {found['recall'] for found in row['classes'].values()} == {1.0} and len(row['classes']) == classes
            assert all(found['gain'][0] > 0 for found in row['classes'].values())
        assert record[what]['generated']['images'] == asked
    unseen = [i for i, number in enumerate(images.numbers) if number % 7 < 2 and number // 7 % 5 == 0]
    alone = images.conditions[unseen][:, :4].sum(axis=1) == 1
    assert (record['decade']['real']['images'], record['genre']['real']['images']) == (len(unseen), alone.sum())
    assert 'genre, generated, guidance 2' in conditional_accuracy.table(record)
    assert '100.0%' in conditional_accuracy.table(record) and '25.0%' in conditional_accuracy.table(record)
    maker.images = lambda noise, asked: painted(np.broadcast_to(asked[:1], asked.shape))
    genre = conditional_accuracy.measure(maker, images, {'genres': Genres()}, tmp_path, mean_colors)['genre']
    assert genre['generated']['accuracy'] == genre['generated']['shuffled'] == 0.25 and genre['real']['accuracy'] == 1
    for found in genre['generated']['classes'].values():
        assert found['probability'] == pytest.approx(found['shuffled'])
        assert found['gain'] == pytest.approx([0, 0], abs=1e-9)


def test_conditional_accuracy_of_a_run_of_films_without_years(tmp_path):
    maker, images = conditional()
    maker.config.known_decades = ()
    record = conditional_accuracy.measure(maker, images, {'genres': Genres(), 'year': Years()}, tmp_path, mean_colors)
    assert set(record) == {'genre'}


def mean_colors(images):
    """Features (n, 3) of images of one color each, the same for the same condition."""
    return images.mean(axis=(1, 2)).round().astype(np.float64)


def test_classes_count_alike_however_many_images_they_have():
    predicted, wanted = np.eye(3)[np.repeat([0, 1, 2, 0], [60, 20, 10, 10])], np.repeat([0, 1], [90, 10])
    found = conditional_accuracy.accuracies(predicted, wanted, 'abc')
    assert {name: record['recall'] for name, record in found['classes'].items()} == {'a': 2 / 3, 'b': 0}
    assert found['accuracy'] == 1 / 3
    record = found['classes']['a']
    assert (record['images'], record['probability'], record['shuffled']) == (90, 2 / 3, 0.7)
    rng = np.random.default_rng(0)
    shuffled = [
        conditional_accuracy.accuracies(predicted, rng.permutation(wanted), 'abc')['accuracy'] for _ in range(2000)
    ]
    assert found['shuffled'] == pytest.approx(np.mean(shuffled), abs=0.01) and found['shuffled'] == 0.45


def test_the_same_noise_is_compared():
    """What a noise adds to all its images does not widen the interval of a small effect."""
    rng = np.random.default_rng(0)
    noises, wanted = np.tile(np.arange(50), 2), np.repeat([True, False], 50)
    scores = rng.random(50)[noises] + 0.02 * wanted + rng.normal(0, 0.01, 100)
    low, high = conditional_accuracy.gain(scores, wanted, noises)
    assert 0.005 < low < 0.01 < high < 0.015
    low, high = conditional_accuracy.gain(scores, wanted, None)
    assert low < -0.05 and high > 0.07
    mixed = rng.permutation(100)
    assert conditional_accuracy.gain(scores[mixed], wanted[mixed], noises[mixed]) == pytest.approx(
        conditional_accuracy.gain(scores, wanted, noises)
    )


def test_the_shares_of_bins():
    """Of a bin that a bound cuts, its part."""
    shares = Bins(2000, 10, 3).shares(np.array([[1, 2, 1], [0, 4, 0]]), (2000, 2015, 2030))
    assert shares == pytest.approx(np.array([[0.5, 0.5], [0.5, 0.5]]))
    assert Bins(2000, 10, 3).shares(np.array([[1, 2, 1]]), (1990, 2010, 2018)) == pytest.approx(np.array([[0.25, 0.4]]))


def test_diversity_is_the_mean_distance_of_pairs():
    assert conditional_accuracy.diversity(np.array([[0.0, 0], [3, 4], [0, 0]])) == pytest.approx(10 / 3)
    assert conditional_accuracy.diversity(np.zeros((1, 2))) == 0


def test_a_classifier_gets_posters_as_rgb():
    """Resized to its network's size, in its order."""
    runner = SimpleNamespace(size=(16, 24), run=lambda posters: posters.mean(axis=(1, 2)))
    saved = SimpleNamespace(size=1, reads_words=False, target=SimpleNamespace(decode=lambda outputs: outputs))
    network = Network(saved, runner)
    colors = np.broadcast_to(COLORS[:, np.newaxis, np.newaxis], (4, 48, 32, 3))
    assert Predictor(network)(colors) == pytest.approx(COLORS, abs=1)


@pytest.mark.parametrize(('scheme', 'holdout'), [(STANDARD, 2), (JUDGE, True), (JUDGE, 0)])
def test_a_classifier_that_has_seen_what_the_generator_has_is_refused(scheme, holdout, tmp_path):
    """True stands in runs of an earlier version, which held out one film of seven."""
    maker, images = conditional(holdout=holdout)
    if not holdout:
        images = Images(images.pixels, images.conditions, np.arange(398), np.arange(398, 400), images.numbers)
    classify = Genres()
    classify.scheme = scheme
    with pytest.raises(WorkFailed, match=f'-split={scheme}.* was trained on .* posters that this run learned from'):
        conditional_accuracy.measure(maker, images, {'genres': classify}, tmp_path, mean_colors)


def test_the_films_of_a_gan_and_of_its_classifier():
    """The GAN holds out validation and test films; the classifier has some of these, and leaves some that none saw."""
    ids = [*range(1, 400), 9999999, 114709, 90001400]
    splits = {imdb_id: Movie(imdb_id, '', 2000, None, (), '').split for imdb_id in ids}
    assert {imdb_id for imdb_id in ids if is_held_out(imdb_id, 2)} == {i for i in ids if splits[i] != 'train'}
    assert {imdb_id for imdb_id in ids if is_held_out(imdb_id, True)} == {i for i in ids if splits[i] == 'test'}
    assert not any(is_held_out(imdb_id, 0) for imdb_id in ids)
    parts = {name: [i for i in ids if split_of(i, JUDGE) == name] for name in ('train', 'validation', 'test', None)}
    assert all(is_held_out(i, 2) for name in parts if name for i in parts[name])
    assert parts['test'] == [i for i in ids if is_held_out(i, 2) and i // 7 % 5 == 0]
    assert len(parts['train']) > 2 * len(parts['validation']) > len(parts['test']) > 15


def scenes(number, seed):
    """Images (n, 36, 24, 3) of five kinds, each with soft shapes of its own."""
    rng = np.random.default_rng(seed)
    kinds = np.random.default_rng(0).integers(0, 150, (5, 18, 12, 3))
    coarse = (kinds[rng.integers(0, 5, number)] + rng.integers(0, 100, (number, 18, 12, 3))).astype(np.uint8)
    return memorization.each(coarse, lambda image: image.resize((24, 36), 3))


def test_planted_copies_of_training_images_are_found():
    """Sharp and blurred ones, at another contrast, of images that are there twice; and no new image."""
    training, held_out, new = (scenes(number, seed) for number, seed in ((200, 1), (150, 2), (100, 3)))
    training = np.concatenate([training, training[:50], np.repeat(training[:1], 30, axis=0)])
    copied = training[:100]
    samples = np.concatenate([copied, memorization.blurred(copied, 1.5), copied // 3 + 150, new])
    record, ratios, nearest = memorization.check(samples, training, held_out)
    assert 0.95 * 0.75 <= record['copies'] <= 0.753 and ratios[:300].max() < ratios[300:].min()
    assert (training[nearest[:300]] == np.concatenate([copied] * 3)).all()
    found = record['planted_found']
    assert min(found['sharp'], found['blurred 1 px'], found['blurred 2 px']) >= 0.95
    assert record['false_alarms'] <= 0.01 and record['planted'] == 280 and record['held_out'] == 75
    first, second = memorization.lines(record, 400)
    assert first == 'near copies of training images: 75.0% of 400 generated'
    assert 'planted copies found: sharp 100%, blurred 1 px 100%, blurred 2 px' in second and 'false alarms' in second
    record = memorization.check(new, training, held_out)[0]
    assert memorization.lines(record, 100)[0] == 'no near copy of a training image found among 100 generated'


def test_too_few_images_to_evaluate(tmp_path):
    maker, images = conditional(40)
    for number in (1, 3):
        with pytest.raises(WrongCall, match=f'-generate={number}: -evaluate needs 4'):
            evaluation.evaluate(maker, images, number, tmp_path, None)
    few = Images(images.pixels, None, np.arange(3), np.arange(3, 40), images.numbers)
    with pytest.raises(WorkFailed, match='this run has 3'):
        evaluation.evaluate(maker, few, 40, tmp_path, None)
