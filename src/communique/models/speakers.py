"""Who speaks: the mention that names the speaker of a quote, and estimators that would rather find too much, from
which a later step chooses.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone

from communique.models.classifier import CategoricalSVC
from communique.models.columns import Columns, binned, cross, padded
from communique.models.document import Codes, Document, Labelled, code
from communique.models.labeller import SequenceLabeller

PRONOUN = "pronoun"
"""The label of mentions that are pronouns."""

REACH = 40
"""How many surface forms back a speaker may be named."""

FOLDS = 3
"""Into how many blocks `held_out` cuts the documents."""

_RIGHT, _WRONG = "right", "wrong"
_WIDTH = 18


class EagerLabeller(SequenceLabeller):
    """A `SequenceLabeller` that takes a span also where its margin falls short of that of no span.

    Args:
        columns: functions of a document that give the tokens' columns.
        cost: the weight of training errors.
        bias: what is taken off the margin of `O` at each token.
    """

    def __init__(self, columns: tuple[Columns, ...], cost: float = 0.1, bias: float = 0.0) -> None:
        super().__init__(columns, cost)
        self.bias = bias

    def margins(self, document: Document) -> tuple[tuple[str, ...], NDArray[np.float64]]:
        """The tags, `O` first, and the margin of each for each token, shape (tokens, tags), the bias taken off `O`."""
        tags, margins = super().margins(document)
        margins[:, 0] -= self.bias
        return tags, margins


def held_out(
    labeller: SequenceLabeller, documents: Sequence[Document], spans: Sequence[Sequence[Labelled]]
) -> list[list[Labelled]]:
    """What the labeller finds in each document when it is trained on the others, in three blocks of neighbours.

    A step that is to choose from a labeller's spans learns from these what its mistakes look like (stacking, Wolpert
    1992). Fewer documents than blocks give no spans. The labeller itself stays as it is.
    """
    found: list[list[Labelled]] = [[] for _ in documents]
    if len(documents) < FOLDS:
        return found
    for block in np.array_split(np.arange(len(documents)), FOLDS):
        rest = [number for number in range(len(documents)) if not block[0] <= number <= block[-1]]
        model = clone(labeller).fit([documents[number] for number in rest], [spans[number] for number in rest])
        for number in block:
            found[number] = model.predict([documents[number]])[0]
    return found


class Attributed(NamedTuple):
    """A quote whose speaker is asked for: its cue, or its first content where it has none, and its source if any."""

    anchor: Labelled
    source: Labelled | None

    @property
    def is_open(self) -> bool:
        """Whether the source does not say by itself who speaks: a pronoun, or none."""
        return self.source is None or self.source.label == PRONOUN


class SpeakerRanker(BaseEstimator):  # type: ignore[misc]
    """The mention that names the speaker of each quote.

    Names, roles and nominals name themselves. For a pronoun, or without a source, all mentions before that are no
    pronouns are ranked, of each surface form the last, together with the pronoun itself, or nobody; the one with the
    largest margin wins (mention ranking, Denis and Baldridge 2008). Quotes are taken in text order: who spoke last, and
    whom which pronoun stood for, is evidence for the next.

    Args:
        cost: the weight of training errors.
    """

    def __init__(self, cost: float = 0.03) -> None:
        self.cost = cost

    def fit(
        self,
        documents: Sequence[Document],
        quotes: Sequence[Sequence[Attributed]],
        mentions: Sequence[Sequence[Labelled]],
        right: Sequence[Sequence[Collection[tuple[int, int]]]],
    ) -> "SpeakerRanker":
        """Learn from the quotes of at least one document.

        Args:
            documents: the documents.
            quotes: the quotes of each, in text order; sources labelled as mentions.
            mentions: the mentions of each, in text order, labelled with their types or `PRONOUN`.
            right: for each quote the spans that name its speaker, none where nobody is known to speak.
        """
        rows: list[Codes] = [np.zeros((0, _WIDTH), dtype=np.int64)]
        labels: list[str] = []
        for document, asked, named, answers in zip(documents, quotes, mentions, right, strict=True):
            story = _Story(document, named)
            for quote, answer in zip(asked, answers, strict=True):
                speaker = quote.source
                if quote.is_open:
                    candidates = story.candidates(quote)
                    hits = [span[:2] in answer if span else not answer for span in candidates]
                    rows.append(story.columns(quote, candidates))
                    labels += [_RIGHT if hit else _WRONG for hit in hits]
                    speaker = candidates[hits.index(True)] if any(hits) else speaker
                story.goes_on(quote, speaker)
        self.classifier_ = CategoricalSVC(self.cost).fit(np.vstack(rows), labels)
        return self

    def predict(
        self, document: Document, quotes: Sequence[Attributed], mentions: Sequence[Labelled]
    ) -> list[Labelled | None]:
        """The speaker of each quote, None for nobody; quotes and mentions in text order. Untaught, the sources."""
        classes = list(self.classifier_.classes_)
        story = _Story(document, mentions)
        found: list[Labelled | None] = []
        for quote in quotes:
            speaker = quote.source
            if quote.is_open and _RIGHT in classes:
                candidates = story.candidates(quote)
                margins = self.classifier_.decision_function(story.columns(quote, candidates))
                speaker = candidates[int(margins[:, classes.index(_RIGHT)].argmax())]
            story.goes_on(quote, speaker)
            found.append(speaker)
        return found


class _Story:
    """The mentions of a document, in text order, and who has spoken in it so far."""

    def __init__(self, document: Document, mentions: Sequence[Labelled]) -> None:
        self.document = document
        self.mentions = [span for span in mentions if span.label != PRONOUN]
        self.times: dict[str, int] = {}
        for span in self.mentions:
            self.times[self.text(span)] = self.times.get(self.text(span), 0) + 1
        self.speakers: list[str] = []
        self.named: set[tuple[int, int]] = set()
        self.pronoun: dict[str, str] = {}

    def text(self, span: Labelled | None) -> str:
        return self.document.text[span.start : span.end].lower() if span else ""

    def head(self, span: Labelled | None) -> str:
        """The last word, which mentions of one speaker often share."""
        return (self.text(span).split() or [""])[-1]

    def candidates(self, quote: Attributed) -> list[Labelled | None]:
        """The source, which may be none, then the last mention of each surface form before the quote, latest first."""
        at = (quote.source or quote.anchor).start
        last = {self.text(span): span for span in self.mentions if span.end <= at}
        return [quote.source, *sorted(last.values(), reverse=True)[:REACH]]

    def goes_on(self, quote: Attributed, speaker: Labelled | None) -> None:
        """Remember who has said a quote."""
        self.speakers.append(self.head(speaker))
        self.named |= {span[:2] for span in (quote.source, speaker) if span}
        if quote.source and quote.source.label == PRONOUN:
            self.pronoun[self.head(speaker)] = self.text(quote.source)

    def columns(self, quote: Attributed, candidates: Sequence[Labelled | None]) -> Codes:
        """What each candidate looks like, shape (candidates, columns): its label and words, how far back it stands, how
        often it is named, when it last spoke and which pronoun stood for it; each with the pronoun that is asked for.
        """
        document = self.document
        spans = [span for span in candidates[1:] if span]
        base = quote.source or quote.anchor
        first = document.tokens(base.start, base.end)[0]
        pronoun = self.text(quote.source) or f"none, {quote.anchor.label}"
        begin, end = np.array([document.tokens(*span[:2]) for span in spans], dtype=np.int64).reshape(-1, 2).T
        heads = [self.head(span) for span in spans]
        label, head = (np.array([code(word) for word in found], dtype=np.int64)
                       for found in ([span.label for span in spans], heads))  # fmt: skip
        labels = [span.label for span in spans]
        rank = np.array([labels[:number].count(name) for number, name in enumerate(labels)], dtype=np.int64)
        latest = {name: number for number, name in enumerate(dict.fromkeys(reversed(self.speakers)), start=1)}
        spoke = np.array([min(latest.get(name, 9), 4) for name in heads], dtype=np.int64) + (not latest) * 9
        stood = [self.pronoun.get(name) for name in heads]
        agrees = np.array([0 if one is None else 1 if one == pronoun else 2 for one in stood], dtype=np.int64)
        source = np.array([span[:2] in self.named for span in spans], dtype=np.int64)
        times = np.array([min(self.times[self.text(span)], 4) for span in spans], dtype=np.int64)
        apart = np.minimum(document.sentence[first] - document.sentence[begin], 4)
        into = np.minimum(begin - np.searchsorted(document.sentence, document.sentence[begin]), 3)
        order = binned(np.arange(len(spans)))
        columns = [
            label,
            cross(label, binned(rank)),
            cross(label, apart),
            np.minimum(document.paragraph[first] - document.paragraph[begin], 3),
            cross(spoke, np.minimum(apart, 3)),
            cross(spoke, label),
            cross(spoke, agrees),
            agrees,
            times,
            cross(into, apart),
            padded(document.lower, begin - 1),
            padded(document.lower, end),
            order,
            cross(order, label),
            cross(source, apart),
            document.quoted[begin].astype(np.int64),
            head,
            cross(rank, spoke, apart, label),
        ]
        kind = np.full(len(spans), code(pronoun))
        own = np.zeros(_WIDTH, dtype=np.int64)
        own[:2] = code(f"own {pronoun}"), code(f"own {document.words[first - 1].lower() if first else ''}")
        return np.vstack([own, np.column_stack([cross(kind, column) for column in columns])])
