"""The films that every evaluation shows: those of benckx/dnn-movie-posters, in its groups."""

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


def find(catalogue, groups):
    """{group: [(title, Movie or None), ...]} for {group: titles}."""
    return {
        group: [(title, catalogue.search_movie(title=title)) for title in titles] for group, titles in groups.items()
    }


def films_to_show(catalogue, titles, test_movies):
    """The films of `titles`; without titles those of GROUPS, or a dozen test films where the catalogue has none."""
    if titles:
        return find(catalogue, {'selected': titles})
    shown = find(catalogue, GROUPS)
    if any(movie for group in shown.values() for _, movie in group):
        return shown
    step = max(1, len(test_movies) // SAMPLE_FILMS)
    return {'test films': [(movie.title, movie) for movie in test_movies[::step][:SAMPLE_FILMS]]}


def lines(evaluation, catalogue, titles):
    """The lines that tests.py prints of single films, and how many of them the model was trained on."""
    from cnn.evaluate.evaluation import predict_films  # slow: Keras

    groups = films_to_show(catalogue, titles, evaluation.test.movies)
    predictions = predict_films(evaluation, [movie for group in groups.values() for _, movie in group if movie])
    for group, films in groups.items():
        yield f'{group}:'
        for title, movie in films:
            if not movie:
                yield f'{title:<33}not in the catalogue'
            elif movie not in predictions:
                yield f'{movie.short_title():<33}no poster'
            else:
                yield evaluation.saved.target.format_line(movie, predictions[movie])
    if trained_on := len(evaluation.trained_on & predictions.keys()):
        yield f'({trained_on} of these {len(predictions)} were among the films it was trained on)'
