"""A bias against the tag `O`, chosen out of fold: a plain labeller of rare spans misses most of them."""

from collections.abc import Hashable, Mapping, Sequence
from collections.abc import Set as AbstractSet

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.model_selection import GroupKFold

from communique.models.document import Document, Labelled
from communique.models.labeller import SequenceLabeller

GRID = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""The biases tried, in units of the margin, in which a tag is as far from its rivals as 2."""
FOLDS = 4


def folds(groups: Sequence[Hashable]) -> list[tuple[list[int], list[int]]]:
    """Numbers of documents to learn from and to hold out: each document is held out once, with all of its group.

    At most `FOLDS` pairs, as many as there are groups if those are fewer; none for fewer than two groups.
    """
    number = {group: place for place, group in enumerate(dict.fromkeys(groups))}
    parts = min(FOLDS, len(number))
    if parts < 2:
        return []
    split = GroupKFold(parts).split(groups, groups=[number[group] for group in groups])
    return [(known.tolist(), held.tolist()) for known, held in split]


def best_bias(found: Mapping[float, AbstractSet[Hashable]], gold: AbstractSet[Hashable]) -> float:
    """The bias whose found items have the largest F1 against gold; of equals the first."""
    return max(found, key=lambda bias: len(found[bias] & gold) / max(len(found[bias]) + len(gold), 1))


class BiasedLabeller(SequenceLabeller):
    """A `SequenceLabeller` that subtracts `bias_` from the margin of `O` before it decodes.

    The bias is the one of `GRID` with the largest F1 of exact labelled spans over the training documents, each of them
    predicted by a labeller that saw nothing of its group: the thresholds that do best on held-out data (SCut in Yang
    2001), here one for all tags.

    Args:
        columns: functions of a document that give the tokens' columns.
        cost: the weight of training errors.
    """

    def fit(
        self,
        documents: Sequence[Document],
        spans: Sequence[Sequence[Labelled]],
        groups: Sequence[Hashable] | None = None,
    ) -> "BiasedLabeller":
        """Learn from at least one document and the spans of each.

        Args:
            documents: the documents.
            spans: the spans of each document. Of spans that overlap the longest is learnt.
            groups: the group of each document (its storyline, say), which is held out as a whole; by default every
                document is its own. With fewer than two groups the bias is 0.
        """
        found: dict[float, set[Hashable]] = {bias: set() for bias in GRID}
        for known, held in folds(range(len(documents)) if groups is None else groups):
            labeller = clone(self)
            SequenceLabeller.fit(labeller, [documents[i] for i in known], [spans[i] for i in known])
            for bias in GRID:
                labeller.bias_ = bias
                predicted = labeller.predict([documents[i] for i in held])
                found[bias] |= {(i, span) for i, those in zip(held, predicted, strict=True) for span in those}
        self.bias_ = best_bias(found, {(i, span) for i, those in enumerate(spans) for span in those})
        super().fit(documents, spans)
        return self

    def margins(self, document: Document) -> tuple[tuple[str, ...], NDArray[np.float64]]:
        """The tags, and the margin of each for each token, shape (tokens, tags), the bias taken from that of `O`."""
        tags, margins = super().margins(document)
        margins[:, 0] -= self.bias_
        return tags, margins
