"""The generators of the web page: that of the toolkit, and those of runs."""

import imageio_ffmpeg
import numpy as np
import pytest
from tiny_gan import tiny_config

from core.errors import WrongCall
from dcgan import api, data
from dcgan.config import MonitorConfig
from page.generators import NEIGHBORS, SHIPPED, Generators, Request, conditions_of


@pytest.fixture(scope='module')
def generators(sample_data, tmp_path_factory):
    """Those of the page, with a run named tiny that has learned from the sample's posters, without conditions."""
    runs = tmp_path_factory.mktemp('runs')
    config = tiny_config(
        name='tiny', dataset=(str(sample_data.data / 'images' / '30'),), output_width=16, output_height=24, epoch=1
    )
    api.train(config, MonitorConfig(metrics_minutes=0, video_length=0, grid_height=2, grid_width=2), runs)
    (runs / 'begun').mkdir()  # a run that nothing has trained yet
    return Generators(runs)


def test_trained_runs_are_there_beside_that_of_the_toolkit(generators):
    assert generators.names() == [SHIPPED, 'tiny']
    assert conditions_of(generators.open('tiny')) == ((), ())
    assert 'Sci-Fi' in conditions_of(generators.open(SHIPPED))[0]
    for name in ('begun', '../runs/tiny', 'none'):
        with pytest.raises(WrongCall, match='there is no such run here'):
            generators.open(name)


def test_neighbors_are_near_and_not_the_poster(generators):
    request = Request('tiny')
    image, other = generators.posters(request, [3, 9]).astype(int)
    near = generators.neighbors(request, 3).astype(int)
    assert near.shape == (NEIGHBORS, 24, 16, 3)
    distances = np.abs(near - image).mean(axis=(1, 2, 3))
    assert (distances > 0).all() and distances.mean() < np.abs(other - image).mean()


def test_a_training_poster_is_nearest_to_itself(generators):
    images, _ = data.open_images(generators.open('tiny').config, data.HOME, generators.runs / '.pixels')
    training = images.pixels[images.training]
    found, ratio = generators.nearest('tiny', np.asarray(training[5]))
    assert np.array_equal(np.asarray(found), training[5]) and ratio < 0.05
    assert generators.nearest(SHIPPED, np.asarray(training[5])) is None


def test_unknown_conditions_are_refused(generators):
    with pytest.raises(WrongCall, match='the dataset has no such genre'):
        generators.posters(Request(SHIPPED, genres=['Cookery']), [1])
    with pytest.raises(WrongCall, match='-conditional'):
        generators.posters(Request('tiny', genres=['Drama']), [1])


def test_a_video_leads_from_one_poster_to_another(generators, tmp_path):
    path = tmp_path / 'walk.mp4'
    generators.interpolate(Request('tiny'), [1, 2], path)
    reader = imageio_ffmpeg.read_frames(str(path))
    meta = next(reader)
    frames = [np.frombuffer(frame, np.uint8).reshape(*meta['size'][::-1], 3).astype(int) for frame in reader]
    assert len(frames) == 90 and meta['size'][1] >= 402
    first, middle, last = frames[0], frames[45], frames[-1]
    assert np.abs(first - last).mean() < np.abs(first - middle).mean()  # it comes back
