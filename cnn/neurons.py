"""What the neurons of the last hidden layer respond to: their ties to genres, and the posters that excite them most."""

from dataclasses import dataclass

import keras
import numpy as np

from cnn.networks import predict
from movies_dataset import PosterSet

COUNT = 10  # neurons a genre
POSTERS = 8  # a neuron


@dataclass(frozen=True)
class Neurons:
    """`activations` (films, neurons) of a layer for the films of `data`, `ties` (neurons, genres) to their genres."""

    data: PosterSet
    layer: str
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
        """Mean activation a genre, (genres, neurons), in each neuron's standard deviations from its mean; 0 if silent."""
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
            'layer': self.layer,
            'neurons': len(self.ties),
            'silent': int(self.silent().sum()),
            'validation_films': len(films),
            'most_tied': tied,
            'correlations': {genre: self.ties[:, g].round(4).tolist() for g, genre in enumerate(self.genres)},
        }


def watch(model, data, batch_size=32):
    """The Neurons of the layer before the last of `model` for a PosterSet."""
    layer = model.layers[-1].input
    activations = predict(keras.Model(model.input, layer), data.posters, batch_size)
    return Neurons(data, layer._keras_history.operation.name, activations, point_biserial(activations, data.labels))


def point_biserial(activations, labels):
    """Correlation of every neuron's activation with every genre, (neurons, genres).

    It is 0 for a neuron that gives the same for every film, and for a genre that all films have or none.
    """
    a = activations - activations.mean(axis=0, dtype=np.float64)
    b = labels - labels.mean(axis=0, dtype=np.float64)
    scale = np.sqrt(np.square(a).sum(axis=0)[:, np.newaxis] * np.square(b).sum(axis=0))
    return np.divide(a.T @ b, scale, out=np.zeros_like(scale), where=scale > 1e-9)
