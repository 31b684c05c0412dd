"""A .keras file from anyone: only layers that the toolkit's networks have become objects."""

import json
import zipfile

import pytest
from conftest import ROOT

from cnn.saved_models import open_model
from core.errors import WorkFailed

MODELS = ROOT / 'test_suite' / 'fixtures' / 'saved_models'
NAME = 'year_1900_2017_r5_e2_v1'
UNKNOWN = {
    'Lambda': {'module': 'keras.layers', 'config': {'function': {'class_name': '__lambda__', 'config': {}}}},
    'TFSMLayer': {'module': 'keras.layers', 'config': {'filepath': '/etc'}},
    'TextVectorization': {'module': 'keras.layers', 'config': {'vocabulary': '/etc/passwd'}},
    'TorchModuleWrapper': {'module': 'keras.layers', 'config': {}},
    'system': {'module': 'os', 'config': {}},
    'Dense': {'module': 'my_layers', 'config': {}},
    '__lambda__': {'config': {'value': ''}},
}


@pytest.fixture
def altered(tmp_path):
    """A function that writes the year's model with another config and gives the path."""

    def write(change):
        path = tmp_path / f'{NAME}.keras'
        with zipfile.ZipFile(MODELS / path.name) as whole, zipfile.ZipFile(path, 'w') as copy:
            for part in whole.namelist():
                content = whole.read(part)
                if part == 'config.json':
                    config = json.loads(content)
                    content = json.dumps(change(config) or config).encode()
                copy.writestr(part, content)
        (tmp_path / f'{NAME}.json').write_bytes((MODELS / f'{NAME}.json').read_bytes())
        return path

    return write


@pytest.mark.parametrize('kind', UNKNOWN)
def test_layers_that_no_network_has_are_refused_before_they_are_made(altered, kind):
    """Wherever they are: as a layer, or within the config of one."""
    entry = {'class_name': kind, 'registered_name': None, **UNKNOWN[kind]}

    def as_a_layer(config):
        config['config']['layers'][3] |= entry

    def within_one(config):
        config['config']['layers'][3]['config']['kernel_constraint'] = {'deep': [entry]}

    for change in (as_a_layer, within_one):
        with pytest.raises(WorkFailed, match=f'it is not loaded, for it holds a {kind},'):
            open_model(altered(change)).load()


@pytest.mark.parametrize(
    'change', [lambda _: [1], lambda _: 5, lambda _: {'config': None}, lambda config: config.clear()]
)
def test_what_is_no_config_is_named(altered, change):
    with pytest.raises(WorkFailed, match='no model can be loaded from it'):
        open_model(altered(change)).load()


def test_the_loss_of_a_training_is_not_loaded(altered):
    """A loss of one's own is in the file, and does not matter."""

    def lose(config):
        config['compile_config'] = {'loss': {'class_name': 'function', 'module': 'mine', 'config': 'my_loss'}}

    assert open_model(altered(lose)).load().output_shape == (None, 32)
