"""How long the posters of a catalogue take to come, without the start of Python, in a process of its own.

python3 -m benchmarks.downloading CATALOGUE DATA CONNECTIONS prints seconds.
"""

import sys

import movies_dataset
from posters.fetch.download import download


def main():
    catalogue, data, connections = sys.argv[1:]
    films = movies_dataset.open_catalogue(catalogue, data)
    print(download(films.list_poster_urls(), data, int(connections)).seconds)


if __name__ == '__main__':
    main()
