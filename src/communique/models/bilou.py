"""Spans as BILOU tags, one a token, and the best valid tag sequence under given margins.

A span of one token is `U-label`; of several `B-label`, any number of `I-label`, `L-label`; `O` is outside (Ratinov and
Roth 2009).
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

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


def viterbi(margins: NDArray[np.float64], lengths: ArrayLike, labels: Sequence[str]) -> list[list[str]]:
    """The valid tag sequence with the largest sum of margins, for each of several sequences at once.

    A tag that closes (`O`, `L`, `U`) is followed by one that opens (`O`, `B`, `U`), `B` and `I` by `I` or `L` of the
    same label; so a step looks for the best closed tag, and within each label at `B` against `I`, and all sequences
    take it together.

    Args:
        margins: shape (tokens, tags), the columns in the order of `tags_of(labels)`; the sequences' tokens one after
            another.
        lengths: how many tokens each sequence has; their sum is the number of tokens.
        labels: the labels.

    Returns:
        A list of tags for each sequence; of equal ones the first in the order of the tags, seen from the end.
    """
    sizes = np.asarray(lengths, dtype=np.int64)
    if not labels:
        return [[OUTSIDE] * size for size in sizes]
    order = np.argsort(-sizes, kind="stable")
    starts = (np.cumsum(sizes) - sizes)[order]
    running = [int((sizes > step).sum()) for step in range(int(sizes.max(initial=0)) + 1)]
    numbers = 1 + 4 * np.arange(len(labels))
    tags = tags_of(labels)
    continuing = np.array([tag[0] in "IL" for tag in tags])
    closing = np.array([0, *np.column_stack([numbers + 2, numbers + 3]).ravel()])
    from_closed, from_inside = np.zeros(len(margins), dtype=np.int64), np.zeros((len(margins), len(labels)), dtype=bool)
    final = np.zeros(len(sizes), dtype=np.int64)
    closed = np.full((running[0], len(closing)), -np.inf)
    closed[:, 0] = 0
    begun = inside = np.full((running[0], len(labels)), -np.inf)
    for step, here in enumerate(running[:-1]):
        at = starts[:here] + step
        best = closed[:here].argmax(axis=1)
        from_closed[at], from_inside[at] = closing[best], inside[:here] > begun[:here]
        outer, within = closed[np.arange(here), best][:, None], np.maximum(begun[:here], inside[:here])
        parts = margins[at, 1:].reshape(here, len(labels), 4)
        closed = np.empty((here, len(closing)))
        closed[:, :1] = outer + margins[at, :1]
        closed[:, 1::2], closed[:, 2::2] = within + parts[:, :, 2], outer + parts[:, :, 3]
        begun, inside = outer + parts[:, :, 0], within + parts[:, :, 1]
        final[running[step + 1] : here] = closing[closed[running[step + 1] :].argmax(axis=1)]
    path = np.zeros(len(margins), dtype=np.int64)
    for step in range(len(running) - 2, -1, -1):
        at, tag = starts[: running[step]] + step, final[: running[step]]
        path[at] = tag
        label = (tag - 1) // 4
        continues = continuing[tag]
        final[: running[step]] = np.where(continues, numbers[label] + from_inside[at, label], from_closed[at])
    named = [tags[tag] for tag in path.tolist()]
    return [named[first:last] for first, last in pairwise([0, *np.cumsum(sizes).tolist()])]
