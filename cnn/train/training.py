"""Training of one preset; the epoch that validates best is saved."""

import gc
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from filelock import FileLock, Timeout
from tqdm import tqdm

from cnn import networks, saved_models
from cnn.config import TrainConfig
from cnn.data import load_posters, training_films
from cnn.evaluate import plots
from cnn.model_card import ModelCard, package_versions
from cnn.presets import Ensemble, FineTune, LinearProbe, Preset
from cnn.train import ensembles, linear_probe, optimizers, word_probe
from cnn.train.augment import augment
from cnn.train.checkpoints import Checkpoints, plan
from core import variables_io
from core.durations import duration
from core.errors import WorkFailed, WrongCall
from core.hardware import Hardware, dtype_policy, replicas, returning_freed_memory
from core.log import log
from core.onnx.export import export
from movies_dataset import Catalogue, Movie, PosterSet

ENDED = 0  # in place of an epoch: there is none any more


@dataclass(frozen=True)
class Training:
    """What the steps of a training share."""

    preset: Preset
    data: PosterSet
    target: Any
    checkpoints: Checkpoints
    hardware: Hardware
    minutes: float | None = None
    films: Sequence[Movie] = ()  # of the training split, those without a poster too, for presets that read

    @property
    def config(self) -> TrainConfig:
        return self.checkpoints.run.config

    @property
    def epochs(self) -> int:
        return self.config.epochs or 1

    @property
    def shape(self) -> tuple[int, ...]:
        """(height, width, 3) of a poster."""
        return self.data.posters.shape[1:]


def train(
    config: TrainConfig,
    catalogue: Catalogue,
    folder: str | Path,
    hardware: Hardware,
    overwrite: bool = False,
    minutes: float | None = None,
    data: PosterSet | None = None,
) -> Path:
    """Train a resolved config on the posters of a catalogue, or resume that, and return the path of the saved model.

    The last epoch is that in which `minutes` of training are over, where they are given and nothing ends it sooner.
    `data` are the posters, where they are open already. Raises WrongCall where what is there has another config,
    WorkFailed where posters or weights are missing, or another process trains the same model.
    """
    target = config.find_target()
    if data is None:
        data = load_posters(catalogue, target, config)
    path = Path(folder) / f'{config.model_name}.keras'
    if not replicas().is_first:
        _follow(Training(config.find_preset(), data, target, Checkpoints(path, config), hardware))
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    checkpoints = None
    try:
        with FileLock(path.with_name(f'.{path.stem}.lock'), timeout=0):
            checkpoints = plan(path, config, overwrite)
            replicas().from_first(bool(checkpoints))
            if checkpoints:
                checkpoints.begin()
                films = training_films(catalogue, target, config)
                _run(Training(config.find_preset(), data, target, checkpoints, hardware, minutes, films))
                checkpoints.remove()
                replicas().from_first(ENDED)
    except Timeout:
        raise WorkFailed(f'another script is training {path.stem}') from None
    except KeyboardInterrupt:
        if checkpoints:
            log.info(f'\nstopped; the same command resumes after epoch {len(checkpoints.run.history)}')
        raise
    return path


def _follow(training):
    """Train with the first worker, epoch by epoch, until that has saved the model."""
    (begins,) = replicas().from_first(False)
    if begins and not isinstance(training.preset, LinearProbe | Ensemble):
        model, _ = _open_network(training)
        films, augmented = training.data.split('train'), isinstance(training.preset, FineTune)
        while epoch := int(*replicas().from_first(ENDED)):
            loss = train_epoch(model, films, training.config, epoch, augmented)
            log.info(f'epoch {epoch}  loss {loss:.4f}')
    if begins:
        replicas().from_first(ENDED)


def _run(training):
    """Train and save."""
    data, checkpoints, target = training.data, training.checkpoints, training.target
    counts = {name: len(data.split(name).movies) for name in ('train', 'validation', 'test')}
    for name, split in (('train', 'training'), ('validation', 'validation')):
        if not counts[name]:
            raise WorkFailed(f'no film with a poster is in the {split} split; more films are needed')
    films = _digest(data.movies)
    if checkpoints.run.films and checkpoints.run.films != films:
        raise WrongCall(f'{checkpoints.folder} was begun with other posters than there are now; -overwrite starts over')
    checkpoints.run = replace(checkpoints.run, films=films)
    log.info(f'{counts["train"]:,} posters to train on, {counts["validation"]:,} to validate')
    trainers = {LinearProbe: _probe, Ensemble: _average}
    model, outputs, trained = trainers.get(type(training.preset), _tune)(training)
    words = None
    preset = training.preset
    if isinstance(preset, LinearProbe) and preset.words:
        words, outputs = word_probe.fit_words(data, training.films, target, outputs, preset.title)
    card_fields = target.fit(data.split('validation').movies, outputs)
    scores = card_fields.pop('scores')
    card = ModelCard(
        config=training.config,
        scores=scores,
        target_fields=card_fields,
        parameters=model.count_params(),
        films=counts,
        hardware=str(training.hardware),
        packages=package_versions(),
        dated=any(movie.year for movie in data.movies),
        **trained,
    )
    _save(model, card, checkpoints, words)
    if checkpoints.run.history:
        plots.training_curve(checkpoints.run.history, target, checkpoints.path.with_suffix('.png'))
        log.info(f'curve: {checkpoints.path.with_suffix(".png")}')
    log.info(f'best: epoch {card.best_epoch}, validation {target.metric_label} {scores[target.metric]:.4f}')


def _save(model, card, checkpoints, words):
    with returning_freed_memory():  # to check what is exported, a copy of the model is opened beside it
        saved_models.save(model, card, checkpoints.path, words)
        try:
            export(model, saved_models.onnx_path(checkpoints.path))
        except WorkFailed as error:
            log.warning(str(error))


def _digest(movies):
    """Identifies the films of a training, which resumes with the same only."""
    return hashlib.sha256(' '.join(str(movie.id) for movie in movies).encode()).hexdigest()[:16]


def _tune(training):
    """The model of the best epoch, its outputs for the validation films, and fields of the model card."""
    ended = fit(training)
    replicas().from_first(ENDED)
    gc.collect()  # the trained model and its optimizer, before there is another
    checkpoints = training.checkpoints
    model = _build_float32(training)
    variables_io.load(model.variables, checkpoints.best_path)
    outputs = networks.predict(model, training.data.split('validation').posters)
    run = checkpoints.run
    return model, outputs, {'best_epoch': run.best, 'history': run.history, 'ended': ended, 'seconds': run.seconds}


def _probe(training):
    """As `_tune`, of a linear probe, which has no epochs."""
    started = time.monotonic()
    pretrained, outputs, path = linear_probe.fit_probe(
        training.preset, training.data, training.target, training.config.weights, training.hardware
    )
    model = _build_float32(training)
    model.set_weights(pretrained.get_weights())
    return model, outputs, {'regularization_path': path, 'seconds': time.monotonic() - started}


def _average(training):
    """As `_tune`, of an ensemble, whose members are in the same folder. Raises WorkFailed where one is missing."""
    folder = training.checkpoints.path.parent
    names = [training.config.member(number).model_name for number in training.preset.members]
    members = [saved_models.open_model(folder / f'{name}.keras') for name in names]
    model = ensembles.join([member.load() for member in members])
    networks.compile_for_prediction(model, training.hardware)
    outputs = networks.predict(model, training.data.split('validation').posters)
    seconds = sum(member.card.seconds or 0 for member in members)
    return model, outputs, {'members': tuple(names), 'seconds': seconds}


def fit(training: Training) -> str:
    """Train epoch by epoch until the last, or until `patience` epochs in a row bring no gain, or `minutes` are over.

    Returns which of these ended it, in words.
    """
    config, checkpoints, target, minutes = training.config, training.checkpoints, training.target, training.minutes
    films, validation = training.data.split('train'), training.data.split('validation')
    started = time.monotonic()
    model, averaging = _open_network(training)
    predicting = replicas().local(model)
    first = len(checkpoints.run.history) + 1
    epochs = training.epochs
    for epoch in range(first, epochs + 1):
        if epoch - 1 - checkpoints.run.best >= config.patience:
            return _stopped(f'no gain for {config.patience} epochs')
        if minutes and checkpoints.run.seconds >= 60 * minutes:
            return _stopped(f'{minutes:g} minutes were over')
        began = time.monotonic()
        replicas().from_first(epoch)
        loss = train_epoch(model, films, config, epoch, augmented=isinstance(training.preset, FineTune))
        trained = time.monotonic() - began
        with averaging.in_place():
            outputs = networks.predict(predicting, validation.posters)
            entry = {
                'loss': loss,
                **target.validate(validation.movies, outputs),
                'images_per_second': len(films.movies) / trained,
                'seconds': time.monotonic() - started,
            }
            gained = checkpoints.add(entry, partial(variables_io.save, _trainable_state(model, averaging)))
        log.info(_epoch_line(epoch, epochs, target, entry, gained))
        if epoch == first and epoch < epochs:
            seconds = time.monotonic() - began
            rest = (epochs - epoch) * seconds
            if minutes:
                rest = min(rest, max(0, 60 * minutes - checkpoints.run.seconds) + seconds)
            log.info(f'the rest takes at most {duration(rest)}')
        started = time.monotonic()
    return 'all epochs'


def _stopped(reason):
    log.info(f'stopped: {reason}')
    return reason


def _open_network(training):
    """The network, compiled, as the training begins or as it was after its last epoch, and the Averaging."""
    config, checkpoints, preset, target = training.config, training.checkpoints, training.preset, training.target
    keras.utils.set_random_seed(config.seed)
    replicas().check(config.batch_size)
    replicas().check_same(f'{config} {_digest(training.data.movies)}', 'flags or posters')
    pretrained = isinstance(preset, FineTune) and config.weights != 'none'
    if pretrained and not checkpoints.run.history and replicas().is_first:
        model = linear_probe.fit_probe(preset, training.data, target, config.weights, training.hardware)[0]
    else:
        model = networks.build(preset, training.shape, target.outputs, target.activation, trained=True)
    if pretrained:
        networks.freeze(model, preset)
    if replicas().devices > 1:
        model = networks.replicate(model)
    steps = config.epochs * -(-len(training.data.split('train').movies) // config.batch_size)
    optimizer = partial(optimizers.build_optimizer, preset, steps)
    networks.compile_for_training(model, optimizer, target.loss or preset.loss, training.hardware)
    averaging = optimizers.Averaging(model)
    if checkpoints.run.history:
        checkpoints.restore(partial(variables_io.load, _trainable_state(model, averaging)))
        log.info(f'resuming from epoch {len(checkpoints.run.history)} of {config.epochs}')
        averaging.restore()
    replicas().broadcast([*model.variables, *model.optimizer.variables])
    return model, averaging


def _trainable_state(model, averaging):
    """All variables that a training changes, the model's first."""
    return model.variables + model.optimizer.variables + averaging.raw


def train_epoch(model, data: PosterSet, config: TrainConfig, epoch: int, augmented: bool = False) -> float:
    """One pass over the posters in an order that depends on seed and epoch; returns the mean loss.

    Of several workers each reads and augments its share of each batch.
    """
    rng = np.random.default_rng((config.seed, epoch))
    order = rng.permutation(len(data.movies))
    size = config.batch_size
    losses = np.zeros(-(-len(order) // size))
    with tqdm(total=len(order), desc=f'epoch {epoch}', unit=' posters', disable=None, leave=False) as bar:
        for step in range(len(losses)):
            batch = np.sort(order[step * size : (step + 1) * size])  # the order on disk
            share = replicas().rows(len(batch))
            posters, labels = data.posters[batch[share]], data.labels[batch[share]].astype(np.float32)
            if augmented:
                posters = augment(posters, rng, len(batch), share)
            losses[step] = replicas().train_on_batch(model, posters, labels, len(batch))['loss']
            bar.update(len(batch))
            bar.set_postfix_str(f'loss {losses[: step + 1].mean():.4f}', refresh=False)
    if not np.isfinite(losses).all():
        raise WorkFailed(f'the loss is not finite in epoch {epoch}; try -precision=float32')
    return float(losses.mean())


def _epoch_line(epoch, epochs, target, entry, gained):
    return (
        f'epoch {epoch:>{len(str(epochs))}}/{epochs}  loss {entry["loss"]:.4f}  '
        f'validation: loss {entry["validation_loss"]:.4f}, {target.metric_label} '
        f'{entry[target.metric]:.4f}{"*" if gained else " "} '
        f'{entry["seconds"]:5.0f} s, {entry["images_per_second"]:,.0f} posters per second'
    )


def _build_float32(training):
    """The preset's network in float32, whatever it was trained in, compiled for prediction."""
    with dtype_policy('float32'):
        model = networks.build(training.preset, training.shape, training.target.outputs, training.target.activation)
    networks.compile_for_prediction(model, training.hardware)
    return model
