"""Write probe files of linear probes with ImageNet weights that __main__.py has trained, and score them on test films.

The scores are those of what was written, and stand in its card.

  python3 -m cnn.make_probe_files -models=saved_models -out=saved_models
"""

import shutil
import sys
from dataclasses import replace
from pathlib import Path

from catalogues.flags import FLAGS as CATALOGUE_FLAGS
from catalogues.flags import how_to_read
from core import hardware
from core.cli import Flag, Parser, text
from core.errors import run

FLAGS = {
    'Which models': [Flag('models', 'the folder of saved models', 'saved_models', text), *CATALOGUE_FLAGS],
    'Where to': [Flag('out', 'the folder of the probe files', 'saved_models', text)],
    'Hardware': hardware.FLAGS,
}


def main():
    flags = Parser(__doc__, FLAGS).parse()
    from movies_dataset import open_catalogue  # slow: NumPy

    catalogue = open_catalogue(flags.catalogue, flags.data, how_to_read(flags))
    print(catalogue)
    machine = hardware.set_up('float32', flags.xla, flags.threads)
    from cnn.evaluate.evaluation import evaluate  # after the set-up: these import Keras
    from cnn.presets import LinearProbe
    from cnn.probe_files import SUFFIX, LinearHead
    from cnn.saved_models import WORDS, card_path, find_models, open_model

    for path in find_models(flags.models):
        saved = open_model(path)
        preset, target = saved.config.find_preset(), saved.target
        if saved.is_probe_file or not isinstance(preset, LinearProbe):
            continue
        genres = target.outputs if target.takes_genres else ''
        out = Path(flags.out) / f'{saved.config.target}{genres}-{preset.name}{SUFFIX}'
        LinearHead.of(saved.load()).write(out)
        if saved.reads_words:
            shutil.copy(path.with_suffix(WORDS), out.with_suffix(WORDS))
        saved.card.write(card_path(out))
        evaluation = evaluate(open_model(out), catalogue, machine)
        replace(saved.card, test_scores=evaluation.scores).write(card_path(out))
        kilobytes = sum(file.stat().st_size for file in out.parent.glob(f'{out.stem}.*')) / 1000
        print(f'{out}: {kilobytes:,.0f} kB, test {target.metric_label} {evaluation.metrics[target.metric]:.3f}')
    return 0


if __name__ == '__main__':
    sys.exit(run(main))
