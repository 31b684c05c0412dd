"""What a run of the GAN is: its options, as flags give them and as options.json keeps them."""

from types import SimpleNamespace

from core.cli import Flag, choice, integer, listed, number, switch, text
from dcgan.names import ACTIVATIONS, LOSSES, POLICIES, Z_DISTS

FORMAT = 2  # of options.json and of checkpoints
HOLDOUT = 2  # images of every seven that a new run does not learn from


def read_holdout(word):
    return HOLDOUTS[choice(*HOLDOUTS)(word)]


HOLDOUTS = {'on': HOLDOUT, 'off': 0, '2': 2, '1': 1, '0': 0}

TRAINING = {
    'The run': [
        Flag('dataset', 'folders of images, with commas: paths, or names in dcgan/data', (), listed(text), 'FOLDER'),
        Flag('name', "the run's name; without it the dataset's", None, text, 'NAME'),
        Flag('epoch', 'how often to go through the images', 25, integer(1)),
        Flag('batch_size', 'images a step; without it as many as the grid has tiles', None, integer(1), 'N'),
        Flag('nbr_g_updates', 'updates of the generator a step', 1, integer(1)),
        Flag('nbr_d_updates', 'updates of the discriminator a step', 1, integer(1)),
        Flag('learning_rate_g', 'learning rate of the generator', 2e-4, number(0, 1), '0.0002'),
        Flag('learning_rate_d', 'learning rate of the discriminator', 2e-4, number(0, 1), '0.0002'),
        Flag('beta1_g', "Adam's first momentum, generator", 0.5, number(-1e-9, 0.999), '0.5'),
        Flag('beta1_d', "Adam's first momentum, discriminator", 0.5, number(-1e-9, 0.999), '0.5'),
        Flag('loss', 'bce, hinge or relativistic', 'bce', choice(*LOSSES)),
        Flag('diffaugment', f'any of {", ".join(POLICIES)}, with commas', (), listed(choice(*POLICIES)), 'A,B'),
        Flag('ema', 'momentum of the averaged generator that samples come from; 0 for none', 0.999, number(-1e-9, 1),
             '0.999'),
        Flag('conditional', 'tell the networks genres and decade, from dataset.json'),
        Flag('seed', 'of all randomness', 1, integer(0, 2**31 - 1)),
    ],
    'The images': [
        Flag('output_height', "height of what is made; without it the first image's", None, integer(4, 1024), 'PIXELS'),
        Flag('output_width', "width of what is made; without it the first image's", None, integer(4, 1024), 'PIXELS'),
        Flag('input_height', 'with -crop: the height to cut from the middle of each image', None, integer(4), 'PIXELS'),
        Flag('input_width', 'with -crop: the width', None, integer(4), 'PIXELS'),
        Flag('holdout', 'of every seven images keep so many out of the training, for -evaluate and -judge: 2, which is '
             "on, 1, or 0, which is off; of posters those of test and validation films; without it the run's own, or 2",
             None, read_holdout, '2'),
        Flag('crop', 'cut the middle out of each image before it is resized'),
    ],
    'The networks': [
        Flag('z_dim', 'numbers of noise', 100, integer(1, 4096)),
        Flag('z_dist', f'their distribution: {", ".join(Z_DISTS)}', 'uniform_signed', choice(*Z_DISTS)),
        Flag('nbr_of_layers_g', 'layers of the generator', 5, integer(2, 8)),
        Flag('nbr_of_layers_d', 'layers of the discriminator', 5, integer(2, 8)),
        Flag('activation_g', 'activations of the generator, cycled over its layers', ('relu',),
             listed(choice(*ACTIVATIONS)), 'relu'),
        Flag('activation_d', 'activations of the discriminator', ('lrelu',), listed(choice(*ACTIVATIONS)), 'lrelu'),
        Flag('k_h', 'height of the kernels', 5, integer(1, 31)),
        Flag('k_w', 'width of the kernels', 5, integer(1, 31)),
        Flag('batch_norm_g', 'batch normalization in the generator: on or off', True, switch, 'on'),
        Flag('batch_norm_d', 'batch normalization in the discriminator: on or off', True, switch, 'on'),
    ],
}  # fmt: skip

NAMES = tuple(flag.name for group in TRAINING.values() for flag in group)
FREE = 'epoch', 'images'  # options that may be another when a training goes on, and what is compared apart


class Options(SimpleNamespace):
    """The options of a run, by the names of the flags, and what its images add: `known_genres` and `known_decades`, and
    as `images` how many they are and a digest of them.
    """

    @property
    def conditions(self):
        """How many numbers tell the networks what is asked for; 0 where the run is not conditional."""
        return len(self.known_genres) + len(self.known_decades) if self.conditional else 0

    @classmethod
    def of(cls, flags):
        """The options among parsed flags."""
        return cls(**{name: getattr(flags, name) for name in NAMES})

    @classmethod
    def from_json(cls, found):
        return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in found.items()})

    def as_json(self):
        return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}
