"""What the words on a poster say: a linear model on the terms of its lines, added to the logits of a network.

Terms are words, pairs of words, and the n-grams of letters inside words, which survive what is read wrongly; their
values are TF-IDF (Salton and Buckley, 1988), the second factor squared, so that each term's contribution to a logit is
exact.
"""

import re
import unicodedata
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core import files
from core.errors import WorkFailed

SUFFIX = '.words'
LETTERS = 3, 6  # lengths of the n-grams
TITLE = '^'  # before a term of the title
ARRAYS = 'terms', 'idf', 'weights', 'scales', 'biases'


def terms_of(lines) -> Counter:
    """{term: how often} of the Lines on a poster."""
    return Counter(term for line in lines for term, _ in occurrences(words_of(line.text)))


def title_terms(title) -> Counter:
    """{term: how often} of a film's title as the catalogue has it, told from those on a poster by a mark."""
    return Counter(f'{TITLE}{term}' for term, _ in occurrences(words_of(title)))


def words_of(text):
    """The words in a text, without case and accents."""
    return re.findall(r'\w+', plain(text))


def occurrences(words):
    """Yield (term, the places of the words that it is of) of the words of a line."""
    for place, word in enumerate(words):
        yield word, (place,)
        if place:
            yield f'{words[place - 1]} {word}', (place - 1, place)
        whole = f'_{word}_'
        for length in range(LETTERS[0], LETTERS[1] + 1):
            for start in range(len(whole) - length + 1):
                yield f'~{whole[start : start + length]}', (place,)


def plain(text):
    """Text without case and accents."""
    decomposed = unicodedata.normalize('NFKD', text.casefold())
    return ''.join(letter for letter in decomposed if not unicodedata.combining(letter))


@dataclass(frozen=True)
class WordModel:
    """`terms` with their `idf` (terms,), `weights` (terms, outputs) and `biases` (outputs,)."""

    terms: tuple[str, ...]
    idf: np.ndarray
    weights: np.ndarray
    biases: np.ndarray
    rows: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self):
        object.__setattr__(self, 'rows', {term: row for row, term in enumerate(self.terms)})

    def values_of(self, terms):
        """(rows, values) of those of {term: how often} that the model knows: their TF-IDF, scaled to length 1."""
        known = {self.rows[term]: number for term, number in terms.items() if term in self.rows}
        rows = np.fromiter(known, int, len(known))
        values = (1 + np.log(np.fromiter(known.values(), float, len(known)))) * self.idf[rows] ** 2
        return rows, values / max(np.linalg.norm(values), 1e-12)

    def logits_of(self, posters, titles=None):
        """(n, outputs) for the Lines of n posters and the films' titles; the biases where no term is known."""
        logits = np.tile(self.biases, (len(posters), 1))
        for row, lines in enumerate(posters):
            for terms in (terms_of(lines), *([title_terms(titles[row])] if titles else [])):
                rows, values = self.values_of(terms)
                logits[row] += values @ self.weights[rows]
        return logits

    def contributions(self, lines):
        """[(words, (words, outputs) what each adds to the logits) for each of the Lines on a poster].

        All of them and the biases are the logits: what a term adds is shared by the words that it is of.
        """
        return self._shares(terms_of(lines), [line.text for line in lines])

    def title_contributions(self, title):
        """(words, (words, outputs) what each adds to the logits) of a title."""
        return self._shares(title_terms(title), [title], TITLE)[0]

    def _shares(self, counted, texts, mark=''):
        rows, values = self.values_of(counted)
        added = dict(zip(rows.tolist(), values[:, np.newaxis] * self.weights[rows], strict=True))
        found = []
        for text in texts:
            words = words_of(text)
            shares = np.zeros((len(words), len(self.biases)))
            for term, places in occurrences(words):
                if (row := self.rows.get(f'{mark}{term}')) is not None:
                    shares[list(places)] += added[row] / counted[f'{mark}{term}'] / len(places)
            found.append((words, shares))
        return found

    def write(self, path: Path) -> None:
        """Write it, each output's weights in 8 bits."""
        scales = np.maximum(np.abs(self.weights).max(axis=0, initial=0), 1e-12) / 127
        arrays = {
            'terms': np.frombuffer('\n'.join(self.terms).encode(), np.uint8),
            'idf': self.idf.astype(np.float16),
            'weights': np.round(self.weights / scales).astype(np.int8).T,  # in columns it packs better
            'scales': scales.astype(np.float32),
            'biases': self.biases.astype(np.float32),
        }
        with files.replacing(path) as temporary, open(temporary, 'wb') as file:
            np.savez_compressed(file, **arrays)

    @classmethod
    def read(cls, path: Path) -> 'WordModel':
        """Raises WorkFailed where the file is missing or cannot be read."""
        try:
            with np.load(path, allow_pickle=False) as arrays:
                terms, idf, weights, scales, biases = (arrays[name] for name in ARRAYS)
            model = cls(
                tuple(terms.tobytes().decode().split('\n')),
                idf.astype(np.float32),
                np.ascontiguousarray(weights.T, np.float32) * scales,
                biases,
            )
            if model.weights.shape == (len(model.terms), len(biases)) and idf.shape == (len(model.terms),):
                return model
            reason = 'shapes'
        except FileNotFoundError:
            raise WorkFailed(f'{path} is missing: the words of the model') from None
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            reason = type(error).__name__
        raise WorkFailed(f'{path}: no words can be loaded from it ({reason})')


def fuse(outputs, logits, activation):
    """The outputs (n, outputs) of a network with the `logits` of words added to its own.

    `activation` is that of the outputs: 'sigmoid' or 'softmax'.
    """
    odds = outputs * np.exp(logits)
    others = 1 - outputs if activation == 'sigmoid' else odds.sum(axis=1, keepdims=True) - odds
    return (odds / (odds + others)).astype(np.float32)
