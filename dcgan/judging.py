"""Whether a conditional generator does what it is asked for, judged by models that tell genres and years from posters.

A judge takes images (n, height, width, 3) uint8 and gives (n, genres) probabilities, or (n, 3) years, the lowest, the
likely and the highest. It was trained on real posters and knows nothing of the generator; how often it is right on real
ones stands beside what it says.
"""

import json

import numpy as np

from dcgan import requests
from errors import WorkFailed
from posters import files

EACH = 100  # images a genre and a decade
SHUFFLES = 200


def judge(maker, images, judges, folder):
    """What obeying.json in `folder` then says of a Maker's run: {'genre': ..., 'decade': ...}, shares of images judged
    right.

    `images` are the run's, of which the held-out ones are judged too; `judges` are {'genres': judge, 'year': judge}, or
    one of them, the first with the `genres` that it knows. Raises WorkFailed where the run is not conditional, no image
    was held out, or the judge's genres are not the dataset's.
    """
    options, rng = maker.options, maker.rng
    if not options.conditional:
        raise WorkFailed('this run was not trained with -conditional: it cannot be asked for anything')
    if not len(images.held_out):
        raise WorkFailed('no image was held out of the training, so that the judges cannot be tried on any')
    split = len(options.known_genres)
    rows = images.held_out
    real, theirs = images.pixels[rows], images.conditions[rows]
    told = {}
    if 'genres' in judges:
        tell, known = judges['genres'], judges['genres'].genres
        columns = [options.known_genres.index(genre) for genre in known if genre in options.known_genres]
        names = [options.known_genres[column] for column in columns]
        if len(names) < 2:
            raise WorkFailed(f'the genres of the judge ({", ".join(known)}) are not those of the dataset')
        asked = np.concatenate([requests.draw(options, maker.seen, rng, EACH, (name,)) for name in names])
        places = [known.index(name) for name in names]
        said = tell(sample(maker, asked))[:, places].argmax(axis=1)
        wanted = asked[:, columns] > 0
        has = theirs[:, columns] > 0
        some = has.any(axis=1)
        told['genre'] = figures(said, wanted, rng) | {
            'genres': {name: float((said[wanted[:, i]] == i).mean()) for i, name in enumerate(names)},
            'real': right(tell(real[some])[:, places].argmax(axis=1), has[some]),
        }
    if 'year' in judges:
        tell = judges['year']
        decades = options.known_decades
        asked = np.concatenate([requests.draw(options, maker.seen, rng, EACH, decade=decade) for decade in decades])
        wanted = asked[:, split:] > 0
        said = nearest(tell(sample(maker, asked))[:, 1], decades)
        told['decade'] = figures(said, wanted, rng) | {
            'decades': {str(d): float((said[wanted[:, i]] == i).mean()) for i, d in enumerate(decades)},
            'real': right(nearest(tell(real)[:, 1], decades), theirs[:, split:] > 0),
        }
    files.write(folder / 'obeying.json', json.dumps(told, indent=1) + '\n')
    return told


def sample(maker, asked):
    return maker.images(maker.noise(len(asked)), asked)


def nearest(years, decades):
    """The index of the decade that each year is in, or next to."""
    return np.abs(np.asarray(years)[:, np.newaxis] - (np.array(decades) + 4.5)).argmin(axis=1)


def right(said, wanted):
    """The share of `said`, indices (n,), that `wanted`, (n, k) bool, has."""
    return float(wanted[np.arange(len(said)), said].mean())


def figures(said, wanted, rng):
    """What was asked for and was seen, beside the same with the requests shuffled."""
    shuffled = [right(said, wanted[rng.permutation(len(wanted))]) for _ in range(SHUFFLES)]
    return {'asked': right(said, wanted), 'shuffled': float(np.mean(shuffled)), 'images': len(said)}


def table(told):
    """Lines to print."""
    lines = [f'{"judged right":<14}{"real posters":>14}{"as asked":>12}{"shuffled":>12}{"ratio":>8}']
    for what, found in told.items():
        ratio = found['asked'] / found['shuffled']
        lines.append(f'{what:<14}{found["real"]:>14.1%}{found["asked"]:>12.1%}{found["shuffled"]:>12.1%}{ratio:>8.2f}')
    return '\n'.join(lines)
