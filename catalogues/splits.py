"""Which films train, which validate and which test: by the imdbId alone, so that one more film moves no other."""

SPLITS = 'train', 'validation', 'test'
STANDARD, JUDGE = SCHEMES = 'standard', 'judge'


def leaks(groups, scheme=STANDARD):
    """The training films of groups of films with one poster that have a validation or test film among them."""
    splits = [[(film, split_of(film.id, scheme)) for film in group] for group in groups]
    mixed = [group for group in splits if any(split != 'train' for _, split in group)]
    return [film for group in mixed for film, split in group if split == 'train']


def split_of(imdb_id, scheme=STANDARD):
    """'train', 'validation' or 'test', or None where the scheme leaves the film out.

    STANDARD takes every film. JUDGE takes those that STANDARD does not train on, nor a GAN: three of five of them
    train, so that a classifier can judge what the GAN makes without having seen what the GAN has.
    """
    if scheme == STANDARD:
        return {0: 'test', 1: 'validation'}.get(imdb_id % 7, 'train')
    if split_of(imdb_id) == 'train':
        return None
    return {0: 'test', 1: 'validation'}.get(imdb_id // 7 % 5, 'train')
