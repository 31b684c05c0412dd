"""Make docs/results.md, with its pictures, anew from saved models."""

from pathlib import Path

import hardware
import movies_dataset
from errors import WorkFailed, run
from flags import Flag, Parser, text
from genres import genres_label
from posters import files

COMMAND = 'python3 -m docs.make_results'
ABOUT = f"""
Make docs/results.md, with its pictures, anew: evaluates every saved model, as tests.py does.
What docs/findings.md says, written by hand, becomes the last part of it.

  {COMMAND} -models=saved_models -data=data
"""
FLAGS = {
    'What to read': [
        Flag('models', 'the folder of saved models', 'saved_models', text),
        *movies_dataset.FLAGS,
    ],
    'What to write': [
        Flag('out', 'the folder of results.md, of findings.md and of the folder pictures', 'docs', text),
    ],
    'Hardware': hardware.FLAGS,
}

HEAD = """# Results

Made by `{command}`, which reads the models in `saved_models` (`-models=`) and the posters in `data`
(`-data=`). All figures are from one run of it, on test films that no model has seen and no setting was chosen on.

- catalogue: {catalogue}
- speed measured with {machine}
- 95% intervals: test films drawn anew, {resamples:,} times (bias-corrected bootstrap); differences are of paired draws
- ECE: expected calibration error, 15 bins, before and after Platt scaling a genre, fitted on validation films
- coverage: the share of films that get a genre at all by the thresholds tuned on validation films
- floor: a predictor that always says how frequent each genre is in training
"""

SECTION = """
## {title}

{films} ({genres}).

{verdict}

{ranking}

The models were {hardware}.

### All scores

{scores}

### A genre at a time

{precisions}

![Precision and recall, a panel a genre]({picture})

Precision over recall on the test films; a dot is where the tuned threshold lies, grey is under the floor. The first
hundredth of each ranking, where a single film makes precision leap, is left out.
"""

COMPARED = """
### Is it more than chance?

{gaps}

*Order turns in*: the share of resamples of the test films in which the other model leads. *More than chance*: the 95%
interval of the difference leaves out 0. Chance is in the choice of test films; other seeds of training are not tried.

### What they differ in

{settings}

{versions}
"""


def main():
    flags = Parser(ABOUT, FLAGS).parse()
    catalogue = movies_dataset.open_catalogue(flags.catalogue, flags.data)
    print(catalogue)
    machine = hardware.set_up('float32', flags.xla, flags.threads)
    from cnn.bootstrap import RESAMPLES  # after the set-up: Keras comes with these
    from cnn.comparison import rankings
    from cnn.evaluation import evaluate_all
    from cnn.saved_models import list_models

    evaluations, status = evaluate_all(list_models(flags.models), machine)
    if not evaluations:
        raise WorkFailed(
            f'{flags.models} has no saved model that can be evaluated; train one with: python3 __main__.py'
        )
    out = Path(flags.out)
    known = f'`{catalogue.path.name}`, {len(catalogue.movies):,} films, SHA-256 {catalogue.short_digest}…'
    parts = [HEAD.format(command=COMMAND, catalogue=known, machine=machine, resamples=RESAMPLES)]
    parts += [section(ranking, out) for ranking in rankings(evaluations)]
    parts += findings(out / 'findings.md')
    files.write(out / 'results.md', ''.join(parts))
    print(f'results: {out / "results.md"}')
    return status


def section(ranking, out):
    """The Markdown on models that share genres and test films; draws their curves."""
    from cnn import tables
    from cnn.evaluation import by_selection
    from cnn.pictures import precision_recall

    models, genres = ranking.evaluations, ranking.genres
    low = max(model.saved.settings['min_year'] for model in models)  # of the films that all of them have
    high = min(model.saved.settings['max_year'] for model in models)
    groups = by_selection(models)
    picture = f'pictures/precision_recall_{low}_{high}_{genres_label(genres)}.png'
    precision_recall(next(group for group in groups if models[0] in group), out / picture)
    compared = len(models) > 1
    first = SECTION.format(
        title=f'{len(genres)} genres, films of {low} to {high}',
        genres=', '.join(genres),
        films=f'{ranking.films:,} test films{tables.shared(ranking)}',
        verdict=f'{tables.verdict(ranking)}; {tables.together(ranking)}.' if compared else 'There is one model.',
        ranking=tables.markdown(tables.ranking(ranking)),
        hardware='; '.join(tables.hardware(ranking)),
        scores='\n\n'.join(tables.markdown(tables.scores(group)) for group in groups),
        precisions='\n\n'.join(tables.markdown(tables.precisions(group)) for group in groups),
        picture=picture,
    )
    if not compared:
        return first
    return first + COMPARED.format(
        gaps=tables.markdown(tables.gaps(ranking)),
        settings=tables.markdown(tables.settings(ranking)),
        versions='\n'.join(f'- {line}' for line in tables.versions(ranking)),
    )


def findings(path):
    """What is written by hand, if it is there, as the last section."""
    if not path.is_file():
        print(f'{path} is not there: the results stand without words')
        return []
    return ['\n## Findings\n\n', path.read_text(encoding='utf-8').strip(), '\n']


if __name__ == '__main__':
    run(main)
