"""Intervals and tests over storylines, the unit that is resampled: articles of one storyline are not independent.

Counts come as arrays of shape (storylines, 3): true positives, predicted, gold.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from communique.scoring import f1_score

MINIMUM_STORYLINES = 8
"""Below this no interval holds its level and nothing is ranked."""

RESAMPLES = 10_000
SEED = 0
LEVEL = 0.95

Array = NDArray[Any]


def f1_interval(counts: Array) -> tuple[float, float] | None:
    """A 95 % interval of micro F1, or None with fewer than eight storylines.

    F1 is the ratio 2 sum(tp) / sum(predicted + gold) of storyline totals; its variance is linearised (Cochran 1977,
    section 6.3: residuals of the ratio over the mean denominator, n / (n - 1) correction) and the quantile is Student's
    with n - 1 degrees of freedom. The ends are cut to [0, 1].
    """
    storylines = len(counts)
    if storylines < MINIMUM_STORYLINES:
        return None
    doubled, sizes = 2 * counts[:, 0], counts[:, 1] + counts[:, 2]
    if sizes.sum() == 0:
        return None
    score = doubled.sum() / sizes.sum()
    residuals = (doubled - score * sizes) / sizes.sum()
    error = float(np.sqrt(storylines / (storylines - 1) * (residuals**2).sum()))
    width = float(t.ppf((1 + LEVEL) / 2, storylines - 1)) * error
    return max(0.0, float(score) - width), min(1.0, float(score) + width)


def permutation_test(first: Array, second: Array) -> float:
    """Two-sided p of the difference in micro F1 of two systems on the same storylines.

    Under the null hypothesis the two systems' counts of a storyline may be swapped (Noreen 1989, approximate
    randomization); p = (1 + as large differences) / (1 + resamples), so a system against its own copy has p = 1.
    """
    random = np.random.default_rng(SEED)
    swap = random.random((RESAMPLES, len(first))) < 0.5
    delta = (second - first).astype(float)
    moved = swap.astype(float) @ delta
    a, b = first.sum(axis=0) + moved, second.sum(axis=0) - moved

    def f1(totals: Array) -> Array:
        sizes = totals[:, 1] + totals[:, 2]
        return np.where(sizes > 0, 2 * totals[:, 0] / np.maximum(sizes, 1), 1.0)

    observed = abs(f1_score(*first.sum(axis=0)) - f1_score(*second.sum(axis=0)))
    return float((1 + (np.abs(f1(a) - f1(b)) >= observed - 1e-12).sum()) / (1 + RESAMPLES))


def holm(values: Sequence[float]) -> list[float]:
    """p-values adjusted for their number by Holm's step-down method (1979), in the order given."""
    adjusted = [0.0] * len(values)
    largest = 0.0
    for rank, position in enumerate(sorted(range(len(values)), key=lambda number: values[number])):
        largest = max(largest, min(1.0, (len(values) - rank) * values[position]))
        adjusted[position] = largest
    return adjusted


def shared_ranks(scores: Sequence[float], counts: Sequence[Array]) -> list[int] | None:
    """Ranks from 1; a system's rank is one more than the number of systems significantly better than it.

    Every pair is tested and the p-values are adjusted together, so systems that cannot be told apart at 5 % share a
    rank. None with fewer than eight storylines.
    """
    if not counts or len(counts[0]) < MINIMUM_STORYLINES:
        return None
    pairs = [(i, j) for i in range(len(scores)) for j in range(i + 1, len(scores))]
    adjusted = holm([permutation_test(counts[i], counts[j]) for i, j in pairs])
    better = [0] * len(scores)
    for (i, j), p in zip(pairs, adjusted, strict=True):
        if p < 1 - LEVEL and scores[i] != scores[j]:
            better[i if scores[i] < scores[j] else j] += 1
    return [1 + number for number in better]
