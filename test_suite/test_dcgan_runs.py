"""A run of the GAN on disk: what a damaged file, changed images, a failing ffmpeg or an odd name come to."""

import json
from pathlib import Path

import imageio_ffmpeg
import keras
import numpy as np
import pytest
from PIL import Image
from tiny_gan import begin, tiny_config

from core.errors import WorkFailed, WrongCall
from dcgan import video
from dcgan.conditions import read_conditions
from dcgan.data import open_images
from dcgan.train.runs import Log, Run, named, read_rows
from dcgan.train.training_video import TrainingVideo


@pytest.fixture
def kept(tmp_path):
    """A Run of six steps with checkpoints of the steps 2, 4 and 6, each of one variable that is the step."""
    run = Run('run', tmp_path, tiny_config(), max_to_keep=3)
    run.begin(resume=True)
    log = Log(run.log_path, ('step', 'seconds'), 0)
    for step in range(1, 7):
        log.write({'step': step, 'seconds': 0.5})
        if step % 2 == 0:
            run.save([keras.Variable(np.full(3, step))], step)
    return run


def restored(run):
    variable = keras.Variable(np.zeros(3))
    step = run.restore([variable])
    assert (np.asarray(variable) == step).all()
    return step


def cut(path):
    path.write_bytes(path.read_bytes()[:100])


def empty(path):
    path.write_bytes(b'')


def foreign(path):
    path.write_text('["nothing of a run"]\n')


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob('*') if path.is_file()}


@pytest.mark.parametrize('damage', [cut, empty, foreign])
def test_an_older_checkpoint_counts_where_the_latest_is_damaged(kept, damage, capsys):
    damage(kept.checkpoint(6))
    assert restored(kept) == 4
    told = capsys.readouterr().err
    assert 'step_00000006.npz is damaged' in told and 'back to step 4, 2 steps' in told and told.count('\n') == 1
    for step in (2, 4):
        damage(kept.checkpoint(step))
    before = contents(kept.folder)
    with pytest.raises(WorkFailed, match=r'step_00000006\.npz is damaged; .*no other checkpoint .*-overwrite'):
        restored(kept)
    assert contents(kept.folder) == before


@pytest.mark.parametrize('damage', [cut, empty, foreign, Path.unlink])
def test_the_newest_checkpoint_counts_where_their_list_is_damaged(kept, damage, capsys):
    path = kept.folder / 'checkpoint.json'
    path.write_text('{"format": 2, ' + ' ' * 100 + '"steps": [2, 4, 6]}')
    damage(path)
    before = contents(kept.folder)
    kept.begin(resume=True)
    assert restored(kept) == 6 and f'{path} is missing or damaged' in capsys.readouterr().err
    assert contents(kept.folder) == before
    kept.save([keras.Variable(np.full(3, 7))], 7)
    assert kept.steps() == [4, 6, 7]


@pytest.mark.parametrize('damage', [cut, empty, foreign, Path.unlink])
def test_damaged_options_are_named_and_overwriting_begins_again(kept, damage):
    (kept.folder / 'mine.txt').write_text('mine')
    damage(kept.folder / 'options.json')
    before = contents(kept.folder)
    with pytest.raises(WorkFailed, match=r'options\.json is (damaged|missing).*-overwrite'):
        kept.begin(resume=True)
    assert contents(kept.folder) == before
    kept.begin(resume=True, overwrite=True)
    assert restored(kept) == 0 and not read_rows(kept.log_path)
    assert sorted(path.name for path in contents(kept.folder)) == ['.lock', 'mine.txt', 'options.json']
    assert kept.read_config().z_dim == 8


def test_other_options_are_refused_one_by_one(kept):
    kept.config = kept.config.replace(beta1_g=0.4, epoch=99)
    with pytest.raises(WrongCall, match=r'begun with beta1_g 0\.5, not 0\.4; give another -name'):
        kept.begin(resume=True)
    with pytest.raises(WrongCall, match='-resume=on'):
        kept.begin(resume=False)


def test_steps_without_a_checkpoint_are_not_dropped(kept):
    for path in kept.folder.glob('step_*.npz'):
        path.unlink()
    with pytest.raises(WorkFailed, match=r'log\.csv: has steps'):
        kept.begin(resume=True)
    assert len(read_rows(kept.log_path)) == 6


@pytest.mark.parametrize(
    ('lines', 'left'),
    [
        (lambda lines: [], []),
        (lambda lines: [*lines[:3], b'\0\xff,', b'0.5,0.5\n', *lines[4:], b'5,0.5\n', b'3,0.'], [1, 2, 4, 5]),
        (lambda lines: [b'\x89PNG\r\n', b'"open\n'], []),
    ],
)
def test_a_damaged_log_keeps_its_whole_rows_once(kept, lines, left, capsys):
    kept.log_path.write_bytes(b''.join(lines(kept.log_path.read_bytes().splitlines(keepends=True))))
    log = Log(kept.log_path, ('step', 'seconds'), 5)
    assert [int(row['step']) for row in read_rows(kept.log_path)] == left and log.seconds == 0.5 * len(left)
    assert f'log.csv is missing or damaged: {5 - len(left)} of its 5 steps are lost' in capsys.readouterr().err


@pytest.mark.parametrize('damage', [cut, empty, foreign])
def test_damaged_conditions_are_named(tmp_path, damage):
    run = Run('run', tmp_path, tiny_config(conditional=True, known_genres=('A', 'B'), known_decades=(1980,)))
    run.keep_conditions(np.eye(3))
    assert (run.read_conditions() == np.eye(3)).all()
    damage(run.folder / 'conditions.npy')
    with pytest.raises(WorkFailed, match=r'conditions\.npy is missing or damaged'):
        run.read_conditions()


def ffmpeg_that(does, folder, monkeypatch):
    script = folder / 'ffmpeg'
    script.write_text(f'#!/bin/sh\nfor last; do :; done\n{does}\n')
    script.chmod(0o755)
    monkeypatch.setenv('IMAGEIO_FFMPEG_EXE', str(script))


FAILING = 'head -c 20000 /dev/zero | tee "$last"; cat > /dev/null; echo once >&2; echo "no room left" >&2; exit 1'


def test_a_training_outlives_ffmpeg_and_a_damaged_checkpoint(tmp_path, monkeypatch, capsys):
    """Its frames stay until there is a video of them, and the log has each step once."""
    run, train = begin(tmp_path, max_to_keep=3, video_length=1)
    with monkeypatch.context() as patched:
        ffmpeg_that(FAILING, tmp_path, patched)
        with pytest.raises(WorkFailed, match=r'part_00000010_0\.mp4: ffmpeg failed with status 1: no room left'):
            train()
    frames, film = run.folder / 'video' / 'frames', run.folder / 'video' / 'training.mp4'
    assert 'part_00000002_0.mp4: ffmpeg failed with status 1: no room left; the frames' in capsys.readouterr().err
    assert run.steps() == [6, 8, 10] and len(list(frames.iterdir())) == 10
    train()
    assert 'trained already' in capsys.readouterr().out and not frames.exists()
    assert imageio_ffmpeg.count_frames_and_secs(str(film))[0] == 10
    cut(run.checkpoint(10))
    train()
    assert 'step_00000010.npz is damaged: back to step 8, 2 steps' in capsys.readouterr().err
    assert [int(row['step']) for row in read_rows(run.log_path)] == list(range(1, 11)) and run.steps() == [6, 8, 10]
    assert imageio_ffmpeg.count_frames_and_secs(str(film))[0] == 12  # those of two steps a second time


@pytest.mark.parametrize('does', [FAILING, 'exit 0', 'head -c 9 > "$last"; exit 0', 'cat > /dev/null'])
def test_a_video_stays_where_ffmpeg_fails(does, tmp_path, monkeypatch):
    """It may fail at its end, or before it has read all, or leave nothing."""
    path = tmp_path / 'walk.mp4'
    path.write_bytes(b'a walk')
    ffmpeg_that(does, tmp_path, monkeypatch)
    with pytest.raises(WorkFailed, match=r'walk\.mp4: ffmpeg failed'), video.writing(path, (99, 99), 30) as write:
        for _ in range(20):
            write(np.zeros((99, 99, 3), np.uint8))
    assert sorted(tmp_path.iterdir()) == [tmp_path / 'ffmpeg', path] and path.read_bytes() == b'a walk'
    monkeypatch.setenv('IMAGEIO_FFMPEG_EXE', str(tmp_path / 'nothing'))
    with pytest.raises(WorkFailed, match='cannot be started'):
        video.join([], path)


@pytest.mark.parametrize('name', ["o'brien's", '50% of %08d.jpg', 'a:b', 'file:x?y#z', 'modèles d’été', 'two\nlines'])
def test_videos_in_folders_of_any_name(name, tmp_path):
    """Parts are rendered and joined; frames of three boxes come out once each."""
    film = TrainingVideo(tmp_path / name, 1, [(0, 0, 9, 8), (9, 0, 18, 8)], 2 / 30, 0)
    for step in range(1, 6):
        film.add(Image.new('RGB', (18, 8), (step, 0, 0)), step)
        film.render()
    made = film.render(ended=True)
    assert [path.name for path in made] == ['training_0.mp4', 'training_1.mp4']
    assert [imageio_ffmpeg.count_frames_and_secs(str(path.resolve()))[0] for path in made] == [5, 5]
    assert len(list((tmp_path / name).iterdir())) == 2 + 2 * 3


def test_damaged_frames_and_those_after_the_checkpoint_are_left_out(tmp_path, capsys):
    film = TrainingVideo(tmp_path, 1, [(0, 0, 18, 8)], None, 0)
    for step in range(1, 8):
        film.add(Image.new('RGB', (18, 8), (step, 0, 0)), step)
    film = TrainingVideo(tmp_path, 1, [(0, 0, 18, 8)], None, 5)
    cut(film.waiting()[2])
    (made,) = film.render(ended=True)
    assert imageio_ffmpeg.count_frames_and_secs(str(made))[0] == 4
    assert '00000003.jpg is damaged' in capsys.readouterr().err


def test_a_run_is_named_for_the_folder_that_dots_lead_to(tmp_path, monkeypatch):
    (tmp_path / 'posters' / 'deeper').mkdir(parents=True)
    monkeypatch.chdir(tmp_path / 'posters' / 'deeper')
    assert (named(None, ['.']), named(None, ['..', './']), named('mine', ['.'])) == ('deeper', 'posters_deeper', 'mine')
    for name, folders in (('..', []), ('../elsewhere', []), ('.', []), ('/tmp', []), (None, ['/'])):
        with pytest.raises(WrongCall, match='-name='):
            named(name, folders)


def test_changed_images_are_not_trained_on_unnoticed(tmp_path):
    folder = tmp_path / 'images'
    folder.mkdir()
    films = {}
    for i in range(4):
        Image.new('RGB', (16, 24), (i, 0, 0)).save(folder / f'{i}.png')
        films[f'{i}.png'] = {'year': 1980, 'genres': ['Drama'] if i else ['War']}

    def begin_run():
        (folder / 'dataset.json').write_text(json.dumps({'films': films}))
        options = tiny_config(dataset=(str(folder),), conditional=True, output_height=24, output_width=16)
        _, options = open_images(options, tmp_path, tmp_path / '.pixels')
        run = Run('run', tmp_path, options)
        run.begin(resume=True)
        return run

    run = begin_run()
    run.save([keras.Variable(np.zeros(3))], 2)
    begin_run()
    films['1.png']['genres'] = ['War', 'Drama']
    with pytest.raises(WrongCall, match=r'other images \(others\).*another -name.*-overwrite'):
        begin_run()
    films['1.png']['genres'] = ['Drama']
    image = (folder / '3.png').read_bytes()
    (folder / '3.png').write_bytes(image + b'0')
    with pytest.raises(WrongCall, match='others'):
        begin_run()
    (folder / '3.png').write_bytes(image)
    begin_run()
    (folder / '3.png').unlink()
    with pytest.raises(WrongCall, match='4 then, 3 now'):
        begin_run()
    options = run.read_config().to_json()
    del options['images']  # as runs of earlier versions have it
    (run.folder / 'options.json').write_text(json.dumps(options))
    begin_run()
    assert run.read_config().images['number'] == 3


FILM = {'year': 1984, 'genres': ['Drama']}


@pytest.mark.parametrize(
    ('note', 'words'),
    [
        ({'labels': [['0.png', 0]]}, "describes 'films'; prepare_dcgan_dataset.py"),
        ({'labels': None}, "describes 'films'"),
        ([], "describes 'films'"),
        ({'films': [{'file': '0.png', **FILM}]}, 'films: is not an object'),
        ({'films': {}}, 'does not describe'),
        ({'films': {'0.png': 'Alien'}}, 'films, 0.png: is not an object'),
        ({'films': {'0.png': {'genres': ['Drama']}}}, 'films, 0.png, year: is missing'),
        ({'films': {'0.png': {**FILM, 'year': 'long ago'}}}, 'films, 0.png, year: is "long ago"'),
        ({'films': {'0.png': {'year': 1984}}}, 'films, 0.png, genres: is missing'),
        ({'films': {'0.png': {**FILM, 'genres': 'Drama'}}}, 'films, 0.png, genres: is not a list'),
        ({'genres': 'Drama', 'films': {'0.png': FILM}}, ': genres: is not a list'),
    ],
)
def test_what_a_dataset_note_lacks_is_named(note, words, tmp_path):
    (tmp_path / 'dataset.json').write_text(json.dumps(note))
    with pytest.raises(WrongCall) as refused:
        read_conditions([tmp_path], [tmp_path / '0.png'])
    assert words in str(refused.value) and 'dataset.json' in str(refused.value)


def test_a_dataset_note_by_hand(tmp_path):
    """With a byte order mark, years as text or unknown, and no list of all genres."""
    films = {'0.png': {'year': '1984', 'genres': ['War', 'Drama']}, 'deeper/1.png': FILM | {'year': 1999.0}}
    films['2.png'] = {'year': None, 'genres': ['War']}
    (tmp_path / 'dataset.json').write_text(json.dumps({'films': films}), encoding='utf-8-sig')
    rows, genres, decades = read_conditions([tmp_path], [tmp_path / file for file in films])
    assert (genres, decades) == (('Drama', 'War'), (1980, 1990))
    assert rows.tolist() == [[1, 1, 1, 0], [1, 0, 0, 1], [0, 1, 0, 0]]
