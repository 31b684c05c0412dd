"""What is explained: a saved model, its network cut in two, and what reads posters for it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from cnn import networks
from cnn.explain.gradcam import Explainer
from cnn.saved_models import SavedModel
from posters.text import Reader


@dataclass(frozen=True)
class Subject:
    """`reader` is None where the model reads no words."""

    saved: SavedModel
    explainer: Any
    reader: Reader | None = None

    @classmethod
    def open(cls, saved, hardware):
        """Raises WorkFailed where the model cannot be loaded, or rapidocr is not installed."""
        model = saved.load()
        networks.compile_for_prediction(model, hardware)
        return cls(saved, Explainer(model), Reader() if saved.reads_words else None)

    def read(self, images):
        """[the Lines on an image for each of `images`]; none where the model reads no words."""
        return self.reader.read([np.asarray(image) for image in images]) if self.reader else [[] for _ in images]

    def probabilities(self, posters, lines, titles):
        """Calibrated probabilities (n, genres) for posters (n, height, width, 3) uint8, their Lines and titles."""
        return self.finish(networks.predict(self.explainer.model, posters), lines, titles)

    def finish(self, outputs, lines, titles):
        """Calibrated probabilities (n, genres) for what the network makes of posters, the Lines on them, and titles."""
        outputs = self.saved.with_words(outputs, lines, titles) if self.reader else outputs
        return self.saved.target.calibrate(outputs)

    def contributions(self, lines):
        """[(words, (words, genres) what each adds to the logits)] of the Lines on a poster; none without words."""
        return self.saved.words.contributions(lines) if self.saved.reads_words else []

    def title_contributions(self, title):
        """[(words, (words, genres) what each adds to the logits)] of a title; nothing where the model takes none."""
        return [self.saved.words.title_contributions(title)] if self.saved.takes_title else []
