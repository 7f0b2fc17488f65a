"""Seconds of wall clock."""

import time
from collections.abc import Callable


def timed(action: Callable[[], object]) -> float:
    """Seconds that one call takes."""
    before = time.perf_counter()
    action()
    return time.perf_counter() - before
