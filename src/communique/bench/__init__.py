"""Timings of what must be fast, each against a rival in the same run; ratios, not seconds, are what they print.

The rivals come with the extra `dev`. `scripts/bench.py` runs them.
"""
