"""Labelling in two passes: the second sees what the first makes of the neighbours and of the rest of the article.

Stacked sequential learning (Cohen and Carvalho 2005) with the article-level evidence of two-stage name taggers
(Krishnan and Manning 2006). The second pass learns from a first pass that has not seen the document's group.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.model_selection import GroupKFold

from communique.models.bilou import OUTSIDE, encode, tags_of
from communique.models.classifier import CategoricalSVC
from communique.models.columns import WINDOW, cross, elsewhere, gather, majority, shares, shifted
from communique.models.document import Codes, Document, Labelled, code
from communique.models.labeller import SequenceLabeller, best_tags, spread

FOLDS = 5

Counts = NDArray[np.float64]


class StackedLabeller(SequenceLabeller):
    """Flat labelled spans by two passes of a `SequenceLabeller`, decoded like its own.

    Beside the given columns the second pass sees of the first: its tags around the token, its posteriors (softmax of
    the margins, summed by label), and its mean posteriors and majority label for the same word and the same pairs of
    words elsewhere in the article. It also sees how training labels the word, of documents of other groups alone.
    Words match in any case. An empty document has no spans.

    Args:
        columns: functions of a document that give the tokens' columns.
        cost: the weight of training errors, the same in both passes.
    """

    def fit(
        self,
        documents: Sequence[Document],
        spans: Sequence[Sequence[Labelled]],
        groups: Sequence[str] | None = None,
    ) -> "StackedLabeller":
        """Learn from at least one document and the spans of each. Of spans that overlap the longest is learnt.

        Args:
            documents: the documents.
            spans: the spans of each.
            groups: what to keep together where a document is labelled by a first pass that has not seen it, such as
                its storyline; by default every document is a group of its own. With a single group the first pass
                has nothing to say, and the labeller learns what a `SequenceLabeller` would.
        """
        groups = [str(number) for number in range(len(documents))] if groups is None else groups
        gold = [encode(document, found) for document, found in zip(documents, spans, strict=True)]
        self.first_ = SequenceLabeller(self.columns, self.cost).fit(documents, spans)
        self.labels_ = self.first_.labels_
        self.words_ = np.unique(np.concatenate([document.lower for document in documents]))
        margins = self._held_out(documents, spans, groups)
        counts = {group: np.zeros((len(self.words_), len(self.labels_) + 1)) for group in groups}
        for document, found, group in zip(documents, gold, groups, strict=True):
            np.add.at(counts[group], (np.searchsorted(self.words_, document.lower), self._classes(found)), 1)
        self.counts_ = np.sum(list(counts.values()), axis=0)
        rows = [
            self._columns(document, known, self.counts_ - counts[group])
            for document, known, group in zip(documents, margins, groups, strict=True)
        ]
        self.classifier_ = CategoricalSVC(self.cost).fit(np.vstack(rows), [tag for found in gold for tag in found])
        return self

    def margins(self, document: Document) -> tuple[tuple[str, ...], NDArray[np.float64]]:
        """The tags, and the second pass's margin of each for each token, shape (tokens, tags)."""
        tags, first = self.first_.margins(document)
        margins = self.classifier_.decision_function(self._columns(document, first, self.counts_))
        return tags, spread(margins, tuple(self.classifier_.classes_), tags)

    def _held_out(
        self, documents: Sequence[Document], spans: Sequence[Sequence[Labelled]], groups: Sequence[str]
    ) -> list[NDArray[np.float64]]:
        """The margins of each document by a first pass that has not seen its group, shape (tokens, tags)."""
        tags = tags_of(self.labels_)
        margins: list[NDArray[np.float64]] = [np.zeros((len(document.words), len(tags))) for document in documents]
        folds = min(FOLDS, len(set(groups)))
        for train, held in GroupKFold(folds).split(documents, groups=groups) if folds > 1 else ():
            first = SequenceLabeller(self.columns, self.cost)
            first.fit([documents[i] for i in train], [spans[i] for i in train])
            for i in held:
                seen, found = first.margins(documents[i])
                margins[i] = spread(found, seen, tags)
        return margins

    def _classes(self, tags: Sequence[str]) -> Codes:
        """The number of each tag's label, counted from 1; 0 outside."""
        return np.array([0 if tag == OUTSIDE else 1 + self.labels_.index(tag[2:]) for tag in tags], dtype=np.int64)

    def _columns(self, document: Document, margins: NDArray[np.float64], counts: Counts) -> Codes:
        """All columns of the second pass, shape (tokens, columns), by the first pass's margins and the counts of each
        known word's training labels.
        """
        tags = tags_of(self.labels_)
        found = best_tags(document, self.labels_, margins)
        tag = np.array([code(tag) for tag in found], dtype=np.int64)
        before, _, after = around = [shifted(document, tag, offset) for offset in (-1, 0, 1)]
        likely = np.add.reduceat(softmax(margins, axis=1), [0, *range(1, len(tags), 4)], axis=1)
        classes = self._classes(found)
        word = document.lower
        following = shifted(document, word, 1)
        pair = np.where(following == 0, 0, cross(word, following))
        same, *pairs = (elsewhere(key, likely, classes) for key in (word, pair, shifted(document, pair, -1)))
        trained = _trained(word, self.words_, counts)
        return np.column_stack(
            [
                gather(document, self.columns),
                *(shifted(document, tag, offset) for offset in WINDOW),
                cross(before, tag),
                cross(tag, after),
                cross(*around),
                shares(likely, np.ones(len(likely))),
                same,
                cross(same[:, -1], tag),
                *(shifted(document, same[:, -1], offset) for offset in (-1, 1)),
                *pairs,
                trained,
                *(shifted(document, trained[:, -1], offset) for offset in (-1, 1)),
            ]
        )


def _trained(words: Codes, known: Codes, counts: Counts) -> Codes:
    """How the words were labelled in training, shape (tokens, classes + 2): binned shares, majority and its count."""
    if not len(known):
        return np.zeros((len(words), counts.shape[1] + 2), dtype=np.int64)
    at = np.minimum(np.searchsorted(known, words), len(known) - 1)
    votes = np.where((known[at] == words)[:, None], counts[at], 0.0)
    return np.column_stack([shares(votes, votes.sum(axis=1)), majority(votes)])
