"""What a network predicts of a film. A target owns all that depends on it, from the labels to the printed line.

A new target is a class of a module of its own, decorated with `register`. It has what `Genres` and `Number` have:

- `name`, `metric` (a key of `validate`, the metric that selects models), `metric_label`, `activation` and `loss` of the
  last layer (None: the preset's loss), `first_year` (the default of -min_year), `takes_genres` (whether it needs those
  of a config), `films` (the name of the films that have a label), `ranked` (whether `tests.py -compare` ranks its
  models), `explainable` (whether its outputs are independent probabilities);
- `from_config(config)` and `from_card(fields)`, which make an instance; `identity`, what two models must share to be
  compared; `comparable(models, genres)`, those of several saved models that can be;
- `missing` and `has_label(movie)`: films without a label are skipped;
- `outputs`, `labels(movies)`, `validate(movies, outputs)`, `fit(movies, outputs)`: the fields of the model card;
- `decode(outputs)`: the predictions; `evaluate(train, test, outputs)`, `as_json(evaluation)`, `by_group(evaluation)`,
  `table(evaluations)`;
- `format_line(movie, prediction)` for tests.py, `format_text`, `to_json`, `csv_header`, `csv_cells`, `describe` for
  predict.py.
"""

from cnn.targets.genres import Genres
from cnn.targets.numbers import Score, Year
from cnn.targets.registry import TARGETS, find_target, register

__all__ = ['TARGETS', 'Genres', 'Score', 'Year', 'find_target', 'register']
