"""The generators of the page: the one that comes with the toolkit, and those of runs."""

import threading
from pathlib import Path

import numpy as np
from PIL import Image

from core.errors import WrongCall
from dcgan import api, data, sampling, video
from dcgan.metrics import memorization
from dcgan.titles import set_title

SHIPPED = 'the one that comes with the toolkit'
NEIGHBORS = 6
STEP = 0.25  # of the way from a latent vector to another one, at which its neighbors are
FRAMES, RATE = 90, 30  # of a video from one poster to another and back; per second
HIGH = 402  # pixels of a frame, at least


class Request:
    """What a visitor requests of a generator; `genres` and `decade` are conditions, None where left open."""

    def __init__(self, run, genres=None, decade=None, truncation=1.0, guidance=None, title=''):
        self.run, self.genres, self.decade = run, tuple(genres) if genres else None, decade
        self.truncation, self.guidance, self.title = truncation, guidance, title


class Generators:
    """Opens generators once, for all visitors. `runs` is the folder of runs."""

    def __init__(self, runs):
        self.runs = Path(runs)
        self._opened, self._thumbnails, self._opening = {}, {}, threading.Lock()

    def names(self):
        """The first one needs no training."""
        return [SHIPPED, *sorted(path.parent.name for path in self.runs.glob('*/checkpoint.json'))]

    def open(self, name):
        """Raises WrongCall for an unknown name, WorkFailed where nothing is trained yet."""
        with self._opening:
            if name not in self._opened:
                if name not in self.names():
                    raise WrongCall('there is no such run here')
                self._opened[name] = api.open_generator(None if name == SHIPPED else name, self.runs)
            return self._opened[name]

    def posters(self, request, seeds):
        """Images (n, height, width, 3) uint8 of those seeds. Raises WrongCall for a genre the generator lacks."""
        noise, conditions = self._latents(request, seeds)
        return self.open(request.run)(noise, conditions)

    def _latents(self, request, seeds):
        """(noise, conditions) of each seed."""
        rows = [self._sampler(request, seed).posters(1) for seed in seeds]
        noise, conditions = zip(*rows, strict=True)
        return np.concatenate(noise), None if conditions[0] is None else np.concatenate(conditions)

    def _sampler(self, request, seed):
        wanted = request.genres, request.decade, request.guidance
        return sampling.Sampler(self.open(request.run), seed, request.truncation, *wanted)

    def neighbors(self, request, seed):
        """Images of latent vectors around that of a seed, each on the way to that of another one."""
        noise, conditions = self._latents(request, [seed])
        others, _ = self._latents(request, range(seed + 1, seed + 1 + NEIGHBORS))
        near = np.concatenate([sampling.arc(noise[0], other, np.array([STEP], np.float32)) for other in others])
        rows = None if conditions is None else np.repeat(conditions, NEIGHBORS, axis=0)
        return self.open(request.run)(near, rows)

    def finish(self, image, request):
        """An image as a poster: with its title, if one is requested."""
        return set_title(image, request.title) if request.title else Image.fromarray(image)

    def nearest(self, name, image):
        """(training image, measure of `memorization`) nearest to an image; None for a generator without its images."""
        if name == SHIPPED:
            return None
        config = self.open(name).config
        with self._opening:
            if name not in self._thumbnails:
                images, _ = data.open_images(config, data.HOME, self.runs / '.pixels')
                training = images.pixels[images.training]
                self._thumbnails[name] = training, memorization.thumbnails(training)
            training, thumbnails = self._thumbnails[name]
        ratios, nearest = memorization.compare(image[np.newaxis], [thumbnails])
        return Image.fromarray(np.asarray(training[nearest[0]])), float(ratios[0])

    def interpolate(self, request, seeds, path):
        """Write a looping video from the poster of one seed to that of another and back."""
        noise, conditions = self._latents(request, seeds)
        shares = np.sin(np.linspace(0, np.pi, FRAMES, endpoint=False, dtype=np.float32)) ** 2
        walk = sampling.arc(noise[0], noise[1], shares)
        rows = None
        if conditions is not None:
            rows = conditions[0] + shares[:, np.newaxis] * (conditions[1] - conditions[0])
        frames = self.open(request.run)(walk, rows)
        height, width = frames.shape[1:3]
        factor = -(-HIGH // height)
        size = factor * width, factor * height
        with video.writing(path, size, RATE) as write:
            for frame in frames:
                write(np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.BICUBIC)))


def conditions_of(generator):
    """(genres, decades) that a generator knows; none where it is not conditional."""
    config = generator.config
    return (config.known_genres, config.known_decades) if config.conditional else ((), ())
