"""The word model of a preset that reads: logistic regression on TF-IDF, then one factor for all its logits."""

from collections import Counter

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from cnn.words import WordModel, fuse, terms_of
from core.errors import WorkFailed
from core.log import log
from posters import reading

LEAST = 3  # training posters that a term is on
STRENGTH = 1.0  # C of scikit-learn, the inverse of the L2 strength
KEPT = 20_000  # terms, those with the largest weights
FACTORS = 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2


def fit_words(data, target, outputs):
    """(WordModel, outputs): what reads the posters of a PosterSet, and what a network makes of the validation films.

    The outputs of the network there are `outputs`; those returned have the words' logits added. The factor of these is
    the one that validates best.
    """
    training, validation = data.split('train'), data.split('validation')
    lines = reading.load(training)
    model = fit(lines, training.labels, target.activation)
    logits = model.logits_of(reading.load(validation))
    best = None
    for factor in FACTORS:
        fused = fuse(outputs, factor * logits, target.activation)
        metrics = target.validate(validation.movies, fused)
        log.info(f'words, factor {factor:<4g} validation {target.metric_label} {metrics[target.metric]:.4f}')
        if best is None or metrics['selection_metric'] > best[0]:
            best = metrics['selection_metric'], factor, fused
    return model.scaled(best[1]), best[2]


def fit(lines, labels, activation):
    """A WordModel of the Lines on some posters and the labels (posters, outputs) of these.

    Raises WorkFailed where hardly a word is read.
    """
    counted = [terms_of(some) for some in lines]
    posters = Counter(term for terms in counted for term in terms)
    terms = sorted(term for term, number in posters.items() if number >= LEAST)
    if not terms:
        raise WorkFailed(f'no word is on {LEAST} of the {len(lines):,} training posters; larger ones can be read')
    model = _solve(terms, counted, posters, labels, activation)
    strongest = np.sort(np.argsort(-np.abs(model.weights).max(axis=1), kind='stable')[:KEPT])
    return _solve([terms[row] for row in strongest], counted, posters, labels, activation)


def _solve(terms, counted, posters, labels, activation):
    """A WordModel of those terms; the biases are over what the labels are anyway, so that no words change nothing."""
    idf = np.log((1 + len(counted)) / (1 + np.array([posters[term] for term in terms]))) + 1
    outputs = labels.shape[1]
    model = WordModel(tuple(terms), idf, np.zeros((len(terms), outputs)), np.zeros(outputs))
    rows = [model.values_of(some) for some in counted]
    ends = np.cumsum([0, *(len(found) for found, _ in rows)])
    columns, values = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    matrix = sparse.csr_matrix((values, columns, ends), (len(rows), len(terms)))
    shares = np.clip(labels.mean(axis=0), 1e-6, 1 - 1e-6)
    if activation == 'sigmoid':
        for output in range(outputs):
            if 0 < labels[:, output].sum() < len(labels):
                solved = LogisticRegression(C=STRENGTH, solver='liblinear').fit(matrix, labels[:, output])
                model.weights[:, output] = solved.coef_[0]
                model.biases[output] = solved.intercept_[0] - np.log(shares[output] / (1 - shares[output]))
    elif len(np.unique(labels.argmax(axis=1))) > 1:
        solved = LogisticRegression(C=STRENGTH, max_iter=200).fit(matrix, labels.argmax(axis=1))
        signs = 1 if len(solved.classes_) > 2 else np.array([[-0.5], [0.5]])  # of two classes it has the second's odds
        model.weights[:, solved.classes_] = (signs * solved.coef_).T
        model.biases[solved.classes_] = (signs * solved.intercept_[:, np.newaxis])[:, 0] - np.log(
            shares[solved.classes_]
        )
    return model
