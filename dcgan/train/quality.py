"""How good samples are during a training: KID and its companions on a network that the discriminator does not use.

They are compared with a fixed sample of the training images, so that to choose a checkpoint by them leaks nothing of
the images that are held out.
"""

import hashlib
import zipfile

import numpy as np

from core import files
from dcgan import sampling
from dcgan.metrics import extractor, kid
from dcgan.noise import QUALITY, draw, stream

REAL, SAMPLES = 1000, 500  # images


class Quality:
    """The measures of the EMA generator of a Run, at the same noise and conditions each time."""

    def __init__(self, run, images, hardware):
        config, rng = run.config, stream(run.config.seed, QUALITY, 0)
        chosen = np.sort(rng.permutation(images.training)[:REAL])
        self.noise = draw(config, rng, SAMPLES)
        self.conditions = None if images.conditions is None else images.conditions[rng.choice(chosen, SAMPLES)]
        self.network = extractor.build(kid.INDEPENDENT, *images.size, hardware)
        self.real = self._real_features(run.folder / 'real_features.npz', images.pixels[chosen])
        self.within = kid.sums_within(self.real)

    def _real_features(self, path, pixels):
        """Those of the real images, kept in the file `path` from one call to the next."""
        digest = hashlib.sha256(pixels.tobytes()).hexdigest()
        try:
            with np.load(path, allow_pickle=False) as kept:
                if str(kept['digest']) == digest:
                    return kept['features']
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            pass
        features = extractor.extract(self.network, pixels, 'features of real images')
        with files.replacing(path) as temporary, open(temporary, 'wb') as file:
            np.savez(file, features=features, digest=digest)
        return features

    def measure(self, generator):
        """{measure: value} of a generator; KID as such, not times 1000."""
        samples = sampling.generate_images(generator, self.noise, self.conditions)
        features = extractor.extract(self.network, samples, 'features of samples')
        estimate, _ = kid.kid(features, self.real, self.within)
        return {'kid': estimate, **kid.manifold_metrics(self.real, features)}
