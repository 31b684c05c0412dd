"""Conditional accuracy: how often a classifier of posters recognizes the conditions of generated images.

A classifier takes images (n, height, width, 3) uint8 and predicts (n, genres) probabilities, or (n, 3) years: the
lowest, the likely, the highest. Neither it nor the generator has seen the other's training films, and the real posters
beside the generated images are of films that neither has seen. Real and generated images are counted alike: each is of
exactly one class, and the accuracy is the mean of the classes' own, so that chance is the same for both.
"""

from functools import partial

import numpy as np

from catalogues.splits import JUDGE, split_of
from core import files
from core.errors import WorkFailed
from dcgan.conditions import draw_conditions

EACH = 100  # images per genre and per decade


def measure(sampler, images, classifiers, folder):
    """The record in `folder`/conditional_accuracy.json: {'genre': accuracies, 'decade': accuracies} of a Sampler's run.

    `images` are the run's; `classifiers` {'genres': classifier, 'year': classifier} or one of them, with the `scheme`
    that their films were split by, the first with its `genres`. Raises WorkFailed where the run is not conditional, no
    image is left that neither has seen, a classifier has seen films that the run has, or its genres are not the run's.
    """
    config = sampler.config
    draw = partial(draw_conditions, config, sampler.training_conditions, sampler.rng, EACH)
    if not config.conditional:
        raise WorkFailed('this run was not trained with -conditional: it has no conditions')
    if not len(images.held_out):
        raise WorkFailed('no image was held out of the training, so that the classifiers cannot be tested on any')
    genres = len(config.known_genres)
    record = {}
    if 'genres' in classifiers:
        classify = classifiers['genres']
        columns = [config.known_genres.index(name) for name in classify.genres if name in config.known_genres]
        names = [config.known_genres[column] for column in columns]
        if len(names) < 2:
            known = ', '.join(classify.genres)
            raise WorkFailed(f'the genres of the classifier ({known}) are not those of the dataset')
        places = [classify.genres.index(name) for name in names]

        def predict_genre(pixels):
            return classify(pixels)[:, places].argmax(axis=1)

        conditions = np.concatenate([draw((name,)) for name in names])
        unseen = unseen_by_both(images, classify.scheme)
        record['genre'] = compare(sampler, images, unseen, conditions, columns, predict_genre, names)
    if 'year' in classifiers:
        classify, decades = classifiers['year'], config.known_decades

        def predict_decade(pixels):
            return nearest(classify(pixels)[:, 1], decades)

        conditions = np.concatenate([draw(decade=decade) for decade in decades])
        unseen = unseen_by_both(images, classify.scheme)
        columns = range(genres, genres + len(decades))
        record['decade'] = compare(
            sampler, images, unseen, conditions, columns, predict_decade, tuple(map(str, decades))
        )
    files.write(folder / 'conditional_accuracy.json', files.as_json(record, indent=1) + '\n')
    return record


def unseen_by_both(images, scheme):
    """Indices of held-out images that a classifier of that split has not been trained or tuned on either.

    Raises WorkFailed where it has been on films that the generator has learned from, or where there are none.
    """
    splits = np.array([split_of(int(number), scheme) or '' for number in images.numbers])
    shared = np.isin(splits[images.training], ('train', 'validation')).sum()
    if shared:
        raise WorkFailed(
            f'the classifier (-split={scheme}) was trained on {shared:,} of the {len(images):,} posters that this run '
            f'learned from; -judge takes a run trained with -holdout=2 and classifiers with -split={JUDGE}'
        )
    unseen = images.held_out[splits[images.held_out] == 'test']
    if not len(unseen):
        raise WorkFailed('no poster is left that neither the run nor the classifier has seen; more films are needed')
    return unseen


def compare(sampler, images, unseen, conditions, columns, predict, names):
    """Accuracies on real posters of exactly one of the classes in `columns`, and on images of these `conditions`."""
    classes = images.conditions[unseen][:, columns] > 0
    one = classes.sum(axis=1) == 1
    if not one.any():
        raise WorkFailed(f'no poster that neither has seen is of exactly one of {", ".join(names)}')
    real = predict(images.pixels[unseen[one]]), classes[one].argmax(axis=1)
    images_of_conditions = sampler.images(sampler.noise(len(conditions)), conditions)
    generated = predict(images_of_conditions), conditions[:, columns].argmax(axis=1)
    return {'real': accuracies(*real, names), 'generated': accuracies(*generated, names)}


def nearest(years, decades):
    """The index of the decade that each year is in, or next to."""
    return np.abs(np.asarray(years)[:, np.newaxis] - (np.array(decades) + 4.5)).argmin(axis=1)


def accuracies(predicted, wanted, names):
    """The balanced accuracy, what it is on average with `wanted` shuffled, and that per class; indices (n,) each."""
    present = np.unique(wanted)
    recalls = [float((predicted[wanted == i] == i).mean()) for i in present]
    return {
        'images': len(predicted),
        'accuracy': float(np.mean(recalls)),
        'shuffled': float(np.isin(predicted, present).mean() / len(present)),
        'classes': dict(zip((names[i] for i in present), recalls, strict=True)),
    }


def table(record):
    """Lines to print."""
    lines = [f'{"conditional accuracy":<22}{"images":>8}{"classes":>9}{"accuracy":>10}{"shuffled":>10}{"ratio":>8}']
    for what, rows in record.items():
        for kind, values in rows.items():
            ratio = values['accuracy'] / values['shuffled'] if values['shuffled'] else float('nan')
            lines.append(
                f'{f"{what}, {kind}":<22}{values["images"]:>8,}{len(values["classes"]):>9}{values["accuracy"]:>10.1%}'
                f'{values["shuffled"]:>10.1%}{ratio:>8.2f}'
            )
    return '\n'.join([*lines, "accuracy: mean of the classes' own; real: posters that neither network has seen"])
