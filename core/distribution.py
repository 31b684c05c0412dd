"""Several devices and hosts that train one network together, each on its share of every batch.

`core/hardware.py` chooses one of these classes, and nothing else uses this module. A training on any of them learns
what it learns on one device: gradients and batch statistics are means over all shares, and random numbers are drawn for
the whole batch, of which a share takes its rows. A batch that cannot be shared evenly, as the last one of an epoch may
be, is computed as a whole by all.

The first worker leads: it alone validates and writes, and the others follow what it sends.

TensorFlow and Keras are slow to import, and the functions here are called after the set-up: they import them.
"""

import contextlib
import hashlib
import os
import signal

from core.errors import WorkFailed, WrongCall
from core.tf_config import ENDED, WAIT, meet, read_cluster

HOSTS = 'KERAS_DISTRIBUTION_JOB_ADDRESSES'


class Alone:
    """One device of one process, whose share is the whole batch."""

    workers = devices = 1
    is_first = True

    def scope(self):
        """Variables that are made in this context are there on all devices."""
        return contextlib.nullcontext()

    def check(self, batch_size):
        """Raise WrongCall where batches of this size cannot be shared evenly."""
        if batch_size % self.devices:
            raise WrongCall(
                f'-batch_size={batch_size}: {self.devices} devices cannot share it evenly; give a multiple of '
                f'{self.devices}'
            )

    def check_same(self, text, what):
        """Raise WrongCall on a worker whose `text` is not that of the first worker."""
        number = int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)
        if self.from_first(number) != [number]:
            raise WrongCall(f'this worker has other {what} than the first one; give all workers the same')

    def rows(self, batch):
        """The rows, a slice, of a batch of that many that this process trains on."""
        return slice(None)

    def share(self, batch):
        """How many rows of such a batch a network on one device is called with."""
        return batch

    def train_on_batch(self, model, inputs, labels, batch):
        """Train on this process' rows of a batch of that many; returns {name: mean over the batch}."""
        return model.train_on_batch(inputs, labels, return_dict=True)

    def draw(self, make, rows):
        """What `make(rows)` draws, or of what it draws for the whole batch the rows of this device."""
        return make(rows)

    def mean(self, x):
        """The mean of `x` over all shares."""
        return x

    def part_of_mean(self, loss):
        """What the mean loss of a share adds to that of the batch."""
        return loss

    def local(self, model):
        """A model with the same variables that this process can call without the others."""
        return model

    def from_first(self, *numbers):
        """The numbers, exact up to 2**53, that the first worker calls this with."""
        return list(numbers)

    def broadcast(self, variables):
        """Set Keras variables to what they are on the first worker."""


class TensorFlowReplicas(Alone):
    """tf.distribute: MirroredStrategy for the GPUs of one host, MultiWorkerMirroredStrategy for a Cluster of workers.

    Keras' own `train_on_batch` cannot average the losses of several workers, hence the function here.
    """

    def __init__(self, strategy, cluster=None):
        self.strategy, self.devices = strategy, strategy.num_replicas_in_sync
        self.workers, self.index = (len(cluster.addresses), cluster.index) if cluster else (1, 0)
        self.is_first, self._parts = self.index == 0, self.devices
        self._first = None

    @contextlib.contextmanager
    def scope(self):
        with _ends_with_the_others(), self.strategy.scope():  # the workers agree on the variables that are made
            yield

    def is_shared(self, batch):
        return batch % self.devices == 0

    def rows(self, batch):
        size = batch // self.workers
        return slice(self.index * size, (self.index + 1) * size) if self.is_shared(batch) else slice(None)

    def share(self, batch):
        return batch // self.devices

    def train_on_batch(self, model, inputs, labels, batch):
        if model.train_function is None:
            model.train_function = self._train_function(model)
        parts = self.devices if self.is_shared(batch) else 1
        with _ends_with_the_others():
            model.reset_metrics()
            logs = model.train_function(self._values((inputs, labels, None), parts > 1), parts)
            return {name: float(value) for name, value in logs.items()}

    def _train_function(self, model):
        import tensorflow

        def of_replica(data, parts):
            self._parts = parts  # while this is traced: the layers read it
            return model.train_step(data)

        @tensorflow.function(reduce_retracing=True)
        def train(data, parts):
            logs = self.strategy.run(of_replica, args=(data, parts))
            return {name: self.strategy.reduce('MEAN', value, axis=None) for name, value in logs.items()}

        return lambda data, parts: train(data, tensorflow.constant(parts))

    def _values(self, data, shared):
        """What each device of this process gets of the data of the process."""
        import keras
        import tensorflow

        tensors = keras.tree.map_structure(tensorflow.convert_to_tensor, data, none_is_leaf=False)
        here = self.devices // self.workers
        if here == 1 or not shared:
            return tensors

        def of_replica(context):
            place = context.replica_id_in_sync_group % here

            def cut(x):
                size = len(x) // here if x.shape.rank else 0
                return x[place * size : (place + 1) * size] if size else x

            return keras.tree.map_structure(cut, tensors, none_is_leaf=False)

        return self.strategy.experimental_distribute_values_from_function(of_replica)

    def draw(self, make, rows):
        import tensorflow

        replica = tensorflow.distribute.get_replica_context().replica_id_in_sync_group
        first = replica % self._parts * rows
        return make(rows * self._parts)[first : first + rows]

    def mean(self, x):
        import tensorflow

        return tensorflow.distribute.get_replica_context().all_reduce('MEAN', x)

    def part_of_mean(self, loss):
        return loss / self.devices

    def local(self, model):
        import keras

        view = keras.Model(model.inputs, model.outputs)  # made outside of the scope
        view.compile(jit_compile=False)
        return view

    def from_first(self, *numbers):
        import tensorflow

        if self.workers == 1:
            return list(numbers)
        return self._of_first(tensorflow.constant(numbers, 'float64')).numpy().tolist()

    def broadcast(self, variables):
        import tensorflow

        for variable in variables if self.workers > 1 else ():
            value = tensorflow.convert_to_tensor(variable.value)
            wide = value if value.dtype.is_floating else tensorflow.cast(value, 'int64')
            sent = self._of_first(tensorflow.reshape(wide, (-1,)))
            variable.assign(tensorflow.cast(tensorflow.reshape(sent, value.shape), value.dtype))

    def _of_first(self, values):
        """The `values`, (n,), of the first worker: its own and zeros of all others, summed."""
        import tensorflow

        def of_replica(values):
            context = tensorflow.distribute.get_replica_context()
            mine = tensorflow.where(context.replica_id_in_sync_group == 0, values, tensorflow.zeros_like(values))
            return context.all_reduce('SUM', mine)

        if self._first is None:
            self._first = tensorflow.function(
                lambda values: self.strategy.run(of_replica, args=(values,)), reduce_retracing=True
            )
        with _ends_with_the_others():
            return self.strategy.experimental_local_results(self._first(values))[0]


class JaxReplicas(Alone):
    """keras.distribution.DataParallel over all devices: JAX itself computes as if they were one."""

    def __init__(self):
        import keras

        class Shares(keras.distribution.DataParallel):
            def get_data_layout(self, data_shape):
                even = bool(data_shape) and data_shape[0] % self.num_model_replicas == 0
                axes = [self.batch_dim_name if even and not axis else None for axis in range(len(data_shape))]
                return keras.distribution.TensorLayout(axes, self.device_mesh)

        shares = Shares()
        self.devices = shares.num_model_replicas
        keras.distribution.set_distribution(shares)


@contextlib.contextmanager
def _ends_with_the_others():
    """Raise WorkFailed where another worker has ended or is out of reach: TensorFlow has seen it within 10 seconds."""
    import tensorflow

    errors = tensorflow.errors
    try:
        yield
    except (errors.UnavailableError, errors.AbortedError, errors.CancelledError, errors.DeadlineExceededError):
        raise WorkFailed(ENDED) from None


def start(backend):
    """The replicas of a training: of the cluster that the environment names, or else of the devices of this machine.

    Call it after the import of Keras and before anything is computed. Raises WrongCall where the environment names what
    cannot be used, WorkFailed where other workers do not answer.
    """
    cluster = read_cluster()
    if cluster and backend != 'tensorflow':
        raise WrongCall(f'TF_CONFIG is for Keras on tensorflow, and this is Keras on {backend}; unset one of them')
    if backend == 'tensorflow':
        return _start_tensorflow(cluster)
    if backend == 'jax':
        return _start_jax()
    return Alone()


def _start_tensorflow(cluster):
    import tensorflow

    if cluster:
        meet(cluster)
        signal.alarm(WAIT)  # while it waits for the others, no Python runs, and it has no limit of its own
        strategy = tensorflow.distribute.MultiWorkerMirroredStrategy()
        signal.alarm(0)
        signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGTERM))  # TensorFlow ignores it from here on
        return TensorFlowReplicas(strategy, cluster)
    devices = tensorflow.config.list_logical_devices('GPU') or tensorflow.config.list_logical_devices('CPU')
    if len(devices) > 1:
        return TensorFlowReplicas(tensorflow.distribute.MirroredStrategy([device.name for device in devices]))
    return Alone()


def _start_jax():
    import keras

    if os.environ.get(HOSTS):
        raise WrongCall(f'{HOSTS}: several hosts are for Keras on tensorflow; on JAX all devices of one host are used')
    return JaxReplicas() if len(keras.distribution.list_devices()) > 1 else Alone()
