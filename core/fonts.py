"""Fonts for pictures: those that matplotlib and Pillow bring along, so that a picture is the same on every system."""

from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

from PIL import ImageFont


@cache
def font(name: str, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """A font of matplotlib's by the name of its file, or Pillow's own ('Aileron'). OSError if there is none."""
    if name == 'Aileron':
        return ImageFont.load_default(size)
    return ImageFont.truetype(_font_folder() / f'{name}.ttf', size)


@lru_cache(maxsize=1)
def _font_folder() -> Path:
    spec = find_spec('matplotlib')  # finds the package without the seconds that importing it takes
    if spec is None or not spec.submodule_search_locations:
        raise OSError('matplotlib, whose fonts are used, is not installed')
    return Path(spec.submodule_search_locations[0], 'mpl-data', 'fonts', 'ttf')
