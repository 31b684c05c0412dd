"""Optimizers of the presets: learning rates that differ by layer, averaged weights."""

import contextlib
import functools

import keras
from keras import ops

from cnn.networks import HEAD
from cnn.presets import FineTune, FromScratch
from core.hardware import replicas


class LeanRMSprop(keras.optimizers.RMSprop):
    """RMSprop whose update passes over a variable's memory once, where TensorFlow can compile it, and rarely elsewhere.

    The dense layer of the classic network has 35 million weights at ratio 60; separate operations took a seventh of the
    step to update them.
    """

    def update_step(self, gradient, variable, learning_rate):
        velocity = self._velocities[self._get_variable_index(variable)]
        step = ops.cast(learning_rate, variable.dtype)
        if keras.backend.backend() == 'tensorflow' and replicas().devices == 1:
            compiled_rmsprop()(variable, velocity.value, gradient, step, self.rho, self.epsilon)
            return
        gradient = ops.cast(gradient, variable.dtype)
        self.assign_add(velocity, (ops.square(gradient) - velocity) * (1 - self.rho))
        self.assign_sub(variable, ops.rsqrt(velocity + self.epsilon) * gradient * step)


@functools.cache
def compiled_rmsprop():
    """The update of one variable as a function of TensorFlow's that XLA compiles, on a CPU too."""
    import tensorflow

    @tensorflow.function(jit_compile=True)
    def update(variable, velocity, gradient, step, rho, epsilon):
        gradient = tensorflow.cast(gradient, variable.dtype)
        velocity.assign(rho * velocity + (1 - rho) * gradient * gradient)
        variable.assign_sub(tensorflow.math.rsqrt(velocity + epsilon) * gradient * step)

    return update


class TwoRateAdam(keras.optimizers.Adam):
    """Adam that multiplies the learning rate of the variables of the last layer by `head_factor`."""

    def __init__(self, *args, head_factor=1.0, **kwargs):
        super().__init__(*args, **kwargs)
        self.head_factor = head_factor

    def build(self, variables):
        super().build(variables)
        self.head = {i for i, variable in enumerate(variables) if variable.path.startswith(f'{HEAD}/')}

    def update_step(self, gradient, variable, learning_rate):
        factor = self.head_factor if self._get_variable_index(variable) in self.head else 1.0
        super().update_step(gradient, variable, learning_rate * factor)


def build_optimizer(preset: FromScratch | FineTune, steps: int):
    """The optimizer of a preset for a training of `steps` steps."""
    rate = preset.learning_rate
    if isinstance(preset, FromScratch):
        return LeanRMSprop(rate)
    warm = max(1, round(steps * preset.warm_up))
    schedule = keras.optimizers.schedules.CosineDecay(0.0, max(1, steps - warm), warmup_target=rate, warmup_steps=warm)
    factor = (preset.head_learning_rate or rate) / rate
    return TwoRateAdam(schedule, head_factor=factor, use_ema=True, ema_momentum=preset.ema)


class Averaging:
    """Puts the average of the weights, which the optimizer keeps, in their place for a while.

    Where the preset keeps none, nothing changes. `raw` are the weights as trained, to be saved with the averaged.
    """

    def __init__(self, model):
        self.model = model
        averaged = model.trainable_variables if model.optimizer.use_ema else []
        self.raw = [keras.Variable(ops.copy(variable), trainable=False) for variable in averaged]

    @contextlib.contextmanager
    def in_place(self):
        if not self.raw:
            yield
            return
        copy(self.model.trainable_variables, self.raw)
        self.model.optimizer.finalize_variable_values(self.model.trainable_variables)
        copy(self.model.trainable_variables, self.model.trainable_variables)
        yield
        self.restore()

    def restore(self):
        """Put the weights as trained back, after `in_place` or after both have been read from a file."""
        if self.raw:
            copy(self.raw, self.model.trainable_variables)


def copy(variables, others):
    """Give `others` the values of `variables`, in memory of their own: on JAX a step takes that of a model away."""
    for variable, other in zip(variables, others, strict=True):
        other.assign(ops.copy(variable))
