"""Entities: exact span and type of names.

The headline is the micro-averaged F1 over names: a predicted name is right when its start, end and type are those of a
gold name of the article (the strict matching of CoNLL-2003, on characters instead of tokens). `boundaries` ignores the
type, `mentions` counts names, nominals and pronouns alike with span, type and level, and each type has a slice.
"""

from collections.abc import Sequence
from typing import Any

from communique import scoring
from communique.schema import ENTITY_TYPES, PREDICTED, Row, decode_labels
from communique.scoring import Counts, count_sets

HEADLINE = "names"
MATCHING = "exact span and type, names"


def _names(row: Row) -> set[tuple[int, int, str]]:
    return {(item["start"], item["end"], item["type"]) for item in row["mentions"] if item["level"] == "name"}


def _mentions(row: Row) -> set[object]:
    return {(item["start"], item["end"], item["type"], item["level"]) for item in row["mentions"]}


def count(gold: Row, predicted: Row) -> dict[str, Counts]:
    """Counts of one article per slice, the headline first."""
    right, found = _names(gold), _names(predicted)
    slices = {
        HEADLINE: count_sets(set(right), set(found)),
        "boundaries": count_sets({name[:2] for name in right}, {name[:2] for name in found}),
        "mentions": count_sets(_mentions(gold), _mentions(predicted)),
    }
    for label in ENTITY_TYPES:
        slices[f"names {label}"] = count_sets(
            {name for name in right if name[2] == label}, {name for name in found if name[2] == label}
        )
    return slices


def evaluate(gold_rows: Sequence[Row], predicted_rows: Sequence[Row]) -> dict[str, Any]:
    """`f1`, `precision`, `recall` of names, and `slices`; raises `ProblemsError` for predictions out of format."""
    return scoring.evaluate("entities", HEADLINE, count, gold_rows, predicted_rows)


def as_prediction(gold: Row) -> Row:
    """The gold row of an article as a prediction; it scores exactly 1.0."""
    names = [field.name for field in PREDICTED["mentions"]]
    row = decode_labels(gold)
    return {"id": row["id"], "mentions": [{name: item[name] for name in names} for item in row["mentions"]]}
