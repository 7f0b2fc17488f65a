"""Labels for spans and for pairs of spans: what an event is like, which span fills its role, who says a content."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from communique.models.classifier import CategoricalSVC
from communique.models.columns import Columns, binned, cross, gather, padded
from communique.models.document import Codes, Document, Labelled, code

UNLINKED = ""
LINKED = "linked"


class SpanClassifier(BaseEstimator):  # type: ignore[misc]
    """A label for each given span, from the columns of its first and last token.

    Args:
        columns: functions of a document that give the tokens' columns.
        cost: the weight of training errors.
    """

    def __init__(self, columns: tuple[Columns, ...], cost: float = 0.1) -> None:
        self.columns = columns
        self.cost = cost

    def fit(self, documents: Sequence[Document], spans: Sequence[Sequence[Labelled]]) -> "SpanClassifier":
        """Learn the labels of the spans of at least one document."""
        rows = [self._rows(document, found) for document, found in zip(documents, spans, strict=True)]
        labels = [span.label for found in spans for span in found]
        self.classifier_ = CategoricalSVC(self.cost).fit(np.vstack(rows), labels)
        return self

    def predict(self, document: Document, spans: Sequence[Labelled]) -> list[str]:
        """A label for each span. Raises `ValueError` for spans after training on none."""
        return self.classifier_.predict(self._rows(document, spans))

    def _rows(self, document: Document, spans: Sequence[Labelled]) -> Codes:
        columns = gather(document, self.columns)
        ends = np.array([document.tokens(span.start, span.end) for span in spans], dtype=np.int64).reshape(-1, 2)
        return np.column_stack([columns[ends[:, 0]], columns[ends[:, 1] - 1]])


@dataclass(frozen=True, eq=False)
class Pairs:
    """The pairs of an anchor and a candidate of one document that stand at most `reach` paragraphs apart.

    A span is no candidate for itself. Without anchors or candidates there are no pairs.
    """

    document: Document
    anchors: Sequence[Labelled]
    candidates: Sequence[Labelled]
    reach: int = 0

    @cached_property
    def index(self) -> NDArray[np.int64]:
        """Numbers of anchor and candidate, shape (pairs, 2), by anchor and then candidate."""
        one, other = self._paragraphs(self.anchors), self._paragraphs(self.candidates)
        near = np.abs(one[:, None] - other[None, :]) <= self.reach
        for i, anchor in enumerate(self.anchors):
            for j, candidate in enumerate(self.candidates):
                near[i, j] &= anchor[:2] != candidate[:2]
        return np.argwhere(near)

    def _paragraphs(self, spans: Sequence[Labelled]) -> Codes:
        return np.asarray(self.document.paragraph[self._tokens(spans)[:, 0]])

    def _tokens(self, spans: Sequence[Labelled]) -> Codes:
        ends = [self.document.tokens(span.start, span.end) for span in spans]
        return np.array(ends, dtype=np.int64).reshape(-1, 2)

    def columns(self) -> Codes:
        """What each pair looks like, shape (pairs, columns): the words of both spans and beside them, their labels,
        which comes first, what stands between.
        """
        document, index = self.document, self.index
        lower, sentence = document.lower, document.sentence
        one, other = self._tokens(self.anchors), self._tokens(self.candidates)
        labels = [
            np.array([code(span.label) for span in spans], dtype=np.int64)[index[:, side]]
            for side, spans in enumerate((self.anchors, self.candidates))
        ]
        (first, last), (begin, end) = one[index[:, 0]].T, other[index[:, 1]].T
        direction = np.where(end <= first, -1, np.where(begin >= last, 1, 0))
        low = np.where(direction < 0, end, last)
        high = np.maximum(np.where(direction < 0, first, begin), low)
        gap = binned(np.where(direction == 0, 0, high - low + 1))
        between = [self._count(np.sort(spans[:, 0]), low, high) for spans in (other, one)]
        marks = np.flatnonzero(np.isin(lower, [code(mark) for mark in '“”"']))
        commas = np.flatnonzero(lower == code(","))
        anchor_word, before = padded(lower, first), padded(lower, begin - 1)
        head, after = padded(lower, end - 1), padded(lower, end)
        apart = sentence[begin] - sentence[first]
        anchor_label, label = labels
        side = cross(direction, label)
        return np.column_stack(
            [
                cross(anchor_word, direction),
                cross(padded(lower, last - 1), direction),
                cross(padded(lower, first - 1), direction),
                cross(padded(lower, last), direction),
                cross(head, direction),
                cross(head, anchor_label),
                cross(padded(lower, begin), direction),
                cross(before, direction),
                cross(padded(lower, begin - 2), before),
                cross(after, direction),
                cross(side, anchor_label),
                cross(before, anchor_label, direction),
                cross(before, side),
                cross(anchor_word, before, direction),
                cross(anchor_word, side),
                cross(anchor_word, after, direction),
                cross(gap, direction),
                cross(gap, side),
                cross(gap, anchor_label, direction),
                cross(np.clip(apart, -3, 3), label),
                cross(between[0], direction),
                cross(between[0], side),
                cross(between[1], direction),
                cross(between[0], between[1], side, anchor_label),
                cross(self._count(marks, low, high), direction),
                cross(self._count(commas, low, high), side),
                cross(document.quoted[first].astype(np.int64), document.quoted[begin].astype(np.int64), direction),
            ]
        )

    @staticmethod
    def _count(places: Codes, low: Codes, high: Codes) -> Codes:
        """How many of the ascending places stand from `low` up to `high`, at most 4."""
        counts: Codes = np.searchsorted(places, high, "left") - np.searchsorted(places, low, "left")
        return np.minimum(counts, 4)


class LinkClassifier(BaseEstimator):  # type: ignore[misc]
    """A label for each pair of spans, or none; and the best candidate of each anchor.

    Args:
        cost: the weight of training errors.
    """

    def __init__(self, cost: float = 0.1) -> None:
        self.cost = cost

    def fit(self, pairs: Sequence[Pairs], links: Sequence[Mapping[tuple[int, int], str]]) -> "LinkClassifier":
        """Learn from the pairs of at least one document.

        Args:
            pairs: the pairs of each document.
            links: the labels of each document's linked pairs by numbers of (anchor, candidate); other pairs are not
                linked, and labels of pairs that are out of reach teach nothing.
        """
        labels = [
            known.get((int(i), int(j)), UNLINKED)
            for found, known in zip(pairs, links, strict=True)
            for i, j in found.index
        ]
        self.classifier_ = CategoricalSVC(self.cost).fit(np.vstack([found.columns() for found in pairs]), labels)
        return self

    def predict(self, pairs: Pairs) -> dict[tuple[int, int], str]:
        """The labels of the linked pairs by numbers of (anchor, candidate)."""
        if not len(self.classifier_.classes_):
            return {}
        labels = self.classifier_.predict(pairs.columns())
        return {(int(i), int(j)): label for (i, j), label in zip(pairs.index, labels, strict=True) if label != UNLINKED}

    def best(self, pairs: Pairs) -> dict[int, int]:
        """For each anchor the number of the candidate with the largest margin for a link, where one is linked."""
        classes = list(self.classifier_.classes_)
        if LINKED not in classes:
            return {}
        margins = self.classifier_.decision_function(pairs.columns())[:, classes.index(LINKED)]
        found: dict[int, tuple[float, int]] = {}
        for (i, j), margin in zip(pairs.index, margins, strict=True):
            if margin >= 0 and (int(i) not in found or margin > found[int(i)][0]):
                found[int(i)] = (float(margin), int(j))
        return {i: j for i, (_, j) in found.items()}
