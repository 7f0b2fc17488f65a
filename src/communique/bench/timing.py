"""Seconds of wall clock, and of the processor."""

import time
from collections.abc import Callable


def timed(action: Callable[[], object]) -> float:
    """Seconds that one call takes."""
    before = time.perf_counter()
    action()
    return time.perf_counter() - before


def cpu_seconds(action: Callable[[], object]) -> float:
    """Processor seconds that one call takes in this process, over all its threads: others' load does not count."""
    before = time.process_time()
    action()
    return time.process_time() - before
