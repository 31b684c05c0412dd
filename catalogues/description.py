"""What a catalogue contains, in lines and as a picture."""

import statistics
from collections import Counter

from catalogues.splits import SPLITS, leaks
from core import files
from core.tables import aligned

NAMED = 10  # duplicates that are named
NOT_YET = 'not downloaded yet'
INK, BLUE = '#222222', '#1f5fa8'


def lines(catalogue, reasons, groups):
    """Lines to print about a Catalogue.

    `reasons` has, for some films {id: why there is no poster}; `groups` are lists of films with one poster.
    """
    movies = catalogue.movies
    splits = Counter(movie.split for movie in movies)
    purposes = zip(SPLITS, ('to train on', 'to validate', 'to test'), strict=True)
    parts = ', '.join(f'{splits[split]:,} {purpose}' for split, purpose in purposes)
    years = [movie.year for movie in movies]
    yield f'films: {len(movies):,} of {min(years)} to {max(years)}: {parts}'
    yield f'decades: {", ".join(f"{decade}s {n:,}" for decade, n in sorted(decades(movies).items()))}'
    scores = [movie.score for movie in movies if movie.score is not None]
    if scores:
        yield (
            f'scores: {len(scores):,} films have one, {min(scores):g} to {max(scores):g}, '
            f'median {statistics.median(scores):g}'
        )
    per_film = sum(len(movie.genres) for movie in movies) / len(movies)
    yield f'genres: {len(catalogue.genres)}, {per_film:.1f} per film'
    yield from (f'  {line}' for line in aligned(genre_rows(catalogue)))
    yield from poster_lines(movies, reasons)
    yield from duplicate_lines(groups)


def decades(movies):
    return Counter(movie.year // 10 * 10 for movie in movies)


def genre_rows(catalogue):
    """A row per genre: films, their share, and those of each split."""
    yield ['genre', 'films', 'share', *SPLITS]
    counts = Counter((genre, movie.split) for movie in catalogue.movies for genre in movie.genres)
    for genre in catalogue.genres:
        by_split = [counts[genre, split] for split in SPLITS]
        films = sum(by_split)
        yield [genre, f'{films:,}', f'{films / len(catalogue.movies):.0%}', *(f'{n:,}' for n in by_split)]


def poster_lines(movies, reasons):
    without = [movie for movie in movies if not movie.has_poster()]
    yield f'posters: {len(movies) - len(without):,} films have theirs'
    for reason, films in Counter(reasons.get(movie.id, NOT_YET) for movie in without).most_common():
        yield f'  {films:,} have none: {reason}'


def duplicate_lines(groups):
    """How many films share a poster, and which of them training leaves out."""
    if not groups:
        yield 'duplicates: no two films have the same poster'
        return
    left_out = leaks(groups)
    yield (
        f'duplicates: {sum(map(len, groups)):,} films share {len(groups):,} posters; training leaves out '
        f'{len(left_out):,}, whose poster is also that of a validation or test film'
    )
    for group in groups[:NAMED]:
        yield '  ' + ' = '.join(f'{movie} [{movie.split}]' for movie in group)
    if len(groups) > NAMED:
        yield f'  and {len(groups) - NAMED:,} more'


def draw(catalogue, path):
    """A picture of genres, years and scores."""
    from core.plotting import plt  # slow

    movies = catalogue.movies
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(13, 4.6), layout='constrained')
    figure.suptitle(f'{catalogue.path.name}: {len(movies):,} films', fontsize=11, color=INK)
    counts = Counter(genre for movie in movies for genre in movie.genres).most_common(20)
    left.barh([genre for genre, _ in counts], [n for _, n in counts], color=BLUE)
    left.invert_yaxis()
    left.tick_params(labelsize=8)
    left.set_xlabel('films')
    years = [movie.year for movie in movies]
    middle.hist(years, bins=range(min(years), max(years) + 2), color=BLUE)
    middle.set_xlabel('year of release')
    scores = [movie.score for movie in movies if movie.score is not None]
    right.hist(scores, bins=[step / 5 - 0.05 for step in range(52)], color=BLUE)
    right.set_xlabel('score')
    for axes in (left, middle, right):
        axes.spines[['top', 'right']].set_visible(False)
    with files.replacing(path) as temporary:
        figure.savefig(temporary, dpi=120)
    plt.close(figure)
