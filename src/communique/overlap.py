"""Do articles repeat each other: shared word sequences, equal openings, and what leaks between splits.

Only raw texts are looked at here, boilerplate paragraphs and later copies of a paragraph apart. A word is a stretch of
letters or digits; word sequences do not cross paragraphs and are compared case folded.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from communique.articles import Article
from communique.problems import Problem

SIZE = 8
"""Words in the sequences that are compared."""
STORYLINES = 3
"""How many storylines may share one sequence."""
OPENING = 4
"""Words of a first body paragraph that no other article may open with."""

_WORD = re.compile(r"[^\W_]+")
_SMALL = frozenset("of the and for in on a to".split())
_DATELINE = re.compile(r"^[^.!?]{0,90}?\s(?:-|--|–|—)\s+")


def _paragraphs(article: Article, kinds: Iterable[str] | None = None) -> list[str]:
    return [
        article.text[row["start"] : row["end"]]
        for row in article.paragraphs
        if row["kind"] != "boilerplate" and row["duplicate_of"] is None and (kinds is None or row["kind"] in kinds)
    ]


def _is_name(words: Sequence[str]) -> bool:
    """Whether a sequence is a name or a title for the most part: at most two ordinary words in it."""
    return sum(word[0].islower() and word not in _SMALL for word in words) <= 2


def sequences(article: Article) -> set[tuple[str, ...]]:
    """The article's word sequences of length `SIZE`, names and titles left out."""
    found = set()
    for paragraph in _paragraphs(article):
        words = _WORD.findall(paragraph)
        for start in range(len(words) - SIZE + 1):
            window = words[start : start + SIZE]
            if not _is_name(window):
                found.add(tuple(word.casefold() for word in window))
    return found


def opening(article: Article) -> tuple[str, ...]:
    """The first `OPENING` words of the first body paragraph that has so many, its dateline apart; empty without one."""
    for paragraph in _paragraphs(article, ["body", "turn"]):
        dated = article.dateline and paragraph.startswith(article.dateline)
        words = _WORD.findall(_DATELINE.sub("", paragraph) if dated else paragraph)
        if len(words) >= OPENING:
            return tuple(word.casefold() for word in words[:OPENING])
    return ()


def repetition_problems(articles: Sequence[Article]) -> list[Problem]:
    """Word sequences that more than `STORYLINES` storylines share, and articles that open alike."""
    storylines: dict[tuple[str, ...], set[str]] = defaultdict(set)
    openings: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for article in articles:
        for sequence in sequences(article):
            storylines[sequence].add(article.storyline)
        openings[opening(article)].append(article.id)
    problems = [
        Problem("articles", "repeated-text", f"{' '.join(words)!r} in {', '.join(sorted(found))}", "reword all but one")
        for words, found in storylines.items()
        if len(found) > STORYLINES
    ]
    problems += [
        Problem("articles", "repeated-text", f"{', '.join(ids)} all open with {' '.join(words)!r}", "open otherwise")
        for words, ids in openings.items()
        if words and len(ids) > 1
    ]
    return sorted(problems)


def leakage(train: Sequence[Article], other: Sequence[Article]) -> dict[str, float]:
    """What `other` articles share with `train`: equal sentences (of eight words or more) and contained n-grams.

    `sentences` counts sentences of `other` that stand in `train` word for word; `containment` is the mean share of an
    article's n-grams that `train` has, `most` the largest such share. Without articles all are 0.
    """

    def sentences(article: Article) -> set[str]:
        found = (article.text[span.start : span.end] for span in article.sentences)
        return {sentence for sentence in found if len(_WORD.findall(sentence)) >= SIZE}

    seen_sentences = {sentence for article in train for sentence in sentences(article)}
    seen = {sequence for article in train for sequence in sequences(article)}
    shares = [len(found & seen) / len(found) for article in other if (found := sequences(article))]
    return {
        "sentences": sum(len(sentences(article) & seen_sentences) for article in other),
        "containment": sum(shares) / len(shares) if shares else 0.0,
        "most": max(shares, default=0.0),
    }
