"""The words on a poster as reasons: frames, the words of each genre, and what is left when they are painted over."""

import json

import keras
import numpy as np
import pytest
from conftest import run_script
from keras import layers
from PIL import Image, ImageDraw

from catalogues.movie_genre import COLUMNS
from cnn import saved_models
from cnn.explain import word_marks, word_report
from cnn.explain.subject import Subject
from cnn.model_card import ModelCard
from cnn.words import WordModel
from core import hardware
from core.fonts import font
from posters.layout import poster_folder
from posters.text import Line

GENRES = 'Comedy', 'Horror'
SAID = {'Comedy': 'WEDDING', 'Horror': 'GHOST'}


def poster(*words):
    """A poster with those words, one below the other."""
    image = Image.new('RGB', (182, 268), (40, 60, 90))
    for row, word in enumerate(words):
        ImageDraw.Draw(image).text((14, 30 + 70 * row), word, (250, 240, 200), font('DejaVuSans-Bold', 26))
    return image


@pytest.fixture(scope='module')
def haunted(tmp_path_factory):
    """Flags of a catalogue and of a model whose network knows nothing: 'ghost' speaks for horror, nothing else does."""
    folder = tmp_path_factory.mktemp('haunted')
    rows, images = [','.join(COLUMNS)], poster_folder(folder, 100)
    images.mkdir(parents=True)
    for number in range(1, 113):
        genre = GENRES[number % 2]
        rows.append(
            f'{number},http://127.0.0.1/{number},Film {number} (1999),5.0,{genre},http://127.0.0.1/{number}.jpg'
        )
        poster(SAID[genre], 'THE CITY').save(images / f'{number}.jpg', quality=95)
    (folder / 'films.csv').write_text('\n'.join(rows) + '\n')
    posters = keras.Input((268, 182, 3), dtype='uint8')
    x = layers.Flatten()(layers.Conv2D(2, 60, strides=60)(layers.Rescaling(1 / 255)(posters)))
    network = keras.Model(posters, layers.Dense(2, activation='sigmoid', kernel_initializer='zeros')(x))
    settings = {'min_year': 1977, 'max_year': 2017, 'ratio': 100, 'version': 11, 'epochs': 1, 'genres': 'g2'}
    card = {
        'settings': settings,
        'genres': GENRES,
        'thresholds': dict.fromkeys(GENRES, 0.5),
        'scores': {'map': 0.5},
    }
    weights = np.array([[0.0, 3.0], [1.0, 0.0], [0.0, 0.1]])
    words = WordModel(('ghost', 'wedding', 'city'), np.ones(3), weights, np.zeros(2))
    path = folder / 'reads.keras'
    card = ModelCard.from_json(card)
    card.config.recipe['words'] = True
    saved_models.save(network, card, path, words)
    return folder


@pytest.fixture(scope='module')
def subject(haunted):
    return Subject.open(saved_models.open_model(haunted / 'reads.keras'), hardware.set_up('float32'))


def test_the_probability_falls_with_the_word_that_counts(subject):
    drops = word_report.deletion(subject, np.stack([np.asarray(poster('GHOST', 'THE CITY'))] * 3), [''] * 3)
    assert (drops[word_report.STRONGEST] > 0.3).all()
    assert np.abs(drops[word_report.RANDOM]).max() < 0.1 and np.abs(drops[word_report.ELSEWHERE]).max() < 0.1
    nothing = word_report.deletion(subject, np.stack([np.asarray(poster('GHOST'))]), [''])
    assert all(len(values) == 0 for values in nothing.values())


def test_a_box_is_painted_over_and_nothing_else():
    image = np.asarray(poster('GHOST'))
    box = np.array([[10, 30], [150, 30], [150, 62], [10, 62]], float)
    painted = word_report.paint(image, box)
    assert (painted[31:61, 11:149] == (40, 60, 90)).all()
    changed = (painted != image).any(axis=-1)
    assert not changed[:30].any() and not changed[63:].any() and changed.sum() > 1000
    place = word_report.free([box], 0, image, np.random.default_rng(0))
    assert word_report.overlap(box, place) == 0 and place.min() >= 0 and (place.max(axis=0) <= (182, 268)).all()


def test_frames_are_green_for_and_blue_against():
    box = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.2), (0.1, 0.2))
    lines = [Line('ghost', 0.9, box), Line('city', 0.9, tuple((x, y + 0.5) for x, y in box))]
    marked = np.asarray(word_marks.draw(Image.new('RGB', (200, 300)), lines, np.array([2.0, -2.0]))).astype(int)
    first, second = marked[30, 100], marked[180, 100]
    assert first[1] > 1.5 * first[2] and second[2] > 1.5 * second[1]
    added = [(['the', 'ghost'], np.array([[0.02], [0.9]])), (['wedding'], np.array([[-0.3]]))]
    assert word_marks.caption(added, 0) == 'words +0.6: ghost +0.9, wedding -0.3'
    assert word_marks.caption([], 0) == 'words +0.0'


@pytest.mark.slow
def test_a_model_that_reads_is_explained(haunted, tmp_path):
    flags = f'-models={haunted}', f'-catalogue={haunted}/films.csv', f'-data={haunted}', f'-out={tmp_path}'
    done = run_script('explain.py', 'reads', *flags, timeout=300)
    assert done.returncode == 0, done.stderr
    assert '  Horror      ghost +' in done.stdout and 'strongest line' in done.stdout
    words = json.loads((tmp_path / 'words.json').read_text())['words']
    assert words['Horror'][0]['word'] == 'ghost' and words['Horror'][0]['share'] == 1
    assert words['Comedy'][0]['word'] == 'wedding'
    drops = json.loads((tmp_path / 'word_deletion.json').read_text())['drops']
    assert drops['strongest line']['mean'] > 0.15 > drops['another line']['mean']
    with Image.open(tmp_path / 'words.png') as image:
        assert image.width > 600 and np.asarray(image.convert('L')).std() > 20
    assert len([*tmp_path.glob('why_*.png')]) == 12
