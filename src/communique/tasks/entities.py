"""Entities: exact span and type of names.

The headline is the micro-averaged F1 over **names**: a predicted name is right when its start, end and type are those
of a gold name of the article (the strict matching of CoNLL-2003, on characters instead of tokens). Beside it:

- `boundaries`: names by span alone. `overlap`: names of the same type that share a character, matched one to one (the
  largest matching, found from left to right because gold names are flat).
- `mentions`: names, nominals and pronouns by span, type and level; `nominals` and `pronouns` by span and type.
- `type: T`: names of a type; their mean F1 is the macro `type`.
- `metonym: yes|no` and `seen: yes|no`: recall of the gold names that stand for an institution or not, and of those
  whose text and type the training split has or not (only where `with_seen` has marked them).
- `links`, `clusters`, `local clusters` and `metonyms`: what mentions mean, see `communique.tasks.links`.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from communique import scoring
from communique.mentions import Ints, Mentions, keys, present, read_mentions
from communique.predictions import load_rows
from communique.schema import ENTITY_TYPES, LEVELS, PREDICTED, Row, decode_labels
from communique.scoring import COLUMNS, FIRST_COPIES, later_copies, with_article_slices
from communique.tasks import links

HEADLINE = "names"
MATCHING = "exact span and type, names"
MACROS = ("type",)
SEEN = "seen_names"
"""The column that `with_seen` adds."""

Mask = NDArray[np.bool_]


class Predicted(NamedTuple):
    """The predicted mentions of all articles, and the rows they come from where these say what mentions mean."""

    mentions: Mentions
    rows: Sequence[Row]


def with_seen(gold_rows: Sequence[Row], train_rows: Sequence[Row]) -> list[Row]:
    """The gold rows with the column `seen_names`: the ids of the names whose text and type a training name has."""
    train = {
        (item["text"], item["type"])
        for row in map(decode_labels, train_rows)
        for item in row["mentions"]
        if item["level"] == "name"
    }
    return [
        row
        | {
            SEEN: [
                item["id"]
                for item in decode_labels(row)["mentions"]
                if item["level"] == "name" and (item["text"], item["type"]) in train
            ]
        }
        for row in gold_rows
    ]


def load(path: Path, gold_rows: Sequence[Row]) -> Predicted:
    """The predictions in a file; raises `ProblemsError` with everything that is wrong with them.

    Rows are read only from a file that has the field `entity` or `metonym`, because columns are read much faster.
    """
    if path.suffix == ".parquet" or any(name in path.read_bytes() for name in (b'"entity"', b'"metonym"')):
        return _in_order(gold_rows, load_rows("entities", path, gold_rows))
    return Predicted(read_mentions(path, gold_rows), [])


def _in_order(gold_rows: Sequence[Row], rows: Sequence[Row]) -> Predicted:
    """Valid rows in the order of the gold rows."""
    by_id = {row["id"]: row for row in rows}
    ordered = [by_id[row["id"]] for row in gold_rows]
    return Predicted(Mentions.of(ordered), ordered)


def exact_names(gold: Mentions, predicted: Mentions) -> tuple[int, int, int]:
    """True positives, predicted and gold names: what the headline is made of, without slices."""
    right, found = (side.where(side.level == LEVELS.index("name")) for side in (gold, predicted))
    codes = keys(*([side.article, side.start, side.end, side.type] for side in (right, found)))
    return int(present(codes[1], codes[0]).sum()), len(found), len(right)


def _overlapping(gold: Mentions, predicted: Mentions) -> Mask:
    """Which gold names share a character with a predicted name of the same article and type, one to one."""
    matched = np.zeros(len(gold), dtype=bool)
    free: dict[tuple[int, int], list[tuple[int, int]]] = {}
    by_end = np.lexsort((predicted.start, predicted.end))
    for number in by_end.tolist():
        article, kind = int(predicted.article[number]), int(predicted.type[number])
        start, end = int(predicted.start[number]), int(predicted.end[number])
        free.setdefault((article, kind), []).append((start, end))
    for number in np.lexsort((gold.start, gold.article)).tolist():
        start, end = int(gold.start[number]), int(gold.end[number])
        left = free.get((int(gold.article[number]), int(gold.type[number])), [])
        place = next((place for place, span in enumerate(left) if span[0] < end and start < span[1]), None)
        if place is not None:
            del left[place]
            matched[number] = True
    return matched


class _Counter:
    """Counts per article, slice by slice, over the columns of gold and of predictions."""

    def __init__(self, gold: Mentions, predicted: Mentions, articles: int) -> None:
        self.gold, self.predicted, self.articles = gold, predicted, articles
        self.slices: dict[str, tuple[Ints, Ints | None, Ints]] = {}

    def per_article(self, side: Mentions, mask: Mask) -> Ints:
        return np.bincount(side.article[mask], minlength=self.articles).astype(np.int64)

    def found(self, gold: Mask, predicted: Mask, columns: Sequence[str]) -> Mask:
        """Which of the chosen gold mentions have their equal, by the columns, among the chosen predictions."""
        chosen = self.gold.where(gold), self.predicted.where(predicted)
        right, given = keys(*([getattr(side, name) for name in ("article", *columns)] for side in chosen))
        found = np.zeros(len(self.gold), dtype=bool)
        found[np.flatnonzero(gold)] = present(right, given)
        return found

    def add(self, name: str, gold: Mask, predicted: Mask | None, found: Mask) -> None:
        self.slices[name] = (
            self.per_article(self.gold, gold & found),
            None if predicted is None else self.per_article(self.predicted, predicted),
            self.per_article(self.gold, gold),
        )

    def add_distinct(self, name: str, gold: Mask, predicted: Mask, columns: Sequence[str]) -> None:
        """Add a slice in which mentions that are equal in the columns count once."""

        def once(side: Mentions, mask: Mask) -> Mask:
            (code,) = keys([getattr(side.where(mask), column) for column in ("article", *columns)])
            first = np.zeros(len(side), dtype=bool)
            first[np.flatnonzero(mask)[np.unique(code, return_index=True)[1]]] = True
            return first

        right, given = once(self.gold, gold), once(self.predicted, predicted)
        self.add(name, right, given, self.found(right, given, columns))


def _gold_marks(rows: Sequence[Row]) -> Mapping[str, Mask]:
    """For each gold mention, in the order of `Mentions`, whether it is a metonym and, if known, whether it was seen."""

    def place(item: Row) -> tuple[int, int, int, int]:
        return item["start"], item["end"], ENTITY_TYPES.index(item["type"]), LEVELS.index(item["level"])

    items = [(row, item) for row in rows for item in sorted(row["mentions"], key=place)]
    marks = {"metonym": [item["metonym"] for _, item in items]}
    if all(SEEN in row for row in rows):
        seen = {row["id"]: set(row[SEEN]) for row in rows}
        marks["seen"] = [item["id"] in seen[row["id"]] for row, item in items]
    return {name: np.array(values, dtype=bool) for name, values in marks.items()}


def _in_later_copies(side: Mentions, copies: Mapping[int, Collection[tuple[int, int]]]) -> Mask:
    inside = np.zeros(len(side), dtype=bool)
    for article, spans in copies.items():
        for start, end in spans:
            inside |= (side.article == article) & (start <= side.start) & (side.start < end)
    return inside


def counts(gold_rows: Sequence[Row], loaded: Predicted) -> pd.DataFrame:
    """Counts per article and slice (see `communique.scoring.COLUMNS`), the headline first."""
    rows = [decode_labels(row) for row in gold_rows]
    gold, predicted = Mentions.of(rows), loaded.mentions
    counter = _Counter(gold, predicted, len(rows))
    names, given = (side.level == LEVELS.index("name") for side in (gold, predicted))
    exact = ("start", "end", "type")
    right = counter.found(names, given, exact)
    counter.add(HEADLINE, names, given, right)
    counter.add_distinct("boundaries", names, given, ("start", "end"))
    overlap = np.zeros(len(gold), dtype=bool)
    overlap[np.flatnonzero(names)] = _overlapping(gold.where(names), predicted.where(given))
    counter.add("overlap", names, given, overlap)
    everything = np.ones(len(gold), dtype=bool), np.ones(len(predicted), dtype=bool)
    counter.add("mentions", *everything, counter.found(*everything, (*exact, "level")))
    for number, level in enumerate(LEVELS[1:], start=1):
        of_level = gold.level == number, predicted.level == number
        counter.add(f"{level}s", *of_level, counter.found(*of_level, exact))
    for number, label in enumerate(ENTITY_TYPES):
        of_type = names & (gold.type == number), given & (predicted.type == number)
        counter.add(f"type: {label}", *of_type, right)
    for name, mark in _gold_marks(rows).items():
        counter.add(f"{name}: yes", names & mark, None, right)
        counter.add(f"{name}: no", names & ~mark, None, right)
    copies = {number: spans for number, row in enumerate(rows) if (spans := later_copies(row))}
    kept = names & ~_in_later_copies(gold, copies), given & ~_in_later_copies(predicted, copies)
    counter.add(HEADLINE + FIRST_COPIES, *kept, right)
    for name, found in links.counts(rows, loaded.rows).items():
        tp, given_links, total = np.array(found, dtype=np.int64).reshape(-1, 3).T
        counter.slices[name] = tp, given_links, total
    storylines = [row.get("storyline", row["id"]) for row in rows]
    frames = [
        pd.DataFrame(
            {
                "article": [row["id"] for row in rows],
                "storyline": storylines,
                "slice": name,
                "tp": tp,
                "predicted": np.nan if predictions is None else predictions.astype(float),
                "gold": total,
            }
        )
        for name, (tp, predictions, total) in counter.slices.items()
    ]
    return with_article_slices(pd.concat(frames, ignore_index=True)[COLUMNS], HEADLINE, gold_rows)


def evaluate(gold_rows: Sequence[Row], predicted_rows: Sequence[Row]) -> dict[str, Any]:
    """`f1`, `precision`, `recall` of names, `macro`, `slices`; raises `ProblemsError` for predictions out of format."""
    predicted = _in_order(gold_rows, scoring.checked("entities", gold_rows, predicted_rows))
    return scoring.summarize(counts(gold_rows, predicted), HEADLINE, MACROS)


def as_prediction(gold: Row) -> Row:
    """The gold row of an article as a prediction; it scores exactly 1.0."""
    names = [field.name for field in PREDICTED["mentions"]]
    row = decode_labels(gold)
    return {"id": row["id"], "mentions": [{name: item[name] for name in names} for item in row["mentions"]]}
