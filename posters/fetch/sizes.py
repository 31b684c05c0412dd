"""The sizes that image servers write into their URLs.

Amazon's, which IMDb's posters are on, has them after `._V1_`: UX182, SX300, UY268 and SY1000 are the width or the
height that an image is scaled to, CR3,0,182,268 is what is then cut from it (left, top, width, height), AL and QL50 are
other settings. TMDB's is a part of the path: /t/p/w185/.
"""

import re

from posters.layout import HEIGHT, WIDTH

TMDB_WIDTHS = 'w92', 'w154', 'w185', 'w342', 'w500', 'w780', 'original'
TMDB = re.compile(r'(?<=/t/p/)(?:w\d+(?:_and_h\d+\w*)?|h\d+|original)(?=/[\w.-]+$)')
AMAZON = re.compile(r'\._V1(?P<settings>[\w,.]*)(?=\.\w+$)')
WHOLE = re.compile(r'(?P<image>/images/M/MV5B[\w@]+)(?=\.\w+$)')  # of Amazon, without settings
SCALE = re.compile(r'(?<=_)(?P<side>[US][XYL])(?P<pixels>\d+)(?=_|$)')
CROP = re.compile(r'(?<=_)CR(?P<left>\d+),(?P<top>\d+),(?P<width>\d+),(?P<height>\d+)(?=_|$)')


def with_width(url: str, width: int) -> str:
    """The URL of the same image at `width` pixels, or the URL where its server is not known to have another.

    >>> with_width('https://m.media-amazon.com/images/M/MV5B@._V1_UY268_CR3,0,182,268_AL_.jpg', 364)
    'https://m.media-amazon.com/images/M/MV5B@._V1_UY536_CR6,0,364,536_AL_.jpg'
    >>> with_width('https://image.tmdb.org/t/p/w185/f89U3ADr1oiB1s9GkdPOEpXUk5H.jpg', 364)
    'https://image.tmdb.org/t/p/w500/f89U3ADr1oiB1s9GkdPOEpXUk5H.jpg'
    """
    if TMDB.search(url):
        return TMDB.sub(tmdb_size(width), url)
    if AMAZON.search(url):
        return AMAZON.sub(lambda match: f'._V1{_settings(match["settings"], width)}', url)
    return WHOLE.sub(rf'\g<image>._V1_UX{width}_', url)


def tmdb_size(width: int, names=TMDB_WIDTHS) -> str:
    """The smallest of the sizes of TMDB that has at least `width` pixels, else the original's."""
    widths = [int(name[1:]) for name in names if re.fullmatch(r'w\d+', name)]
    return next((f'w{one}' for one in sorted(widths) if one >= width), 'original')


def _settings(settings, width):
    """Amazon's settings for a width: a crop is enlarged as a whole, an image without one is scaled to the width."""
    if crop := CROP.search(settings):
        factor = width / max(1, int(crop['width']))
        settings = SCALE.sub(lambda match: f'{match["side"]}{round(int(match["pixels"]) * factor)}', settings)
        return CROP.sub('CR' + ','.join(str(round(int(side) * factor)) for side in crop.groups()), settings)
    height = round(width * HEIGHT / WIDTH)
    if SCALE.search(settings):
        return SCALE.sub(lambda match: match['side'] + str(width if match['side'][1] == 'X' else height), settings)
    return f'_UX{width}{settings or "_"}'
