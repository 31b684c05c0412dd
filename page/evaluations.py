"""Evaluations of the models of the page on the films of its catalogue, made once, for all visitors."""

import threading
from dataclasses import dataclass

import numpy as np

from catalogues.splits import STANDARD
from cnn.saved_models import list_models, open_model
from core.errors import WorkFailed

STEPS = 201  # thresholds of a curve


@dataclass(frozen=True)
class AtThreshold:
    """What a threshold of a genre does on `films` validation films, of which `positives` have the genre."""

    films: int
    positives: int
    predicted: int
    right: int

    @property
    def precision(self):
        return self.right / self.predicted if self.predicted else float('nan')

    @property
    def recall(self):
        return self.right / self.positives if self.positives else float('nan')

    @property
    def f1(self):
        return 2 * self.right / max(1, self.predicted + self.positives)


def at_threshold(labels, probabilities, threshold):
    """The AtThreshold of a genre, from `labels` and `probabilities` (films,)."""
    passes = probabilities >= threshold
    return AtThreshold(len(labels), int(labels.sum()), int(passes.sum()), int((passes & (labels > 0)).sum()))


def curve(labels, probabilities):
    """(recall, precision) at STEPS thresholds from 0 to 1, where any film passes."""
    points = [at_threshold(labels, probabilities, threshold) for threshold in np.linspace(0, 1, STEPS)]
    return [(point.recall, point.precision) for point in points if point.predicted and point.positives]


class Evaluations:
    """Of the models that have learned from the catalogue of a Service; of all where none has."""

    def __init__(self, service):
        self.service = service
        self.found = None
        self._validation = {}
        self._working = threading.Lock()

    def paths(self):
        """(paths of the models to evaluate, whether they have learned from this catalogue)."""
        own, others = [], []
        for folder in self.service.folders:
            for path in list_models(folder):
                try:
                    config = open_model(path).config
                except WorkFailed:
                    continue
                if config.split == STANDARD:
                    (own if config.catalogue == self.service.catalogue.short_digest else others).append(path)
        return (own, True) if own else (others, False)

    def all(self, progress=lambda done, what: None):
        """The Evaluations; `progress(share, what)` is told how far the work is.

        Raises WorkFailed where there is none.
        """
        with self._working:
            if self.found is None:
                self.found = self._evaluate(progress)
        return self.found

    def _evaluate(self, progress):
        machine = self.service.machine
        from cnn.evaluate.evaluation import evaluate  # after the set-up: it imports Keras

        evaluations, problem = [], None
        paths, _ = self.paths()
        for done, path in enumerate(paths):
            progress(done / len(paths), f'evaluating {path.stem}')
            try:
                evaluations.append(evaluate(open_model(path), self.service.catalogue, machine))
            except WorkFailed as error:
                problem = error
        if not evaluations:
            raise problem or WorkFailed('there is no model to evaluate')
        return evaluations

    def of_genres(self):
        """{name: Evaluation} of the models of genres, the best first, once they have been evaluated."""
        found = [one for one in self.found or () if one.saved.target.explainable]
        return {one.saved.name: one for one in sorted(found, key=lambda one: -one.saved.selection_metric)}

    def validation(self, name):
        """(labels, probabilities), (films, genres) each, of the validation films of an evaluated model."""
        evaluation = self.of_genres()[name]
        with self._working:
            if name not in self._validation:
                from cnn.data import load_posters
                from cnn.evaluate.evaluation import outputs_of  # Keras is set up by now

                saved = evaluation.saved
                part = load_posters(self.service.catalogue, saved.target, saved.config).split('validation')
                outputs = outputs_of(saved, evaluation.model, part)
                self._validation[name] = part.labels, saved.target.decode(outputs)
            return self._validation[name]
