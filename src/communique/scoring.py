"""What the three tasks share: counts per article and slice, and everything that follows from them.

A score is micro-averaged: true positives, predicted and gold items are summed over articles, then
precision = tp / predicted, recall = tp / gold, F1 = 2 tp / (predicted + gold) (van Rijsbergen 1979, beta = 1). Where
nothing is predicted and nothing is gold, all three are 1.

Slices are named `GROUP: VALUE` ("type: GPE", "genre: brief"), figures that are no part of a whole by one word. Some
slices are chosen by what gold alone knows (is the name a metonym?): they have no `predicted`, and recall alone.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from communique.predictions import prediction_problems
from communique.problems import Problem, refuse
from communique.schema import Row, decode_labels


class Counts(NamedTuple):
    """Sufficient statistics of one article and slice; `predicted` is NaN where a slice has recall alone."""

    tp: int
    predicted: float
    gold: int


CountArticle = Callable[[Row, Row], Mapping[str, Counts]]
"""From a gold row and a predicted row of one article to the counts of every slice; the headline comes first."""

COLUMNS = ["article", "storyline", "slice", "tp", "predicted", "gold"]
FIRST_COPIES = ", first copies"
"""The slice `HEADLINE, first copies` leaves out what stands in later copies of repeated paragraphs."""


def f1_score(tp: float, predicted: float, gold: float) -> float:
    """2 tp / (predicted + gold); 1.0 when there is nothing to find and nothing was found."""
    return 2 * tp / (predicted + gold) if predicted + gold else 1.0


def count_sets(gold: set[Any], predicted: set[Any]) -> Counts:
    """Counts of exact matches between two sets of items."""
    return Counts(len(gold & predicted), len(predicted), len(gold))


def recall_of(gold: set[Any], found: set[Any]) -> Counts:
    """Counts of a slice that gold alone knows: how many of its items were found."""
    return Counts(len(gold & found), math.nan, len(gold))


def later_copies(row: Row) -> list[tuple[int, int]]:
    """The spans of the paragraphs that repeat an earlier one; none where the row has no `paragraphs`."""
    return [(item["start"], item["end"]) for item in row.get("paragraphs", ()) if item["duplicate_of"] is not None]


def first_copies(row: Row, later: Sequence[tuple[int, int]]) -> Row:
    """The row without what stands in a later copy of a repeated paragraph.

    An event belongs where its trigger is, a quote where its first content is, with its arguments or contents.
    """

    def kept(start: int) -> bool:
        return not any(first <= start < end for first, end in later)

    reduced = dict(row)
    if "mentions" in row:
        reduced["mentions"] = [item for item in row["mentions"] if kept(item["start"])]
    if "events" in row:
        reduced["events"] = [item for item in row["events"] if kept(item["start"])]
        ids = {item["id"] for item in reduced["events"]}
        reduced["arguments"] = [item for item in row["arguments"] if item["event"] in ids]
    if "quotes" in row:
        first: dict[str, int] = {}
        for part in row["contents"]:
            first[part["quote"]] = min(part["start"], first.get(part["quote"], part["start"]))
        reduced["quotes"] = [item for item in row["quotes"] if kept(first[item["id"]])]
        ids = {item["id"] for item in reduced["quotes"]}
        reduced["contents"] = [item for item in row["contents"] if item["quote"] in ids]
    return reduced


def article_slices(row: Row) -> list[str]:
    """The slices an article belongs to as a whole: its genre, its outlet, the flaws of its text.

    None where the row lacks the columns of the config `articles`.
    """
    slices = [f"{name}: {row[name]}" for name in ("genre", "outlet") if row.get(name)]
    if "paragraphs" in row:
        kinds = {item["kind"] for item in row["paragraphs"]}
        flaws = [f"flaw: {kind}" for kind in ("heading", "boilerplate", "correction") if kind in kinds]
        flaws += ["flaw: repeated paragraphs"] * bool(later_copies(row))
        slices += flaws or ["flaw: none"]
    return slices


def with_article_slices(counts: pd.DataFrame, headline: str, gold_rows: Sequence[Row]) -> pd.DataFrame:
    """The counts with the headline's repeated for every slice that articles belong to."""
    slices = [(row["id"], name) for row in gold_rows for name in article_slices(row)]
    named = pd.DataFrame(slices, columns=["article", "slice"])
    repeated = counts[counts["slice"] == headline].drop(columns="slice").merge(named, on="article")
    return pd.concat([counts, repeated[COLUMNS]], ignore_index=True)


def count_articles(
    count: CountArticle, headline: str, gold_rows: Sequence[Row], predicted_rows: Sequence[Row]
) -> pd.DataFrame:
    """The table everything else is a reduction of: article, storyline, slice, tp, predicted, gold.

    Rows are paired by `id`, whatever their order. An article without `storyline` is its own storyline.
    """
    predicted_by_id = {row["id"]: row for row in predicted_rows}
    records = []
    for given in gold_rows:
        gold = decode_labels(given)
        predicted = predicted_by_id[gold["id"]]
        slices = dict(count(gold, predicted))
        later = later_copies(gold)
        again = count(first_copies(gold, later), first_copies(predicted, later)) if later else slices
        slices[headline + FIRST_COPIES] = again[headline]
        records += [(gold["id"], gold.get("storyline", gold["id"]), name, *counts) for name, counts in slices.items()]
    table = pd.DataFrame.from_records(records, columns=COLUMNS)
    return with_article_slices(table, headline, gold_rows)


def scores(tp: float, predicted: float, gold: float) -> dict[str, float | None]:
    """F1, precision and recall of summed counts; the first two are None where `predicted` is NaN."""
    tp, predicted, gold = float(tp), float(predicted), float(gold)
    if math.isnan(predicted):
        return {"f1": None, "precision": None, "recall": tp / gold if gold else 1.0}
    precision = tp / predicted if predicted else float(not gold)
    recall = tp / gold if gold else float(not predicted)
    return {"f1": f1_score(tp, predicted, gold), "precision": precision, "recall": recall}


def summarize(counts: pd.DataFrame, headline: str, macros: Sequence[str] = ()) -> dict[str, Any]:
    """Sum the counts over articles: the headline's `f1`, `precision` and `recall`, the same per slice, and `macro`.

    `macro` has, for each group named in `macros`, the mean F1 over the group's slices that gold or predictions have;
    None where there is none. With no articles every slice is absent and the headline is 1.0.
    """
    grouped = counts.groupby("slice", sort=False)
    sums = grouped[["tp", "gold"]].sum().join(grouped["predicted"].sum(min_count=1))
    slices = {
        str(name): scores(row.tp, row.predicted, row.gold)
        | {
            "tp": int(row.tp),
            "predicted": None if math.isnan(row.predicted) else int(row.predicted),
            "gold": int(row.gold),
        }
        for name, row in sums.iterrows()
    }
    best = {"f1": 1.0, "precision": 1.0, "recall": 1.0} | slices.get(headline, {})
    macro: dict[str, float | None] = {}
    for group in macros:
        in_group = [row for name, row in sums.iterrows() if str(name).startswith(f"{group}: ")]
        found = [f1_score(row.tp, row.predicted, row.gold) for row in in_group if row.gold or row.predicted]
        macro[group] = sum(found) / len(found) if found else None
    return {name: best[name] for name in ("f1", "precision", "recall")} | {"macro": macro, "slices": slices}


def checked(task: str, gold_rows: Sequence[Row], predicted_rows: Sequence[Row]) -> Sequence[Row]:
    """The predicted rows; raises `ProblemsError` with everything that is wrong with them, or with gold's columns."""
    needed = {"entities": ["mentions"], "events": ["mentions", "events", "arguments"]}.get(
        task, ["tokens", "token_starts", "mentions", "quotes", "contents", "co_speakers"]
    )
    refuse(
        Problem("gold rows", "missing-field", f"no column {name!r}", "joined rows, as read_gold gives them")
        for name in ("id", "text", *needed)
        if any(name not in row for row in gold_rows)
    )
    places = [(f"row {number}", row) for number, row in enumerate(predicted_rows)]
    refuse(prediction_problems(task, gold_rows, places))
    return predicted_rows
