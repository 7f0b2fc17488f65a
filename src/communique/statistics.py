"""Intervals and tests over storylines, the unit that is resampled: articles of one storyline are not independent.

Counts come as arrays of shape (storylines, 3): true positives, predicted, gold.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from communique.scoring import f1_score

MINIMUM_STORYLINES = 8
"""Below this no interval holds its level and nothing is ranked."""

RESAMPLES = 10_000
SEED = 0
LEVEL = 0.95
POWER = 0.8
EXACT = 16
"""Up to so many storylines every permutation is looked at."""
_NOISE = 1e-7
"""Standard errors under this are rounding."""

Array = NDArray[Any]


@lru_cache(maxsize=8)
def resamples(storylines: int, number: int = RESAMPLES) -> Array:
    """How often each storyline is drawn in each bootstrap resample, shape (number, storylines); the same every time.

    Every system is resampled with the same weights, so that what systems share (an easy storyline) cancels in their
    differences.
    """
    drawn = np.random.default_rng(SEED).integers(0, storylines, (number, storylines))
    drawn += storylines * np.arange(number)[:, None]
    return np.bincount(drawn.ravel(), minlength=number * storylines).reshape(number, storylines).astype(float)


def _moments(counts: Array) -> Array:
    """Per storyline d = 2 tp, s = predicted + gold, d d, d s and s s, shape (..., storylines, 5)."""
    doubled, sizes = 2.0 * counts[..., 0], (counts[..., 1] + counts[..., 2]).astype(float)
    return np.stack([doubled, sizes, doubled**2, doubled * sizes, sizes**2], axis=-1)


def _ratio(totals: Array, storylines: int) -> tuple[Array, Array]:
    """F1 = sum d / sum s and its linearised standard error, of totals of moments, shape (..., 5)."""
    d, s, dd, ds, ss = np.moveaxis(totals, -1, 0)
    size = np.maximum(s, 1)
    f1 = np.where(s > 0, d / size, 1.0)
    squares = np.maximum(dd - 2 * f1 * ds + f1**2 * ss, 0)
    return f1, np.sqrt(storylines / (storylines - 1) * squares) / size


def studentised(value: float, error: float, values: Array, errors: Array, storylines: int) -> tuple[float, float]:
    """The ends of a bootstrap-t interval; both are the value where nothing varies.

    Where so many resamples do not vary that the quantiles would be theirs (one storyline alone differs), the quantiles
    are Student's, with n - 1 degrees of freedom.
    """
    varies = errors > _NOISE
    if error <= _NOISE:
        return value, value
    if (~varies).mean() > (1 - LEVEL) / 2:
        width = float(t.ppf((1 + LEVEL) / 2, storylines - 1)) * error
        return value - width, value + width
    low, high = np.quantile((values[varies] - value) / errors[varies], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return value - float(high) * error, value - float(low) * error


def f1_intervals(counts: Array, number: int = RESAMPLES) -> list[tuple[float, float] | None]:
    """95 % intervals of micro F1 for many slices or systems on the same storylines, shape (slices, storylines, 3).

    F1 is the ratio 2 sum(tp) / sum(predicted + gold) of storyline totals. The interval is the bootstrap-t over
    storylines (Efron and Tibshirani 1993, section 12.5): (F1* - F1) / se* is resampled `number` times instead of F1*,
    with the linearised standard error of a ratio (Cochran 1977, section 6.3; n / (n - 1) correction). The ends are cut
    to [0, 1]. None where fewer than eight storylines have anything to find or found.
    """
    slices, storylines = counts.shape[:2]
    if storylines < MINIMUM_STORYLINES:
        return [None] * slices
    moments = _moments(counts)
    side_by_side = moments.transpose(1, 0, 2).reshape(storylines, -1)
    drawn = (resamples(storylines, number) @ side_by_side).reshape(number, slices, 5)
    filled = (counts.sum(axis=2) > 0).sum(axis=1)
    found: list[tuple[float, float] | None] = []
    for place in range(slices):
        if filled[place] < MINIMUM_STORYLINES:
            found.append(None)
            continue
        value, error = _ratio(moments[place].sum(axis=0), storylines)
        low, high = studentised(float(value), float(error), *_ratio(drawn[:, place], storylines), storylines)
        found.append((max(0.0, low), min(1.0, high)))
    return found


def f1_interval(counts: Array, number: int = RESAMPLES) -> tuple[float, float] | None:
    """The interval of `f1_intervals` for one slice, counts of shape (storylines, 3)."""
    return f1_intervals(counts[None], number)[0]


class Difference(NamedTuple):
    """F1 of a first system minus F1 of a second one on the same storylines.

    `low` and `high` bound it at 95 % (bootstrap-t, joint over the systems); `p` is the permutation test's, not
    adjusted; `detectable` is the smallest true difference that a test at 5 % finds four times in five.
    """

    value: float
    low: float
    high: float
    p: float
    detectable: float


def difference(first: Array, second: Array, number: int = RESAMPLES) -> Difference | None:
    """Compare two systems on the same storylines; None with fewer than eight.

    The linearised residual of the difference is that of the first F1 minus that of the second. `detectable` is
    (t(0.975) + t(0.8)) se with n - 1 degrees of freedom (the power formula of a paired t-test, as in Card et al. 2020).
    """
    storylines = len(first)
    if storylines < MINIMUM_STORYLINES:
        return None
    weights = resamples(storylines, number)
    a, b = _moments(first), _moments(second)
    cross = np.column_stack([a[:, 0] * b[:, 0], a[:, 0] * b[:, 1], a[:, 1] * b[:, 0], a[:, 1] * b[:, 1]])

    def estimate(totals_a: Array, totals_b: Array, crossed: Array) -> tuple[Array, Array]:
        (one, one_error), (other, other_error) = _ratio(totals_a, storylines), _ratio(totals_b, storylines)
        dd, ds, sd, ss = np.moveaxis(crossed, -1, 0)
        sizes = np.maximum(totals_a[..., 1], 1) * np.maximum(totals_b[..., 1], 1)
        shared = storylines / (storylines - 1) * (dd - other * ds - one * sd + one * other * ss) / sizes
        return one - other, np.sqrt(np.maximum(one_error**2 + other_error**2 - 2 * shared, 0))

    value, error = estimate(a.sum(axis=0), b.sum(axis=0), cross.sum(axis=0))
    low, high = studentised(
        float(value), float(error), *estimate(weights @ a, weights @ b, weights @ cross), storylines
    )
    quantiles = t.ppf([(1 + LEVEL) / 2, POWER], storylines - 1)
    detectable = float(quantiles.sum() * error) if error > _NOISE else 0.0
    return Difference(float(value), max(-1.0, low), min(1.0, high), permutation_test(first, second, number), detectable)


@lru_cache(maxsize=8)
def _swaps(storylines: int, number: int) -> Array:
    """Which storylines are swapped, as 0 and 1, shape (ways, storylines): all ways, else `number` at random."""
    if storylines <= EXACT:
        ways = np.arange(2**storylines)[:, None] >> np.arange(storylines)
        return np.asarray(ways & 1, dtype=float)
    return (np.random.default_rng(SEED).random((number, storylines)) < 0.5).astype(float)


def permutation_test(first: Array, second: Array, number: int = RESAMPLES) -> float:
    """Two-sided p of the difference in micro F1 of two systems on the same storylines.

    Under the null hypothesis the two systems' counts of a storyline may be swapped (Noreen 1989, approximate
    randomization): in all 2^n ways up to `EXACT` storylines, where p is the share of differences as large; else in
    `number` random ways, where p = (1 + as large differences) / (1 + number). A system against its own copy has p = 1.
    """
    moved = _swaps(len(first), number) @ (second - first).astype(float)
    a, b = first.sum(axis=0) + moved, second.sum(axis=0) - moved

    def f1(totals: Array) -> Array:
        sizes = totals[:, 1] + totals[:, 2]
        return np.where(sizes > 0, 2 * totals[:, 0] / np.maximum(sizes, 1), 1.0)

    observed = abs(f1_score(*first.sum(axis=0)) - f1_score(*second.sum(axis=0)))
    large = np.abs(f1(a) - f1(b)) >= observed - 1e-12
    return float(large.mean() if len(first) <= EXACT else (1 + large.sum()) / (1 + number))


def smallest_p(storylines: int) -> float:
    """The smallest p that `permutation_test` can give: only one way, and its mirror image, differs as much."""
    return 2 / 2**storylines if storylines <= EXACT else 1 / (1 + RESAMPLES)


def holm(values: Sequence[float]) -> list[float]:
    """p-values adjusted for their number by Holm's step-down method (1979), in the order given."""
    adjusted = [0.0] * len(values)
    largest = 0.0
    for rank, position in enumerate(sorted(range(len(values)), key=lambda number: values[number])):
        largest = max(largest, min(1.0, (len(values) - rank) * values[position]))
        adjusted[position] = largest
    return adjusted


def shared_ranks(scores: Sequence[float], adjusted: Mapping[tuple[int, int], float]) -> list[int]:
    """Ranks from 1; a system's rank is one more than the number of systems significantly better than it.

    `adjusted` has the p-value of every pair of systems (numbers, the lower first), adjusted for all pairs together:
    systems that cannot be told apart at 5 % share a rank.
    """
    better = [0] * len(scores)
    for (i, j), p in adjusted.items():
        if p < 1 - LEVEL and scores[i] != scores[j]:
            better[i if scores[i] < scores[j] else j] += 1
    return [1 + number for number in better]
