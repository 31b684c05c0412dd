"""What a catalogue contains, in lines and as a picture."""

import statistics
from collections import Counter

from catalogues.splits import SPLITS, leaks
from core import files, storage
from core.tables import aligned

NAMED = 10  # duplicates that are named
NOT_YET, NO_URL = 'not downloaded yet', 'the catalogue has no URL'
INK, BLUE = '#222222', '#1f5fa8'


def lines(catalogue, reasons, groups):
    """Lines to print about a Catalogue.

    `reasons` has, for some films {id: why there is no poster}; `groups` are lists of films with one poster.
    """
    movies = catalogue.movies
    splits = Counter(movie.split for movie in movies)
    purposes = zip(SPLITS, ('to train on', 'to validate', 'to test'), strict=True)
    parts = ', '.join(f'{splits[split]:,} {purpose}' for split, purpose in purposes)
    years = [movie.year for movie in movies if movie.year]
    yield f'films: {len(movies):,}{f" of {min(years)} to {max(years)}" if years else ""}: {parts}'
    if years:
        by_decade = Counter(year // 10 * 10 for year in years)
        unknown = f', unknown {len(movies) - len(years):,}' if len(years) < len(movies) else ''
        yield f'decades: {", ".join(f"{decade}s {n:,}" for decade, n in sorted(by_decade.items()))}{unknown}'
    scores = [movie.score for movie in movies if movie.score is not None]
    if scores:
        yield (
            f'scores: {len(scores):,} films have one, {min(scores):g} to {max(scores):g}, '
            f'median {statistics.median(scores):g}'
        )
    if catalogue.genres:
        per_film = sum(len(movie.genres) for movie in movies) / len(movies)
        yield f'genres: {len(catalogue.genres)}, {per_film:.1f} per film'
        yield from (f'  {line}' for line in aligned(genre_rows(catalogue)))
    yield from poster_lines(movies, reasons)
    yield from duplicate_lines(groups)


def genre_rows(catalogue):
    """A row per genre: films, their share, and those of each split."""
    yield ['genre', 'films', 'share', *SPLITS]
    counts = Counter((genre, movie.split) for movie in catalogue.movies for genre in movie.genres)
    for genre in catalogue.genres:
        by_split = [counts[genre, split] for split in SPLITS]
        films = sum(by_split)
        yield [genre, f'{films:,}', f'{films / len(catalogue.movies):.0%}', *(f'{n:,}' for n in by_split)]


def poster_lines(movies, reasons):
    there = storage.exist([movie.poster_path() for movie in movies])
    without = [movie for movie, has_poster in zip(movies, there, strict=True) if not has_poster]
    yield f'posters: {len(movies) - len(without):,} films have theirs'
    why = [reasons.get(movie.id) or (NOT_YET if movie.poster_url else NO_URL) for movie in without]
    for reason, films in Counter(why).most_common():
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
    """A picture of genres and, where films have them, years and scores."""
    from core.plotting import plt  # slow

    movies = catalogue.movies
    years = [movie.year for movie in movies if movie.year]
    scores = [movie.score for movie in movies if movie.score is not None]
    panels = [(panel, values) for panel, values in ((_genres, movies), (_years, years), (_scores, scores)) if values]
    figure, (row,) = plt.subplots(
        1, len(panels), figsize=(13 / 3 * len(panels), 4.6), layout='constrained', squeeze=False
    )
    figure.suptitle(f'{catalogue.path.name}: {len(movies):,} films', fontsize=11, color=INK)
    for axes, (panel, values) in zip(row, panels, strict=True):
        panel(axes, values)
        axes.tick_params(labelsize=8)
        axes.spines[['top', 'right']].set_visible(False)
    with files.replacing(path) as temporary:
        figure.savefig(temporary, dpi=120)
    plt.close(figure)


def _genres(axes, movies):
    counts = Counter(genre for movie in movies for genre in movie.genres).most_common(20)
    axes.barh([genre for genre, _ in counts], [n for _, n in counts], color=BLUE)
    axes.invert_yaxis()
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel('films')


def _years(axes, years):
    axes.hist(years, bins=range(min(years), max(years) + 2), color=BLUE)
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel('year of release')
    axes.set_ylabel('films')


def _scores(axes, scores):
    axes.hist(scores, bins=[step / 5 - 0.05 for step in range(52)], color=BLUE)
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel('score')
    axes.set_ylabel('films')
