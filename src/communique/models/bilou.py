"""Spans as BILOU tags, one a token, and the best valid tag sequence under given margins.

A span of one token is `U-label`; of several `B-label`, any number of `I-label`, `L-label`; `O` is outside (Ratinov and
Roth 2009).
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from communique.models.document import Document, Labelled

OUTSIDE = "O"
UNSEEN = -1e6
"""The margin of a tag that training never showed: taken only where no valid sequence can do without it."""


def tags_of(labels: Sequence[str]) -> tuple[str, ...]:
    """All tags over the labels, `O` first."""
    return (OUTSIDE, *(f"{prefix}-{label}" for label in labels for prefix in "BILU"))


def encode(document: Document, spans: Sequence[Labelled]) -> list[str]:
    """One tag for each token. Of spans that overlap the longest is kept, then the first; a span covers every token
    that it touches.
    """
    tags = [OUTSIDE] * len(document.words)
    for span in sorted(spans, key=lambda span: (span.start - span.end, span.start)):
        first, last = document.tokens(span.start, span.end)
        if first < last and all(tag == OUTSIDE for tag in tags[first:last]):
            inner = [f"I-{span.label}"] * (last - first - 2)
            one = [f"U-{span.label}"]
            tags[first:last] = one if last - first == 1 else [f"B-{span.label}", *inner, f"L-{span.label}"]
    return tags


def decode(document: Document, tags: Sequence[str], offset: int = 0) -> list[Labelled]:
    """The spans of a valid tag sequence, in text order; the first tag is that of token `offset`."""
    spans = []
    first = offset
    for number, tag in enumerate(tags, start=offset):
        if tag[0] in "BU":
            first = number
        if tag[0] in "LU":
            spans.append(document.labelled(first, number + 1, tag[2:]))
    return spans


@lru_cache
def allowed(tags: tuple[str, ...]) -> NDArray[np.bool_]:
    """Whether the tag of a row may be followed by the tag of a column, shape (tags, tags)."""
    return np.array(
        [[after[0] in "IL" and one[2:] == after[2:] if one[0] in "BI" else after[0] in "OBU" for after in tags]
         for one in tags]
    )  # fmt: skip


def viterbi(margins: NDArray[np.float64], tags: tuple[str, ...]) -> list[str]:
    """The valid tag sequence with the largest sum of margins, shape (tokens, tags); of equal ones the first in the
    order of `tags`, seen from the end. No tokens give no tags.
    """
    if not len(margins):
        return []
    forbidden = np.where(allowed(tags), 0.0, -np.inf)
    opens = np.array([0.0 if tag[0] in "OBU" else -np.inf for tag in tags])
    closes = np.array([0.0 if tag[0] in "OLU" else -np.inf for tag in tags])
    best = margins[0] + opens
    came_from = np.zeros(margins.shape, dtype=np.int64)
    for number in range(1, len(margins)):
        reached = best[:, None] + forbidden
        came_from[number] = reached.argmax(axis=0)
        best = reached.max(axis=0) + margins[number]
    path = [int((best + closes).argmax())]
    for number in range(len(margins) - 1, 0, -1):
        path.append(int(came_from[number, path[-1]]))
    return [tags[tag] for tag in reversed(path)]
