"""Which of the saved models in a folder predict."""

from catalogues.splits import STANDARD
from cnn.saved_models import SavedModel, find_models, open_model
from cnn.targets import TARGETS
from core.errors import WorkFailed, WrongCall


def choose_models(folder, name=None, split=STANDARD, genres=None, titled=False) -> dict[str, SavedModel]:
    """{target: SavedModel}: per target the model in `folder` that validates best, or the one of that name alone.

    Without a name only models with this `split` are considered, and only those that can be compared: of `genres` (None:
    the toolkit's seven where there are such, else the most), and of the years with the most training films. Those that
    take a title are considered only with `titled`, and then before all others.

    Raises WrongCall for an unknown name, for genres that no model has, where a title is missing, or where none of the
    models takes the one given; WorkFailed where there is no usable model.
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
    models = _told(models, folder, name, titled)
    chosen = {}
    for target, kind in TARGETS.items():
        candidates = [saved for saved in models if saved.config.target == target]
        if candidates and not name:
            candidates = _with_most_films(_comparable(kind, candidates, genres))
        if candidates:
            chosen[target] = max(candidates, key=lambda saved: saved.selection_metric)
    return chosen


def _told(models, folder, name, titled):
    """Those of the models that are not told more than they shall be; with a title only those that take it, per target.

    Raises WrongCall where none is left, or none takes the title.
    """
    takers = [saved for saved in models if saved.takes_title]
    if not titled:
        if name and takers:
            raise WrongCall(f'{name} takes the title of the film, too: -title="The Matrix"')
        if len(takers) == len(models):
            raise WrongCall(f'{folder}: its models take the title of the film, too: -title="The Matrix"')
        return [saved for saved in models if not saved.takes_title]
    if not takers:
        where = name or f'no model in {folder}'
        raise WrongCall(
            f'-title: {where} takes {"no" if name else "a"} title; train one with: python3 __main__.py -version=12'
        )
    targets = {saved.config.target for saved in takers}
    return takers + [saved for saved in models if saved.config.target not in targets]


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
