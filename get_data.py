"""Get the posters of the catalogue, make smaller copies of them, read their words; say what it contains."""

import sys
from pathlib import Path

from catalogues.flags import FLAGS as CATALOGUE_FLAGS
from catalogues.flags import YEAR, check_years, how_to_read
from catalogues.kaggle import NAME as KAGGLE
from catalogues.records import FIRST_YEAR, LAST_YEAR
from core import cluster, ids, storage
from core.cli import Flag, Parser, choice, integer, listed, number, text
from core.errors import WorkFailed, WrongCall, run, say
from posters.layout import LARGER, RATIOS, poster_folder, size_name, size_of_width

ABOUT = """
Get the posters of the catalogue, make smaller copies of them, read the words on them; say what the catalogue contains.

  python3 get_data.py -catalogue=kaggle -describe
  python3 get_data.py -download -resize -min_year=1980
  python3 get_data.py -download -repair=tmdb
  python3 get_data.py -read -min_year=1980
"""
NAMED = 10  # images and films that are named where they do not go together
FLAGS = {
    'What to do': [
        Flag('download', 'get the posters that are missing, 182x268, into DATA/images/100'),
        Flag(
            'images',
            'take posters from this folder, where they are named by ids: tt0114709.png; a JPEG of 182x268 is '
            'hard-linked, others are made one',
            None,
            text,
            'FOLDER',
        ),
        Flag('resize', 'make smaller copies of the posters that are there'),
        Flag(
            'describe',
            'print what the catalogue contains: films, genres, years, posters, and which films share one; '
            'and plot it, in DATA/describe.png',
        ),
        Flag('read', 'read the words on the posters that are there, once each; they are listed in DATA/words.csv'),
        Flag(
            'poster_width',
            'download, or read, larger posters: so many pixels wide, in DATA/images/wN; -resize does not take these',
            None,
            integer(*LARGER),
            'N',
        ),
    ],
    'Which films': [
        Flag('min_year', 'the first year of release; -describe takes all', None, YEAR, 'YEAR'),
        Flag('max_year', 'the last year of release', None, YEAR, 'YEAR'),
        *CATALOGUE_FLAGS,
    ],
    'How to download': [
        Flag('connections', 'how many at once to one host', 32, integer(1, 512)),
        Flag('timeout', 'seconds that one attempt may take', 20.0, number(0, 3600), '20'),
        Flag('retry_failed', 'request again the posters that failed permanently before'),
        Flag(
            'repair',
            'tmdb: fetch posters whose links are dead or missing from The Movie Database, by their ids at IMDb or '
            'TMDB; the variable TMDB_API_KEY has your key (https://www.themoviedb.org/settings/api gives one)',
            None,
            choice('tmdb'),
            'SOURCE',
        ),
    ],
    'How to resize': [
        Flag('ratios', 'sizes in percent of 182x268', RATIOS, listed(integer(1, 99)), ','.join(map(str, RATIOS))),
    ],
    'More machines': [cluster.FLAG],
}


def main():
    parser = Parser(ABOUT, FLAGS)
    flags = parser.parse()
    if len(sys.argv) == 1:
        parser.print_help()
        return 0
    if not (concerns_posters(flags) or flags.describe or flags.catalogue == KAGGLE):
        raise WrongCall('say what to do: -describe, -download, -images, -resize or -read, or several of these')
    if flags.images and not Path(flags.images).is_dir():
        raise WrongCall(f'-images={flags.images}: there is no such folder')
    if flags.repair and not flags.download:
        raise WrongCall('-repair is for -download')
    if flags.repair and '://' in flags.data:
        raise WrongCall('-repair needs a folder: -data=FOLDER')
    if flags.poster_width and not (flags.download or flags.read):
        raise WrongCall('-poster_width is for -download and -read')
    check_years(flags.min_year, flags.max_year)
    from movies_dataset import open_catalogue  # slow: NumPy

    catalogue = open_catalogue(flags.catalogue, flags.data, how_to_read(flags))
    print(catalogue)
    catalogue.check_years(flags.min_year, flags.max_year)
    with cluster.join(flags.cluster):
        return work(catalogue, flags)


def concerns_posters(flags):
    return flags.download or flags.images or flags.resize or flags.read


def work(catalogue, flags):
    if not concerns_posters(flags):
        return describe(catalogue, flags) if flags.describe else 0  # to have Kaggle's catalogue is enough
    wanted = catalogue.list_poster_urls(flags.min_year, flags.max_year)
    if not wanted:
        raise WrongCall('the catalogue has no poster of these years')
    film_ids = [film_id for film_id, _ in wanted]
    adopt(film_ids, flags)
    broken = take_images(film_ids, flags) if flags.images else 0
    if flags.download and (status := download(wanted, flags)):
        return status
    status = (resize(film_ids, flags) if flags.resize else 0) or broken
    status = (read(catalogue, flags) if flags.read else 0) or status
    return (describe(catalogue, flags) if flags.describe else 0) or status


def describe(catalogue, flags):
    from catalogues import description
    from posters.fetch import journal

    report = journal.read(storage.folder(flags.data) / journal.NAME)
    reasons = {number: row.error for number, row in report.items() if row.error}
    print(*description.lines(catalogue, reasons, catalogue.list_duplicates()), sep='\n')
    path = storage.folder(flags.data) / 'describe.png'
    description.draw(catalogue, path)
    print(f'plot: {path}')
    return 0


def adopt(film_ids, flags):
    from posters.adopt import adopt

    adopted = adopt(film_ids, flags.data)
    say_unreadable(adopted)
    if adopted.made:
        print(f'{adopted.made:,} posters in {poster_folder(flags.data, 100)} had other names and are now used')


def take_images(film_ids, flags):
    """Take posters from the folder -images; 1 if some cannot be read. Raises WorkFailed where it has none of these."""
    from posters.adopt import adopt

    adopted = adopt(film_ids, flags.data, flags.images)
    say_unreadable(adopted)
    taken = len(film_ids) - len(adopted.missing)
    print(f'images of {taken:,} films are in {flags.images}; {adopted.made:,} posters were made of them')
    for what, which in (('images of no film', adopted.unknown), ('films without an image', adopted.missing)):
        if which:
            print(f'{len(which):,} {what}: {", ".join(map(str, which[:NAMED]))}{", ..." * (len(which) > NAMED)}')
    if not taken:
        raise WorkFailed(
            f'-images={flags.images}: no image there is named by the id of a film, such as {film_ids[0]}.jpg'
        )
    return 1 if adopted.unreadable else 0


def say_unreadable(adopted):
    for path, reason in adopted.unreadable.items():
        say(f'{path}: {reason}; skipped', 1)


def download(wanted, flags):
    from posters.fetch import journal, sizes
    from posters.fetch.download import download  # brings the HTTP client, which -h can do without

    client = open_tmdb() if flags.repair else None  # before anything else: the key may be refused
    size = size_of(flags)
    if (without := sum(not url for _, url in wanted)) and not client:
        print(f'{without:,} films have no URL; -images=FOLDER takes posters from a folder, -repair=tmdb gets them')
    if flags.poster_width:
        wanted = [(film_id, sizes.with_width(url, flags.poster_width)) for film_id, url in wanted]
    how = flags.connections, flags.timeout, flags.retry_failed, size
    summary = download([job for job in wanted if job[1]], flags.data, *how)
    print(*summary.lines(), sep='\n')
    interrupted, obtained = summary.interrupted, summary.obtained + summary.there
    if client and not interrupted:
        from posters.fetch.repair import repair  # slow, as above

        repaired = repair(wanted, flags.data, client, *how)
        print(*repaired.lines(), sep='\n')
        interrupted, obtained = repaired.interrupted, obtained + repaired.repaired
    report = storage.folder(flags.data) / journal.name_of(size)
    print(f'posters: {poster_folder(flags.data, size)}; what became of each: {report}')
    if interrupted:
        print('stopped; the same command resumes from here')
        return 130
    if not obtained:
        raise WorkFailed('no poster could be obtained')
    return 0


def open_tmdb():
    from posters.fetch import tmdb  # slow: another HTTP client

    return tmdb.Client()


def size_of(flags):
    return size_of_width(flags.poster_width) if flags.poster_width else 100


def resize(film_ids, flags):
    from posters.resize import resize

    made, there, unreadable = resize(film_ids, flags.data, flags.ratios)
    for imdb_id, reason in unreadable.items():
        say(f'{poster_folder(flags.data, 100)}/{imdb_id}.jpg: {reason}; skipped', 1)
    if not made and not there and not unreadable:
        raise WorkFailed(f'no poster of these films is in {flags.data}/images yet; get them with: -download')
    print(f'made {made:,} smaller copies at ratios {", ".join(map(str, flags.ratios))}; {there:,} were already there')
    return 1 if unreadable else 0


def read(catalogue, flags):
    from movies_dataset import with_posters  # slow: NumPy
    from posters import reading

    bounds = {'min_year': flags.min_year or FIRST_YEAR, 'max_year': flags.max_year or LAST_YEAR}
    data = catalogue.load_posters(**bounds, ratio=size_of(flags))
    years = '_{min_year}_{max_year}'.format(**bounds) if flags.min_year or flags.max_year else ''
    width = f'_{size_name(size_of(flags))}' if flags.poster_width else ''
    lines, path = reading.load(data), storage.folder(flags.data) / f'words{years}{width}.csv'
    reading.write_table(data.movies, lines, path)
    silent = sum(not some for some in lines)
    print(f'read {len(lines):,} posters: {sum(map(len, lines)):,} lines of text, none on {silent:,} posters')
    print(f'words: {path}')
    broken = {*with_posters(catalogue.list_movies(**bounds), data.ratio)} - set(data.movies)
    for movie in sorted(broken, key=lambda movie: ids.order(movie.id)):
        say(f'{movie.poster_path(data.ratio)}: cannot be read; skipped', 1)
    return 1 if broken else 0


if __name__ == '__main__':
    run(main)
