"""The films that every evaluation shows: the ones the toolkit's ancestor looked at, in its groups."""

import movies_dataset

SHOWN_FROM = 0.10  # probabilities below are not printed, but for a film's first
SAMPLE_FILMS = 12

GROUPS = {
    'Comedy': (
        "Bienvenue chez les Ch'tis",
        'Frequently Asked Questions About Time Travel',
        'What We Do in the Shadows',
        'Hollywood Ending',
        'Whatever Works',
        'The Mask',
        'Liar Liar',
    ),
    'Drama': ('No Country for Old Men', 'The Martian', 'Vanilla Sky'),
    'Action': (
        'The Matrix',
        'Man of Steel',
        'X-Men: Apocalypse',
        'Lara Croft: Tomb Raider',
        'Edge of Tomorrow',
        'Batman Forever',
        'Live Free or Die Hard',
    ),
    'Horror': (
        'Dracula 2000',
        'The Blair Witch Project',
        'The Others',
        'Aliens',
        'Aliens vs. Predator: Requiem',
        'Alien: Resurrection',
    ),
    'Animation': ('Paprika', 'Castle in the Sky', 'Spirited Away', 'Zootopia', 'Trolls'),
    'Romance': ('Notting Hill', 'Pretty Woman', "Bridget Jones's Diary"),
    '?': (
        'Pearl Harbor',
        'Twelve Monkeys',
        'The Truman Show',
        'Blade Runner',
        'Star Wars: Episode IV - A New Hope',
        'The Godfather',
        'A.I. Artificial Intelligence',
        'Enter the Void',
        'The Abyss',
        'Primer',
        'Coherence',
        'Pulp Fiction',
    ),
}


def find(groups):
    """{group: [(title, Movie or None), ...]} for {group: titles}."""
    return {
        group: [(title, movies_dataset.search_movie(title=title)) for title in titles]
        for group, titles in groups.items()
    }


def films_to_show(titles, test_movies):
    """The films of `titles`; without titles the ancestor's, or a dozen of the catalogue's own where it has none."""
    if titles:
        return find({'asked for': titles})
    found = find(GROUPS)
    if any(movie for group in found.values() for _, movie in group):
        return found
    step = max(1, len(test_movies) // SAMPLE_FILMS)
    return {'test films': [(movie.title, movie) for movie in test_movies[::step][:SAMPLE_FILMS]]}


def prediction(movie, saved, said):
    """What a SavedModel says of a film, on a line; `said` is a row of what its `read` gives."""
    if saved.target == 'genres':
        return genres_line(movie, saved.genres, said)
    low, middle, high = (f'{answer:.0f}' if saved.target == 'year' else f'{answer:.1f}' for answer in said)
    true = movie.year if saved.target == 'year' else movie.score
    return f'{movie.short_title():<33}{middle} ({low} to {high}); the catalogue: {"-" if true is None else true}'


def genres_line(movie, genres, probabilities):
    """The ancestor's line: `The Matrix (1999)   ['Action: 91%', 'Drama[!]: 25%']`.

    [!] marks a genre that the catalogue does not give the film. `probabilities`: (genres,), in 0..1.
    """
    order = sorted(range(len(genres)), key=lambda i: -probabilities[i])
    shown = [i for i in order if probabilities[i] >= SHOWN_FROM] or order[:1]
    said = [f'{genres[i]}{"" if movie.has_genre(genres[i]) else "[!]"}: {probabilities[i]:.0%}' for i in shown]
    return f'{movie.short_title():<33}{said}'
