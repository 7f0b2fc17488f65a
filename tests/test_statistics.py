"""Intervals that hold their level, a test that calls no system different from its copy, ranks that are shared."""

import numpy as np
import pytest

from communique.statistics import MINIMUM_STORYLINES, f1_interval, holm, permutation_test, shared_ranks


def counts(rng: np.random.Generator, storylines: int, rate: float) -> np.ndarray:
    """Storylines of very different sizes, whose own rates scatter around `rate`."""
    sizes = rng.integers(5, 60, storylines)
    own = np.clip(rng.normal(rate, 0.12, storylines), 0.02, 0.98)
    hits = rng.binomial(sizes, own)
    return np.column_stack([hits, sizes, sizes])


def test_the_interval_by_hand() -> None:
    """Eight storylines of size (1 predicted, 1 gold), half right: F1 = 0.5, residuals +-1/16 of 16, so the variance is
    8/7 * 8 * (1/16)^2 = 1/28 and the half width t(0.975, 7) / sqrt(28) = 2.364624 / 5.291503 = 0.446872 (t from a
    printed table).
    """
    found = np.array([[1, 1, 1], [0, 1, 1]] * 4)
    low, high = f1_interval(found) or (0, 0)
    assert (low, high) == pytest.approx((0.5 - 0.446872, 0.5 + 0.446872), abs=1e-5)


def test_no_interval_and_no_rank_under_eight_storylines() -> None:
    few = np.array([[1, 2, 2]] * (MINIMUM_STORYLINES - 1))
    assert f1_interval(few) is None
    assert shared_ranks([0.5, 0.5], [few, few]) is None
    assert f1_interval(np.array([[1, 2, 2]] * MINIMUM_STORYLINES)) is not None


@pytest.mark.parametrize("storylines", [8, 12, 30])
def test_the_interval_covers_the_truth_near_95_percent(storylines: int) -> None:
    """Truth: the ratio over a population so large that its error does not matter."""
    rng = np.random.default_rng(7)
    everything = counts(rng, 200_000, 0.6)
    truth = 2 * everything[:, 0].sum() / everything[:, 1:].sum()
    inside = 0
    for _ in range(1500):
        low, high = f1_interval(everything[rng.integers(0, len(everything), storylines)]) or (1, 0)
        inside += low <= truth <= high
    assert 0.925 <= inside / 1500 <= 0.975


def test_a_system_is_not_different_from_its_copy() -> None:
    found = counts(np.random.default_rng(1), 20, 0.6)
    assert permutation_test(found, found.copy()) == 1.0
    assert shared_ranks([0.6, 0.6], [found, found.copy()]) == [1, 1]


def test_the_test_rejects_no_more_than_its_level() -> None:
    """Two systems of the same quality, 400 times: about 5 % below 0.05 (binomial sd 1.1 %)."""
    rng = np.random.default_rng(3)
    rejected = 0
    for _ in range(400):
        first, second = counts(rng, 16, 0.5), counts(rng, 16, 0.5)
        second[:, 1:] = first[:, 1:]
        second[:, 0] = np.minimum(second[:, 0], second[:, 1])
        first[:, 0], second[:, 0] = swapped(rng, first[:, 0], second[:, 0])
        rejected += permutation_test(first, second) < 0.05
    assert rejected / 400 <= 0.085


def swapped(rng: np.random.Generator, one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Exchange the two at random in each storyline: then the null hypothesis holds by construction."""
    swap = rng.random(len(one)) < 0.5
    return np.where(swap, other, one), np.where(swap, one, other)


def test_the_permutation_p_by_enumeration() -> None:
    """Three storylines, all sign flips: the observed split is one of 2 of 8 as extreme, so p is near 2/8."""
    first = np.array([[8, 10, 10], [7, 10, 10], [9, 10, 10]])
    second = np.array([[4, 10, 10], [5, 10, 10], [6, 10, 10]])
    assert permutation_test(first, second) == pytest.approx(2 / 8, abs=0.02)


def test_holm_by_hand() -> None:
    """Sorted 0.01, 0.02, 0.04 times 3, 2, 1: 0.03, 0.04, 0.04; the order given comes back."""
    assert holm([0.04, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_a_clearly_better_system_ranks_first() -> None:
    rng = np.random.default_rng(5)
    good, bad = counts(rng, 20, 0.9), counts(rng, 20, 0.3)
    assert shared_ranks([0.3, 0.9], [bad, good]) == [2, 1]
