"""How long a catalogue takes to be opened, and in how much memory, in a process of its own.

python3 -m benchmarks.opening toolkit|csv CATALOGUE prints [rows per second, gigabytes].
"""

import csv
import json
import resource
import sys
import time


def main():
    way, path = sys.argv[1:]
    open_table = open_toolkit if way == 'toolkit' else open_csv
    started = time.perf_counter()
    rows = open_table(path)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    print(json.dumps([len(rows) / seconds, peak]))


def open_toolkit(path):
    from movies_dataset import open_catalogue

    return open_catalogue(path).records


def open_csv(path):
    with open(path, encoding='utf-8', newline='') as file:
        return list(csv.DictReader(file))


if __name__ == '__main__':
    main()
