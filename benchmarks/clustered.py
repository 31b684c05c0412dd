"""How long a stage takes on a cluster or on this machine, in a process of its own.

python3 -m benchmarks.clustered STAGE CATALOGUE DATA [CLUSTER] prints {"start": seconds, "work": seconds}: until the
workers are there and have opened what they need, and of the stage.
"""

import importlib
import json
import sys
import time
from functools import partial

import movies_dataset
from core import cluster, hardware, parallel
from posters.layout import RATIOS, poster_size

FIRST, LAST = 1900, 2020  # years


def prepare(stage, catalogue, data):
    """(what opens what the stage needs, the stage), functions without arguments."""
    if stage == 'features':
        return prepare_features(catalogue)
    module = {'download': 'posters.fetch.download', 'resize': 'posters.resize'}[stage]
    jobs = catalogue.list_poster_urls()
    what = (jobs, data) if stage == 'download' else ([film_id for film_id, _ in jobs], data, RATIOS)
    return partial(importlib.import_module, module), lambda: getattr(importlib.import_module(module), stage)(*what)


def prepare_features(catalogue):
    machine = hardware.set_up()
    from cnn.features import backbone
    from cnn.presets import find_preset

    preset = find_preset('4')
    features = backbone.BackboneFeatures(preset, preset.backbones[0], 'imagenet', machine)
    posters = catalogue.load_posters(FIRST, LAST, 100)
    width, height = poster_size(100)
    return partial(backbone._network, features, (height, width, 3)), lambda: features.load(posters)


def open_on_worker(opens):
    parallel.be_worker()
    opens()


def main():
    stage, path, data, *address = sys.argv[1:]
    opens, work = prepare(stage, movies_dataset.open_catalogue(path, data), data)
    started = time.perf_counter()
    with cluster.join(address[0] if address else None):
        if address:
            list(parallel.on_workers(open_on_worker, [opens] * 2 * parallel.workers()))
        else:
            opens()
        opened = time.perf_counter()
        work()
        print(json.dumps({'start': opened - started, 'work': time.perf_counter() - opened}))


if __name__ == '__main__':
    main()
