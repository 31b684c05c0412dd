"""README.md of a published model, which Hugging Face shows: all of it is from the toolkit's own model card."""

import hashlib
from pathlib import Path

import yaml

import movies_dataset
from catalogues import kaggle
from cnn.presets import BY_NUMBER
from cnn.publish import limits
from cnn.saved_models import SavedModel
from core import files
from core.tables import markdown
from core.version import VERSION
from posters.layout import poster_size

TAG, TASK = 'movie-poster-toolkit', 'image-classification'
INTERVAL = '95% interval '
GENRE_SCORES = {
    'macro mAP': 'map',
    'micro AP': 'micro_ap',
    'macro AUC': 'auc',
    'micro F1 at the thresholds': 'f1_micro_tuned',
    'macro F1 at the thresholds': 'f1_macro_tuned',
    'most probable genre is right': 'top1_hit',
    'exact match at 0.5': 'exact_match',
    'films with a genre at the thresholds': 'coverage',
    'expected calibration error': 'ece_calibrated',
}
NUMBER_SCORES = {
    'mean absolute error': 'mae',
    'R2': 'r2',
    'Spearman': 'spearman',
    'inside the 80% interval': 'coverage',
}
METRICS = {'map': 'average_precision', 'f1_micro_tuned': 'f1', 'auc': 'roc_auc', 'mae': 'mae'}  # as the hub calls them

TEXT = """---
{metadata}---

# {name}

Predicts {what} of a film from {sees}. Made with the movie-poster toolkit {version}: preset {preset}.

## How to use it

In a clone of the toolkit:

```
python3 predict.py my_poster.jpg -model={source}{title}
```

{printed} Neither Keras nor TensorFlow is imported for that.

{files}{snippet}
## Scores

{scores}

## Training

{training}

## Limits and biases

{limits}

## License

Apache-2.0, as the toolkit. {backbones}Catalogue and posters are not part of this repository and belong to their owners.
"""
SNIPPET = """
Without the toolkit, by onnxruntime, NumPy and Pillow:

```python
import json

import numpy as np
import onnxruntime
from PIL import Image

card = json.load(open('{name}.json', encoding='utf-8'))
poster = Image.open('my_poster.jpg').convert('RGB').resize(({width}, {height}))
network = onnxruntime.InferenceSession('{name}.onnx')
(outputs,) = network.run(None, {{'posters': np.asarray(poster)[np.newaxis]}})
for genre, output in zip(card['genres'], outputs[0].tolist()):
    line = card['calibration'][genre]
    logit = line['slope'] * np.log(output / (1 - output)) + line['intercept']
    probability = 1 / (1 + np.exp(-logit))
    print(genre, round(probability, 3), probability >= card['thresholds'][genre])
```
"""
UNMEASURED = (
    'No test films were at hand when this was written. These are the scores of the {films:,} validation films, on '
    'which settings, calibration and thresholds were chosen: they flatter, and have no intervals.'
)
MEASURED = (
    'On {films:,} test films of {origin}, which nothing was trained or chosen on. In brackets the 95% interval: 1,000 '
    'bootstrap resamples of these films, bias-corrected.'
)


def text(saved: SavedModel, source: str) -> str:
    """README.md of a published SavedModel; `source` is what -model= shall be to use it."""
    width, height = poster_size(saved.config.ratio)
    preset = BY_NUMBER.get(saved.config.preset)
    return TEXT.format(
        metadata=yaml.safe_dump(metadata(saved), sort_keys=False, allow_unicode=True, width=120),
        name=saved.name,
        what=_what(saved),
        sees='its poster' + ', which it also reads' * saved.reads_words + ', and its title' * saved.takes_title,
        version=VERSION,
        preset=f'{saved.config.preset}, {preset.about}' if preset else saved.config.preset,
        source=source,
        title=' -title="The Matrix"' * saved.takes_title,
        printed=_printed(saved),
        files=_files(saved, width, height),
        snippet=SNIPPET.format(name=saved.name, width=width, height=height) if _stands_alone(saved) else '',
        scores='\n\n'.join(_scores(saved)),
        training=_training(saved),
        limits='\n'.join(f'- {line}' for line in limits.lines(saved, origin_of(saved.config.catalogue))),
        backbones=_backbones(saved),
    )


def origin_of(digest: str) -> str:
    """The name of the catalogue whose SHA-256 begins with `digest`."""
    if digest == kaggle.DIGEST:
        return f'Kaggle\'s "{kaggle.TITLE}"'
    sample = Path(movies_dataset.__file__).with_name(kaggle.FILE)
    if digest and hashlib.sha256(sample.read_bytes()).hexdigest().startswith(digest):
        return limits.SAMPLE
    return f'a catalogue with the SHA-256 {digest}…' if digest else 'a catalogue that is not known'


def metadata(saved: SavedModel) -> dict:
    """What the hub reads at the head of README.md; scores are in it where test films were at hand."""
    keys = [key for key in _labels(saved).values() if key in METRICS]
    results = {'model-index': [{'name': saved.name, 'results': [_result(saved)]}]} if saved.card.test_scores else {}
    return {
        'license': 'apache-2.0',
        'library_name': 'keras',
        'pipeline_tag': TASK,
        'tags': [TAG, 'movie-posters', saved.config.target, 'onnx'],
        'metrics': [METRICS[key] for key in keys],
        **results,
    }


def _result(saved):
    """The scores on test films, as the hub has them."""
    scores = _known(saved.card.test_scores)
    named = {key: label for label, key in _labels(saved).items() if key in METRICS and key in scores}
    return {
        'task': {'type': TASK, 'name': f'{saved.config.target} of a film from its poster'},
        'dataset': {'type': 'movie-posters', 'name': _tested_on(saved), 'split': 'test'},
        'metrics': [
            {'type': METRICS[key], 'value': round(scores[key], 4), 'name': label + _interval(scores, key, INTERVAL)}
            for key, label in named.items()
        ],
    }


def _known(scores):
    """Those of the scores that are numbers; a metric of films that all lack a genre is none."""
    return {key: value for key, value in files.finite(scores).items() if value is not None}


def _labels(saved):
    return GENRE_SCORES if saved.target.takes_genres else NUMBER_SCORES


def _what(saved):
    return f'the genres {", ".join(saved.target.genres)}' if saved.target.takes_genres else f'the {saved.target.name}'


def _tested_on(saved):
    return origin_of(saved.card.test_scores.get('catalogue', saved.config.catalogue))


def _stands_alone(saved):
    """Whether the network's outputs and the card are all that a prediction needs."""
    return saved.target.explainable and saved.target.calibration and not saved.reads_words


def _backbones(saved):
    """A sentence on the license of pretrained weights."""
    names = saved.config.recipe.get('backbones') or ()
    if all(name.startswith('EfficientNetLite') for name in names):
        return 'The weights of its backbones, of EfficientNet-Lite, have the same license. ' if names else ''
    return f'The weights of its backbone began as those of {", ".join(names)}, which have a license of their own. '


def _printed(saved):
    if not saved.target.takes_genres:
        return 'It prints the median and an 80% prediction interval.'
    return 'It prints calibrated probabilities; `*` marks a genre that reaches its threshold.'


def _files(saved, width, height):
    genres = saved.target.takes_genres
    kind = 'probabilities before calibration' if genres else 'shares of bins'
    decoded = 'labels, thresholds, calibration' if genres else 'bins and intervals'
    words = ', without the words' * saved.reads_words
    rows = [
        [
            f'{saved.name}.onnx',
            f'the network: `posters`, (n, {height}, {width}, 3) uint8 RGB, to (n, {saved.target.outputs}) float32, '
            f'{kind}{words}',
        ],
        [f'{saved.name}.keras', 'the same for Keras 3'],
        [f'{saved.name}.json', f'{decoded}, scores, and all settings of the training'],
    ]
    if saved.reads_words:
        rows.append([f'{saved.name}.words', 'a linear model on the words on a poster, which is added to its logits'])
    return '\n'.join(f'- `{file}`: {what}' for file, what in rows) + '\n'


def _scores(saved):
    """Paragraphs and tables."""
    card = saved.card
    if not card.test_scores:
        yield UNMEASURED.format(films=card.films.get('validation', 0))
        yield markdown([['', 'validation films'], *_rows(saved, _known(card.scores), {})])
        return
    yield MEASURED.format(films=card.test_scores['films'], origin=_tested_on(saved))
    scores, baseline = _known(card.test_scores), _known(card.test_scores.get('baseline', {}))
    yield markdown([['', 'test films', *['baseline'] * bool(baseline)], *_rows(saved, scores, baseline)])
    if baseline:
        constant = 'how frequent each genre is' if saved.target.takes_genres else 'the median'
        yield f'The baseline is a constant predictor of {constant} in training; it never looks at a poster.'
    if 'groups' in card.test_scores:
        yield markdown(_group_rows(saved, **card.test_scores['groups']))


def _rows(saved, scores, baseline):
    for label, key in _labels(saved).items():
        if key in scores:
            constant = [f'{baseline[key]:.3f}' if key in baseline else ''] if baseline else []
            yield [label, f'{scores[key]:.3f}{_interval(scores, key)}', *constant]


def _interval(scores, key, named=''):
    low, high = scores.get(f'{key}_low'), scores.get(f'{key}_high')
    return '' if low is None else f' ({named}{low:.3f} to {high:.3f})'


def _group_rows(saved, films, scores):
    """A row per genre, or per decade or whole score, of {group: test films} and {group: score}."""
    target, all_films = saved.target, saved.card.test_scores['films']
    heads = ['average precision', 'baseline', 'threshold'] if target.takes_genres else ['inside their 80% interval']
    yield [target.name.removesuffix('s'), 'test films', *heads]
    for group, number in films.items():
        score = scores[group]
        cells = ['-' if score is None or score != score else f'{score:.3f}']
        if target.takes_genres:
            cells += [f'{number / all_films:.3f}', f'{target.cutoffs[target.genres.index(group)]:.2f}']
        yield [group, f'{number:,}', *cells]


def _training(saved):
    config, films = saved.config, saved.card.films
    counts = ', '.join(f'{films[split]:,} {split}' for split in ('train', 'validation', 'test') if split in films)
    origin = origin_of(config.catalogue)
    digest = '' if config.catalogue in origin else f' (SHA-256 {config.catalogue}…)'
    years = f' of {config.min_year} to {config.max_year}' if saved.card.dated else ''
    genres = f' with at least one of the genres {", ".join(config.genres)}' if config.genres else ''
    return (
        f'Films{years}{genres} of {origin}{digest}'
        f'{f": {counts} films with a poster" if counts else ""}. The split depends on the id of a film alone. '
        f'Seed {config.seed}; {saved.card.hardware}; toolkit {saved.card.toolkit}.'
    )
