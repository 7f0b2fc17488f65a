"""Communiqué: diplomatic news annotated for entities, events and quotes, with a scorer and baselines."""

from importlib.metadata import version

__version__ = version("communique")
DATA_VERSION = "0.5.0"
"""The version of the scheme and of the articles: MAJOR scheme, MINOR new articles, PATCH corrections."""
RELEASED = "2026-11-25"
"""The day of that version."""
GUIDELINES_VERSION = "1.0"
"""The version of `annotations/guidelines` that new annotation is made by."""
