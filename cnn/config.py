"""`TrainConfig`: all that decides what a training learns."""

import json
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from catalogues.genres import genres_label, list_genres
from catalogues.splits import STANDARD
from cnn import presets
from core import files
from posters.layout import Size, size_name

LEGACY = {'version': 'preset'}  # names of fields in model cards before 2.0
WIDE = 'genres', 'recipe'


@dataclass(frozen=True)
class TrainConfig:
    """The settings of a training.

    `preset` is a number or a name, `resolved` has the number. `genres` are names, for the target genres only; None in
    `min_year`, `ratio` or `epochs` stands for the default of the target or of the preset, which `resolved` fills in.
    `ratio` is the size of the posters in percent of 182x268, or a width in pixels, 'w342'; `catalogue` the beginning of
    the SHA-256 of the catalogue; `recipe` what the preset stood for.
    """

    preset: int | str = presets.DEFAULT
    target: str = 'genres'
    genres: tuple[str, ...] = list_genres(7)
    min_year: int | None = None
    max_year: int = 2017
    ratio: Size | None = None
    epochs: int | None = None
    batch_size: int = 32
    patience: int = 8
    seed: int = 1
    split: str = STANDARD
    backbone: str | None = None
    weights: str = 'imagenet'
    catalogue: str = ''
    recipe: dict[str, Any] = field(default_factory=dict)

    def resolved(self, catalogue: str = '') -> 'TrainConfig':
        """The config with every default filled in, for a catalogue of that digest."""
        from cnn.targets import find_target  # NumPy comes with it

        target, preset = find_target(self.target), presets.find_preset(self.preset)
        full = replace(
            self,
            preset=preset.number,
            genres=tuple(self.genres) if target.takes_genres else (),
            min_year=self.min_year or target.first_year,
            ratio=self.ratio or preset.ratio,
            epochs=1 if isinstance(preset, presets.LinearProbe) else self.epochs or preset.epochs,
            catalogue=catalogue or self.catalogue,
        )
        return replace(full, recipe=presets.recipe(full.find_preset()))

    def find_preset(self) -> presets.Preset:
        """The preset, with its backbone."""
        return presets.with_backbone(presets.find_preset(self.preset), self.backbone, self.weights)

    def find_target(self):
        """The target, for a training."""
        from cnn.targets import find_target  # NumPy comes with it

        return find_target(self.target).from_config(self)

    def member(self, number: int) -> 'TrainConfig':
        """The same with another preset: the config of a member of an ensemble."""
        return replace(self, preset=number).resolved()

    @property
    def model_name(self) -> str:
        """The name of the model's files."""
        genres = f'_{genres_label(self.genres)}' if self.genres else ''
        backbone = f'-{self.backbone}-{Path(self.weights).stem}'.lower() if self.backbone else ''
        split = f'_{self.split}' if self.split != STANDARD else ''
        films = f'{self.min_year}_{self.max_year}{genres}'
        return f'{self.target}_{films}_{size_name(self.ratio)}_e{self.epochs}_v{self.preset}{backbone}{split}'

    @property
    def label(self) -> str:
        """What distinguishes a model from similar ones in a table."""
        backbone = f' {self.backbone}' if self.backbone else ''
        split = f' {self.split}' if self.split != STANDARD else ''
        return f'v{self.preset}{backbone} {size_name(self.ratio)} e{self.epochs}{split}'

    def flat(self, with_recipe: bool = True) -> dict[str, Any]:
        """All settings, those of the recipe among them."""
        values = {name: value for name, value in asdict(self).items() if name not in WIDE}
        genres = genres_label(self.genres) if self.genres else None
        recipe = self.recipe if with_recipe else {}
        return {**values, 'genres': genres, **{k: v for k, v in recipe.items() if k != 'kind'}}

    def diff(self, other: 'TrainConfig') -> dict[str, tuple[Any, Any]]:
        """{setting: (value here, value there)} of those that differ.

        Recipes are compared only where both are of the same kind: models from before 2.0 have another form.
        """
        alike = self.recipe.get('kind') == other.recipe.get('kind')
        mine, theirs = self.flat(alike), other.flat(alike)
        both = dict.fromkeys([*theirs, *mine])
        return {name: (mine.get(name), theirs.get(name)) for name in both if mine.get(name) != theirs.get(name)}

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any], genres=()) -> 'TrainConfig':
        """The config of what `to_json` returned, or of the settings in a model card from before 2.0.

        These name genres by a label, so that `genres` must be given.
        """
        values = {LEGACY.get(name, name): value for name, value in values.items()}
        names = values.get('genres', ())
        values['genres'] = tuple(genres if isinstance(names, str) else names)
        values['recipe'] = files.with_tuples(values.get('recipe', {}))
        known = {f.name for f in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})

    @classmethod
    def read(cls, path: str | Path) -> 'TrainConfig':
        """Raises OSError or ValueError where the file cannot be read."""
        return cls.from_json(json.loads(Path(path).read_text(encoding='utf-8')))

    def write(self, path: str | Path) -> None:
        files.write(Path(path), files.as_json(self.to_json(), indent=1) + '\n')


def describe_differences(differences: dict[str, tuple[Any, Any]]) -> str:
    """'batch_size 16, not 32; seed 2, not 1', of what `diff` returned."""
    return '; '.join(f'{name} {there}, not {wanted}' for name, (there, wanted) in differences.items())
