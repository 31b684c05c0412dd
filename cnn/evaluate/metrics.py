"""Scores of multi-label predictions, and the thresholds that turn probabilities into labels.

`labels` are (n, genres) of 0 and 1, `probabilities` (n, genres) in 0..1, `thresholds` (genres,).
"""

import numpy as np
from sklearn import metrics

LEAST_FILMS = 30  # with a genre, for macro averages to count it


def average_precisions(labels, probabilities):
    """Average precision a genre, (genres,); NaN for a genre that no film has."""
    return weighted_precisions(labels, probabilities, np.ones((1, len(labels))))[0]


def weighted_precisions(labels, probabilities, weights):
    """Average precision a genre where each film counts `weights` (weightings, n) times; (weightings, genres).

    It is scikit-learn's average_precision_score, ties included, of all weightings at once.
    """
    precisions = np.full((len(weights), labels.shape[1]), np.nan)
    for i in np.flatnonzero(labels.any(axis=0)):
        order = np.argsort(-probabilities[:, i], kind='stable')
        falling, true = -probabilities[order, i], np.flatnonzero(labels[order, i])
        level = np.searchsorted(falling, falling[true], side='right') - 1  # the last film with the same probability
        seen = np.cumsum(weights[:, order], axis=1)[:, level]
        weights_true = weights[:, order[true]]
        hits = np.cumsum(weights_true, axis=1)
        hits_seen = hits[:, np.searchsorted(true, level, side='right') - 1]
        with np.errstate(invalid='ignore'):  # no film with the genre has any weight: NaN
            precisions[:, i] = np.sum(weights_true * hits_seen / np.maximum(seen, 1e-12), axis=1) / hits[:, -1]
    return precisions


def counted(labels):
    """Which genres macro averages count, (genres,) bool: those of LEAST_FILMS films or more.

    The figures of rarer ones depend on single films. Where every genre is rarer, all that some film has are counted.
    """
    films = labels.sum(axis=0)
    return films >= LEAST_FILMS if (films >= LEAST_FILMS).any() else films > 0


def macro_map(labels, probabilities):
    """Mean of the average precisions of the genres that are `counted`; NaN where no film has a genre."""
    among = counted(labels)
    return float(np.mean(average_precisions(labels[:, among], probabilities[:, among]))) if among.any() else np.nan


def cross_entropy(labels, probabilities):
    """Mean binary cross-entropy over films and genres."""
    p = np.clip(probabilities.astype(np.float64), 1e-7, 1 - 1e-7)
    return float(-np.mean(labels * np.log(p) + (1 - labels) * np.log1p(-p)))


def macro_auc(labels, probabilities):
    """Mean area under the ROC curves of the genres that are `counted` and that not all films have; 0.5 without any."""
    two_sided = [i for i in np.flatnonzero(counted(labels)) if labels[:, i].sum() < len(labels)]
    areas = [metrics.roc_auc_score(labels[:, i], probabilities[:, i]) for i in two_sided]
    return float(np.mean(areas)) if areas else 0.5


def calibration_error(labels, probabilities, bins=15):
    """Expected calibration error: how far, on average, a probability is from the share of films it comes true for.

    All pairs of a film and a genre fall into `bins` of equal width by their probability; counted is the distance
    between mean probability and share of true pairs, bins weighed by their pairs. After M. Naeini, G. Cooper and
    M. Hauskrecht, Obtaining Well Calibrated Probabilities Using Bayesian Binning, 2015.
    """
    bin_of = np.minimum((probabilities.ravel() * bins).astype(int), bins - 1)
    surplus = np.bincount(bin_of, weights=probabilities.ravel() - labels.ravel(), minlength=bins)
    return float(np.abs(surplus).sum() / labels.size)


def calibration_errors(labels, probabilities):
    """The expected calibration error of each genre by itself, (genres,): errors of genres may cancel when pooled."""
    return np.array([calibration_error(labels[:, [i]], probabilities[:, [i]]) for i in range(labels.shape[1])])


def mean_calibration_error(labels, probabilities):
    """The mean of the calibration errors of the genres that macro averages count."""
    return float(calibration_errors(labels, probabilities)[counted(labels)].mean())


def tune_thresholds(labels, probabilities):
    """The threshold a genre that gives the best F1 on these films; 0.5 for a genre that none of them has."""
    thresholds = np.full(labels.shape[1], 0.5)
    for i in np.flatnonzero(labels.any(axis=0)):
        precision, recall, cuts = metrics.precision_recall_curve(labels[:, i], probabilities[:, i])
        f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
        thresholds[i] = cuts[np.argmax(f1[:-1])]
    return thresholds


def f1(labels, predicted, average):
    """F1 over all labels ('micro') of genres that some film has, or the mean F1 ('macro') of those `counted`."""
    present = labels.any(axis=0) if average == 'micro' else counted(labels)
    labels, predicted = labels[:, present].astype(bool), predicted[:, present]
    hits, positives, true = (labels & predicted).sum(axis=0), predicted.sum(axis=0), labels.sum(axis=0)
    if average == 'micro':
        return float(2 * hits.sum() / (positives.sum() + true.sum()))
    return float(np.mean(2 * hits / (positives + true)))


def scores(labels, probabilities, thresholds):
    """All scores as a dict of floats. F1, Hamming loss and exact match without a suffix are those at 0.5.

    `coverage` is the share of films that the thresholds give a genre at all.
    """
    half, tuned = probabilities >= 0.5, probabilities >= thresholds
    best = probabilities.argmax(axis=1)
    return {
        'map': macro_map(labels, probabilities),
        'micro_ap': float(metrics.average_precision_score(labels.ravel(), probabilities.ravel())),
        'auc': macro_auc(labels, probabilities),
        'f1_micro': f1(labels, half, 'micro'),
        'f1_macro': f1(labels, half, 'macro'),
        'f1_micro_tuned': f1(labels, tuned, 'micro'),
        'f1_macro_tuned': f1(labels, tuned, 'macro'),
        'coverage': float(tuned.any(axis=1).mean()),
        'hamming': float((labels != half).mean()),
        'exact_match': float((labels == half).all(axis=1).mean()),
        'top1_hit': float(labels[np.arange(len(labels)), best].mean()),
        # the accuracy of benckx/dnn-movie-posters: argmax against argmax, a film's first genre standing for all of them
        'original_accuracy': float((labels.argmax(axis=1) == best).mean()),
    }


def number_scores(values, answers):
    """Mean absolute error, R2 and Spearman's rank correlation of `answers` to `values`, (n,) both, as a dict."""
    from scipy.stats import spearmanr  # slow

    constant = np.ptp(answers) == 0 or np.ptp(values) == 0
    return {
        'mae': float(metrics.mean_absolute_error(values, answers)),
        'r2': float(metrics.r2_score(values, answers)) if len(values) > 1 else 0.0,
        'spearman': 0.0 if constant else float(spearmanr(values, answers).statistic),
    }


def baseline(train_labels, test_labels):
    """The scores of a constant predictor of how frequent each genre is in training."""
    prevalence = train_labels.mean(axis=0)
    constant = np.broadcast_to(prevalence, test_labels.shape)
    return scores(test_labels, constant, prevalence)
