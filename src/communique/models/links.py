"""Labels for spans and for pairs of spans: what an event is like, which spans fill its roles, who says a content."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from communique.models.biased import GRID, best_bias, folds
from communique.models.bilou import decode, encode, tags_of, viterbi
from communique.models.classifier import CategoricalSVC
from communique.models.columns import Columns, binned, cross, forms, gather, linking, padded, stems, words
from communique.models.document import Codes, Document, Labelled, code
from communique.models.labeller import spread

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
        return [str(label) for label in self.classifier_.predict(self._rows(document, spans))]

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
    """The best candidate of each anchor, or none, among pairs of spans.

    Args:
        cost: the weight of training errors.
        bias: how far below zero the margin for a link may be.
    """

    def __init__(self, cost: float = 0.1, bias: float = 0.0) -> None:
        self.cost = cost
        self.bias = bias

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

    def best(self, pairs: Pairs) -> dict[int, int]:
        """For each anchor the number of the candidate with the largest margin for a link, of equals the first, where
        that is at least `-bias`. Empty where training showed no link.
        """
        classes = list(self.classifier_.classes_)
        if LINKED not in classes:
            return {}
        margins = self.classifier_.decision_function(pairs.columns())[:, classes.index(LINKED)]
        order = np.lexsort((-np.arange(len(margins)), margins))
        return {int(i): int(j) for i, j in pairs.index[order[margins[order] >= -self.bias]]}


@dataclass(frozen=True, eq=False)
class Surroundings:
    """The tokens of each anchor's sentence, seen from the anchor: a row for each anchor and token.

    An anchor's sentence is that of its first token. `known` are spans that are found already, such as names.
    """

    document: Document
    anchors: Sequence[Labelled]
    known: Sequence[Labelled]

    @cached_property
    def ends(self) -> NDArray[np.int64]:
        """Half-open numbers of each anchor's tokens, shape (anchors, 2)."""
        ends = [self.document.tokens(anchor.start, anchor.end) for anchor in self.anchors]
        return np.array(ends, dtype=np.int64).reshape(-1, 2)

    @cached_property
    def sentences(self) -> NDArray[np.int64]:
        """Half-open numbers of the tokens of each anchor's sentence, shape (anchors, 2)."""
        numbers = self.document.sentence
        own = numbers[self.ends[:, 0]]
        return np.column_stack([np.searchsorted(numbers, own, side) for side in ("left", "right")])

    @cached_property
    def index(self) -> NDArray[np.int64]:
        """Numbers of anchor and token, shape (rows, 2), by anchor and then token."""
        sizes = self.sentences[:, 1] - self.sentences[:, 0]
        anchor = np.repeat(np.arange(len(sizes)), sizes)
        within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return np.column_stack([anchor, self.sentences[anchor, 0] + within])

    def columns(self) -> Codes:
        """What each row looks like, shape (rows, columns): the token's words, the known spans and anchors that it
        stands in, and these by how it stands to the anchor: side, distance, what is between, the anchor's own words.
        """
        document = self.document
        anchor, token = self.index.T
        first, last = self.ends[anchor].T
        _, lower, _, _, ending, _, shape = forms(document).T
        stem, link = stems(document)[:, 0], linking(document)[:, 0]
        tags = [encode(document, spans) for spans in (self.known, self.anchors)]
        known, other = (np.array([code(tag) for tag in found], dtype=np.int64) for found in tags)
        side = np.where(token < first, -1, np.where(token >= last, 1, 0))
        distance = np.where(side < 0, token - first, np.where(side > 0, token - last + 1, 0))
        near = np.clip(distance, -4, 4)
        label = np.array([code(span.label) for span in self.anchors], dtype=np.int64)[anchor]

        def between(marked: NDArray[np.bool_], most: int) -> Codes:
            counts: Codes = np.cumsum(marked)
            apart: Codes = counts[token] - counts[first]
            return np.clip(apart, -most, most)

        commas = between(lower == code(","), 3)
        quotes = between(np.isin(lower, [code(mark) for mark in '“”"']), 3)
        names, others = (
            between(np.array([tag[0] in "BU" for tag in found], dtype=bool), most)
            for found, most in zip(tags, (4, 3), strict=True)
        )
        before, two_before, after = (padded(lower, at) for at in (first - 1, first - 2, last))
        previous, following = padded(lower, token - 1), padded(lower, token + 1)
        name, verb, link = known[token], stem[first], link[token]
        return np.column_stack(
            [
                words(document)[token],
                name,
                padded(known, token - 1),
                padded(known, token + 1),
                other[token],
                cross(side, label),
                cross(side, verb),
                cross(binned(distance), label),
                binned(distance),
                near,
                cross(near, verb),
                cross(near, name),
                cross(near, other[token]),
                cross(near, shape[token]),
                cross(side, name, label),
                cross(side, other[token], label),
                cross(side, shape[token]),
                cross(side, lower[token]),
                cross(label, lower[token]),
                cross(side, stem[token], label),
                cross(side, previous),
                cross(side, previous, label),
                cross(side, previous, name),
                cross(near, previous),
                cross(side, following),
                cross(side, link),
                cross(side, link, label),
                cross(side, link, name),
                cross(verb, link),
                cross(side, commas),
                cross(name, commas),
                cross(side, commas, other[token]),
                cross(name, names),
                cross(side, names, label),
                cross(side, others),
                cross(side, others, name),
                cross(names, others, label),
                quotes,
                cross(quotes, label),
                cross(side, before),
                cross(side, before, name),
                cross(side, before, two_before),
                cross(side, before, ending[first]),
                cross(side, before, ending[first], label),
                cross(side, ending[first]),
                cross(side, after),
                cross(near, after),
            ]
        )


class RoleLabeller(BaseEstimator):  # type: ignore[misc]
    """The arguments of each anchor: spans of its sentence, labelled with their roles.

    The sentence is labelled once for each of its anchors, by BILOU tags over `Surroundings`, so that a span need not be
    found before it can be an argument; the spans of one anchor are flat. To tag the words around each predicate in turn
    is the method of Hacioglu et al. 2004. Like `BiasedLabeller` it subtracts `bias_`, chosen out of fold for the F1 of
    exact arguments of given anchors, from the margin of `O`.

    Args:
        cost: the weight of training errors.
    """

    def __init__(self, cost: float = 0.05) -> None:
        self.cost = cost

    def fit(
        self,
        surroundings: Sequence[Surroundings],
        arguments: Sequence[Sequence[Sequence[Labelled]]],
        groups: Sequence[Hashable],
    ) -> "RoleLabeller":
        """Learn from the surroundings of at least one document.

        Args:
            surroundings: the anchors of each document, with what is known.
            arguments: the arguments of each anchor of each document; those outside its sentence teach nothing.
            groups: the group of each document, which is held out as a whole; with fewer than two the bias is 0.
        """
        columns = [found.columns() for found in surroundings]
        tags = [self._tags(found, those) for found, those in zip(surroundings, arguments, strict=True)]
        self.labels_ = sorted({tag[2:] for found in tags for tag in found} - {""})
        predicted: dict[float, set[Hashable]] = {bias: set() for bias in GRID}
        for known, held in folds(groups):
            self._learn([columns[i] for i in known], [tags[i] for i in known])
            for i in held:
                margins = self._margins(columns[i])
                for bias in GRID:
                    found = self._spans(surroundings[i], margins, bias)
                    predicted[bias] |= {(i, anchor, span) for anchor, those in enumerate(found) for span in those}
        gold = {
            (i, anchor, span)
            for i, found in enumerate(arguments)
            for anchor, those in enumerate(found)
            for span in those
        }
        self.bias_ = best_bias(predicted, gold)
        self._learn(columns, tags)
        return self

    def predict(self, surroundings: Surroundings) -> list[list[Labelled]]:
        """The arguments of each anchor, in text order. No anchors give an empty list."""
        return self._spans(surroundings, self._margins(surroundings.columns()), self.bias_)

    @staticmethod
    def _tags(surroundings: Surroundings, arguments: Sequence[Sequence[Labelled]]) -> list[str]:
        return [
            tag
            for (low, high), spans in zip(surroundings.sentences, arguments, strict=True)
            for tag in encode(surroundings.document, spans)[low:high]
        ]

    def _learn(self, columns: Sequence[Codes], tags: Sequence[Sequence[str]]) -> None:
        self.classifier_ = CategoricalSVC(self.cost).fit(np.vstack(columns), [tag for found in tags for tag in found])

    def _margins(self, columns: Codes) -> NDArray[np.float64]:
        margins = self.classifier_.decision_function(columns)
        return spread(margins, tuple(self.classifier_.classes_), tags_of(self.labels_))

    def _spans(self, surroundings: Surroundings, margins: NDArray[np.float64], bias: float) -> list[list[Labelled]]:
        biased = margins - bias * (np.arange(margins.shape[1]) == 0)
        borders = np.searchsorted(surroundings.index[:, 0], np.arange(len(surroundings.anchors) + 1))
        return [
            decode(surroundings.document, tags, int(offset))
            for tags, offset in zip(
                viterbi(biased, np.diff(borders), self.labels_), surroundings.sentences[:, 0], strict=True
            )
        ]
