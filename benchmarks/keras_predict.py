"""Predictions of a saved model by Keras, as in a script of few lines.

python3 -m benchmarks.keras_predict MODEL POSTER prints the probabilities of the genres; where POSTER is a folder, how
many posters per second model.predict takes in batches of 32, once they are in memory and it has been called.
"""

import json
import sys
from pathlib import Path

import keras
import numpy as np
from PIL import Image

from posters.decode import fit


def main():
    path, poster = map(Path, sys.argv[1:])
    model = keras.models.load_model(path)
    height, width = model.input_shape[1:3]
    files = sorted(poster.iterdir()) if poster.is_dir() else [poster]
    posters = np.stack([np.asarray(fit(Image.open(file), (width, height))) for file in files])
    if poster.is_dir():
        from benchmarks.measure import rate

        model.predict(posters[:64], verbose=0)
        print(rate(len(posters), lambda: model.predict(posters, batch_size=32, verbose=0)))
    else:
        genres = json.loads(path.with_suffix('.json').read_text())['genres']
        print(json.dumps(dict(zip(genres, model.predict(posters, verbose=0)[0].tolist(), strict=True))))


if __name__ == '__main__':
    main()
