"""Events: triggers and arguments.

The headline is Arg-C+ (Peng et al. 2023, "The devil is in the details", the attached form of argument classification):
micro-averaged F1 over the set of (trigger start, trigger end, event type, role, argument start, argument end). `trigger
identification` matches trigger spans, `trigger classification` spans with types. Events are not coreferent.
"""

from collections.abc import Sequence
from typing import Any

from communique import scoring
from communique.schema import PREDICTED, Row, decode_labels
from communique.scoring import Counts, count_sets

HEADLINE = "Arg-C+"
MATCHING = "exact trigger, type, role and argument span"


def _arguments(row: Row) -> set[object]:
    trigger = {item["id"]: (item["start"], item["end"], item["type"]) for item in row["events"]}
    return {(*trigger[item["event"]], item["role"], item["start"], item["end"]) for item in row["arguments"]}


def _triggers(row: Row) -> set[tuple[int, int, str]]:
    return {(item["start"], item["end"], item["type"]) for item in row["events"]}


def count(gold: Row, predicted: Row) -> dict[str, Counts]:
    """Counts of one article per slice, the headline first."""
    right, found = _triggers(gold), _triggers(predicted)
    return {
        HEADLINE: count_sets(_arguments(gold), _arguments(predicted)),
        "trigger identification": count_sets({item[:2] for item in right}, {item[:2] for item in found}),
        "trigger classification": count_sets(set(right), set(found)),
    }


def evaluate(gold_rows: Sequence[Row], predicted_rows: Sequence[Row]) -> dict[str, Any]:
    """`f1`, `precision`, `recall` of Arg-C+, and `slices`; raises `ProblemsError` for predictions out of format."""
    return scoring.evaluate("events", HEADLINE, count, gold_rows, predicted_rows)


def as_prediction(gold: Row) -> Row:
    """The gold row of an article as a prediction; it scores exactly 1.0."""
    row = decode_labels(gold)
    return {"id": row["id"]} | {
        table: [{field.name: item[field.name] for field in PREDICTED[table]} for item in row[table]]
        for table in ("events", "arguments")
    }
