"""Selecting posters for the GAN."""

import json
import shutil
from functools import partial

import numpy as np
import pytest
from conftest import ROOT, run_script
from PIL import Image
from tiny_gan import tiny_config

from core.errors import WrongCall
from dcgan.data import open_images
from movies_dataset import open_catalogue

run = partial(run_script, timeout=120)


def prepare(sample_data, out, *flags):
    return run('prepare_dcgan_dataset.py', *sample_data.flags, f'-out={out}', '-ratio=30', *flags)


def test_excluded_genres_are_out_even_beside_wanted_ones(sample_data, sample, tmp_path):
    out = tmp_path / 'posters'
    done = prepare(sample_data, out, '-min_year=1980', '-include_genres=action,Drama', '-exclude_genres=Comedy')
    assert done.returncode == 0, done.stderr
    wanted = {
        f'{movie.id}.jpg': movie
        for movie in sample.list_movies(min_year=1980)
        if {'Action', 'Drama'} & set(movie.genres) and 'Comedy' not in movie.genres and movie.has_poster(30)
    }
    note = json.loads((out / 'dataset.json').read_text())
    assert {path.name for path in out.glob('*.jpg')} == set(wanted) == {file for file, _ in note['labels']}
    assert f'{len(wanted):,} posters chosen' in done.stdout and 'Comedy is excluded' in done.stdout
    names = [*note['genres'], *note['decades']]
    for file, label in note['labels']:
        movie = wanted[file]
        assert {name for name, there in zip(names, label, strict=True) if there} == {
            *movie.genres, movie.year // 10 * 10
        }  # fmt: skip
    assert Image.open(tmp_path / 'posters.jpg').width > 14 * 50


def test_a_folder_of_its_own_is_replaced_and_no_other(sample_data, tmp_path):
    out = tmp_path / 'posters'
    assert prepare(sample_data, out).returncode == 0
    everything = len(list(out.glob('*.jpg')))
    assert prepare(sample_data, out, '-min_year=2010').returncode == 0
    assert 0 < len(list(out.glob('*.jpg'))) < everything
    mine = tmp_path / 'mine'
    mine.mkdir()
    (mine / 'precious.txt').write_text('keep')
    done = prepare(sample_data, mine)
    assert done.returncode == 2 and 'has not made it' in done.stderr
    assert (mine / 'precious.txt').read_text() == 'keep'


def test_grey_posters_become_rgb(tmp_path):
    from dcgan.dataset import place

    Image.fromarray(np.full((80, 55), 90, np.uint8)).save(tmp_path / 'gray.jpg')
    place(tmp_path / 'gray.jpg', tmp_path / 'placed.jpg')
    assert Image.open(tmp_path / 'placed.jpg').mode == 'RGB'


@pytest.mark.parametrize(
    ('flags', 'status', 'words'),
    [
        (['-include_genres=Darma'], 2, 'did you mean Drama'),
        (['-min_year=2010', '-max_year=2000'], 2, 'min_year'),
        (['-ratio=77'], 1, 'get_data.py -download -resize -ratios=77'),
    ],
)
def test_bad_input_gets_one_line(flags, status, words, sample_data, tmp_path):
    done = prepare(sample_data, tmp_path / 'posters', *flags)
    assert done.returncode == status and words in done.stderr, done.stderr


def test_a_broken_poster_costs_itself_alone(sample_data, tmp_path):
    data, out = tmp_path / 'Data', tmp_path / 'out'
    shutil.copytree(sample_data.data / 'images' / '30', data / 'images' / '30')
    cut, page = sorted((data / 'images' / '30').glob('*.jpg'))[:2]
    cut.write_bytes(cut.read_bytes()[:600])
    page.write_text('<html>')
    out.mkdir()
    done = run(
        ROOT / 'prepare_dcgan_dataset.py',
        f'-catalogue={sample_data.catalogue}',
        f'-data={data}',
        '-ratio=30',
        '-out=.',
        cwd=out,
    )
    assert done.returncode == 1
    assert [line.split(': ')[1] for line in done.stderr.splitlines()] == [str(cut), str(page)]
    there = {path.name for path in out.glob('*.jpg')}
    assert there == set(json.loads((out / 'dataset.json').read_text())['films'])
    assert there and not there & {cut.name, page.name}


def test_what_a_killed_run_moved_away_comes_back(tmp_path):
    from dcgan.dataset import MAKER, check_folder

    old, new = (tmp_path / f'.posters.999999999.{age}' for age in ('old', 'new'))
    for folder in (old, new):
        folder.mkdir()
        (folder / 'dataset.json').write_text(json.dumps({'maker': MAKER, 'age': folder.name}))
    check_folder(tmp_path / 'posters')
    assert json.loads((tmp_path / 'posters' / 'dataset.json').read_text())['age'] == old.name
    assert [path.name for path in tmp_path.iterdir()] == ['posters']


@pytest.fixture
def named(sample, tmp_path):
    """(The dataset of films whose ids are texts, without years; their catalogue)."""
    films, data = sample.movies[:70], tmp_path / 'data'
    (data / 'images' / '30').mkdir(parents=True)
    path = tmp_path / 'films.csv'
    path.write_text('Id,Genre\n' + ''.join(f'film-{movie.id},{movie.genres[0]}\n' for movie in films))
    for movie in films:
        shutil.copy(movie.poster_path(30), data / 'images' / '30' / f'film-{movie.id}.jpg')
    flags = f'-catalogue={path}', f'-data={data}', f'-out={tmp_path / "gan"}'
    done = run('prepare_dcgan_dataset.py', *flags, '-ratio=30')
    assert done.returncode == 0, done.stderr
    return tmp_path / 'gan', open_catalogue(path, data)


def test_a_gan_learns_from_training_films_alone_also_where_ids_are_texts(named, tmp_path):
    folder, catalogue = named
    images, config = open_images(tiny_config(dataset=(str(folder),), conditional=True), tmp_path, tmp_path / 'pixels')
    learned = [sorted(folder.glob('*.jpg'))[i].stem for i in images.training]
    assert learned == sorted(movie.id for movie in catalogue.movies if movie.split == 'train')
    assert config.known_decades == () and set(config.known_genres) == set(catalogue.genres)


def test_images_with_long_numbers_for_names(tmp_path):
    for name in ('7', '1' * 19, '1' * 30):
        Image.new('RGB', (32, 48)).save(tmp_path / f'{name}.png')
    images, _ = open_images(tiny_config(dataset=(str(tmp_path),)), tmp_path, tmp_path / '.pixels')
    assert len(images) == 3


def test_conditions_that_no_film_has_are_refused(named, tmp_path):
    folder, _ = named
    note = json.loads((folder / 'dataset.json').read_text())
    note['films'] = {file: {**film, 'genres': []} for file, film in note['films'].items()}
    (folder / 'dataset.json').write_text(json.dumps({**note, 'genres': []}))
    with pytest.raises(WrongCall, match='neither genres nor years'):
        open_images(tiny_config(dataset=(str(folder),), conditional=True), tmp_path, tmp_path / 'pixels')
