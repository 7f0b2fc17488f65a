"""Finding spans: a sequence labeller that learns, and a lexicon that remembers."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from communique.models.bilou import UNSEEN, decode, encode, tags_of, viterbi
from communique.models.classifier import CategoricalSVC
from communique.models.columns import Columns, gather
from communique.models.document import Document, Labelled


def spread(margins: NDArray[np.float64], seen: Sequence[str], tags: Sequence[str]) -> NDArray[np.float64]:
    """The margins of the seen tags, shape (tokens, seen), as columns of all tags; `UNSEEN` in the others."""
    wide = np.full((len(margins), len(tags)), UNSEEN)
    wide[:, [tags.index(tag) for tag in seen]] = margins
    return wide


def best_tags(document: Document, labels: Sequence[str], margins: NDArray[np.float64]) -> list[str]:
    """The best valid tag sequence of each paragraph, one after another; one tag a token."""
    borders = np.array([0, *(np.flatnonzero(np.diff(document.paragraph)) + 1), len(document.words)])
    return [tag for tags in viterbi(margins, np.diff(borders), labels) for tag in tags]


class SequenceLabeller(BaseEstimator):  # type: ignore[misc]
    """Flat labelled spans by BILOU tags: a margin for every tag of a token, then the best valid sequence.

    The sequences are paragraphs. Where training shows no span of a kind, none is predicted.

    Args:
        columns: functions of a document that give the tokens' columns.
        cost: the weight of training errors.
    """

    def __init__(self, columns: tuple[Columns, ...], cost: float = 0.1) -> None:
        self.columns = columns
        self.cost = cost

    def fit(self, documents: Sequence[Document], spans: Sequence[Sequence[Labelled]]) -> "SequenceLabeller":
        """Learn from at least one document and the spans of each. Of spans that overlap the longest is learnt."""
        tags = [tag for document, found in zip(documents, spans, strict=True) for tag in encode(document, found)]
        self.labels_ = sorted({tag[2:] for tag in tags} - {""})
        self.classifier_ = CategoricalSVC(self.cost)
        self.classifier_.fit(np.vstack([gather(document, self.columns) for document in documents]), tags)
        return self

    def predict(self, documents: Sequence[Document]) -> list[list[Labelled]]:
        """The spans of each document, in text order, flat."""
        return [self._spans(document) for document in documents]

    def margins(self, document: Document) -> tuple[tuple[str, ...], NDArray[np.float64]]:
        """The tags, and the margin of each for each token, shape (tokens, tags); `UNSEEN` for tags not in training."""
        tags = tags_of(self.labels_)
        seen = tuple(self.classifier_.classes_)
        return tags, spread(self.classifier_.decision_function(gather(document, self.columns)), seen, tags)

    def _spans(self, document: Document) -> list[Labelled]:
        if not self.labels_ or not document.words:
            return []
        _, margins = self.margins(document)
        return decode(document, best_tags(document, self.labels_, margins))


class Lexicon(BaseEstimator):  # type: ignore[misc]
    """Every span seen in training, with the label it had most often (of equals the first in the alphabet).

    Args:
        ignore_case: whether words match in any case.
    """

    def __init__(self, ignore_case: bool = False) -> None:
        self.ignore_case = ignore_case

    def _words(self, document: Document) -> list[str]:
        return [word.lower() for word in document.words] if self.ignore_case else document.words

    def fit(self, documents: Sequence[Document], spans: Sequence[Sequence[Labelled]]) -> "Lexicon":
        """Remember the spans of each document; none at all give an empty lexicon."""
        counts: dict[tuple[str, ...], Counter[str]] = {}
        for document, found in zip(documents, spans, strict=True):
            words = self._words(document)
            for span in found:
                first, last = document.tokens(span.start, span.end)
                counts.setdefault(tuple(words[first:last]), Counter())[span.label] += 1
        self.label_ = {key: min(seen, key=lambda label: (-seen[label], label)) for key, seen in counts.items()}
        self.longest_ = max(map(len, self.label_), default=0)
        return self

    def predict(self, documents: Sequence[Document]) -> list[list[Labelled]]:
        """The longest match from each token on, left to right, within paragraphs; flat and in text order."""
        return [self._spans(document) for document in documents]

    def _spans(self, document: Document) -> list[Labelled]:
        words = self._words(document)
        spans = []
        first = 0
        while first < len(words):
            end = int(np.searchsorted(document.paragraph, document.paragraph[first], "right"))
            lengths = range(min(self.longest_, end - first), 0, -1)
            length = next((size for size in lengths if tuple(words[first : first + size]) in self.label_), 0)
            if length:
                label = self.label_[tuple(words[first : first + length])]
                spans.append(document.labelled(first, first + length, label))
            first += length or 1
        return spans
