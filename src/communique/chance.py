"""Agreement beyond chance on closed sets of labels: Cohen's kappa and Krippendorff's alpha, with intervals.

Both are 1 - observed / expected disagreement: 1 is full agreement, 0 what chance gives, below 0 is worse than chance.

- **kappa** (Cohen 1960), two annotators: what is expected follows from each annotator's own shares of the labels. The
  kappa of several pairs is their mean, each weighted by the number of items it compares.
- **alpha** (Krippendorff 2011, "Computing Krippendorff's alpha-reliability"), nominal, any number of annotators: a unit
  with m >= 2 labels puts 1 / (m - 1) for each ordered pair of them into the matrix of coincidences, a unit with fewer
  nothing; what is expected follows from the labels of all annotators together, drawn without replacement.

Both are undefined, and NaN here, where no disagreement is possible: nothing is compared, or everybody gives one and the
same label throughout. That is neither full agreement nor none.

Both are smooth functions of totals over storylines, as F1 is, so they have its interval (`communique.statistics`): the
bootstrap-t over storylines, the standard error of each resample being that of the linearised function (Cochran 1977,
section 6.3; the infinitesimal jackknife of Efron and Tibshirani 1993, section 21). There is none, and the ends are NaN,
with fewer than eight storylines that have anything to compare, and where nothing varies between them.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from communique.statistics import MINIMUM_STORYLINES, Array, resamples, studentised

RESAMPLES = 4_000


class Estimate(NamedTuple):
    """A coefficient and the ends of its 95 % interval; NaN where it is not defined."""

    value: float
    low: float
    high: float


UNDEFINED = Estimate(np.nan, np.nan, np.nan)

_Function = Callable[[Array], tuple[Array, Array]]
"""From totals of shape (n, features) to n values, NaN where undefined, and their gradients, (n, features)."""


def _linearised(function: _Function, weights: Array, features: Array) -> tuple[Array, Array]:
    """Values for resamples of storylines and their standard errors, 0 where undefined; weights (n, storylines)."""
    values, gradients = function(weights @ features)
    moved = gradients @ features.T
    storylines = len(features)
    moved -= (weights * moved).sum(axis=1, keepdims=True) / storylines
    variance = storylines / (storylines - 1) * (weights * moved**2).sum(axis=1)
    return values, np.where(np.isnan(values), 0, np.sqrt(variance))


def _estimate(function: _Function, features: Array) -> Estimate:
    """The coefficient of features of shape (storylines, features) with its interval."""
    value = float(function(features.sum(axis=0, keepdims=True))[0][0])
    filled = features[features.any(axis=1)]
    if np.isnan(value) or len(filled) < MINIMUM_STORYLINES:
        return Estimate(value, np.nan, np.nan)
    _, error = _linearised(function, np.ones((1, len(filled))), filled)
    drawn = _linearised(function, resamples(len(filled), RESAMPLES), filled)
    low, high = studentised(value, float(error[0]), *drawn, len(filled))
    return Estimate(value, np.nan, np.nan) if low == high else Estimate(value, max(-1.0, low), min(1.0, high))


def kappa(confusions: Array) -> Estimate:
    """Cohen's kappa of one pair of annotators or several.

    Args:
        confusions: counts of shape (pairs, storylines, labels, labels): how many items the first annotator of the pair
            gave the row's label and the second the column's.

    Returns:
        The mean over the pairs that have a kappa, each weighted by its number of items; NaN where none has.
    """
    pairs, storylines, size, _ = confusions.shape
    wrong = confusions.sum(axis=(2, 3)) - np.trace(confusions, axis1=2, axis2=3)
    parts = np.concatenate([wrong[..., None], confusions.sum(axis=3), confusions.sum(axis=2)], axis=2).astype(float)
    features = parts.transpose(1, 0, 2).reshape(storylines, -1)

    def function(totals: Array) -> tuple[Array, Array]:
        shaped = totals.reshape(len(totals), pairs, 1 + 2 * size)
        d, rows, columns = shaped[..., 0], shaped[..., 1 : 1 + size], shaped[..., 1 + size :]
        n = rows.sum(axis=2)
        expected = n**2 - (rows * columns).sum(axis=2)
        defined = expected > 0.5
        e = np.where(defined, expected, 1.0)
        weight = np.where(defined, n, 0.0)
        items = weight.sum(axis=1)
        with np.errstate(invalid="ignore"):
            mean = np.where(defined, n - d * n**2 / e, 0.0).sum(axis=1) / items
        slope = (d * n**2 / e**2)[..., None]
        by_row = 1 - (2 * d * n / e)[..., None] + slope * (2 * n[..., None] - columns) - mean[:, None, None]
        gradient = np.concatenate([-(n**2 / e)[..., None], by_row, -slope * rows], axis=2)
        gradient = np.where(defined[..., None], gradient, 0.0) / np.maximum(items, 1)[:, None, None]
        return mean, gradient.reshape(len(totals), -1)

    return _estimate(function, features)


def coincidences(counts: Array) -> Array:
    """Krippendorff's matrix of coincidences, shape (labels, labels).

    `counts`, of shape (units, labels), says how many annotators gave the unit that label; units with fewer than two
    labels do not count.
    """
    paired = counts[counts.sum(axis=1) > 1].astype(float)
    weighted = paired / np.maximum(paired.sum(axis=1, keepdims=True) - 1, 1)
    return np.asarray(weighted.T @ paired - np.diag(weighted.sum(axis=0)))


def alpha(by_storyline: Array) -> Estimate:
    """Krippendorff's alpha, nominal, of matrices of coincidences, shape (storylines, labels, labels)."""
    wrong = by_storyline.sum(axis=(1, 2)) - np.trace(by_storyline, axis1=1, axis2=2)
    features = np.column_stack([wrong, by_storyline.sum(axis=2)])

    def function(totals: Array) -> tuple[Array, Array]:
        d, shares = totals[:, 0], totals[:, 1:]
        n = shares.sum(axis=1)
        expected = n**2 - (shares**2).sum(axis=1)
        defined = expected > 0.5
        e = np.where(defined, expected, 1.0)
        observed = (n - 1) * d
        by_label = -(d / e)[:, None] + (observed / e**2)[:, None] * 2 * (n[:, None] - shares)
        gradient = np.column_stack([-(n - 1) / e, by_label])
        return np.where(defined, 1 - observed / e, np.nan), np.where(defined[:, None], gradient, 0.0)

    return _estimate(function, features)


def one_against_rest(by_storyline: Array, label: int) -> Array:
    """Matrices of coincidences, (storylines, labels, labels), with all labels but one merged: (storylines, 2, 2)."""
    own = by_storyline[:, label, label]
    mixed = by_storyline[:, label, :].sum(axis=1) - own
    rest = by_storyline.sum(axis=(1, 2)) - own - 2 * mixed
    return np.stack([own, mixed, mixed, rest], axis=1).reshape(-1, 2, 2)
