"""An article as arrays of tokens, read from the fields that a system may see, and labelled spans over it."""

import zlib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from communique.schema import Row

Codes = NDArray[np.int64]
"""Categories as hash codes. Equal codes mean equal categories; 0 means that there is nothing."""


class Labelled(NamedTuple):
    """A labelled span: code points of the article's text, half-open."""

    start: int
    end: int
    label: str


@lru_cache(maxsize=1 << 18)
def code(string: str) -> int:
    """The code of a category, the same in every process; 0 for an empty string."""
    return zlib.crc32(string.encode("utf-8", "surrogatepass"))


@dataclass(frozen=True, eq=False)
class Document:
    """One article: `words`, their `starts` and `ends` (code points, half-open), the numbers of their `sentence` and
    `paragraph`, each of shape (tokens,). An empty article has empty arrays.
    """

    text: str
    words: list[str]
    starts: Codes
    ends: Codes
    sentence: Codes
    paragraph: Codes

    @classmethod
    def of(cls, row: Row) -> "Document":
        """The document of a joined row; reads `text`, `tokens`, `token_starts`, `sentences` and `paragraphs` alone."""
        starts = np.array(row["token_starts"], dtype=np.int64)
        ends = starts + np.array([len(token) for token in row["tokens"]], dtype=np.int64)
        numbers = [
            np.searchsorted([item["start"] for item in row[table]], starts, "right") - 1
            for table in ("sentences", "paragraphs")
        ]
        return cls(row["text"], list(row["tokens"]), starts, ends, *numbers)

    @cached_property
    def lower(self) -> Codes:
        """Codes of the words in lower case."""
        return np.array([code(word.lower()) for word in self.words], dtype=np.int64)

    @cached_property
    def quoted(self) -> NDArray[np.bool_]:
        """Whether each token stands inside double quote marks; the marks themselves do.

        A mark that is never closed holds to the end of its paragraph.
        """
        inside = np.zeros(len(self.words), dtype=bool)
        opened: int | None = None
        for number in [number for number, word in enumerate(self.words) if word in '“”"']:
            if opened is not None and self.paragraph[opened] != self.paragraph[number]:
                inside[opened : np.searchsorted(self.paragraph, self.paragraph[opened], "right")] = True
                opened = None
            if self.words[number] == "“" or (self.words[number] == '"' and opened is None):
                opened = number if opened is None else opened
            elif opened is not None:
                inside[opened : number + 1] = True
                opened = None
        if opened is not None:
            inside[opened : np.searchsorted(self.paragraph, self.paragraph[opened], "right")] = True
        return inside

    def tokens(self, start: int, end: int) -> tuple[int, int]:
        """Half-open numbers of the tokens that a span of code points touches."""
        return int(np.searchsorted(self.ends, start, "right")), int(np.searchsorted(self.starts, end, "left"))

    def labelled(self, first: int, last: int, label: str) -> Labelled:
        """The span of the tokens from `first` up to `last`, exclusive; at least one token."""
        return Labelled(int(self.starts[first]), int(self.ends[last - 1]), label)

    def runs(self, marked: NDArray[np.bool_], within: Codes, label: str) -> list[Labelled]:
        """The longest stretches of marked tokens that share one value of `within`, as spans in text order."""
        found: list[Labelled] = []
        first: int | None = None
        for number in range(len(self.words) + 1):
            ends = (
                number == len(self.words) or not marked[number] or (number > 0 and within[number] != within[number - 1])
            )
            if first is not None and ends:
                found.append(self.labelled(first, number, label))
                first = None
            if first is None and number < len(self.words) and marked[number]:
                first = number
        return found

    def capitalised(self) -> list[Labelled]:
        """Spans that look like names: runs of words with a capital which never stand in lower case in the article."""
        lower = {word for word in self.words if word.islower()}
        marked = np.array([word[0].isupper() and word.lower() not in lower for word in self.words], dtype=bool)
        return self.runs(marked, self.sentence, "name")


def nearest(start: int, end: int, candidates: Collection[Labelled]) -> Labelled | None:
    """The candidate with the fewest code points between it and a span, the earlier of two; None if there is none."""

    def gap(candidate: Labelled) -> tuple[int, int]:
        return max(candidate.start - end, start - candidate.end), candidate.start

    return min(candidates, key=gap, default=None)
