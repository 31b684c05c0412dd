"""Conditional accuracy: how often a classifier of posters recognizes the conditions of generated images.

A classifier takes images (n, height, width, 3) uint8 and predicts (n, genres) probabilities, or, of years, the
probability of each decade. Neither it nor the generator has seen the other's training films, and the real posters
beside the generated images are of films that neither has seen. Real and generated images are counted alike: each is of
exactly one class, and the accuracy is the mean of the classes' own, so that chance is the same for both.

For each class there is also its mean probability on images that it was requested of, beside that on all images, as if
requests were shuffled, with a bootstrap interval of the difference. All classes are requested of the same noise, whose
images are compared, so that the interval has the effect of the request and not the noise's own. The diversity of a
class is the mean distance between two of its images.
"""

import numpy as np

from catalogues.splits import JUDGE, split_of
from core import files
from core.errors import WorkFailed
from dcgan.metrics.kid import INDEPENDENT, distances

EACH = 200  # images per genre and per decade
SEED = 0  # of what requests leave open, and of the bootstrap
RESAMPLED, LEVEL = 1000, 0.95  # bootstrap samples, and what the interval covers
LEAST_REAL = 5  # real images of a class to say something of it


def measure(sampler, images, classifiers, folder, extract):
    """The record in `folder`/conditional_accuracy.json: {'genre': accuracies, 'decade': accuracies} of a Sampler's run.

    `images` are the run's; `classifiers` {'genres': classifier, 'year': classifier} or one of them, with the `scheme`
    that their films were split by, the first with its `genres`, the second with `shares(images, edges)`; `extract`
    gives features (n, width) of images. Raises WorkFailed where the run is not conditional, no image is left that
    neither has seen, a classifier has seen films that the run has, or its genres are not the run's.
    """
    config = sampler.config
    if not config.conditional:
        raise WorkFailed('this run was not trained with -conditional: it has no conditions')
    if not len(images.held_out):
        raise WorkFailed('no image was held out of the training, so that the classifiers cannot be tested on any')
    genres = len(config.known_genres)
    record = {}

    def draw(*wanted):
        """Conditions of a request, (EACH, k); what it leaves open is the same for every one."""
        return sampler.conditions(np.random.default_rng(SEED), EACH, *wanted)

    if 'genres' in classifiers:
        classify = classifiers['genres']
        columns = [config.known_genres.index(name) for name in classify.genres if name in config.known_genres]
        names = [config.known_genres[column] for column in columns]
        if len(names) < 2:
            known = ', '.join(classify.genres)
            raise WorkFailed(f'the genres of the classifier ({known}) are not those of the dataset')
        theirs = [classify.genres.index(name) for name in names]

        def probabilities(pixels):
            return np.asarray(classify(pixels))[:, theirs]

        conditions = np.concatenate([draw((name,)) for name in names])
        unseen = unseen_by_both(images, classify.scheme)
        record['genre'] = compare(sampler, images, unseen, conditions, columns, probabilities, names, extract)
    if 'year' in classifiers and config.known_decades:
        classify_year, decades = classifiers['year'], config.known_decades

        edges = sorted({*decades, *(decade + 10 for decade in decades)})
        places = [edges.index(decade) for decade in decades]

        def dated(pixels):
            shares = classify_year.shares(pixels, edges)[:, places]
            if not shares.any(axis=1).all():
                raise WorkFailed("the classifier's years are others than the decades that this run knows")
            return shares / shares.sum(axis=1, keepdims=True)

        conditions = np.concatenate([draw(None, decade) for decade in decades])
        unseen = unseen_by_both(images, classify_year.scheme)
        columns = range(genres, genres + len(decades))
        record['decade'] = compare(
            sampler, images, unseen, conditions, columns, dated, tuple(map(str, decades)), extract
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


def compare(sampler, images, unseen, conditions, columns, predict, names, extract):
    """Accuracies on real posters of exactly one of the classes in `columns`, and on images of these `conditions`."""
    classes = images.conditions[unseen][:, columns] > 0
    one = classes.sum(axis=1) == 1
    if not one.any():
        raise WorkFailed(f'no poster that neither has seen is of exactly one of {", ".join(names)}')
    noises = np.tile(np.arange(EACH), len(conditions) // EACH)
    made = sampler.images(sampler.noise(EACH)[noises], conditions)
    real = images.pixels[unseen[one]]
    wanted = classes[one].argmax(axis=1), conditions[:, columns].argmax(axis=1)
    rows = {
        'real': accuracies(predict(real), wanted[0], names, extract(real)),
        'generated': accuracies(predict(made), wanted[1], names, extract(made), noises),
    }
    rows['generated']['guidance'] = float(conditions.max())
    return rows


def accuracies(scores, wanted, names, features=None, noises=None):
    """The balanced accuracy, what it is on average with `wanted` shuffled, and a record per class.

    `scores` (n, classes) are probabilities, the highest being the prediction; `wanted` (n,) are indices of classes;
    `noises` (n,) those of the noise that images are made of, each of which all classes have.
    """
    predicted, present = scores.argmax(axis=1), np.unique(wanted)
    classes = {names[i]: of_class(scores[:, i], predicted == i, wanted == i, features, noises) for i in present}
    return {
        'images': len(predicted),
        'accuracy': float(np.mean([found['recall'] for found in classes.values()])),
        'shuffled': float(np.isin(predicted, present).mean() / len(present)),
        'classes': classes,
    }


def of_class(scores, predicted, wanted, features, noises):
    """The record of a class, from its scores, and whether it is predicted and wanted, all (n,)."""
    return {
        'images': int(wanted.sum()),
        'recall': float(predicted[wanted].mean()),
        'probability': float(scores[wanted].mean()),
        'shuffled': float(scores.mean()),
        'gain': gain(scores, wanted, noises),
        'diversity': None if features is None else diversity(features[wanted]),
    }


def gain(scores, wanted, noises):
    """The bootstrap interval of the mean of the wanted scores minus that of all; over noises where there are any."""
    rng = np.random.default_rng(SEED)

    def means(values):
        return values[rng.integers(0, len(values), (RESAMPLED, len(values)))].mean(axis=1)

    if noises is None:
        differences = means(scores[wanted]) - means(scores)
    else:
        own, every = (np.bincount(noises[rows], scores[rows]) / np.bincount(noises[rows]) for rows in (wanted, ...))
        differences = means(own - every)
    return np.quantile(differences, ((1 - LEVEL) / 2, (1 + LEVEL) / 2)).tolist()


def diversity(features):
    """The mean Euclidean distance between two of them, (n, width); 0 of one."""
    n = len(features)
    return float(sum(some.sum() for some in distances(features, features)) / max(1, n * (n - 1)))


def table(record):
    """Lines to print."""
    lines = [f'{"conditional accuracy":<30}{"images":>8}{"classes":>9}{"accuracy":>10}{"shuffled":>10}{"ratio":>8}']
    for what, rows in record.items():
        for kind, values in rows.items():
            ratio = values['accuracy'] / values['shuffled'] if values['shuffled'] else float('nan')
            name = f'{what}, {kind}' + (f', guidance {values["guidance"]:g}' if 'guidance' in values else '')
            lines.append(
                f'{name:<30}{values["images"]:>8,}{len(values["classes"]):>9}{values["accuracy"]:>10.1%}'
                f'{values["shuffled"]:>10.1%}{ratio:>8.2f}'
            )
    lines += ["accuracy: mean of the classes' own; real: posters that neither network has seen", '']
    lines.append(
        f'{"probability of":<16}{"requested":>10}{"shuffled":>10}{"gain, 95%":>18}{"real":>8}'
        f'{"diversity":>11}{"real":>8}'
    )
    for rows in record.values():
        for name, made in rows['generated']['classes'].items():
            low, high = made['gain']
            real = rows['real']['classes'].get(name, {'images': 0})
            known = real['images'] >= LEAST_REAL
            lines.append(
                f'{name:<16}{made["probability"]:>10.2f}{made["shuffled"]:>10.2f}{f"{low:+.3f} to {high:+.3f}":>18}'
                f'{real["probability"] if known else float("nan"):>8.2f}{_number(made["diversity"]):>11}'
                f'{_number(real["diversity"] if known else None):>8}'
            )
    return '\n'.join([*lines, 'diversity: mean distance between two images of a class, features of ' + INDEPENDENT])


def _number(value):
    return '-' if value is None else f'{value:.1f}'
