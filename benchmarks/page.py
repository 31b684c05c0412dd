"""How fast the web page answers, measured in a browser: `python3 -m benchmarks.page`, after `make demo`."""

import json
import statistics
import time
from pathlib import Path

from benchmarks.browser import Visit, browsing, serving
from catalogues.flags import FLAGS as CATALOGUE_FLAGS
from core import files
from core.cli import Flag, Parser, integer, text
from core.errors import WorkFailed, run
from core.hardware import cpu_name
from core.parallel import cores
from posters.layout import poster_folder

ABOUT = """
Measure the web page in a browser: the seconds from the command until it can be used, those from an upload to the bars
on the screen, how many visitors at once are answered, and how its memory grows.

  python3 -m benchmarks.page
  python3 -m benchmarks.page -models=demo/saved_models -catalogue=MovieGenre.csv -data=demo
"""
FLAGS = {
    'What to measure': [
        Flag('models', 'the folder of saved models', 'saved_models', text),
        *CATALOGUE_FLAGS,
        Flag('json', 'write the results to this file', None, text, 'FILE'),
    ],
    'How much': [
        Flag('rounds', 'starts of the server', 3, integer(1)),
        Flag('uploads', 'one after the other', 20, integer(2)),
        Flag('visitors', 'at once', 10, integer(1)),
        Flag('requests', 'over which memory is watched, each with explanations and similar films; 0 for none', 200,
             integer(0)),
    ],
}  # fmt: skip
WARM = 20  # requests before memory is watched: networks are opened, allocators have grown
BARS, WHY, SIMILAR = '#predicted .genres', '#why figure img', '#similar figure img'


def main():
    flags = Parser(ABOUT, FLAGS).parse()
    posters = sorted(poster_folder(Path(flags.data), 100).glob('*.jpg'))
    if not posters:
        raise WorkFailed(f'no poster is in {poster_folder(Path(flags.data), 100)}')
    options = [f'-models={flags.models}', f'-data={flags.data}']
    options += [f'-catalogue={flags.catalogue}'] if flags.catalogue else []
    print(f'{cpu_name()}, {cores()} cores')
    results = {}
    with browsing() as browser:
        results['usable_seconds'] = statistics.median(start(browser, options) for _ in range(flags.rounds))
        print(f'from the command to the page in the browser: {results["usable_seconds"]:.2f} s', flush=True)
        with serving(*options) as server:
            visit = Visit(browser, server.url)
            times = [answer(visit, posters[i % len(posters)]) for i in range(flags.uploads)]
            results['first_answer_seconds'], *rest = times
            results['answer_seconds'] = statistics.median(rest)
            print(f'the first answer after an upload: {times[0]:.3f} s; then {results["answer_seconds"]:.3f} s, median')
            results['visitors'], results['visitors_seconds'] = crowd(browser, server, posters, flags.visitors)
            print(
                f'{flags.visitors} visitors at once: {results["visitors"]} answered in '
                f'{results["visitors_seconds"]:.1f} s',
                flush=True,
            )
            if flags.requests:
                results['memory_growth'] = watch(visit, server, posters, flags.requests)
    if flags.json:
        files.write(flags.json, json.dumps(results, indent=1) + '\n')


def start(browser, options):
    """Seconds from the command until a visitor can drop a poster."""
    started = time.perf_counter()
    with serving(*options) as server:
        Visit(browser, server.url).close()
        return time.perf_counter() - started


def answer(visit, poster, until=BARS):
    """Seconds from the upload of a poster to what is shown of it."""
    if visit.page.locator('#poster img').count():
        visit.clear()
        visit.page.wait_for_selector(BARS, state='detached')
        visit.page.wait_for_selector(SIMILAR, state='detached')
    started = time.perf_counter()
    visit.drop(poster)
    visit.wait(until)
    seconds = time.perf_counter() - started
    visit.wait(SIMILAR, 300)  # the rest of the answer is not in the way of the next one
    return seconds


def crowd(browser, server, posters, number):
    """(visitors who were answered, seconds until the last one was) of some who upload at once."""
    visits = [Visit(browser, server.url) for _ in range(number)]
    started = time.perf_counter()
    for visit, poster in zip(visits, posters, strict=False):
        visit.drop(poster)
    for visit in visits:
        visit.wait(SIMILAR, 300)
    seconds = time.perf_counter() - started
    answered = sum(visit.page.locator(BARS).count() for visit in visits)
    for visit in visits:
        visit.close()
    return answered, seconds


def watch(visit, server, posters, requests):
    """By which share the memory of the server grows over so many requests."""
    sizes = []
    for number in range(WARM + requests):
        answer(visit, posters[number % len(posters)])
        sizes.append(server.memory())
        if (number + 1 - WARM) % 50 == 0:
            print(f'{max(0, number + 1 - WARM):>5} requests: {sizes[-1] / 1e6:,.0f} MB', flush=True)
    growth = sizes[-1] / sizes[WARM - 1] - 1
    print(f'memory over {requests} requests: {growth:+.1%}')
    return growth


if __name__ == '__main__':
    run(main)
