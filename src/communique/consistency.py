"""What is labelled in one place and left bare in another: names, event triggers and cues, by their surface strings.

A bare occurrence is no error by itself ("May" the month, "talks" that are nobody's event); the report says where to
look.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

import pandas as pd

from communique.schema import Row
from communique.sheet import occurrences
from communique.text import Span


def _labelled(row: Row) -> dict[str, list[tuple[int, int, str]]]:
    """Spans with their labels, by kind."""
    text = row["text"]
    return {
        "name": [(item["start"], item["end"], item["type"]) for item in row["mentions"] if item["level"] == "name"],
        "trigger": [(item["start"], item["end"], item["type"]) for item in row["events"]],
        "cue": [
            (item["cue_start"], item["cue_end"], text[item["cue_start"] : item["cue_end"]].casefold())
            for item in row["quotes"]
            if item["cue_start"] is not None
        ],
    }


def bare_strings(rows: Sequence[Row]) -> pd.DataFrame:
    """Strings that joined rows label somewhere and leave bare elsewhere, those with most labels a bare one first.

    Columns kind (name, trigger, cue), string, labels ("GPE 3"), labelled and bare (counts) and places
    (`article:offset` of the bare ones). Names are compared as they are written, triggers and cues case folded. An
    occurrence inside or across a longer labelled span of the same kind is not bare. Without rows the table is empty.
    """
    labels: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    spans = [(row, _labelled(row)) for row in rows]
    for row, kinds in spans:
        for kind, found in kinds.items():
            for start, end, label in found:
                string = row["text"][start:end]
                labels[kind, string if kind == "name" else string.casefold()][label] += 1
    bare: dict[tuple[str, str], list[str]] = defaultdict(list)
    by_first: dict[str, dict[str, list[str]]] = {kind: defaultdict(list) for kind in ("name", "trigger", "cue")}
    for kind, string in labels:
        by_first[kind][re.findall(r"\w+|\W", string)[0]].append(string)
    for row, kinds in spans:
        whole = Span(0, len(row["text"]))
        for kind, found in kinds.items():
            text = row["text"] if kind == "name" else row["text"].casefold()
            if len(text) != len(row["text"]):
                continue  # case folding changed the offsets
            for first in set(re.findall(r"\w+|\W", text)) & set(by_first[kind]):
                for string in by_first[kind][first]:
                    for start, end in occurrences(text, string, whole):
                        if not any(begin < end and start < stop for begin, stop, _ in found):
                            bare[kind, string].append(f"{row['id']}:{start}")
    table = [
        (kind, string, ", ".join(f"{label} {count}" for label, count in counts.most_common()), counts.total(),
         len(bare[kind, string]), " ".join(bare[kind, string]))
        for (kind, string), counts in labels.items()
        if bare.get((kind, string))
    ]  # fmt: skip
    columns = ["kind", "string", "labels", "labelled", "bare", "places"]
    frame = pd.DataFrame(table, columns=columns)
    frame["odds"] = frame["labelled"] / frame["bare"]
    return frame.sort_values(["odds", "kind", "string"], ascending=[False, True, True])[columns].reset_index(drop=True)
