"""Training of a GAN, step by step, so that it can be stopped at any step and resumes with the next."""

import math
import time

import keras
import numpy as np
from keras import ops
from tqdm import tqdm

from core.errors import WorkFailed
from core.hardware import replicas
from core.log import log
from dcgan import networks
from dcgan.conditions import leave_open
from dcgan.config import FREE
from dcgan.noise import DISCRIMINATOR, GENERATOR, draw, stream
from dcgan.train import transfer
from dcgan.train.diffaugment import draws
from dcgan.train.monitor import TrainingMonitor
from dcgan.train.runs import Log
from dcgan.train.steps import DiscriminatorStep, GeneratorStep

COLUMNS = 'step', 'epoch', 'loss_g', 'loss_d', 'accuracy_real', 'accuracy_fake', 'seconds', 'images_per_second'
RETRIES = 3  # after losses that are not finite
SLOWER = 0.5  # the learning rates' factor then, and after what the watchdog reports
SLOWEST = SLOWER**RETRIES
ENDED = -1  # in place of a step: there is none any more


class GANTrainer:
    """Both networks, their steps, and the EMA generator, `g_ema`.

    Of several workers the first one leads: the others `follow` it. `sampled` is the EMA generator for that one alone.
    """

    def __init__(self, config, images, hardware):
        keras.utils.set_random_seed(config.seed)
        replicas().check(config.batch_size)
        with replicas().scope():
            self._build(config, images, hardware)
        self.sampled = replicas().local(self.g_ema)
        self.is_new = True  # the variables, which other workers then do not have

    def _build(self, config, images, hardware):
        height, width = images.size
        conditions = 0 if images.conditions is None else images.conditions.shape[1]
        self.config, self.images = config, images
        self.generator = networks.generator(config, height, width, conditions)
        self.discriminator = networks.discriminator(config, height, width, conditions)
        self.g_ema = networks.generator(config, height, width, conditions) if config.ema else self.generator
        for average, variable in zip(self.g_ema.variables, self.generator.variables, strict=True):
            average.assign(ops.copy(variable))  # of its own: on JAX a step gives the generator's away
        features = networks.features(config, height, width)
        generator_step = GeneratorStep(self.generator, self.discriminator, features, config)
        average = self.g_ema if config.ema else None
        self.steps = {'g': generator_step, 'd': DiscriminatorStep(self.discriminator, generator_step, average, config)}
        for name, step in self.steps.items():
            rate, beta = getattr(config, f'learning_rate_{name}'), getattr(config, f'beta1_{name}')
            optimizer = keras.optimizers.Adam(rate, beta_1=beta, beta_2=config.beta2)
            optimizer.build(step.own.trainable_variables)
            step.compile(optimizer, jit_compile=hardware.xla)

    @property
    def variables(self):
        """All that a training changes, first those that images are generated with."""
        variables = [*self.g_ema.variables, *self.discriminator.variables]
        variables += self.generator.variables if self.g_ema is not self.generator else []
        return [*variables, *self.steps['g'].optimizer.variables, *self.steps['d'].optimizer.variables]

    def step(self, number):
        """Train on the images of a step, counted from 0; returns {column of the log: value}.

        The generator is updated first, and the discriminator learns from the images of that update. Other workers are
        told to do the same.
        """
        replicas().from_first(number, self.is_new)
        if self.is_new:
            replicas().broadcast(self.variables)
            self.is_new = False
        return self._step(number)

    def follow(self):
        """Do what the first worker does with `step`, until it calls `end`."""
        while (order := replicas().from_first(ENDED, False))[0] != ENDED:
            number, is_new = order
            if is_new:
                replicas().broadcast(self.variables)
            self._step(int(number))

    def end(self):
        replicas().from_first(ENDED, False)

    def _step(self, number):
        config, metrics = self.config, {}
        for name, updates in (('g', config.nbr_g_updates), ('d', config.nbr_d_updates)):
            step = self.steps[name]
            for update in range(updates):
                inputs = self.inputs(number, name, update)
                if name == 'd' and update:  # for the first the generator has just made images
                    self.steps['g'].generate(inputs)
                step.reset_metrics()
                logs = replicas().train_on_batch(step, inputs, None, config.batch_size)
            metrics |= {f'loss_{name}': float(logs.pop('loss')), **{key: float(value) for key, value in logs.items()}}
        return metrics

    def inputs(self, step, network, update):
        """The inputs of a Step; all that is drawn depends on seed, step, network and update.

        Of several workers each has its rows of what is drawn for the whole batch.
        """
        config, generating = self.config, network == 'g'
        rows = np.sort(self.images.rows(config.seed, step, config.batch_size))
        rng = stream(config.seed, GENERATOR if generating else DISCRIMINATOR, step, update)
        share = replicas().rows(len(rows))
        inputs = {'draws_real': draws(rng, len(rows))}
        inputs |= {'noise': draw(config, rng, len(rows)), 'draws_fake': draws(rng, len(rows))}
        if self.images.conditions is not None:
            inputs['conditions'] = self.images.conditions[rows]
            if config.label_dropout:
                leave_open(inputs['conditions'], rng, config)
        if config.adversarial.penalized and not generating:
            shape = len(rows), *self.images.pixels.shape[1:]
            inputs |= {name: rng.standard_normal(shape, np.float32) for name in ('nudges_real', 'nudges_fake')}
        inputs = {'real': self.images.pixels[rows[share]], **{name: drawn[share] for name, drawn in inputs.items()}}
        if config.ema and not generating:  # faster in the beginning
            updates = step * config.nbr_g_updates
            momentum = min(config.ema, (1 + updates) / (10 + updates))
            inputs['share'] = np.float32(0 if update else 1 - momentum)
        return inputs

    def is_finite(self):
        """Whether training can continue from these weights; the losses of a step are those before its update."""
        return all(bool(ops.all(ops.isfinite(variable))) for variable in self.variables if _is_float(variable))

    def slow_down(self, factor, names=('g', 'd')):
        """Lower the learning rates of these networks by `factor`, at most to SLOWEST of the config's."""
        for name in names:
            optimizer, configured = self.steps[name].optimizer, getattr(self.config, f'learning_rate_{name}')
            optimizer.learning_rate = max(factor * float(optimizer.learning_rate), SLOWEST * configured)
        self.is_new = True


def _is_float(variable):
    return keras.backend.is_float_dtype(variable.dtype)


def train(run, images, hardware, monitoring):
    """Train a Run, or resume it, to its last epoch or until the minutes of `monitoring`, a MonitorConfig, are over.

    Of several workers all call this, and the first one alone writes. Raises WorkFailed where another process trains the
    run, or where the losses are not finite even at lower learning rates.
    """
    kept = {name: value for name, value in run.config.to_json().items() if name not in (*FREE, 'dataset')}
    replicas().check_same(f'{kept} {run.config.images}', 'flags or images')
    if not replicas().is_first:
        GANTrainer(run.config, images, hardware).follow()
        return
    with run.locked():
        _training_loop(run, images, hardware, monitoring)


def _training_loop(run, images, hardware, monitoring):
    config = run.config
    trainer = GANTrainer(config, images, hardware)
    total = max(1, config.epoch * len(images) // config.batch_size)
    step = run.restore(trainer.variables)
    if images.conditions is not None:
        run.keep_conditions(images.conditions[images.training])
    record = Log(run.log_path, COLUMNS, step)
    monitor = TrainingMonitor(run, images, monitoring, trainer.sampled, hardware, step, total)
    if step >= total:
        trainer.end()
        log.info(f'trained already: {step:,} steps; a higher -epoch continues')
        return _finish(monitor)
    log.info(f'resuming from step {step:,} of {total:,}' if step else f'{total:,} steps')
    failures, ended = 0, False
    if not step and config.init:
        transfer.begin_with(config.init, trainer)
    if not step:
        run.save(trainer.variables, 0)
        monitor.look(0)
    saved, measured = (
        Every(minutes, record.seconds) for minutes in (monitoring.ckpt_minutes, monitoring.metrics_minutes)
    )
    with tqdm(total=total, initial=step, desc=run.name, unit=' steps', disable=None) as bar:
        while not ended:
            started = time.monotonic()
            metrics = trainer.step(step)
            seconds = time.monotonic() - started
            passed = record.seconds + seconds
            ended = bool(monitoring.minutes and passed >= 60 * monitoring.minutes) or step + 1 == total
            measure = monitoring.metrics_minutes and (ended or measured.is_over(passed))
            keep = ended or saved.is_over(passed) or (monitoring.ckpt_freq and (step + 1) % monitoring.ckpt_freq == 0)
            if not all(map(math.isfinite, metrics.values())) or ((keep or measure) and not trainer.is_finite()):
                failures += 1
                if failures > RETRIES:
                    raise WorkFailed(f'{run.name}: the losses are not finite, at lower learning rates neither')
                step, slower, ended = run.restore(trainer.variables), SLOWER**failures, False  # `slow_down` tells of it
                trainer.slow_down(slower)
                record.cut(step)
                log.warning(f'the losses are not finite; back to step {step:,}, at {slower:g} times the learning rates')
                continue
            step += 1
            speed, epoch = config.batch_size / seconds, step * config.batch_size / len(images)
            measures = monitor.measure(step) if measure else {}
            row = {'step': step, 'epoch': epoch, **metrics, 'seconds': seconds, 'images_per_second': speed, **measures}
            record.write(row)
            for complaint, slower in monitor.look(step, row, ended):
                trainer.slow_down(SLOWER, slower)
                log.warning(f'step {step:,}: {complaint}{"; learning rate halved" if slower else ""}')
            if keep:
                run.save(trainer.variables, step)
                for complaint in monitor.render():
                    log.warning(complaint)
            bar.update()
            kid = f', KID x 1000 {1000 * monitor.kid:.1f}' if monitor.kid is not None else ''
            bar.set_postfix_str(f'loss g {metrics["loss_g"]:.3f}, d {metrics["loss_d"]:.3f}{kid}', refresh=False)
    trainer.end()
    if step < total:
        log.info(f'{monitoring.minutes:g} minutes were over after step {step:,}; more of them, or none, continue')
    return _finish(monitor)


class Every:
    """Says once in so many `minutes` of training, of which `seconds` have passed, that they are over."""

    def __init__(self, minutes, seconds):
        self.period, self.last = 60 * minutes, seconds

    def is_over(self, seconds):
        if seconds - self.last < self.period:
            return False
        self.last = seconds
        return True


def _finish(monitor):
    for path in monitor.finish():
        log.info(f'video: {path}')
