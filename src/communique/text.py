"""Paragraphs, sentences and tokens of a raw article, as code point spans. None of them looks at annotations.

Line 1 of an article is its title; each further line is one paragraph. Sentences never cross a paragraph.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from communique.schema import Row


class Span(NamedTuple):
    """Half-open code point offsets into the article's text."""

    start: int
    end: int


_TOKEN = re.compile(
    r"(?:[^\W\d_]\.){2,}"  # U.S., U.N.
    r"|\d+(?:[.,:]\d+)*"  # 3.5, 1,200, 10:30
    r"|[^\W\d_]+|_+"
    r"|\S"
)
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s+[\"'“‘(\[]*[^\W_])")
_ABBREVIATIONS = frozenset(
    "adm brig capt cmdr col cpl dr gen gov jr lt maj mr mrs ms no prof rep rev sen sgt sr st vs "
    "jan feb mar apr jun jul aug sep sept oct nov dec".split()
)
_LAST_WORD = re.compile(r"(\w+)\.$")


def tokenize(text: str) -> list[Span]:
    """Split a text into tokens: words, numbers, dotted abbreviations, single marks.

    Hyphens, dashes and apostrophes are tokens of their own, and letters part from digits, so that a name can begin or
    end beside each of them. An empty text has no tokens.
    """
    return [Span(*match.span()) for match in _TOKEN.finditer(text)]


def _ends_sentence(before: str, after: str) -> bool:
    """Whether a sentence ends between two stretches of one paragraph (`before` ends in closing marks and quotes)."""
    first = after.lstrip().lstrip("\"'“‘([")[:1]
    if not (first.isupper() or first.isdigit() or after.lstrip()[:1] in "“‘\"'"):
        return False
    if not before.endswith("."):
        return True
    word = _LAST_WORD.search(before)
    if not word:
        return True
    last = word.group(1)
    return not (last.lower() in _ABBREVIATIONS or (len(last) == 1 and last.isupper()))


def sentences_of(text: str, paragraph: Span) -> list[Span]:
    """Split one paragraph into sentences, without the white space between them.

    A sentence ends at `.`, `!`, `?` or an ellipsis, with the closing marks that follow, before a capital letter, a
    digit or an opening quote, unless the full stop belongs to an abbreviation or an initial.
    """
    found: list[Span] = []
    start = paragraph.start
    for match in _SENTENCE_END.finditer(text, paragraph.start, paragraph.end):
        if _ends_sentence(text[start : match.end()], text[match.end() : paragraph.end]):
            found.append(Span(start, match.end()))
            start = match.end()
    found.append(Span(start, paragraph.end))
    trimmed = []
    for sentence in found:
        piece = text[sentence.start : sentence.end]
        begin = sentence.start + len(piece) - len(piece.lstrip())
        end = sentence.end - (len(piece) - len(piece.rstrip()))
        if begin < end:
            trimmed.append(Span(begin, end))
    return trimmed


def paragraphs_of(text: str, kinds: Mapping[int, str] | None = None) -> list[Row]:
    """Return the paragraphs as rows `{start, end, kind, duplicate_of}`; `kinds` overrides the kind by number.

    Paragraph 0 is the title, the others are `body` unless `kinds` says otherwise. `duplicate_of` is the number of the
    first earlier paragraph with the same text, or null. Empty lines are not paragraphs and are not numbered.
    """
    kinds = kinds or {}
    rows: list[Row] = []
    first_seen: dict[str, int] = {}
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        if line.strip():
            number = len(rows)
            default = "title" if number == 0 else "body"
            rows.append(
                {
                    "start": start,
                    "end": end,
                    "kind": kinds.get(number, default),
                    "duplicate_of": first_seen.get(line),
                }
            )
            first_seen.setdefault(line, number)
        start = end + 1
    return rows
