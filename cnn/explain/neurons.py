"""What the neurons of the last hidden layer respond to: their ties to genres, and the posters that excite them most."""

from dataclasses import dataclass

import keras
import numpy as np
from tqdm import tqdm

from cnn.explain.gradcam import sources
from cnn.networks import predict
from movies_dataset import PosterSet

COUNT = 10  # neurons a genre
POSTERS = 8  # a neuron
BATCH = 32
STATISTICS = {'sqrt': 'deviation', 'std': 'deviation'}  # by the operation that ends their computation


@dataclass(frozen=True)
class Neurons:
    """`activations` (films, neurons) for the films of `data`, `ties` (neurons, genres): their correlation with genres.

    `origins` names the statistic and the feature map of each neuron, where the layer concatenates such, else ''.
    """

    data: PosterSet
    origins: tuple[str, ...]
    activations: np.ndarray
    ties: np.ndarray

    @property
    def genres(self):
        return self.data.genres

    def most_tied(self, genre):
        """Indices of the COUNT neurons that speak most for the genre of that index, the strongest first."""
        return np.argsort(-self.ties[:, genre], kind='stable')[:COUNT]

    def exciting(self, neuron):
        """Indices of the POSTERS films that excite the neuron most, the strongest first."""
        return np.argsort(-self.activations[:, neuron], kind='stable')[:POSTERS]

    def silent(self):
        """(neurons,): which give the same for every film."""
        return np.ptp(self.activations, axis=0) == 0

    def profile(self):
        """Mean activation a genre, (genres, neurons), in standard deviations from the neuron's mean; 0 if silent."""
        spread = self.activations.std(axis=0)
        standard = (self.activations - self.activations.mean(axis=0)) / np.where(self.silent(), 1, spread)
        labels = self.data.labels.astype(np.float32)
        return labels.T @ standard / np.maximum(labels.sum(axis=0), 1)[:, np.newaxis]

    def as_json(self):
        films = self.data.movies
        tied = {
            genre: [
                {
                    'neuron': int(neuron),
                    'origin': self.origins[neuron],
                    'correlation': round(float(self.ties[neuron, g]), 4),
                    'films': [
                        {
                            'imdbId': films[i].id,
                            'title': str(films[i]),
                            'activation': round(float(self.activations[i, neuron]), 4),
                            'has_genre': bool(self.data.labels[i, g]),
                        }
                        for i in self.exciting(neuron)
                    ],
                }
                for neuron in self.most_tied(g)
            ]
            for g, genre in enumerate(self.genres)
        }
        return {
            'neurons': len(self.ties),
            'silent': int(self.silent().sum()),
            'validation_films': len(films),
            'most_tied': tied,
            'correlations': {genre: self.ties[:, g].round(4).tolist() for g, genre in enumerate(self.genres)},
        }


def watch(model, data):
    """The Neurons of the layer before the last of `model` for a PosterSet."""
    layer = model.layers[-1].input
    responses, batches = keras.Model(model.input, layer), []
    responses.compile(jit_compile=model.jit_compile)
    with tqdm(total=len(data.movies), desc='neurons', unit=' posters', disable=None, leave=False) as bar:
        for start in range(0, len(data.movies), BATCH):
            batches.append(predict(responses, data.posters[start : start + BATCH], BATCH))
            bar.update(len(batches[-1]))
    activations = np.concatenate(batches)
    return Neurons(data, origins(model), activations, point_biserial(activations, data.labels))


def origins(model):
    """Of each neuron before the last layer 'mean of block3_add', say, where these are put together from statistics."""
    makers = {operation.output: operation for operation in model.operations}
    hidden = tensor = model.layers[-1].input
    while not isinstance(makers[tensor].input, list) and makers[tensor].input.shape == tensor.shape:
        tensor = makers[tensor].input  # behind a normalization, say
    if not isinstance(makers[tensor], keras.layers.Concatenate):
        return ('',) * hidden.shape[-1]
    return tuple(name for part in makers[tensor].input for name in [origin(part, makers)] * part.shape[-1])


def origin(part, makers):
    if isinstance(makers[part], keras.Layer):
        return ''
    statistic = makers[part].name.rstrip('_0123456789')
    return f'{STATISTICS.get(statistic, statistic)} of {makers[sources(part, makers)[0]].name}'


def point_biserial(activations, labels):
    """Correlation of every neuron's activation with every genre, (neurons, genres).

    It is 0 for a neuron that gives the same for every film, and for a genre that all films have or none.
    """
    a = activations - activations.mean(axis=0, dtype=np.float64)
    b = labels - labels.mean(axis=0, dtype=np.float64)
    scale = np.sqrt(np.square(a).sum(axis=0)[:, np.newaxis] * np.square(b).sum(axis=0))
    return np.divide(a.T @ b, scale, out=np.zeros_like(scale), where=scale > 1e-9)
