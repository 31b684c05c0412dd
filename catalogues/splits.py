"""Which films train, which validate and which test: by the id alone, so that one more film moves no other."""

from core.ids import split_number

SPLITS = 'train', 'validation', 'test'
STANDARD, JUDGE = SCHEMES = 'standard', 'judge'


def leaks(groups, scheme=STANDARD):
    """The training films of groups of films with one poster that have a validation or test film among them."""
    splits = [[(film, split_of(film.id, scheme)) for film in group] for group in groups]
    mixed = [group for group in splits if any(split != 'train' for _, split in group)]
    return [film for group in mixed for film, split in group if split == 'train']


def split_of(film_id, scheme=STANDARD):
    """'train', 'validation' or 'test', or None where the scheme leaves the film out.

    STANDARD takes every film. JUDGE takes those that STANDARD does not train on, nor a GAN: three of five of them
    train, so that a classifier can judge what the GAN makes without having seen what the GAN has.
    """
    number = split_number(film_id)
    split = {0: 'test', 1: 'validation'}.get(number % 7, 'train')
    if scheme == STANDARD:
        return split
    if split == 'train':
        return None
    return {0: 'test', 1: 'validation'}.get(number // 7 % 5, 'train')
