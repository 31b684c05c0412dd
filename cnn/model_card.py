"""`ModelCard`: the `.json` beside a saved model, with all there is to know about it."""

import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from cnn.config import TrainConfig
from core import files
from core.errors import WorkFailed
from core.version import VERSION
from posters.layout import is_size

PACKAGES = 'keras', 'tensorflow', 'torch', 'jax', 'numpy', 'scikit-learn', 'pillow'
BEFORE_2 = 'settings'  # the key of the config then


@dataclass(frozen=True)
class ModelCard:
    """`scores` are of the validation films; `target_fields` what the target decodes outputs with.

    `films` counts the films of each split, `history` has the metrics of each epoch, counted from 1 in `best_epoch`,
    `ended` says why a training ended, `regularization_path` has the L2 strengths of a probe with their validation
    scores. `test_scores` are the `Evaluation.scores` that the model had when it was saved, where they were measured:
    with intervals, and those of a constant predictor as 'baseline'. `dated`: whether the films have years.
    """

    config: TrainConfig
    scores: dict[str, Any]
    target_fields: dict[str, Any]
    best_epoch: int = 1
    history: tuple[dict[str, float], ...] = ()
    ended: str = ''
    seconds: float | None = None
    regularization_path: dict[str, float] = field(default_factory=dict)
    members: tuple[str, ...] = ()
    parameters: int = 0
    films: dict[str, int] = field(default_factory=dict)
    hardware: str = 'unknown'
    packages: dict[str, str] = field(default_factory=dict)
    toolkit: str = VERSION
    test_scores: dict[str, Any] = field(default_factory=dict)
    dated: bool = True

    def to_json(self) -> dict[str, Any]:
        others = [f.name for f in fields(self) if f.name not in ('config', 'target_fields')]
        return {'config': self.config.to_json(), **self.target_fields, **{name: getattr(self, name) for name in others}}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> 'ModelCard':
        """Raises KeyError, TypeError or ValueError where the card lacks something, or something has another form."""
        values = dict(values)
        before_2 = BEFORE_2 in values
        config = TrainConfig.from_json(values.pop(BEFORE_2 if before_2 else 'config'), values.get('genres', ()))
        for name in ('min_year', 'max_year', 'preset', 'epochs'):
            if not isinstance(getattr(config, name), int):
                raise ValueError(f'no {name}')
        if not is_size(config.ratio):
            raise ValueError('no size of posters')
        if before_2:
            values |= {'regularization_path': values.pop('penalties', {}), 'toolkit': '1'}
        known = {f.name for f in fields(cls)}
        own = {name: value for name, value in values.items() if name in known}
        own |= {name: tuple(own[name]) for name in ('history', 'members') if name in own}
        return cls(config=config, target_fields={k: v for k, v in values.items() if k not in known}, **own)

    @classmethod
    def read(cls, path: str | Path) -> 'ModelCard':
        """Raises WorkFailed for a file that is no model card, FileNotFoundError where there is none."""
        try:
            return cls.from_json(json.loads(Path(path).read_text(encoding='utf-8')))
        except FileNotFoundError:
            raise
        except (OSError, ValueError, AttributeError, KeyError, TypeError):
            raise WorkFailed(f'{path}: this is no model card') from None

    def write(self, path: str | Path) -> None:
        files.write(Path(path), files.as_json(self.to_json(), indent=1) + '\n')

    def diff(self, other: 'ModelCard') -> dict[str, tuple[Any, Any]]:
        """{setting: (value here, value there)} of the settings that differ."""
        return self.config.diff(other.config)


def package_versions() -> dict[str, str]:
    """The installed versions of the packages that results depend on."""
    from importlib import metadata  # slow, and predictions need none of it

    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions
