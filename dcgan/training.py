"""Train a GAN step by step, so that it can be stopped at any of them and goes on with the next."""

import math
import time

import keras
import numpy as np
from keras import ops
from tqdm import tqdm

from core.errors import WorkFailed
from dcgan import networks
from dcgan.diffaugment import draws
from dcgan.looking import Onlooker
from dcgan.noise import DISCRIMINATOR, GENERATOR, draw, stream
from dcgan.players import Discriminator, Generator
from dcgan.runs import Log

COLUMNS = 'step', 'epoch', 'loss_g', 'loss_d', 'accuracy_real', 'accuracy_fake', 'seconds', 'images_per_second'
RETRIES = 3  # after losses that are not finite
SLOWER = 0.5  # the learning rates' factor then


class Game:
    """Both networks, what trains them, and the averaged generator."""

    def __init__(self, options, images, hardware):
        keras.utils.set_random_seed(options.seed)
        height, width = images.size
        conditions = 0 if images.conditions is None else images.conditions.shape[1]
        self.options, self.images = options, images
        self.generator = networks.generator(options, height, width, conditions)
        self.discriminator = networks.discriminator(options, height, width, conditions)
        self.averaged = networks.generator(options, height, width, conditions) if options.ema else self.generator
        for kept, variable in zip(self.averaged.variables, self.generator.variables, strict=True):
            kept.assign(ops.copy(variable))  # of its own: on JAX a step gives the generator's away
        maker = Generator(self.generator, self.discriminator, options)
        self.sides = {'g': maker, 'd': Discriminator(self.discriminator, maker.made, options)}
        for name, side in self.sides.items():
            rate, beta = getattr(options, f'learning_rate_{name}'), getattr(options, f'beta1_{name}')
            optimizer = keras.optimizers.Adam(rate, beta_1=beta)
            optimizer.build(side.own.trainable_variables)
            side.compile(optimizer, jit_compile=hardware.xla)

    @property
    def variables(self):
        """All that a training changes, first those that images are made with."""
        found = [*self.averaged.variables, *self.discriminator.variables]
        found += self.generator.variables if self.averaged is not self.generator else []
        return [*found, *self.sides['g'].optimizer.variables, *self.sides['d'].optimizer.variables]

    def step(self, number):
        """Train on the images of a step, counted from 0; returns {column of the log: value}.

        The generator moves first, and the discriminator learns from what it made on the way.
        """
        options, found = self.options, {}
        for name, updates in (('g', options.nbr_g_updates), ('d', options.nbr_d_updates)):
            side = self.sides[name]
            for update in range(updates):
                inputs = self.inputs(number, name, update)
                if name == 'd' and update:  # for the first the generator has just made images
                    self.sides['g'].make(inputs)
                side.reset_metrics()
                told = side.train_on_batch(inputs, return_dict=True)
            found |= {f'loss_{name}': float(told.pop('loss')), **{key: float(value) for key, value in told.items()}}
            if name == 'g' and options.ema:
                self.average(number * updates)
        return found

    def inputs(self, step, side, update):
        """What a Player is called with; all that is drawn hangs on seed, step, side and update."""
        options, generating = self.options, side == 'g'
        rows = np.sort(self.images.rows(options.seed, step, options.batch_size))
        rng = stream(options.seed, GENERATOR if generating else DISCRIMINATOR, step, update)
        found = {'real': self.images.pixels[rows], 'draws_real': draws(rng, len(rows))}
        found |= {'noise': draw(options, rng, len(rows)), 'draws_fake': draws(rng, len(rows))}
        if self.images.conditions is not None:
            found['asked'] = self.images.conditions[rows]
        if options.loss == 'relativistic' and not generating:
            shape = found['real'].shape
            found |= {name: rng.standard_normal(shape, np.float32) for name in ('nudges_real', 'nudges_fake')}
        return found

    def average(self, updates):
        """Move the averaged generator towards the trained one, faster in the beginning."""
        share = 1 - min(self.options.ema, (1 + updates) / (10 + updates))
        for kept, variable in zip(self.averaged.variables, self.generator.variables, strict=True):
            kept.assign(kept + (variable - kept) * share)

    def is_finite(self):
        """Whether a step can be built upon; its losses tell of the weights before it."""
        return all(bool(ops.all(ops.isfinite(variable))) for variable in self.variables if is_float(variable))

    def slow_down(self, factor):
        """Train on at `factor` times the learning rates of the options."""
        for name, side in self.sides.items():
            side.optimizer.learning_rate = factor * getattr(self.options, f'learning_rate_{name}')


def is_float(variable):
    return keras.backend.is_float_dtype(variable.dtype)


def train(run, images, hardware, pace):
    """Train a Run, or go on with it, to its last epoch or until `pace.minutes` are over.

    `pace` also says when to sample, to film and to keep checkpoints. Raises WorkFailed where another process trains the
    run, or where the losses are not finite even at lower learning rates.
    """
    with run.locked():
        play(run, images, hardware, pace)


def play(run, images, hardware, pace):
    options = run.options
    game = Game(options, images, hardware)
    total = max(1, options.epoch * len(images) // options.batch_size)
    step = run.restore(game.variables)
    if images.conditions is not None:
        run.keep_conditions(images.conditions[images.training])
    onlooker = Onlooker(run, images, pace, game.averaged, step, total)
    if step >= total:
        print(f'trained already: {step:,} steps; a higher -epoch goes on')
        return finish(onlooker)
    print(f'going on after step {step:,} of {total:,}' if step else f'{total:,} steps')
    log, failures, ended = Log(run.log_path, COLUMNS, step), 0, False
    if not step:
        run.save(game.variables, 0)
        onlooker.look(0)
    with tqdm(total=total, initial=step, desc=run.name, unit=' steps', disable=None) as bar:
        while not ended:
            started = time.monotonic()
            found = game.step(step)
            seconds = time.monotonic() - started
            over = pace.minutes and log.seconds + seconds >= 60 * pace.minutes
            ended = bool(over) or step + 1 == total
            keep = ended or (step + 1) % pace.ckpt_freq == 0
            if not all(map(math.isfinite, found.values())) or (keep and not game.is_finite()):
                failures += 1
                if failures > RETRIES:
                    raise WorkFailed(f'{run.name}: the losses are not finite, at lower learning rates neither')
                step, slower, ended = run.restore(game.variables), SLOWER**failures, False
                game.slow_down(slower)
                log.cut(step)
                bar.write(f'the losses are not finite; back to step {step:,}, at {slower:g} times the learning rates')
                continue
            step += 1
            speed, epoch = options.batch_size / seconds, step * options.batch_size / len(images)
            log.write({'step': step, 'epoch': epoch, **found, 'seconds': seconds, 'images_per_second': speed})
            for complaint in onlooker.look(step, found, ended):
                bar.write(f'step {step:,}: {complaint}')
            if keep:
                run.save(game.variables, step)
                for complaint in onlooker.render():
                    bar.write(complaint)
            bar.update()
            bar.set_postfix_str(f'loss g {found["loss_g"]:.3f}, d {found["loss_d"]:.3f}', refresh=False)
    if step < total:
        print(f'{pace.minutes:g} minutes were over after step {step:,}; more of them, or none, go on')
    finish(onlooker)


def finish(onlooker):
    for path in onlooker.finish():
        print(f'video: {path}')
