"""What the three tasks share: counts per article and slice, and everything that follows from them.

A score is micro-averaged: true positives, predicted and gold items are summed over articles, then
precision = tp / predicted, recall = tp / gold, F1 = 2 tp / (predicted + gold) (van Rijsbergen 1979, beta = 1). Where
nothing is predicted and nothing is gold, all three are 1.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from communique.predictions import prediction_problems
from communique.problems import refuse
from communique.schema import Row, decode_labels


class Counts(NamedTuple):
    """Sufficient statistics of one article and slice."""

    tp: int
    predicted: int
    gold: int


CountArticle = Callable[[Row, Row], Mapping[str, Counts]]
"""From a gold row and a predicted row of one article to the counts of every slice; the headline comes first."""


def f1_score(tp: float, predicted: float, gold: float) -> float:
    """2 tp / (predicted + gold); 1.0 when there is nothing to find and nothing was found."""
    return 2 * tp / (predicted + gold) if predicted + gold else 1.0


def count_sets(gold: set[object], predicted: set[object]) -> Counts:
    """Counts of exact matches between two sets of items."""
    return Counts(len(gold & predicted), len(predicted), len(gold))


def first_copies(row: Row, paragraphs: Sequence[Row]) -> Row:
    """The row without what stands in later copies of a repeated paragraph.

    A mention or event counts as standing where it starts, a quote where its first content starts. Arguments and
    contents go with their event or quote.
    """
    copies = [(item["start"], item["end"]) for item in paragraphs if item["duplicate_of"] is not None]

    def kept(start: int) -> bool:
        return not any(begin <= start < end for begin, end in copies)

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


def count_articles(count: CountArticle, gold_rows: Sequence[Row], predicted_rows: Sequence[Row]) -> pd.DataFrame:
    """The table everything else is a reduction of: article, storyline, slice, tp, predicted, gold.

    Rows are paired by `id`, whatever their order. Where gold rows carry `paragraphs`, each slice is counted a second
    time as `SLICE, first copies`. An article without `storyline` is its own storyline.
    """
    predicted_by_id = {row["id"]: row for row in predicted_rows}
    records = []
    for given in gold_rows:
        gold = decode_labels(given)
        predicted = predicted_by_id[gold["id"]]
        slices = dict(count(gold, predicted))
        if "paragraphs" in gold:
            again = count(first_copies(gold, gold["paragraphs"]), first_copies(predicted, gold["paragraphs"]))
            slices |= {f"{name}, first copies": counts for name, counts in again.items()}
        records += [(gold["id"], gold.get("storyline", gold["id"]), name, *counts) for name, counts in slices.items()]
    return pd.DataFrame.from_records(records, columns=["article", "storyline", "slice", "tp", "predicted", "gold"])


def summarize(counts: pd.DataFrame, headline: str) -> dict[str, Any]:
    """Sum the counts over articles: the headline's `f1`, `precision` and `recall`, and the same per slice.

    With no articles every slice is absent and the headline is 1.0.
    """
    sums = counts.groupby("slice", sort=False)[["tp", "predicted", "gold"]].sum()
    slices = {
        str(name): {
            "f1": f1_score(row.tp, row.predicted, row.gold),
            "precision": row.tp / row.predicted if row.predicted else float(not row.gold),
            "recall": row.tp / row.gold if row.gold else float(not row.predicted),
            "tp": int(row.tp),
            "predicted": int(row.predicted),
            "gold": int(row.gold),
        }
        for name, row in sums.iterrows()
    }
    best = {"f1": 1.0, "precision": 1.0, "recall": 1.0} | slices.get(headline, {})
    return {name: best[name] for name in ("f1", "precision", "recall")} | {"slices": slices}


def evaluate(
    task: str, headline: str, count: CountArticle, gold_rows: Sequence[Row], predicted_rows: Sequence[Row]
) -> dict[str, Any]:
    """Validate, count and summarize; raises `ProblemsError` with everything wrong with the predictions."""
    places = [(f"row {number}", row) for number, row in enumerate(predicted_rows)]
    refuse(prediction_problems(task, gold_rows, places))
    return summarize(count_articles(count, gold_rows, predicted_rows), headline)
