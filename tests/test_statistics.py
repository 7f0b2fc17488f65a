"""Intervals that hold their level, a test that calls no system different from its copy, ranks that are shared."""

import itertools
from typing import Any

import numpy as np
import pytest
from scipy.stats import bootstrap

from communique.statistics import (
    MINIMUM_STORYLINES,
    difference,
    f1_interval,
    holm,
    permutation_test,
    resamples,
    shared_ranks,
    smallest_p,
)

Array = np.ndarray[Any, Any]


def storylines_of(rng: np.random.Generator, number: int) -> tuple[Array, Array]:
    """Counts of two systems on storylines of very different sizes, whose own rates scatter; the second knows half of
    what it finds from the first, as systems trained on the same data do.
    """
    gold = np.maximum(3, rng.lognormal(3.6, 0.6, number)).astype(int)
    own = np.clip(rng.normal(0.6, 0.12, number), 0.02, 0.98)
    hits, false = rng.binomial(gold, own), rng.binomial(gold, 0.25)
    first = np.column_stack([hits, hits + false, gold])
    kept = rng.binomial(hits, np.clip(rng.normal(0.85, 0.1, number), 0, 1)) + rng.binomial(gold - hits, 0.1)
    return first, np.column_stack([kept, kept + rng.binomial(gold, 0.2), gold])


def f1(counts: Array) -> float:
    return float(2 * counts[:, 0].sum() / counts[:, 1:].sum())


def test_no_interval_and_no_difference_under_eight_storylines() -> None:
    few = np.array([[1, 2, 2]] * (MINIMUM_STORYLINES - 1))
    assert f1_interval(few) is None
    assert difference(few, few) is None
    assert f1_interval(np.array([[1, 2, 2], [2, 2, 2]] * 4)) is not None


def test_nothing_to_find_and_nothing_found_has_no_interval() -> None:
    assert f1_interval(np.zeros((9, 3))) is None


def test_where_one_storyline_alone_differs_the_interval_is_students() -> None:
    """Fourteen perfect storylines of 20 and one half right: a third of the resamples do not vary. F1 = 29/30; residuals
    1/450 (fourteen times) and -14/450, so se = sqrt(15/14 * (14 + 196)) / 450 = 1/30, and t(0.975, 14) = 2.144787."""
    counts = np.array([[20, 20, 20]] * 14 + [[10, 20, 20]])
    low, high = f1_interval(counts) or (0, 0)
    assert low == pytest.approx(29 / 30 - 2.144787 / 30, abs=1e-5)
    assert high == 1.0


@pytest.mark.parametrize("number", [8, 16, 17])
def test_no_p_is_smaller_than_the_smallest(number: int) -> None:
    """One system right everywhere, the other nowhere."""
    right, wrong = np.array([[1, 1, 1]] * number), np.array([[0, 1, 1]] * number)
    assert permutation_test(right, wrong) == pytest.approx(smallest_p(number), rel=1 if number > 16 else 1e-9)


def test_where_nothing_varies_the_interval_is_the_value() -> None:
    assert f1_interval(np.array([[1, 2, 2]] * 9)) == (0.5, 0.5)


def test_the_bootstrap_f1_is_that_of_scipy() -> None:
    """Second source: scipy's percentile bootstrap of the same ratio; medians of 10,000 resamples agree to a quarter
    of a standard error."""
    counts, _ = storylines_of(np.random.default_rng(2), 14)
    doubled, sizes = 2 * counts[:, 0], counts[:, 1] + counts[:, 2]
    ours = (resamples(14) @ doubled) / (resamples(14) @ sizes)
    theirs = bootstrap((doubled, sizes), lambda d, s, axis: d.sum(axis=axis) / s.sum(axis=axis), paired=True,
                       vectorized=True, n_resamples=10_000, random_state=1).bootstrap_distribution  # fmt: skip
    assert np.median(ours) == pytest.approx(np.median(theirs), abs=np.std(theirs) / 4)
    assert np.std(ours) == pytest.approx(np.std(theirs), rel=0.05)


@pytest.mark.parametrize("storylines", [8, 12, 16])
def test_intervals_cover_the_truth_near_95_percent(storylines: int) -> None:
    """Truth: the ratios over a population so large that its error does not matter. 600 samples: sd 0.9 %. The plain
    percentile bootstrap of the same samples covers less."""
    rng = np.random.default_rng(7)
    one, other = storylines_of(rng, 200_000)
    truth, gap = f1(one), f1(one) - f1(other)
    weights = resamples(storylines, 2000)
    inside = plain = between = 0
    for _ in range(600):
        drawn = rng.integers(0, len(one), storylines)
        low, high = f1_interval(one[drawn], 2000) or (1, 0)
        inside += low <= truth <= high
        totals = weights @ one[drawn]
        low, high = np.quantile(2 * totals[:, 0] / totals[:, 1:].sum(axis=1), [0.025, 0.975])
        plain += low <= truth <= high
        found = difference(one[drawn], other[drawn], 2000)
        between += found is not None and found.low <= gap <= found.high
    assert 0.92 <= inside / 600 <= 0.975
    assert 0.92 <= between / 600 <= 0.975
    assert plain < inside


def test_a_system_is_not_different_from_its_copy() -> None:
    found, _ = storylines_of(np.random.default_rng(1), 20)
    told = difference(found, found.copy())
    assert told is not None
    assert (told.value, told.low, told.high, told.p, told.detectable) == (0, 0, 0, 1, 0)


def test_a_difference_by_hand() -> None:
    """Eight storylines of size (1, 1). The first finds all: F1 1, no residuals. The second finds every other one: F1
    0.5, residuals +-1/16, so se = sqrt(8/7 * 8) / 16 = 0.188982, and detectable (2.364624 + 0.896030) se = 0.616205
    with 7 degrees of freedom (quantiles from a printed table)."""
    told = difference(np.array([[1, 1, 1]] * 8), np.array([[1, 1, 1], [0, 1, 1]] * 4))
    assert told is not None
    assert told.value == 0.5
    assert told.detectable == pytest.approx(0.616205, abs=1e-5)
    assert told.low <= 0.5 <= told.high


def swapped(rng: np.random.Generator, *systems: Array) -> list[Array]:
    """The systems' counts exchanged at random in each storyline: then the null hypothesis holds by construction."""
    order = np.argsort(rng.random((len(systems[0]), len(systems))), axis=1)
    together = np.stack(systems, axis=1)
    return list(np.take_along_axis(together, order[:, :, None], axis=1).swapaxes(0, 1))


@pytest.mark.parametrize("storylines", [12, 16])
def test_the_family_of_all_pairs_errs_near_5_percent(storylines: int) -> None:
    """Three systems of the same quality, 400 times: at least one pair called different in about 5 % (sd 1.1 %)."""
    rng = np.random.default_rng(3)
    wrong = 0
    for _ in range(400):
        one, other = storylines_of(rng, storylines)
        systems = swapped(rng, one, other, storylines_of(rng, storylines)[0])
        pairs = itertools.combinations(systems, 2)
        wrong += min(holm([permutation_test(first, second, 1000) for first, second in pairs])) < 0.05
    assert wrong / 400 <= 0.085


def test_the_permutation_p_by_enumeration() -> None:
    """Three storylines, all sign flips: the observed split is one of 2 of 8 as extreme, so p is near 2/8."""
    first = np.array([[8, 10, 10], [7, 10, 10], [9, 10, 10]])
    second = np.array([[4, 10, 10], [5, 10, 10], [6, 10, 10]])
    assert permutation_test(first, second) == 2 / 8


def test_many_storylines_are_permuted_at_random() -> None:
    """Twenty storylines, each with the same difference: of 2^20 ways two are as extreme, so p is its floor."""
    first, second = np.array([[8, 10, 10]] * 20), np.array([[4, 10, 10]] * 20)
    assert permutation_test(first, second, 1000) == 1 / 1001


def test_holm_by_hand() -> None:
    """Sorted 0.01, 0.02, 0.04 times 3, 2, 1: 0.03, 0.04, 0.04; the order given comes back."""
    assert holm([0.04, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_ranks_by_hand() -> None:
    """The third is worse than both others, which cannot be told apart; equal scores never outrank each other."""
    assert shared_ranks([0.9, 0.8, 0.3], {(0, 1): 0.4, (0, 2): 0.001, (1, 2): 0.01}) == [1, 1, 3]
    assert shared_ranks([0.5, 0.5], {(0, 1): 0.01}) == [1, 1]
    assert shared_ranks([], {}) == []
