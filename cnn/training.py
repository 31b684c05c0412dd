"""Train one version and save the epoch that validates best."""

import gc
import time
import zipfile
from functools import partial

import keras
import numpy as np
from filelock import FileLock, Timeout
from tqdm import tqdm

from cnn import calibration, networks, pictures, saved_models, states
from cnn.checkpoints import plan
from cnn.metrics import average_precisions, cross_entropy, macro_map, scores, tune_thresholds
from cnn.versions import VERSIONS
from errors import WorkFailed


def train(data, path, settings, hardware, overwrite=False):
    """Train on a PosterSet with `settings`, or go on with that, and save the model at `path`.

    What `checkpoints.plan` says is asked again here, with the training locked against other processes.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    checkpoints = None
    try:
        with FileLock(path.with_name(f'.{path.stem}.lock'), timeout=0):
            checkpoints = plan(path, settings, overwrite)
            if not checkpoints:
                return
            checkpoints.begin()
            fit(data, checkpoints, hardware)
            gc.collect()  # the trained model and its optimiser, before there is another
            finish(data, checkpoints, hardware)
    except Timeout:
        raise WorkFailed(f'another script is training {path.stem}') from None
    except KeyboardInterrupt:
        if checkpoints:
            print(f'\nstopped; the same command goes on after epoch {len(checkpoints.history)}')
        raise


def fit(data, checkpoints, hardware):
    """Train epoch by epoch until the last, or until `patience` epochs in a row bring no gain."""
    settings = checkpoints.settings
    training, validation = data.split('train'), data.split('validation')
    for part, name in ((training, 'training'), (validation, 'validation')):
        if not len(part.movies):
            raise WorkFailed(f'no film with a poster falls into the {name} split; more films are needed')
    version = VERSIONS[settings['version']]
    model = open_network(version, data, checkpoints, hardware)
    print(f'{len(training.movies):,} posters to train on, {len(validation.movies):,} to validate')
    first = len(checkpoints.history) + 1
    for epoch in range(first, settings['epochs'] + 1):
        if epoch - 1 - checkpoints.best >= settings['patience']:
            print(f'no gain for {settings["patience"]} epochs: stopped')
            break
        started = time.monotonic()
        loss = train_epoch(model, training, settings, epoch)
        trained = time.monotonic() - started
        probabilities = networks.predict(model, validation.posters)
        entry = {
            'loss': loss,
            'validation_loss': cross_entropy(validation.labels, probabilities),
            'map': macro_map(validation.labels, probabilities),
            'images_per_second': len(training.movies) / trained,
            'seconds': time.monotonic() - started,
        }
        gained = checkpoints.add(entry, partial(states.save, everything(model)))
        print(epoch_line(epoch, settings['epochs'], entry, gained), flush=True)
        if epoch == first and epoch < settings['epochs']:
            rest = (settings['epochs'] - epoch) * (time.monotonic() - started)
            print(f'the remaining {settings["epochs"] - epoch} epochs take at most {duration(rest)}', flush=True)


def open_network(version, data, checkpoints, hardware):
    keras.utils.set_random_seed(checkpoints.settings['seed'])
    if checkpoints.history:
        print(f'going on after epoch {len(checkpoints.history)} of {checkpoints.settings["epochs"]}')
    model = networks.build(version, data.posters.shape[1:], len(data.genres))
    networks.compile_for_training(model, version, hardware)
    if checkpoints.history:
        try:
            states.load(everything(model), checkpoints.last_path)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            raise WorkFailed(f'{checkpoints.last_path} is damaged; remove {checkpoints.folder} to begin anew') from None
    return model


def everything(model):
    """All variables that a training changes, the model's before its optimiser's."""
    return model.variables + model.optimizer.variables


def train_epoch(model, data, settings, epoch):
    """One pass over the posters in an order that hangs on seed and epoch; returns the mean loss."""
    order = np.random.default_rng((settings['seed'], epoch)).permutation(len(data.movies))
    size = settings['batch_size']
    losses = np.zeros(-(-len(order) // size))
    with tqdm(total=len(order), desc=f'epoch {epoch}', unit=' posters', disable=None, leave=False) as bar:
        for step in range(len(losses)):
            rows = np.sort(order[step * size : (step + 1) * size])  # the order on disk
            losses[step] = model.train_on_batch(data.posters[rows], data.labels[rows].astype(np.float32))
            bar.update(len(rows))
            bar.set_postfix_str(f'loss {losses[: step + 1].mean():.4f}', refresh=False)
    if not np.isfinite(losses).all():
        raise WorkFailed(f'the loss is not finite in epoch {epoch}; try -precision=float32')
    return float(losses.mean())


def epoch_line(epoch, epochs, entry, gained):
    return (
        f'epoch {epoch:>{len(str(epochs))}}/{epochs}  loss {entry["loss"]:.4f}  '
        f'validation: loss {entry["validation_loss"]:.4f}, macro mAP {entry["map"]:.4f}{"*" if gained else " "} '
        f'{entry["seconds"]:5.0f} s, {entry["images_per_second"]:,.0f} posters a second'
    )


def duration(seconds):
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f'{hours} h {minutes} min' if hours else f'{minutes} min {seconds} s' if minutes else f'{seconds} s'


def finish(data, checkpoints, hardware):
    """Save the best epoch as a float32 model without its optimiser, with its card and its curve."""
    path, settings = checkpoints.path, checkpoints.settings
    model = portable(checkpoints.best_path, VERSIONS[settings['version']], data, hardware)
    validation = data.split('validation')
    probabilities = networks.predict(model, validation.posters)
    calibrated = calibration.fit(data.genres, validation.labels, probabilities)
    probabilities = calibration.apply(calibrated, data.genres, probabilities)
    thresholds = tune_thresholds(validation.labels, probabilities)
    precisions = average_precisions(validation.labels, probabilities)
    if missing := [genre for genre, ap in zip(data.genres, precisions, strict=True) if np.isnan(ap)]:
        print(f'no validation film is {" or ".join(missing)}: left out of macro mAP, threshold 0.5, not calibrated')
    card = {
        'settings': settings,
        'genres': list(data.genres),
        'calibration': calibrated,
        'thresholds': dict(zip(data.genres, thresholds.round(6).tolist(), strict=True)),
        'scores': {'split': 'validation', **scores(validation.labels, probabilities, thresholds)},
        'best_epoch': checkpoints.best,
        'history': checkpoints.history,
        'seconds': sum(entry['seconds'] for entry in checkpoints.history),
        'parameters': model.count_params(),
        'films': {name: len(data.split(name).movies) for name in ('train', 'validation', 'test')},
        'hardware': str(hardware),
        'packages': saved_models.package_versions(),
    }
    saved_models.save(model, card, path)
    pictures.training_curve(checkpoints.history, path.with_suffix('.png'), path.stem)
    checkpoints.remove()
    print(f'best: epoch {checkpoints.best}, validation macro mAP {card["scores"]["map"]:.4f}')


def portable(path, version, data, hardware):
    """The network whose state lies at `path`, in float32 whatever it was trained in."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy('float32')
    model = networks.build(version, data.posters.shape[1:], len(data.genres))
    keras.config.set_dtype_policy(policy)
    states.load(model.variables, path)
    networks.compile_for_prediction(model, hardware)
    return model
