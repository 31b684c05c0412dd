"""What get_data.py -describe says of a catalogue, and posters that are one image under two ids."""

import io
import shutil

import numpy as np
import pytest
from PIL import Image

from movies_dataset import open_catalogue
from posters import duplicates
from posters.decode import read_rgb


@pytest.fixture
def copied(sample_data, tmp_path):
    """A sample catalogue: a training film has the poster of a test film, encoded anew, another one a part of it; two
    more training films share theirs.

    Returns (flags, the catalogue, the training film, the test film).
    """
    data = tmp_path / 'data'
    shutil.copytree(sample_data.data / 'images', data / 'images')
    catalogue = open_catalogue(sample_data.catalogue, data)
    training = [movie for movie in catalogue.movies if movie.split == 'train'][:4]
    test = next(movie for movie in catalogue.movies if movie.split == 'test')
    for ratio in (100, 30):
        poster = read_rgb(test.poster_path(ratio))
        poster.save(training[0].poster_path(ratio), quality=60)
        width, height = poster.size
        part = poster.crop((0, 0, width, height * 3 // 4)).resize(poster.size)
        part.save(training[1].poster_path(ratio), quality=90)
        shutil.copy(training[2].poster_path(ratio), training[3].poster_path(ratio))
    flags = f'-catalogue={sample_data.catalogue}', f'-data={data}'
    return flags, catalogue, training[0], test


def test_a_copied_poster_is_named(copied, run):
    flags, catalogue, training, test = copied
    done = run('get_data.py', '-describe', *flags)
    assert done.returncode == 0, done.stderr
    assert 'duplicates: 4 films share 2 posters; training leaves out 1,' in done.stdout
    pair = sorted((training, test), key=catalogue.movies.index)
    assert ' = '.join(f'{movie} [{movie.split}]' for movie in pair) in done.stdout
    assert run('get_data.py', '-describe', *flags).stdout == done.stdout  # by the hashes that are there now
    assert (test.data / 'describe.png').read_bytes().startswith(b'\x89PNG')


def test_training_leaves_out_what_tests_have(copied):
    _, catalogue, training, test = copied
    data = catalogue.load_posters(1977, 2017, 30, ())
    assert training not in data.split('train').movies and test in data.split('test').movies
    assert len(data.movies) == len(catalogue.movies) - 1
    assert training in catalogue.movies  # and no film changes its split
    assert np.array_equal(
        data.split('test').posters[0], np.asarray(read_rgb(data.split('test').movies[0].poster_path(30)))
    )


def test_films_genres_and_posters_are_counted(sample_data, tmp_path, run):
    lines = sample_data.catalogue.read_text(encoding='utf-8').splitlines(keepends=True)
    (tmp_path / 'films.csv').write_text(''.join(lines[:31]), encoding='utf-8')
    films = open_catalogue(tmp_path / 'films.csv', tmp_path)
    there = films.movies[:20]
    for movie in there:
        movie.poster_path().parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(sample_data.data / 'images' / '100' / f'{movie.id}.jpg', movie.poster_path())
    dead = films.movies[25]
    header = 'imdbId,url,status,tries,bytes,error\n'
    (tmp_path / 'download_report.csv').write_text(f'{header}{dead.id},http://x/1.jpg,failed,3,0,HTTP 404\n')
    done = run('get_data.py', '-describe', f'-catalogue={tmp_path / "films.csv"}', f'-data={tmp_path}')
    assert done.returncode == 0, done.stderr
    splits = [sum(movie.split == split for movie in films.movies) for split in ('train', 'validation', 'test')]
    assert f'films: 30 of {min(m.year for m in films.movies)} to ' in done.stdout
    assert '{} to train on, {} to validate, {} to test'.format(*splits) in done.stdout
    genre = films.genres[0]
    row = next(line.split() for line in done.stdout.splitlines() if line.split()[:1] == [genre])
    assert int(row[1]) == sum(movie.has_genre(genre) for movie in films.movies) == sum(map(int, row[3:]))
    assert 'posters: 20 films have theirs' in done.stdout
    assert '  9 have none: not downloaded yet' in done.stdout and '  1 have none: HTTP 404' in done.stdout
    assert 'duplicates: no two films have the same poster' in done.stdout


def test_hashes_know_one_image_in_other_qualities(sample):
    posters = [read_rgb(movie.poster_path()) for movie in sample.movies[:40]]

    def again(image, size, quality):
        out = io.BytesIO()
        image.resize(size).save(out, 'JPEG', quality=quality)
        return Image.open(out)

    hashes = np.stack([duplicates.hash_of(poster) for poster in posters])
    assert duplicates.groups(hashes) == []
    small = np.stack([duplicates.hash_of(again(poster, (150, 220), 70)) for poster in posters])
    found = duplicates.groups(np.concatenate([hashes, small]))
    assert sum([row, row + len(posters)] in found for row in range(len(posters))) >= 38
    assert all(len({row % len(posters) for row in rows}) == 1 for rows in found)  # never two images


def test_plain_images_are_no_duplicates():
    half = np.arange(182) > 90
    plain = [Image.fromarray(np.uint8(np.tile(level + 2 * half, (268, 1)))) for level in (20, 90, 200)]
    assert duplicates.groups(np.stack([duplicates.hash_of(image) for image in plain])) == []


def test_all_genres_are_those_with_thirty_films(sample):
    counts = {genre: sum(movie.has_genre(genre) for movie in sample.movies) for genre in sample.genres}
    chosen = sample.resolve_genres('all')
    assert set(chosen) == {genre for genre, films in counts.items() if films >= 30}
    assert 2 < len(chosen) < len(sample.genres)
