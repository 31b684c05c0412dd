"""What is made of a trained generator: sheets by condition and beside the nearest images, titles, what is left open."""

import numpy as np
import pytest
from PIL import Image
from tiny_gan import tiny_config

from core.errors import WrongCall
from dcgan import sampling, sheets
from dcgan.conditions import draw_conditions

CONDITIONS = {'conditional': True, 'known_genres': ('Drama', 'War'), 'known_decades': (1980, 1990)}


class Painter:
    """A generator of images (25, 17) of one color: the noise and the conditions decide which."""

    def __init__(self, conditional=True):
        given = CONDITIONS if conditional else {}
        self.config = tiny_config('projected', output_height=25, output_width=17, **given)
        self.training_conditions = np.array([[1, 0, 1, 0], [1, 1, 0, 1], [0, 1, 0, 1]], np.float32)

    def __call__(self, noise, conditions=None):
        asked = np.zeros((len(noise), 4)) if conditions is None else conditions
        colors = 20 + 40 * np.stack([asked[:, 1], asked[:, 3], asked.sum(axis=1)], axis=1) + 5 * noise[:, :1]
        return np.broadcast_to(colors[:, np.newaxis, np.newaxis], (len(noise), 25, 17, 3)).round().astype(np.uint8)


def test_a_sheet_has_a_row_a_genre_and_a_column_a_decade():
    """The same noise everywhere; each tile is of its own genre and decade alone."""
    generator = Painter()
    sheet = np.asarray(sheets.by_condition(sampling.Sampler(generator, seed=1, guidance=1)))
    assert sheet.shape == (2 * 25 + 2 * sheets.LETTERS, 4 * 17 + sheets.LABEL, 3)
    noise = sampling.Sampler(generator, seed=1).noise(2)
    for row, column in np.ndindex(2, 2):
        asked = np.eye(2)[[row, row]], np.eye(2)[[column, column]]
        for i, image in enumerate(generator(noise, np.hstack(asked))):
            top, left = 2 * sheets.LETTERS + 25 * row, sheets.LABEL + 17 * (2 * column + i)
            assert (sheet[top : top + 25, left : left + 17] == image).all()
    with pytest.raises(WrongCall, match='-conditional'):
        sheets.by_condition(sampling.Sampler(Painter(conditional=False), seed=1))


def test_a_run_of_films_without_years_has_a_sheet_of_genres_alone():
    generator = Painter()
    generator.config = generator.config.replace(known_decades=())
    generator.training_conditions = generator.training_conditions[:, :2]
    sampler = sampling.Sampler(generator, seed=1)
    sampler.images = lambda noise, asked: generator(noise, np.pad(asked, ((0, 0), (0, 2))))
    assert sheets.by_condition(sampler).size == (2 * 17 + sheets.LABEL, 2 * 25 + 2 * sheets.LETTERS)
    with pytest.raises(WrongCall, match='-decade=1980: the dataset has no decades'):
        sampling.Sampler(generator, seed=1, decade=1980)


def test_samples_above_the_images_nearest_to_them():
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (12, 5, 4, 3)).astype(np.uint8)
    training = np.stack([np.asarray(Image.fromarray(one).resize((17, 25))) for one in coarse])
    order = np.array([7, 3, 11, 0, 5])
    sheet = np.asarray(sheets.beside_nearest(training[order] // 2 + 40, training))
    assert sheet.shape == (2 * (50 + sheets.NOTE), 3 * 17, 3)
    for place, nearest in enumerate(order):
        top, left = place // 3 * (50 + sheets.NOTE), place % 3 * 17
        assert (sheet[top : top + 25, left : left + 17] == training[nearest] // 2 + 40).all()
        assert (sheet[top + 25 : top + 50, left : left + 17] == training[nearest]).all()


def test_what_a_request_leaves_open():
    """A run with label dropout knows it as zeros; where nothing is asked, rows are those of training images."""
    seen, rng = Painter().training_conditions, np.random.default_rng(0)
    config = tiny_config('projected', label_dropout=0.1, **CONDITIONS)
    assert (draw_conditions(config, seen, rng, 5, genres=('War',)) == [0, 1, 0, 0]).all()
    assert (draw_conditions(config, seen, rng, 5, decade=1990) == [0, 0, 0, 1]).all()
    assert (draw_conditions(config, seen, rng, 5, genres=('War', 'Drama'), decade=1980) == [1, 1, 1, 0]).all()
    drawn = {tuple(row) for row in draw_conditions(config, seen, rng, 50)}
    assert drawn == {tuple(row) for row in seen}


def test_guidance_is_a_factor_of_what_is_requested():
    """Twice what was trained without the flag; what is not requested stays as it was trained, unless the flag says."""
    generator = Painter()
    generator.config = generator.config.replace(label_dropout=0.1)

    def asked(number=1, **request):
        return sampling.Sampler(generator, 1, **request).posters(number)[1]

    assert (asked(genres=('War',)) == [0, 2, 0, 0]).all() and (asked(decade=1980) == [0, 0, 2, 0]).all()
    assert (asked(genres=('War',), decade=1990, guidance=3) == [0, 3, 0, 3]).all()
    assert set(asked(20).flat) == {0, 1} and set(asked(20, guidance=1.5).flat) == {0, 1.5}
    sheets_apart = [sheets.by_condition(sampling.Sampler(generator, 1, guidance=factor)) for factor in (1, 2, None)]
    assert sheets_apart[1] == sheets_apart[2] != sheets_apart[0]
    with pytest.raises(WrongCall, match='-guidance are for'):
        sampling.Sampler(Painter(conditional=False), 1, guidance=2)


def test_each_image_gets_the_title(tmp_path):
    """In type that is large enough to be read, on the poster of the seed."""
    sampling.generate(sampling.Sampler(Painter(), seed=4), 2, tmp_path, title='The Long Night')
    assert sorted(path.name for path in tmp_path.iterdir()) == ['000004.png', '000005.png', 'grid.png']
    for seed in (4, 5):
        with Image.open(tmp_path / f'{seed:06d}.png') as poster:
            pixels = np.asarray(poster, int)
        plain = sampling.Sampler(Painter(), seed=seed).posters(1)
        assert pixels.shape[0] >= 536 and (pixels[0, 0] == Painter()(*plain)[0, 0, 0]).all()
        assert (abs(pixels - pixels[0, 0]).max(axis=2) > 90).mean() > 0.005  # letters
