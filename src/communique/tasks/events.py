"""Events: triggers, their attributes, and arguments.

The headline is **Arg-C+** (Peng et al. 2023, "The devil is in the details", the attached form of argument
classification): micro-averaged F1 over the set of (trigger start, trigger end, event type, role, argument start,
argument end). Beside it:

- `Arg-C` and `Arg-I`: sets of (event type, role, argument span) and of (event type, argument span), without triggers.
- `same end` and `same entity`: Arg-C+ with an argument right by its last character alone, or when it is any mention of
  the gold argument's entity.
- `trigger identification`, `trigger classification`: trigger spans, without and with type.
- `of matched triggers`: Arg-C+ over the arguments of triggers that are right in span and type on both sides.
- `type: T`, `role: R`: Arg-C+ by event type and by role. `sentence: same|other`: by whether the argument stands in the
  trigger's sentence (where the row has `sentences`).
- `modality: M`, `polarity: P`: attributes of triggers that are right in span and type; their mean F1 are the macros.
- `trigger modality: M`: recall of triggers (span and type) by their gold modality.

Events are not coreferent.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from communique import scoring
from communique.predictions import load_rows
from communique.schema import EVENT_TYPES, MODALITIES, POLARITIES, PREDICTED, ROLES, Row, decode_labels
from communique.scoring import Counts, count_articles, count_sets, recall_of

HEADLINE = "Arg-C+"
MATCHING = "exact trigger, type, role and argument span"
MACROS = ("modality", "polarity")

Trigger = tuple[int, int, str]
Argument = tuple[int, int, str, str, int, int]
"""Trigger start and end, event type, role, argument start and end."""


def load(path: Path, gold_rows: Sequence[Row]) -> list[Row]:
    """The predictions in a file; raises `ProblemsError` with everything that is wrong with them."""
    return load_rows("events", path, gold_rows)


def _triggers(row: Row) -> dict[Trigger, Row]:
    return {(item["start"], item["end"], item["type"]): item for item in row["events"]}


def _arguments(row: Row) -> set[Argument]:
    trigger = {item["id"]: (item["start"], item["end"], item["type"]) for item in row["events"]}
    return {(*trigger[item["event"]], item["role"], item["start"], item["end"]) for item in row["arguments"]}


def _count_alike(gold: Sequence[object], predicted: Sequence[object]) -> Counts:
    """Counts of items of which several may be alike: each predicted one is right for one gold one."""
    return Counts((Counter(gold) & Counter(predicted)).total(), len(predicted), len(gold))


def _by_entity(gold: Row, arguments: set[Argument]) -> list[object]:
    """The arguments with the entity that the span is a mention of in gold, where it is one, in place of the span."""
    entity = {(item["start"], item["end"]): item["entity"] for item in gold.get("mentions", ())}
    return [(*item[:4], entity.get(item[4:]) or item[4:]) for item in arguments]


def _attributes(
    right: dict[Trigger, Row], found: dict[Trigger, Row], name: str, labels: Sequence[str]
) -> dict[str, Counts]:
    pairs = [(right[trigger][name], found[trigger][name]) for trigger in right.keys() & found.keys()]
    return {
        f"{name}: {label}": Counts(
            sum(a == b == label for a, b in pairs), sum(b == label for _, b in pairs), sum(a == label for a, _ in pairs)
        )
        for label in labels
    }


def _by_sentence(gold: Row, arguments: set[Argument]) -> dict[str, set[Argument]]:
    starts = [item["start"] for item in gold["sentences"]]

    def same(item: Argument) -> bool:
        return bool(np.searchsorted(starts, item[0], "right") == np.searchsorted(starts, item[4], "right"))

    near = {item for item in arguments if same(item)}
    return {"sentence: same": near, "sentence: other": arguments - near}


def count(gold: Row, predicted: Row) -> dict[str, Counts]:
    """Counts of one article per slice, the headline first."""
    right, found = _triggers(gold), _triggers(predicted)
    arguments = _arguments(gold), _arguments(predicted)
    both = right.keys() & found.keys()
    slices = {
        HEADLINE: count_sets(*arguments),
        "Arg-C": count_sets(*({item[2:] for item in side} for side in arguments)),
        "Arg-I": count_sets(*({(item[2], *item[4:]) for item in side} for side in arguments)),
        "same end": _count_alike(*([(*item[:4], item[5]) for item in side] for side in arguments)),
        "same entity": _count_alike(*(_by_entity(gold, side) for side in arguments)),
        "of matched triggers": count_sets(*({item for item in side if item[:3] in both} for side in arguments)),
        "trigger identification": count_sets({item[:2] for item in right}, {item[:2] for item in found}),
        "trigger classification": count_sets(set(right), set(found)),
    }
    for label in EVENT_TYPES:
        slices[f"type: {label}"] = count_sets(*({item for item in side if item[2] == label} for side in arguments))
    for label in ROLES:
        slices[f"role: {label}"] = count_sets(*({item for item in side if item[3] == label} for side in arguments))
    if "sentences" in gold:
        sides = [_by_sentence(gold, side) for side in arguments]
        slices |= {name: count_sets(sides[0][name], sides[1][name]) for name in sides[0]}
    slices |= _attributes(right, found, "modality", MODALITIES) | _attributes(right, found, "polarity", POLARITIES)
    for label in MODALITIES:
        of_label = {trigger for trigger, item in right.items() if item["modality"] == label}
        slices[f"trigger modality: {label}"] = recall_of(of_label, set(found))
    return slices


def counts(gold_rows: Sequence[Row], predicted_rows: Sequence[Row]) -> pd.DataFrame:
    """Counts per article and slice (see `communique.scoring.COLUMNS`), the headline first."""
    return count_articles(count, HEADLINE, gold_rows, predicted_rows)


def evaluate(gold_rows: Sequence[Row], predicted_rows: Sequence[Row]) -> dict[str, Any]:
    """`f1`, `precision`, `recall` of Arg-C+, `macro`, `slices`; raises `ProblemsError` for bad predictions."""
    table = counts(gold_rows, scoring.checked("events", gold_rows, predicted_rows))
    return scoring.summarize(table, HEADLINE, MACROS)


def as_prediction(gold: Row) -> Row:
    """The gold row of an article as a prediction; it scores exactly 1.0."""
    row = decode_labels(gold)
    return {"id": row["id"]} | {
        table: [{field.name: item[field.name] for field in PREDICTED[table]} for item in row[table]]
        for table in ("events", "arguments")
    }
