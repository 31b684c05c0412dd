"""Make docs/results.md, with its pictures, from saved models."""

import subprocess
import sys
from pathlib import Path

from catalogues.flags import FLAGS as CATALOGUE_FLAGS
from catalogues.flags import how_to_read
from catalogues.genres import genres_label
from cnn.presets import DEFAULT, PRESETS, takes_backbone
from core import files, hardware
from core.cli import Flag, Parser, number, text
from core.errors import WorkFailed, run, say

COMMAND = 'python3 -m docs.make_results'
ABOUT = f"""
Make docs/results.md, with its pictures: evaluates every saved model, as tests.py does, and lists the presets that
have none. With -train these are trained first, by __main__.py with its defaults: presets 1 to 12 for 7 and for 14
genres (6 only if its weights are given to __main__.py), preset {DEFAULT} for the year and the score. That takes hours.
docs/findings.md, written by hand, becomes the last part of it.

  {COMMAND} -models=saved_models -data=data -train -minutes=60
"""
FLAGS = {
    'What to read': [
        Flag('models', 'the folder of saved models', 'saved_models', text),
        *CATALOGUE_FLAGS,
    ],
    'What to train': [
        Flag('train', 'first train what is missing'),
        Flag('minutes', 'of each training, at most', None, number(0, 100_000), 'N'),
    ],
    'What to write': [
        Flag('out', 'the folder of results.md, of findings.md and of the folder pictures', 'docs', text),
    ],
    'Hardware': hardware.FLAGS,
}

HEAD = """# Results

Made by `{command}`, which reads the models in `saved_models` (`-models=`) and the posters in `data`
(`-data=`), and with `-train` trains what is missing. All tables are from one run of it.

Which split each choice was made on: weights are fitted on training films; epochs, L2 strengths, thresholds, calibration
and ranges are chosen on validation films; test films report. Findings name the exceptions.

- catalogue: {catalogue}
- speed measured with {machine}
- 95% intervals: {resamples:,} bootstrap resamples of the test films (bias-corrected), paired for differences; in
  rankings of three models or more those of differences hold for all pairs at once, since the best was picked
- macro averages: of the genres with at least {least} test films
- ECE: expected calibration error, 15 bins, after Platt scaling per genre, fitted on validation films; pooled
  over all genres, and the mean of the genres' own
- coverage: the share of films that get a genre at all by the thresholds tuned on validation films
- baseline: a constant predictor of how frequent each genre is in training
"""

SECTION = """
## {title}

{films} ({genres}).

{verdict}

{ranking}

The models were {hardware}.

### All scores

{scores}

### Per genre

{precisions}

![Precision and recall, a panel per genre]({picture})

Precision over recall on the test films; a dot is at the tuned threshold, gray is below the baseline. The first
hundredth of each ranking, where a single film makes precision jump, is left out.
"""

NUMBERS = """
## {title}

{films}.

{scores}

The baseline is the median of the training films. The prediction interval is to hold 80% of the films: on validation
films it is widened per decade of the prediction, or per whole score (conformalized quantile regression).

{coverage}
"""

MISSING = """
## Not measured

These have no model in the folder that was read; each line is the command that trains one.

```
{commands}
```
"""

COMPARED = """
### Is it more than chance?

{gaps}

*Order reverses in*: the share of bootstrap resamples of the test films in which the other model leads. *More than
chance*: the 95% interval of the difference excludes 0. Chance is in the choice of test films; other seeds of training
are not tried.

### How their settings differ

{settings}

{presets}
"""


def main():
    flags = Parser(ABOUT, FLAGS).parse()
    from movies_dataset import open_catalogue  # slow: NumPy

    catalogue = open_catalogue(flags.catalogue, flags.data, how_to_read(flags))
    print(catalogue)
    if flags.train:
        train(missing(flags.models), flags)
    machine = hardware.set_up('float32', flags.xla, flags.threads)
    from cnn.evaluate.bootstrap import RESAMPLES  # after the set-up: Keras comes with these
    from cnn.evaluate.comparison import rankings, untold
    from cnn.evaluate.evaluation import by_selection, evaluate_all
    from cnn.evaluate.metrics import LEAST_FILMS
    from cnn.saved_models import list_models

    evaluations, failures = evaluate_all(list_models(flags.models), catalogue, machine)
    for failure in failures:
        say(f'{failure}; skipped', 1)
    if not evaluations:
        raise WorkFailed(
            f'{flags.models} has no saved model that can be evaluated; train one with: python3 __main__.py'
        )
    out = Path(flags.out)
    known = f'`{catalogue.path.name}`, {len(catalogue.movies):,} films, SHA-256 {catalogue.short_digest}…'
    parts = [HEAD.format(command=COMMAND, catalogue=known, machine=machine, resamples=RESAMPLES, least=LEAST_FILMS)]
    ranked = rankings(evaluations)
    parts += [section(ranking, untold(ranking, ranked), out) for ranking in ranked]
    parts += [numbers(group) for group in by_selection(evaluations) if not group[0].saved.target.ranked]
    if commands := [' '.join(call) for call in missing(flags.models)]:
        parts.append(MISSING.format(commands='\n'.join(commands)))
    parts += findings(out / 'findings.md')
    files.write(out / 'results.md', ''.join(parts))
    print(f'results: {out / "results.md"}')
    return 1 if failures else 0


def missing(folder):
    """The commands, as lists of words, that train the presets and targets of which `folder` has no model."""
    from cnn.saved_models import list_models, open_model
    from cnn.targets import TARGETS
    from cnn.targets.genres import Genres

    there = set()
    for path in list_models(folder):
        try:
            saved = open_model(path)
        except WorkFailed:
            continue
        there.add((saved.config.target, len(saved.config.genres), saved.config.preset))
    presets = [preset.number for preset in PRESETS if not takes_backbone(preset)]
    wanted = [(Genres.name, genres, preset) for genres in (7, 14) for preset in presets]
    wanted += [(target, 0, DEFAULT) for target, kind in TARGETS.items() if not kind.takes_genres]
    call = 'python3', '__main__.py'
    return [
        [*call, f'-version={preset}', f'-genres={genres}' if genres else f'-target={target}']
        for target, genres, preset in wanted
        if (target, genres, preset) not in there
    ]


def train(calls, flags):
    """Train what is missing. Raises WorkFailed where a training fails."""
    given = [f'-models={flags.models}', f'-data={flags.data}']
    given += [f'-catalogue={flags.catalogue}'] * bool(flags.catalogue)
    given += [f'-minutes={flags.minutes:g}'] * bool(flags.minutes)
    for call in calls:
        print(*call, flush=True)
        if subprocess.run([sys.executable, *call[1:], *given]).returncode:
            raise WorkFailed(f'{" ".join(call)}: this training failed')


def numbers(evaluations):
    """The Markdown on models that predict the same number of the same films."""
    from cnn.evaluate import tables
    from core.tables import markdown

    first, last = evaluations[0].saved.years
    return NUMBERS.format(
        title=f'{evaluations[0].saved.target.name.title()}, films of {first} to {last}',
        films=f'{len(evaluations[0].test.movies):,} test films',
        scores=markdown(tables.numbers(evaluations)),
        coverage=markdown(tables.coverage(evaluations)),
    )


def section(ranking, posters, out):
    """The Markdown on models that share genres and test films; draws their curves."""
    from cnn.evaluate import tables
    from cnn.evaluate.evaluation import by_selection
    from cnn.evaluate.plots import precision_recall
    from core.tables import markdown

    models, genres = ranking.evaluations, ranking.genres
    low = max(model.saved.config.min_year for model in models)  # of the films that all of them have
    high = min(model.saved.config.max_year for model in models)
    groups = by_selection(models)
    told = '_titles' if ranking.told else ''
    picture = f'pictures/precision_recall_{low}_{high}_{genres_label(genres)}{told}.png'
    precision_recall(next(group for group in groups if models[0] in group), out / picture)
    compared = len(models) > 1
    first = SECTION.format(
        title=f'{len(genres)} genres, films of {low} to {high}{tables.titles(models[0])}',
        genres=', '.join(genres),
        films=f'{ranking.films:,} test films{tables.shared(ranking)}{left_out(models[0])}',
        verdict='; '.join(sentences(ranking, posters)) + '.',
        ranking=markdown(tables.ranking(ranking)),
        hardware='; '.join(tables.hardware(ranking)),
        scores='\n\n'.join(
            f'{markdown(tables.scores(group))}\n\nECE before calibration: {tables.uncalibrated(group)}.'
            for group in groups
        ),
        precisions='\n\n'.join(markdown(tables.precisions(group)) for group in groups),
        picture=picture,
    )
    if not compared:
        return first
    return first + COMPARED.format(
        gaps=markdown(tables.gaps(ranking)),
        settings=markdown(tables.settings(ranking)),
        presets='\n'.join(f'- {line}' for line in tables.preset_lines(ranking)),
    )


def sentences(ranking, posters):
    from cnn.evaluate import tables

    if posters:
        yield tables.title_gain(ranking, posters)
    if len(ranking.entries) > 1:
        yield tables.verdict(ranking)
        yield tables.together(ranking)
    else:
        yield 'there is one model of these'


def left_out(evaluation):
    from cnn.evaluate import tables

    rare = tables.rare(evaluation)
    return f'; too rare for macro averages: {rare}' if rare else ''


def findings(path):
    """What is written by hand, if it is there, as the last section."""
    if not path.is_file():
        print(f'{path} is not there: results.md has no findings')
        return []
    return ['\n## Findings\n\n', path.read_text(encoding='utf-8').strip(), '\n']


if __name__ == '__main__':
    run(main)
