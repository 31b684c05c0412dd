"""Select posters for the GAN: a folder of images, with genres and years of their films beside them."""

from catalogues.flags import FLAGS as CATALOGUE_FLAGS
from catalogues.flags import YEAR, check_years, how_to_read
from core.cli import Flag, Parser, integer, listed, text
from core.errors import WorkFailed, run, say

ABOUT = """
Select posters for the GAN: those of films with at least one of the wanted genres, and none of the excluded ones. They
are written to a folder, with dataset.json, which has the genres and the year of each, and a picture of some beside it.

  python3 prepare_dcgan_dataset.py -min_year=1980 -exclude_genres=Animation,Comedy,Family -ratio=60
"""
FLAGS = {
    'Which films': [
        Flag('min_year', 'the first year of release', None, YEAR, 'YEAR'),
        Flag('max_year', 'the last year of release', None, YEAR, 'YEAR'),
        Flag(
            'include_genres', 'films need one of these, with commas; without it any will do', None, listed(text), 'A,B'
        ),
        Flag('exclude_genres', 'films must have none of these', (), listed(text), 'A,B'),
        *CATALOGUE_FLAGS,
    ],
    'Which posters, and where to': [
        Flag('ratio', 'the size of the posters in percent of 182x268', 60, integer(2, 100)),
        Flag('out', 'the folder to make; one that this script made before is replaced', 'dcgan_movies_posters', text),
    ],
}


def main():
    flags = Parser(ABOUT, FLAGS).parse()
    check_years(flags.min_year, flags.max_year)
    from dcgan import dataset  # slow: NumPy and Pillow
    from movies_dataset import open_catalogue

    catalogue = open_catalogue(flags.catalogue, flags.data, how_to_read(flags))
    print(catalogue)
    catalogue.check_years(flags.min_year, flags.max_year)
    included = flags.include_genres and catalogue.spell_genres(flags.include_genres)
    excluded = catalogue.spell_genres(flags.exclude_genres)
    dataset.check_folder(flags.out)
    movies = catalogue.list_movies(min_year=flags.min_year, max_year=flags.max_year)
    chosen, left_out = dataset.choose(movies, included, excluded, flags.ratio)
    for reason, count in left_out.items():
        print(f'{count:,} films skipped: {reason}')
    if not chosen:
        raise WorkFailed(
            f'no poster is left; get some with: python3 get_data.py -download -resize -ratios={flags.ratio}'
        )
    sheet, unreadable = dataset.prepare(chosen, flags.ratio, flags.out)
    for path, reason in unreadable.items():
        say(f'{path}: {reason}; skipped', 1)
    print(f'{len(chosen) - len(unreadable):,} posters chosen: {flags.out}; some of them: {sheet}')
    return 1 if unreadable else 0


if __name__ == '__main__':
    run(main)
