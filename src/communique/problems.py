"""Problems as values: what is wrong, where, and what to do, each under a stable code.

A validator returns a list of `Problem`s, all of them, and decides nothing. Whoever cannot go on raises
`ProblemsError`, whose message lists every one. `tests/cases/invalid/<code>.json` holds one input for each code.
"""

from collections.abc import Iterable
from dataclasses import dataclass

CODES: dict[str, str] = {
    "bad-json": "a line or file is not valid JSON, or not an object",
    "duplicate-key": "a JSON object has the same key twice",
    "not-a-number": "NaN or Infinity where JSON allows none",
    "missing-field": "a field is absent",
    "unknown-field": "a field the format does not have",
    "wrong-type": "a value of the wrong type (a boolean is not a number, a number is not a string)",
    "unknown-label": "a label outside its closed set",
    "half-span": "one end of an optional span is given and the other is null",
    "offset-out-of-range": "a span is empty, backwards, or leaves the text",
    "text-mismatch": "the quoted text is not what stands at the offsets",
    "text-changed": "the annotation was made on another text than the stored one",
    "config-changed": "a project's labelling config offers something else than its layer has",
    "changed-article": "a raw article differs from the hash its index records",
    "too-large": "a file, or what it unpacks to, is larger than is read",
    "missing-file": "a file that the index names is not there",
    "bad-value": "a value of the right type that the rules do not allow",
    "duplicate-id": "an id is used twice in one article",
    "duplicate-span": "two rows with the same span and the same label",
    "overlapping-names": "two names overlap: names are flat",
    "unaligned-name": "a name does not begin and end at token boundaries",
    "missing-entity": "a mention that names a thing has no entity",
    "dangling-reference": "a row points at an event or quote that is not there",
    "unknown-entity": "an entity id that no mention of the article (or no knowledge base row) has",
    "empty-quote": "a quote without content",
    "parent-cycle": "a quote is, by way of its parents, nested in itself",
    "duplicate-article": "an article appears twice",
    "missing-article": "an article is absent",
    "unknown-article": "an article that the split or the index does not have",
    "crossing-storyline": "a storyline stands in two splits",
    "bad-result": "a Label Studio result that its labelling config cannot have made",
    "cancelled-annotation": "a skipped annotation, or one with nothing submitted",
    "double-annotation": "one annotator has two annotations of one article",
    "other-annotator": "an annotation made under another annotator's name",
    "copies-differ": "the copies of a repeated paragraph are annotated differently",
    "undecided": "the passes disagree and no decision says what holds",
    "stale-decision": "a decision about a disagreement that the passes do not have",
    "bad-yaml": "a file is not valid YAML",
    "double-office": "two people hold one office on the same day",
    "real-name": "an invented name is a real place's, or shares a word with somebody who governs or governed",
    "overused-name": "an invented name that language models overuse",
    "similar-names": "different entities whose names are the same or one letter apart",
    "repeated-text": "articles share wording or open alike",
    "bad-line": "a sheet line that cannot be read",
    "absent-string": "a sheet names a string that the paragraph does not contain",
    "ambiguous-string": "a sheet names a string that the paragraph contains several times",
}


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong: `place` says where, `message` what came, `hint` what is allowed or what to do."""

    place: str
    code: str
    message: str
    hint: str = ""

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise ValueError(f"unknown problem code {self.code!r}")

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.place}: [{self.code}] {self.message}{hint}"


class ProblemsError(Exception):
    """Input that cannot be used. `problems` holds every problem found, in order of discovery."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        count = len(self.problems)
        lines = [f"{count} problem{'s' if count != 1 else ''}:", *(f"  {problem}" for problem in self.problems)]
        super().__init__("\n".join(lines))


def refuse(problems: Iterable[Problem]) -> None:
    """Raise `ProblemsError` when there is any problem; return None when there is none."""
    found = list(problems)
    if found:
        raise ProblemsError(found)
