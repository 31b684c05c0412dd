"""Kaggle: a published folder becomes a version of a model there."""

from pathlib import Path

from core import kaggle
from core.errors import WorkFailed

FRAMEWORK, VARIATION = 'keras', 'default'
LICENSE = 'Apache 2.0'  # as Kaggle spells it


def push(folder: Path, model: str) -> str:
    """Upload the files of a published folder as a new version of `model`, user/name; returns the model's address.

    The model is made, private, where there is none. Raises WorkFailed, saying what is missing: the package, a token,
    the network.
    """
    kagglehub = kaggle.library()
    if not kaggle.has_token():
        raise WorkFailed(
            'no Kaggle token is here; make one at https://www.kaggle.com/settings/api and set KAGGLE_API_TOKEN'
        )
    with kaggle.one_line(f'kaggle:{model}'):
        kagglehub.model_upload(f'{model}/{FRAMEWORK}/{VARIATION}', str(folder), LICENSE)
    return f'https://www.kaggle.com/models/{model}'
