"""Where the model is that a user names: in the folder of saved models, in a published folder, or on Hugging Face."""

from pathlib import Path

from cnn import probe_files
from cnn.saved_models import list_models
from core.errors import WrongCall

HUB = 'hf:'  # before user/name or user/name@revision


def locate(model: str | None, folder: str | Path) -> tuple[Path, str | None]:
    """(folder, name) of a model given by its name in `folder`, its file, its published folder, or as hf:user/name.

    Without a `model` it is `folder` and no name; so it is with a name that is nowhere, which `find_models` then names.
    Raises WrongCall for a path that is not there and a folder without a model or with several, WorkFailed where a
    download fails.
    """
    if model and model.startswith(HUB):
        from cnn.publish import hub  # slow: NumPy

        downloaded = hub.download(model.removeprefix(HUB))
        return downloaded, only_model(downloaded, model)
    path = Path(model or '')
    if not model or model in [known.stem for known in list_models(folder)]:
        return Path(folder), model
    if path.is_dir():
        return path, only_model(path, model)
    if path.suffix in ('.keras', probe_files.SUFFIX) and path.is_file():
        return path.parent, path.stem
    if path.name != model:
        raise WrongCall(f'{model}: there is no such file or folder')
    return Path(folder), model


def only_model(folder: Path, shown: str) -> str:
    """The name of the one model in `folder`, which the user knows as `shown`. Raises WrongCall."""
    names = [path.stem for path in list_models(folder)]
    if not names:
        raise WrongCall(f'{shown}: this is no model of the toolkit; no .keras file with a model card is there')
    if len(names) > 1:
        raise WrongCall(f'{shown} has several models; name one: -models={shown} -model={names[0]}')
    return names[0]
