"""`.keras` files, which may come from anyone: what is in one is checked before Keras makes layers of it.

Keras' safe mode refuses Python code in a file. It still makes any layer of Keras' own, among them some that read files
by their path or unpickle; here only kinds that poster networks consist of are let through.
"""

import json
import textwrap
import zipfile

from core.errors import WorkFailed

STRUCTURE = 'Functional', 'InputLayer', '__keras_tensor__', '__tensor__', '__numpy__', '__slice__', '__ellipsis__'
BEYOND_ONNX = 'LayerNormalization', 'LayerScale', 'StochasticDepth'  # of networks in keras.applications
HARMLESS = 'keras.initializers', 'keras.regularizers', 'keras.constraints', 'keras.dtype_policies'


def load(path):
    """The Keras model in the file at `path`, not compiled.

    Raises WorkFailed where it holds none, or a layer of a kind that networks of the toolkit do not have.
    """
    import keras  # slow

    check(path)
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # zip, HDF5 and Keras each have their own
        raise WorkFailed(f'{path}: no model can be loaded from it ({_first_line(error)})') from None


def check(path):
    """Raise WorkFailed where the .keras file at `path` is damaged or has a layer of an unknown kind."""
    if not zipfile.is_zipfile(path):
        raise WorkFailed(f'{path}: this is no .keras file, or only a part of one')
    try:
        with zipfile.ZipFile(path) as archive:
            config = json.loads(archive.read('config.json'))
        config.pop('compile_config', None)  # of a training; it is not loaded
        unknown = next((entry for entry in _objects(config) if not _is_known(entry)), None)
    except (OSError, ValueError, KeyError, AttributeError, TypeError, RecursionError, zipfile.BadZipFile) as error:
        raise WorkFailed(f'{path}: no model can be loaded from it ({_first_line(error)})') from None
    if unknown:
        raise WorkFailed(
            f'{path}: it is not loaded, for it holds a {unknown["class_name"]}, which no network of the toolkit has'
        )


def _objects(config):
    """Every part of a config, however deep, that Keras would make an object of."""
    if isinstance(config, dict) and 'class_name' in config:
        yield config
    for part in config.values() if isinstance(config, dict) else config if isinstance(config, list) else ():
        yield from _objects(part)


def _is_known(entry):
    import keras  # slow

    from core.onnx.layers import TRANSLATIONS  # slow: ONNX

    name, module = entry['class_name'], entry.get('module') or ''
    if name in STRUCTURE or module in HARMLESS or (module, name) == ('keras', 'DTypePolicy'):
        return True
    if name == 'function':
        return module in ('builtins', 'keras.activations')
    if module.startswith('keras.'):
        return name in TRANSLATIONS or name in BEYOND_ONNX
    return keras.saving.get_registered_object(entry.get('registered_name')) is not None


def _first_line(error):
    return textwrap.shorten(str(error).strip().split('\n')[0], 120, placeholder='…') or type(error).__name__
