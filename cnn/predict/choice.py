"""Which of the saved models in a folder predict."""

from catalogues.splits import STANDARD
from cnn.saved_models import SavedModel, find_models, open_model
from cnn.targets import TARGETS
from core.errors import WorkFailed, WrongCall


def choose_models(folder, name=None, split=STANDARD, genres=None) -> dict[str, SavedModel]:
    """{target: SavedModel}: per target the model in `folder` that validates best, or the one of that name alone.

    Without a name only models with this `split` are considered, and only those that can be compared: of `genres` (None:
    the toolkit's seven where there are such, else the most), and of the years with the most training films.

    Raises WrongCall for an unknown name or genres that no model has, WorkFailed where there is no usable model.
    """
    models: list[SavedModel] = []
    reason: WorkFailed | None = None
    for path in find_models(folder, name):
        try:
            saved = open_model(path)
        except WorkFailed as error:
            reason = error
            continue
        if name is None and saved.config.split != split:
            train = f'python3 __main__.py -split={split} -models={folder}'
            reason = reason or WorkFailed(f'{folder}: none of its models has -split={split}; train one with: {train}')
            continue
        models.append(saved)
    if not models:
        raise reason or WorkFailed(f'{folder}: no model can be used')
    chosen = {}
    for target, kind in TARGETS.items():
        candidates = [saved for saved in models if saved.config.target == target]
        if candidates and not name:
            candidates = _with_most_films(_comparable(kind, candidates, genres))
        if candidates:
            chosen[target] = max(candidates, key=lambda saved: saved.selection_metric)
    return chosen


def _comparable(kind, models, genres):
    """Models that can be compared; those that come with the toolkit only where the user has trained none."""
    own = [saved for saved in models if not saved.is_probe_file]
    if own:
        try:
            return kind.comparable(own, genres)
        except WrongCall:
            if len(own) == len(models):
                raise
    return kind.comparable(models, genres)


def _with_most_films(models):
    """Those of the models that have the years of the one with the most training films."""
    largest = max(models, key=lambda saved: saved.card.films.get('train', 0))
    return [saved for saved in models if saved.years == largest.years]


def passed_over(folder, chosen) -> str:
    """A line on the models in `folder` that predict other sets of genres than the one chosen; '' without any."""
    mine = next((saved for saved in chosen.values() if saved.target.identity), None)
    if not mine:
        return ''
    others = set()
    for path in find_models(folder):
        try:
            saved = open_model(path)
        except WorkFailed:
            continue
        alike = saved.config.target == mine.config.target and saved.config.split == mine.config.split
        if alike and saved.target.identity != mine.target.identity:
            others.add(saved.target.outputs)
    counts = ' and '.join(map(str, sorted(others)))
    return counts and f'a model of {mine.target} is used; there are models of {counts} too (-genres=)'
