"""Train one version and save the epoch that validates best."""

import gc
import hashlib
import sys
import time
from dataclasses import replace
from functools import partial

import keras
import numpy as np
from filelock import FileLock, Timeout
from tqdm import tqdm

from cnn import networks, saved_models
from cnn.evaluate import plots
from cnn.onnx.export import export
from cnn.presets import find_version, member_settings
from cnn.train import ensembles, linear_probe, optimizers
from cnn.train.augment import augment
from cnn.train.checkpoints import plan
from core import variables_io
from core.durations import duration
from core.errors import WorkFailed, WrongCall
from core.hardware import returning_freed_memory


def train(data, target, path, settings, hardware, overwrite=False, minutes=None):
    """Train for a target on a PosterSet with `settings`, or go on with that, and save the model at `path`.

    The last epoch is that in which `minutes` of training are over, where they are given and nothing ends it sooner.
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
            run(replace(data, labels=target.labels(data.movies)), target, checkpoints, hardware, minutes)
            checkpoints.remove()
    except Timeout:
        raise WorkFailed(f'another script is training {path.stem}') from None
    except KeyboardInterrupt:
        if checkpoints:
            print(f'\nstopped; the same command goes on after epoch {len(checkpoints.history)}')
        raise


def run(data, target, checkpoints, hardware, minutes):
    """Train and save."""
    settings = checkpoints.settings
    counts = {name: len(data.split(name).movies) for name in ('train', 'validation', 'test')}
    for name, split in (('train', 'training'), ('validation', 'validation')):
        if not counts[name]:
            raise WorkFailed(f'no film with a poster falls into the {split} split; more films are needed')
    films = digest(data.movies)
    if checkpoints.state.setdefault('films', films) != films:
        raise WrongCall(f'{checkpoints.folder} was begun with other posters than are there now; -overwrite begins anew')
    print(f'{counts["train"]:,} posters to train on, {counts["validation"]:,} to validate')
    version = find_version(settings)
    if version.members:
        model, outputs, trained = average(version, data, checkpoints, hardware)
    elif version.tuned:
        model, outputs, trained = tune(version, data, target, checkpoints, hardware, minutes)
    else:
        model, outputs, trained = solve(version, data, target, settings, hardware)
    card = {
        'settings': settings,
        **target.judge(data.split('validation').movies, outputs),
        **trained,
        'parameters': model.count_params(),
        'films': counts,
        'hardware': str(hardware),
        'packages': saved_models.package_versions(),
    }
    with returning_freed_memory():  # to check what is exported, a copy of the model is opened beside it
        saved_models.save(model, card, checkpoints.path)
        try:
            export(model, saved_models.onnx_path(checkpoints.path))
        except WorkFailed as error:
            print(error, file=sys.stderr)
    if checkpoints.history:
        plots.training_curve(checkpoints.history, target, checkpoints.path.with_suffix('.png'))
        print(f'curve: {checkpoints.path.with_suffix(".png")}')
    print(f'best: epoch {card["best_epoch"]}, validation {target.measured} {card["scores"][target.measure]:.4f}')


def digest(movies):
    """What tells whether a training goes on with the films that it was begun with."""
    return hashlib.sha256(' '.join(str(movie.id) for movie in movies).encode()).hexdigest()[:16]


def tune(version, data, target, checkpoints, hardware, minutes):
    """The model of the best epoch, its outputs for the validation films, and what the card is to say of it."""
    ended = fit(version, data, target, checkpoints, hardware, minutes)
    gc.collect()  # the trained model and its optimiser, before there is another
    model = portable(version, data, target, hardware)
    variables_io.load(model.variables, checkpoints.best_path)
    trained = {'best_epoch': checkpoints.best, 'history': checkpoints.history, 'ended': ended}
    outputs = networks.predict(model, data.split('validation').posters)
    return model, outputs, {**trained, 'seconds': checkpoints.seconds}


def solve(version, data, target, settings, hardware):
    """As `tune`, of a frozen network: it has no epochs, only a head to be solved for."""
    started = time.monotonic()
    pretrained, outputs, tried = linear_probe.fit_head(version, data, target, settings, hardware)
    model = portable(version, data, target, hardware)
    model.set_weights(pretrained.get_weights())
    seconds = time.monotonic() - started
    return model, outputs, {'best_epoch': 1, 'history': [], 'penalties': tried, 'seconds': seconds}


def average(version, data, checkpoints, hardware):
    """As `tune`, of the models of other versions with these settings, which lie beside the one that is to be.

    Raises WorkFailed where one of them cannot be loaded.
    """
    folder = checkpoints.path.parent
    names = [saved_models.model_name(member_settings(checkpoints.settings, number)) for number in version.members]
    members = [saved_models.open_model(folder / f'{name}.keras') for name in names]
    model = ensembles.join([member.load() for member in members])
    networks.compile_for_prediction(model, hardware)
    outputs = networks.predict(model, data.split('validation').posters)
    seconds = sum(member.card['seconds'] for member in members)
    return model, outputs, {'best_epoch': 1, 'history': [], 'members': names, 'seconds': seconds}


def fit(version, data, target, checkpoints, hardware, minutes):
    """Train epoch by epoch until the last, or until `patience` epochs in a row bring no gain, or `minutes` are over.

    Returns which of these ended it, in words.
    """
    settings = checkpoints.settings
    training, validation = data.split('train'), data.split('validation')
    started = time.monotonic()
    model, averaging = open_network(version, data, target, checkpoints, hardware)
    first = len(checkpoints.history) + 1
    for epoch in range(first, settings['epochs'] + 1):
        if epoch - 1 - checkpoints.best >= settings['patience']:
            return stopped(f'no gain for {settings["patience"]} epochs')
        if minutes and checkpoints.seconds >= 60 * minutes:
            return stopped(f'{minutes:g} minutes were over')
        began = time.monotonic()
        loss = train_epoch(model, version, training, settings, epoch)
        trained = time.monotonic() - began
        with averaging.in_place():
            outputs = networks.predict(model, validation.posters)
            entry = {
                'loss': loss,
                **target.measures(validation.movies, outputs),
                'images_per_second': len(training.movies) / trained,
                'seconds': time.monotonic() - started,
            }
            gained = checkpoints.add(entry, partial(variables_io.save, everything(model, averaging)))
        print(epoch_line(epoch, settings['epochs'], target, entry, gained), flush=True)
        if epoch == first and epoch < settings['epochs']:
            seconds = time.monotonic() - began
            rest = (settings['epochs'] - epoch) * seconds
            if minutes:
                rest = min(rest, max(0, 60 * minutes - checkpoints.seconds) + seconds)
            print(f'the rest takes at most {duration(rest)}', flush=True)
        started = time.monotonic()
    return 'all epochs'


def stopped(reason):
    print(f'stopped: {reason}')
    return reason


def open_network(version, data, target, checkpoints, hardware):
    """The network, compiled, as the training begins or as it stood after its last epoch, and the Averaging."""
    settings = checkpoints.settings
    keras.utils.set_random_seed(settings['seed'])
    pretrained = version.backbone and settings.get('weights') != 'none'
    if pretrained and not checkpoints.history:
        model = linear_probe.fit_head(version, data, target, settings, hardware)[0]
    else:
        model = networks.build(version, data.posters.shape[1:], target.outputs, target.activation, trained=True)
    if pretrained:
        networks.fix(model, version)
    steps = settings['epochs'] * -(-len(data.split('train').movies) // settings['batch_size'])
    networks.compile_for_training(model, optimizers.make(version, steps), target.loss or version.loss, hardware)
    averaging = optimizers.Averaging(model)
    if checkpoints.history:
        checkpoints.restore(partial(variables_io.load, everything(model, averaging)))
        print(f'going on after epoch {len(checkpoints.history)} of {settings["epochs"]}')
        averaging.restore()
    return model, averaging


def everything(model, averaging):
    """All variables that a training changes, the model's first."""
    return model.variables + model.optimizer.variables + averaging.raw


def train_epoch(model, version, data, settings, epoch):
    """One pass over the posters in an order that hangs on seed and epoch; returns the mean loss."""
    rng = np.random.default_rng((settings['seed'], epoch))
    order = rng.permutation(len(data.movies))
    size = settings['batch_size']
    losses = np.zeros(-(-len(order) // size))
    with tqdm(total=len(order), desc=f'epoch {epoch}', unit=' posters', disable=None, leave=False) as bar:
        for step in range(len(losses)):
            rows = np.sort(order[step * size : (step + 1) * size])  # the order on disk
            posters = augment(data.posters[rows], rng) if version.augmented else data.posters[rows]
            losses[step] = model.train_on_batch(posters, data.labels[rows].astype(np.float32))
            bar.update(len(rows))
            bar.set_postfix_str(f'loss {losses[: step + 1].mean():.4f}', refresh=False)
    if not np.isfinite(losses).all():
        raise WorkFailed(f'the loss is not finite in epoch {epoch}; try -precision=float32')
    return float(losses.mean())


def epoch_line(epoch, epochs, target, entry, gained):
    return (
        f'epoch {epoch:>{len(str(epochs))}}/{epochs}  loss {entry["loss"]:.4f}  '
        f'validation: loss {entry["validation_loss"]:.4f}, {target.measured} '
        f'{entry[target.measure]:.4f}{"*" if gained else " "} '
        f'{entry["seconds"]:5.0f} s, {entry["images_per_second"]:,.0f} posters a second'
    )


def portable(version, data, target, hardware):
    """The version's network in float32, whatever it was trained in, compiled for prediction."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy('float32')
    model = networks.build(version, data.posters.shape[1:], target.outputs, target.activation)
    keras.config.set_dtype_policy(policy)
    networks.compile_for_prediction(model, hardware)
    return model
