"""predict.py and the ONNX files it reads, as a user does it: real images, real HTTP over loopback, real processes."""

import csv
import io
import json
import shutil
import socket
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import ROOT, run_script
from PIL import Image, ImageOps
from poster_server import GOOD, encoded, picture, png_of_size

from cnn.model_card import ModelCard
from core.errors import WorkFailed, WrongCall
from posters.inputs import find, read_file
from posters.layout import poster_size

pytestmark = pytest.mark.filterwarnings('ignore:__array__')  # TensorFlow under NumPy 2.4

GENRES = 'Comedy', 'Drama', 'Action', 'Horror'
RATIO = 30
SIZE = WIDTH, HEIGHT = poster_size(RATIO)
SMALL, BEST, BARE = 'genres_small', 'genres_best', 'genres_bare'


def card(score):
    return {
        'settings': {'min_year': 1977, 'max_year': 2017, 'ratio': RATIO, 'version': 1, 'epochs': 1},
        'genres': GENRES,
        'thresholds': dict(zip(GENRES, (0.9, 0.2, 0.5, 0.3), strict=True)),
        'calibration': {genre: {'slope': 0.5 + 0.3 * i, 'intercept': 0.4 - 0.2 * i} for i, genre in enumerate(GENRES)},
        'scores': {'map': score},
    }


def version_1():
    import keras

    from cnn import networks
    from cnn.presets import find_preset

    keras.utils.set_random_seed(3)
    model = networks.build(find_preset(1), (HEIGHT, WIDTH, 3), len(GENRES))
    kernel, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights([12 * kernel, bias + np.array((-3, 0.5, 1, -1))])  # far from one half each
    return model


def many_layers():
    """A small graph of the layers that pretrained networks are made of, its batch norms as after a training."""
    import keras
    from keras import layers, ops

    def normalized(x):
        norm = layers.BatchNormalization(epsilon=1e-3)
        x = norm(x)
        random = np.random.default_rng(x.shape[-1])
        norm.moving_mean.assign(random.normal(0, 0.3, x.shape[-1]))
        norm.moving_variance.assign(random.uniform(0.2, 2, x.shape[-1]))
        norm.gamma.assign(random.uniform(0.5, 1.5, x.shape[-1]))
        return x

    keras.utils.set_random_seed(5)
    posters = keras.Input((HEIGHT, WIDTH, 3), dtype='uint8')
    x = layers.Rescaling([1 / 127.5, 1 / 120, 1 / 100], offset=-1)(posters)
    x = layers.Resizing(101, 67)(x)
    x = normalized(layers.Conv2D(8, 3, 2, 'same', use_bias=False)(x))  # odd sides: uneven padding
    first = x = layers.ReLU(6)(x)
    x = layers.ReLU(6)(normalized(layers.DepthwiseConv2D(5, 2, 'same', depth_multiplier=2)(x)))
    x = normalized(layers.Conv2D(16, 1, activation='silu')(x))
    second = x = layers.Add()([x, layers.Activation('hard_silu')(x)])
    gate = layers.Conv2D(16, 1, activation='sigmoid')(layers.GlobalAveragePooling2D(keepdims=True)(x))
    x = layers.Multiply()([x, gate])
    x = layers.SeparableConv2D(12, 3, padding='valid')(layers.ZeroPadding2D(((0, 1), (2, 0)))(x))
    x = layers.Concatenate()([layers.AveragePooling2D(3, 1, 'same')(x), layers.MaxPooling2D(3, 1, 'same')(x)])
    statistics = []
    for block in (first, second, x):
        block = ops.cast(block, 'float32')
        statistics += [ops.mean(block, axis=(1, 2)), ops.sqrt(ops.var(block, axis=(1, 2)) + 1e-6)]
    flat = layers.Dense(6, activation='relu')(layers.Flatten()(layers.MaxPooling2D(4)(x)))
    x = layers.Dropout(0.3)(layers.Concatenate()([*statistics, flat]))
    return keras.Model(posters, layers.Dense(5, activation='sigmoid')(x))


@pytest.fixture(scope='module')
def models(tmp_path_factory):
    """A folder of saved models: the better of those with an ONNX file, a worse one, and one without such a file."""
    from cnn import saved_models
    from core.onnx.export import export

    folder = tmp_path_factory.mktemp('models')
    for name, score in ((SMALL, 0.3), (BEST, 0.4)):
        path = folder / f'{name}.keras'
        model = version_1()
        saved_models.save(model, ModelCard.from_json(card(score)), path)
        export(model, saved_models.onnx_path(path))
    for suffix in ('.keras', '.json'):
        shutil.copy(folder / f'{SMALL}{suffix}', folder / f'{BARE}{suffix}')
    return folder


@pytest.fixture(scope='module')
def posters(tmp_path_factory):
    """A folder of images, some deeper in, among files that are none."""
    folder = tmp_path_factory.mktemp('posters')
    (folder / 'more' / '.hidden').mkdir(parents=True)
    turned = picture().transpose(Image.Transpose.ROTATE_180)
    (folder / 'b.jpg').write_bytes(GOOD)
    (folder / 'a.PNG').write_bytes(encoded(turned, 'PNG'))
    (folder / 'more' / 'c.tiff').write_bytes(encoded(ImageOps.invert(turned), 'TIFF'))
    for i in range(9):  # several batches
        (folder / 'more' / f'd{i}.webp').write_bytes(encoded(picture().rotate(40 * i), 'WEBP'))
    for name in ('notes.txt', '.hidden.jpg', 'more/.hidden/x.jpg'):
        (folder / name).write_bytes(b'no image')
    return folder


@pytest.fixture(scope='module')
def ask(models):
    """A function that calls predict.py and gives what it printed; `answers` {poster: {genre: probability}}."""

    def call(*arguments, **settings):
        done = run_script('predict.py', f'-models={models}', *arguments, **settings)
        answers = None
        if '-json' in arguments and done.stdout:
            said = json.loads(done.stdout)['posters']
            answers = {p['poster']: {g['genre']: g['probability'] for g in p['genres']} for p in said}
        return SimpleNamespace(
            out=done.stdout, errors=done.stderr.splitlines(), status=done.returncode, answers=answers
        )

    return call


@pytest.mark.parametrize('make', [version_1, many_layers])
def test_the_onnx_file_agrees_with_keras(make, tmp_path):
    from core.onnx.export import export
    from core.onnx.runner import Runner

    model = make()
    export(model, tmp_path / 'model.onnx')
    runner = Runner(tmp_path / 'model.onnx')
    assert runner.size == SIZE
    random = np.random.default_rng(1)
    for number in (1, 6):  # any number of posters
        posters = random.integers(0, 256, (number, HEIGHT, WIDTH, 3), np.uint8)
        wanted = model.predict_on_batch(posters)
        assert np.abs(runner.run(posters) - wanted).max() < 1e-4
        assert np.ptp(wanted) > 0.2  # there is something to agree on


def test_what_cannot_be_translated_has_no_onnx_file(tmp_path):
    """Neither a layer without a translation, nor one that is only called like another; an older file goes."""
    import keras
    from keras import layers

    from core.errors import WorkFailed
    from core.onnx.export import export

    class ReLU(layers.Layer):  # not Keras' own
        max_value, negative_slope, threshold = None, 0, 0

        def call(self, x):
            return x - 1

    for layer, reason in ((layers.UpSampling2D(), 'of the kind UpSampling2D'), (ReLU(), 'off by')):
        posters = keras.Input((HEIGHT, WIDTH, 3), dtype='uint8')
        x = layers.GlobalAveragePooling2D()(layer(layers.Rescaling(1 / 255)(posters)))
        model = keras.Model(posters, layers.Dense(2)(x))
        path = tmp_path / 'model.onnx'
        path.write_bytes(b'of the model before')
        with pytest.raises(WorkFailed, match=reason):
            export(model, path)
        assert list(tmp_path.iterdir()) == []


def test_predictions_are_those_of_keras(models, posters, ask):
    """The same poster, resized once from its file, through the saved Keras model; calibrated as its card has it."""
    from cnn.saved_models import open_model
    from posters.decode import fit, read_rgb

    saved = open_model(models / f'{BEST}.keras')
    poster = np.asarray(fit(read_rgb(posters / 'b.jpg'), SIZE))
    raw = saved.load().predict_on_batch(poster[None])[0].astype(float)
    lines = [saved.target.calibration[genre] for genre in GENRES]
    logits = [line['slope'] * np.log(p / (1 - p)) + line['intercept'] for line, p in zip(lines, raw, strict=True)]
    wanted = 1 / (1 + np.exp(-np.array(logits)))
    assert np.abs(wanted - raw).max() > 0.05
    said = ask('-json', posters / 'b.jpg').answers[str(posters / 'b.jpg')]
    assert [said[genre] for genre in GENRES] == pytest.approx(wanted, abs=2e-4)


def test_export_by_command(models, tmp_path, run):
    """For a model that has none: the message names the command, the command makes the file, predict.py answers."""
    for suffix in ('.keras', '.json'):
        shutil.copy(models / f'{BEST}{suffix}', tmp_path)
    poster = tmp_path / 'poster.png'
    picture().save(poster)
    lacking = run('predict.py', poster, f'-models={tmp_path}')
    assert lacking.returncode == 1 and lacking.stdout == ''
    (line,) = lacking.stderr.splitlines()
    script, *flags = line.split(': python3 ')[1].split()
    assert run(script, *flags, timeout=300).returncode == 0
    assert (tmp_path / f'{BEST}.onnx').read_bytes() == (models / f'{BEST}.onnx').read_bytes()
    assert run('predict.py', poster, f'-models={tmp_path}').returncode == 0


def assert_shows(path, wanted, allowed=4.0):
    """The image at `path` is read as what the poster `wanted` shows."""
    difference = read_file(path, SIZE).astype(int) - np.asarray(wanted.convert('RGB').resize(SIZE, 1), int)
    assert abs(difference).mean() < allowed, path


SUFFIXES = {  # by the mode of the image
    'RGB': 'bmp jpg png tif webp avif jp2 ppm tga qoi',
    'L': 'jpg png tif',
    'LA': 'png tif',
    'P': 'gif png bmp',
    '1': 'png tif',
    'CMYK': 'jpg tif',
    'I;16': 'png tif',
    'F': 'tif',
}


@pytest.mark.parametrize('mode', SUFFIXES)
def test_any_format_and_color(tmp_path, mode):
    wanted = picture() if mode in ('RGB', 'CMYK', 'P') else picture('1' if mode == '1' else 'L')
    if mode == 'I;16':
        image = Image.fromarray(np.asarray(wanted).astype(np.uint16) * 257)
    else:
        image = wanted.convert(mode) if mode != 'P' else wanted.quantize(128)
    for suffix in SUFFIXES[mode].split():
        image.save(tmp_path / f'poster.{suffix}')
        assert_shows(tmp_path / f'poster.{suffix}', wanted, 6)


@pytest.mark.parametrize('suffix', ['jpg', 'png', 'tif', 'webp'])
def test_images_are_brought_upright(tmp_path, suffix):
    """A camera lays a picture on its side and notes in EXIF how to turn it."""
    turns = None, None, 0, 3, 1, 5, 2, 6, 4  # by EXIF's orientation: the Transpose that the camera has done
    across, down = (Image.linear_gradient('L').rotate(angle).resize((1000, 1500)) for angle in (90, 0))
    upright = Image.merge('RGB', (across, down, across))  # large: a JPEG is decoded at a fraction of its size
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        turned = upright if turns[orientation] is None else upright.transpose(turns[orientation])
        turned.save(tmp_path / f'{orientation}.{suffix}', exif=exif)
        assert_shows(tmp_path / f'{orientation}.{suffix}', upright, 5)


def test_animations_and_transparency(tmp_path):
    frames = [picture('P'), *[Image.new('P', picture().size)] * 2]
    frames[0].save(tmp_path / 'moving.gif', save_all=True, append_images=frames[1:])
    assert_shows(tmp_path / 'moving.gif', picture())
    picture('RGBA').save(tmp_path / 'clear.png')
    assert read_file(tmp_path / 'clear.png', SIZE)[5, WIDTH * 3 // 4].min() > 250  # white


def test_a_folder_is_answered_file_by_file(posters, ask):
    names = [str(posters / name) for name in ('a.PNG', 'b.jpg', 'more/c.tiff', *(f'more/d{i}.webp' for i in range(9)))]
    assert find([str(posters)]) == ([(name, '') for name in names], 1)
    whole = ask(posters, '-json')
    assert whole.status == 0 and whole.errors == ['skipped 1 files that are no images']
    assert list(whole.answers) == names
    singly = ask(*reversed(names), '-json')
    assert list(singly.answers) == names[::-1]
    assert singly.answers == {name: pytest.approx(whole.answers[name], abs=2e-4) for name in names}
    assert len({answer['Action'] for answer in whole.answers.values()}) > 6  # each has its own
    (alone,) = ask(names[2], '-json').answers.values()
    assert alone == pytest.approx(whole.answers[names[2]], abs=2e-4)


def test_lines_json_and_csv_say_the_same(posters, ask):
    poster = posters / 'b.jpg'
    data = json.loads(ask(poster, '-json').out)
    model, genres = data['models']['genres'], data['posters'][0]['genres']
    assert model == {'name': BEST, 'map': 0.4, 'thresholds': card(0)['thresholds']}  # the best that there is
    assert {genre['genre'] for genre in genres} == set(GENRES)
    assert genres == sorted(genres, key=lambda genre: -genre['probability'])
    assert all(g['passes'] == (g['probability'] >= model['thresholds'][g['genre']]) for g in genres)
    passing = [g['genre'] for g in genres if g['passes']]
    assert 0 < len(passing) < len(genres)
    (row,) = csv.DictReader(io.StringIO(ask(poster, '-csv').out))
    assert list(row) == ['poster', 'genres', *GENRES]
    assert row['poster'] == str(poster) and row['genres'] == '|'.join(passing)
    assert {genre: float(row[genre]) for genre in GENRES} == {g['genre']: g['probability'] for g in genres}
    said = [f'{g["genre"]} {g["probability"]:.0%}{"*" if g["passes"] else ""}' for g in genres]
    first, line = ask(poster).out.splitlines()
    assert BEST in first and line == f'{poster}  {", ".join(said[:3])}'
    assert ask('-top=1', poster).out.splitlines()[1] == f'{poster}  {said[0]}'
    only = [words for words in said if words.endswith('*')]
    assert ask(poster, '-threshold').out.splitlines()[1] == f'{poster}  {", ".join(only)}'
    assert len(ask(poster, '-json', '-top=2').answers[str(poster)]) == 2
    (row,) = csv.DictReader(io.StringIO(ask('-csv', '-top=1', poster).out))
    assert [genre for genre in GENRES if row[genre]] == [genres[0]['genre']]


def planted(tmp_path, score=0.4, **fields):
    from cnn.saved_models import SavedModel

    return SavedModel(tmp_path / 'planted.keras', ModelCard.from_json(card(score) | fields))


def test_a_genre_passes_where_it_reaches_its_threshold(tmp_path):
    probabilities = np.array([0.9, 0.2, 0.49, 0.31])  # the thresholds are 0.9, 0.2, 0.5 and 0.3
    passing = [(genre, passes) for genre, _, passes in planted(tmp_path).target.ranked_genres(probabilities)]
    assert passing == [('Comedy', True), ('Action', False), ('Horror', True), ('Drama', True)]


def test_odd_names_and_figures_do_no_harm(tmp_path):
    """A formula, a line break and an escape as names; a score that is no number."""
    from cnn.predict.formats import Formatter

    names = ['=HYPERLINK(1).jpg', 'two\nlines,"x".jpg', '\x1b[31mred.jpg']
    said = [(name, {'genres': np.full(4, 0.3)}) for name in names]
    models = {'genres': planted(tmp_path, score=float('nan'))}
    table = list(csv.DictReader(io.StringIO('\n'.join(Formatter(models, said).csv()))))
    assert [row['poster'] for row in table] == ["'=HYPERLINK(1).jpg", names[1], names[2]]
    lines = list(Formatter(models, said).text(10))
    assert len(lines) == 4 and '\\x1b[31m' in lines[3] and all(line.isprintable() for line in lines)

    def refuse(constant):
        raise AssertionError(constant)

    data = json.loads('\n'.join(Formatter(models, said).json()), parse_constant=refuse)
    assert data['models']['genres']['map'] is None and [p['poster'] for p in data['posters']] == names


def test_models_are_chosen_among_those_that_can_be_compared(tmp_path):
    """Three genres are easier: their model validates better than that of seven, which is nevertheless used."""
    from catalogues.genres import list_genres
    from cnn.predict.choice import choose_models, passed_over

    def put(name, genres, score, films=100, **settings):
        fields = {'genres': genres, 'thresholds': dict.fromkeys(genres, 0.5), 'films': {'train': films}}
        found = card(score) | fields | {'settings': card(0)['settings'] | settings}
        del found['calibration']
        (tmp_path / f'{name}.json').write_text(json.dumps(found), encoding='utf-8')
        (tmp_path / f'{name}.keras').write_bytes(b'')

    put('three', list_genres(3), 0.75)
    assert choose_models(tmp_path)['genres'].name == 'three'
    put('seven', list_genres(7), 0.6), put('worse', list_genres(7), 0.5)
    put('fewer', list_genres(7), 0.9, films=10, min_year=2010)
    chosen = choose_models(tmp_path)
    assert chosen['genres'].name == 'seven'
    assert passed_over(tmp_path, chosen) == 'a model of 7 genres is used; there are models of 3 too (-genres=)'
    assert choose_models(tmp_path, genres=list_genres(3))['genres'].name == 'three'
    assert choose_models(tmp_path, 'fewer')['genres'].name == 'fewer'
    with pytest.raises(WrongCall, match='no model predicts the genres Comedy, War'):
        choose_models(tmp_path, genres=('Comedy', 'War'))
    with pytest.raises(WrongCall, match=r'-title: no model in .* takes a title'):
        choose_models(tmp_path, titled=True)
    put('told', list_genres(7), 0.1, films=1000, recipe={'words': True, 'title': True})
    assert choose_models(tmp_path)['genres'].name == 'seven'
    assert choose_models(tmp_path, titled=True)['genres'].name == 'told'
    with pytest.raises(WrongCall, match='told takes the title of the film, too'):
        choose_models(tmp_path, 'told')


def test_similar_posters_are_found(sample_data, tmp_path):
    """A poster's own film first, however its file has been changed; then others, less and less similar."""
    from cnn.similar import Index
    from movies_dataset import open_catalogue
    from posters.decode import fit

    catalogue = open_catalogue(sample_data.catalogue, sample_data.data)
    index = Index.open(catalogue, tmp_path)
    films = [movie for movie in catalogue.movies if movie.has_poster()][:3]
    posters = []
    for film in films:
        image = Image.open(film.poster_path()).convert('RGB')
        image.save(tmp_path / 'changed.jpg', quality=40)
        posters.append(fit(Image.open(tmp_path / 'changed.jpg').resize((300, 440)), index.runner.size))
    found = index.nearest(index.runner.run(np.stack(posters)), 6)
    assert [some[0][0] for some in found] == films
    for some in found:
        likeness = [value for _, value in some]
        assert likeness == sorted(likeness, reverse=True) and 1.01 > likeness[0] > likeness[1] + 0.05
    parts = [*(sample_data.data / 'features').glob('efficientnetlite0_*/*.npz')]
    times = [path.stat().st_mtime_ns for path in parts]
    again = Index.open(catalogue, tmp_path)
    assert (again.vectors == index.vectors).all() and times == [path.stat().st_mtime_ns for path in parts]


def test_a_broken_poster_is_similar_to_none(sample_data, tmp_path, caplog):
    """It is named and skipped, also when its features are known; without any other there is nothing to compare."""
    from cnn.similar import Index
    from movies_dataset import open_catalogue

    (tmp_path / 'images' / '100').mkdir(parents=True)
    good, broken = open_catalogue(sample_data.catalogue, sample_data.data).movies[:2]
    catalogue = open_catalogue(sample_data.catalogue, tmp_path)
    catalogue.by_id[broken.id].poster_path().write_bytes(b'no image')
    with pytest.raises(WorkFailed, match='none of the 1 posters can be read'):
        Index.open(catalogue, tmp_path)
    shutil.copy(good.poster_path(), tmp_path / 'images' / '100')
    for _ in range(2):
        caplog.clear()
        assert [movie.id for movie in Index.open(catalogue, tmp_path).movies] == [good.id]
        assert f'{broken.id}.jpg: cannot be read, skipped' in caplog.text


def test_posters_from_the_web(server, posters, ask):
    addresses = [server.url(path) for path in ('good/1.jpg', 'moved/2.jpg', 'busy/3.jpg')]
    done = ask(*addresses, posters / 'b.jpg', '-json')
    assert done.status == 0 and done.errors == []
    assert list(done.answers) == [*addresses, str(posters / 'b.jpg')]
    assert len({tuple(answer.values()) for answer in done.answers.values()}) == 1


def test_what_is_no_image_is_named_and_the_rest_answered(server, tmp_path, ask):
    with socket.socket() as bound:
        bound.bind(('127.0.0.1', 0))  # and does not listen
        refused = f'http://127.0.0.1:{bound.getsockname()[1]}/poster.jpg'
        (tmp_path / 'empty').mkdir()
        picture(size=(1, 1)).save(tmp_path / 'dot.png')
        (tmp_path / 'large.png').write_bytes(png_of_size(20_000, 10_000))
        (tmp_path / 'cut.jpg').write_bytes(GOOD[: len(GOOD) // 2])
        (tmp_path / 'text.jpg').write_text('This is no picture.')
        (tmp_path / 'nothing.gif').write_bytes(b'')
        (tmp_path / 'drawing.eps').write_bytes(encoded(picture(), 'EPS'))
        (tmp_path / 'good.jpg').write_bytes(GOOD)
        reasons = {
            str(tmp_path / 'dot.png'): '1 x 1 pixels, no poster',
            str(tmp_path / 'large.png'): '20000 x 10000 pixels, more than 100 million',
            str(tmp_path / 'cut.jpg'): 'a broken image: ',
            str(tmp_path / 'text.jpg'): 'no image',
            str(tmp_path / 'nothing.gif'): 'no image',
            str(tmp_path / 'drawing.eps'): 'no image',
            str(tmp_path / 'empty'): 'no image is in this folder',
            str(tmp_path / 'nowhere.jpg'): 'there is no such file or folder',
            refused: 'no connection',
            'http:///poster.jpg': 'no http address',
            server.url('404/x.jpg'): 'HTTP 404',
            server.url('html/x.jpg'): 'no JPEG, PNG, WEBP, GIF, AVIF or BMP image',
            server.url('endless/x.jpg'): 'larger than 5 MB',
            server.url('bomb/x.png'): 'more than 25 million pixels',
            server.url('too-many-pixels/x.png'): '5000 x 5001 pixels, more than 25 million',
        }
        good = server.url('good/1.jpg'), str(tmp_path / 'good.jpg')
        done = ask(*reasons, *good, '-json')
    assert done.status == 1
    assert list(done.answers) == [*good]
    assert len(done.errors) == len(reasons)
    for line, (name, reason) in zip(done.errors, reasons.items(), strict=True):
        assert line.startswith(f'predict.py: {name}: {reason}')


CALLS = {
    'no poster': ((), 2, 'name posters: image files, folders or http addresses'),
    'unknown model': (('x.jpg', '-model=genres_bets'), 2, f'did you mean {BEST}?'),
    'no models': (('x.jpg', '-models=nowhere'), 1, 'train one with: python3 __main__.py'),
    'no ONNX file': (('x.jpg', f'-model={BARE}'), 1, f'python3 __main__.py -export={BARE}'),
    'two forms': (('x.jpg', '-json', '-csv'), 2, '-json or -csv, not both'),
    'top 0': (('x.jpg', '-top=0'), 2, '-top=0: give a whole number from 1 up'),
}


@pytest.mark.parametrize('name', CALLS)
def test_wrong_calls(ask, name):
    arguments, status, message = CALLS[name]
    done = ask(*arguments)
    assert done.status == status and done.out == ''
    (line,) = done.errors
    assert message in line


def test_an_unknown_model_cannot_be_exported(models, run):
    done = run('__main__.py', f'-models={models}', '-export=genres_smal')
    assert done.returncode == 2 and f'did you mean {SMALL}?' in done.stderr


def test_onnx_files_that_are_not_the_cards(models, posters, tmp_path, run):
    """A broken one, and one of another network."""
    for suffix in ('.keras', '.json', '.onnx'):
        shutil.copy(models / f'{BEST}{suffix}', tmp_path)
    other = tmp_path / f'{BEST}.json'
    other.write_text(json.dumps(card(0.4) | {'genres': GENRES[:2]}))
    done = run('predict.py', f'-models={tmp_path}', posters)
    assert done.returncode == 1 and 'this is not the network' in done.stderr and done.stderr.count('\n') == 1
    (tmp_path / f'{BEST}.onnx').write_bytes((models / f'{BEST}.onnx').read_bytes()[:5000])
    done = run('predict.py', f'-models={tmp_path}', posters)
    assert done.returncode == 1 and 'no network can be loaded' in done.stderr and done.stderr.count('\n') == 1


def test_little_is_imported(models, posters):
    """An answer needs neither Keras nor what a training needs, a file no HTTP client, and -h not even NumPy."""

    def imported(*arguments):
        command = [sys.executable, '-X', 'importtime', 'predict.py', *arguments]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0
        return {line.split('|')[-1].strip() for line in done.stderr.splitlines()}

    slow = {'keras', 'tensorflow', 'onnx', 'pandas', 'sklearn', 'scipy', 'matplotlib', 'aiohttp', 'asyncio', 'tqdm'}
    used = imported(f'-models={models}', str(posters / 'b.jpg'))
    assert 'onnxruntime' in used and not slow & used
    assert not {'onnxruntime', 'numpy', 'PIL', *slow} & imported('-h')
