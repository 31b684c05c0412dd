"""The word model of a preset that reads: logistic regression on TF-IDF, then a factor for its logits.

It learns from the posters and, as if they were the words of further posters, from the titles of all training films of
the catalogue, also of those without a poster. What is told the titles has a second model, of these alone.
"""

from collections import Counter
from itertools import product

import numpy as np
from scipy import sparse

from cnn.train import logistic
from cnn.words import WordModel, fuse, terms_of, title_terms
from core.errors import WorkFailed
from core.log import log
from posters import reading
from posters.text import Line

LEAST = 3  # training posters and titles that a term is in
STRENGTH = 1.0  # C of scikit-learn, the inverse of the L2 strength
WEIGHTS = 600_000  # at most, those of the terms that matter most
FACTORS = 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.4, 1.7, 2.0, 2.5


def fit_words(data, films, target, outputs, titled):
    """(WordModel, outputs): what reads the posters of a PosterSet, and what a network makes of the validation films.

    `films` are the training films of the catalogue; with `titled` their titles are told. The outputs of the network for
    the validation films are `outputs`; those returned have the words' logits added, by the factors that validate best.
    """
    training, validation = data.split('train'), data.split('validation')
    lines, held_out, titles = reading.load(training), reading.load(validation), target.labels(films)
    if not any(lines):
        raise WorkFailed(f'no word can be read on the {len(lines):,} training posters; larger ones may have some')
    documents = [terms_of(some) for some in (*lines, *([Line(film.title, 1.0, ())] for film in films))]
    models = [fit(documents, np.concatenate([training.labels, titles]), target.activation)]
    logits = [models[0].logits_of(held_out)]
    if titled:
        models.append(fit([title_terms(film.title) for film in films], titles, target.activation))
        told = [film.title for film in validation.movies]
        logits.append(models[1].logits_of([[]] * len(told), told))
    log.info(f'words of {len(lines):,} posters and {len(films):,} titles: {sum(len(m.terms) for m in models):,} terms')
    best = None
    for factors in product(FACTORS, repeat=len(models)):
        fused = fuse(outputs, sum(map(np.multiply, factors, logits)), target.activation)
        metrics = target.validate(validation.movies, fused)
        if best is None or metrics['selection_metric'] > best[0]:
            best = metrics['selection_metric'], factors, fused
            score = f'{target.metric_label} {metrics[target.metric]:.4f}'
    log.info(f'words, factor {" and ".join(f"{factor:g}" for factor in best[1])}: validation {score}')
    return join(models, best[1]), best[2]


def join(models, factors):
    """One WordModel whose logits are those of several, multiplied by their factors."""
    return WordModel(
        tuple(term for model in models for term in model.terms),
        np.concatenate([model.idf for model in models]),
        np.concatenate([factor * model.weights for model, factor in zip(models, factors, strict=True)]),
        sum(factor * model.biases for model, factor in zip(models, factors, strict=True)),
    )


def fit(documents, labels, activation):
    """A WordModel of documents, {term: how often} each, and their labels (documents, outputs).

    Its biases are over what the labels are anyway, so that a document without terms hardly changes anything. Raises
    WorkFailed where hardly a term is found.
    """
    found = Counter(term for terms in documents for term in terms)
    terms = sorted(term for term, number in found.items() if number >= LEAST)
    if not terms:
        raise WorkFailed(f'no word is in {LEAST} of the {len(documents):,} posters and titles to learn from')
    idf = np.log((1 + len(documents)) / (1 + np.array([found[term] for term in terms]))) + 1
    outputs = labels.shape[1]
    empty = WordModel(tuple(terms), idf, np.zeros((len(terms), outputs)), np.zeros(outputs))
    rows = [empty.values_of(terms) for terms in documents]
    ends = np.cumsum([0, *(len(columns) for columns, _ in rows)])
    columns, values = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    matrix = sparse.csr_matrix((values, columns, ends), (len(rows), len(terms)))
    weights, biases = logistic.solve_sparse(matrix, labels, 1 / STRENGTH / len(documents), activation)
    kept = np.sort(np.argsort(-np.abs(weights).max(axis=1) * idf**2, kind='stable')[: WEIGHTS // outputs])
    return WordModel(tuple(terms[row] for row in kept), idf[kept], weights[kept], biases - usual(labels, activation))


def usual(labels, activation):
    """The logits (outputs,) of what the labels are on average."""
    shares = np.clip(labels.mean(axis=0), 1e-6, 1 - 1e-6)
    return np.log(shares / (1 - shares)) if activation == 'sigmoid' else np.log(shares) - np.log(shares).mean()
