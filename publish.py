"""Publish a saved model: on Hugging Face, on Kaggle, or as a folder."""

from pathlib import Path

from catalogues.flags import FLAGS as CATALOGUE_FLAGS
from catalogues.flags import how_to_read
from cnn.publish.hub import REPOSITORY
from core import hardware
from core.cli import Flag, Parser, text
from core.errors import WorkFailed, WrongCall, run

ABOUT = """
Publish a saved model: write a folder with a model card (README.md), the ONNX and the Keras file, thresholds and labels,
and push it to Hugging Face or Kaggle.

  python3 publish.py MODEL -to=hf:user/name
  python3 publish.py MODEL -to=FOLDER

For Hugging Face and Kaggle the folder is published/name. It is written without a network or a token, too; then a line
says what is missing and how to push it later, and the exit status is 1. A folder that is there is never changed: its
README.md may be edited before it is pushed.
"""
OUT = Path('published')
HUGGING_FACE, KAGGLE = 'hf', 'kaggle'


def read_place(value):
    """(HUGGING_FACE or KAGGLE, 'user/name'), or ('', the name of a folder). Raises ValueError."""
    site, colon, name = value.partition(':')
    if not colon or site not in (HUGGING_FACE, KAGGLE):
        return '', text(value)
    if not REPOSITORY.match(name):
        raise ValueError(f'give {site}:user/name')
    return site, name


MODEL = 'a saved model: its name, its file, a published folder, or hf:user/name'
FLAGS = {
    'What, and where to': [
        Flag('to', 'hf:user/name, kaggle:user/name, or a folder', None, read_place, 'PLACE'),
        Flag('models', 'the folder of saved models', 'saved_models', text),
    ],
    'Test films, for scores with intervals; the default is used by models trained on it': CATALOGUE_FLAGS,
    'Hardware': hardware.FLAGS,
}


def main():
    flags = Parser(ABOUT, FLAGS, ('MODEL', MODEL)).parse()
    if len(flags.MODEL) != 1 or not flags.to:
        raise WrongCall('give one model and a place: python3 publish.py MODEL -to=hf:user/name; see -h')
    from cnn.locate import locate  # slow: NumPy
    from cnn.publish.folder import is_published
    from cnn.saved_models import find_models, open_model

    saved = open_model(find_models(*locate(flags.MODEL[0], flags.models))[0])
    folder, (site, name) = saved.path.parent, flags.to
    if not is_published(folder):
        folder = OUT / Path(name).name if site else Path(name)
        write(saved, folder, flags)
    elif not site:
        raise WrongCall(f'{folder} is published already: copy it')
    if site:
        push(folder, site, name)


def write(saved, folder, flags):
    """Write the folder, unless the model is there already."""
    from cnn.publish.folder import is_there
    from cnn.publish.folder import write as write_folder
    from cnn.publish.measure import measured
    from movies_dataset import open_catalogue

    if is_there(saved, folder):
        print(f'{folder}: there already, kept as it is; remove it to have it written anew')
        return
    catalogue = open_catalogue(flags.catalogue, flags.data, how_to_read(flags))
    saved = measured(saved, catalogue, bool(flags.catalogue), flags.xla, flags.threads)
    site, name = flags.to
    write_folder(saved, folder, f'hf:{name}' if site == HUGGING_FACE else 'FOLDER')
    files = sorted(folder.iterdir())
    megabytes = sum(file.stat().st_size for file in files) / 1e6
    print(f'{folder}: {", ".join(file.name for file in files)}; {megabytes:.1f} MB')


def push(folder, site, name):
    from cnn.publish import hub, kaggle_models

    try:
        print(f'pushed: {(hub if site == HUGGING_FACE else kaggle_models).push(folder, name)}')
    except WorkFailed as error:
        later = f'python3 publish.py {folder} -to={site}:{name}'
        raise WorkFailed(f'{folder} is not pushed: {error}; to push it later: {later}') from None


if __name__ == '__main__':
    run(main)
