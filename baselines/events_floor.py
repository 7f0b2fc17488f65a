"""Events, floor: triggers seen in training, with their majority type and attributes; the capitalised span nearest on
either side in the sentence takes the role that arguments of that type mostly have on that side.
"""

import sys
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path
from typing import Any

from communique.baseline import State, System, run
from communique.models import Document, Labelled, Lexicon, nearest
from communique.schema import Row


def majorities(pairs: Iterable[tuple[Hashable, str]]) -> dict[Any, str]:
    """The label that each key has most often; of equals the first in the alphabet."""
    counts: dict[Hashable, Counter[str]] = {}
    for key, label in pairs:
        counts.setdefault(key, Counter())[label] += 1
    return {key: min(seen, key=lambda label: (-seen[label], label)) for key, seen in counts.items()}


def train(rows: Sequence[Row]) -> State:
    documents = [Document.of(row) for row in rows]
    triggers = [[Labelled(item["start"], item["end"], item["type"]) for item in row["events"]] for row in rows]
    lexicon = Lexicon(ignore_case=True).fit(documents, triggers)
    events = [(event, row) for row in rows for event in row["events"]]
    attributes = {
        name: majorities(((row["text"][event["start"] : event["end"]].lower()), event[name]) for event, row in events)
        for name in ("modality", "polarity")
    }
    roles = majorities(
        ((event["type"], item["start"] < event["start"]), item["role"])
        for event, row in events
        for item in row["arguments"]
        if item["event"] == event["id"]
    )

    return {"lexicon": lexicon, "attributes": attributes, "roles": roles}


def predict(state: State, row: Row) -> Row:
    document = Document.of(row)
    (found,) = state["lexicon"].predict([document])
    table: dict[str, list[Row]] = {"events": [], "arguments": []}
    for number, trigger in enumerate(found, start=1):
        word = row["text"][trigger.start : trigger.end].lower()
        table["events"].append(
            {"id": f"e{number}", "type": trigger.label, "start": trigger.start, "end": trigger.end}
            | {name: known.get(word, default) for (name, known), default in zip(
                state["attributes"].items(), ("asserted", "positive"), strict=True)}
        )  # fmt: skip
        sentence = next(s for s in row["sentences"] if s["start"] <= trigger.start < s["end"])
        names = [
            name for name in document.capitalised() if sentence["start"] <= name.start and name.end <= sentence["end"]
        ]
        sides = {
            True: [name for name in names if name.end <= trigger.start],
            False: [name for name in names if name.start >= trigger.end],
        }
        for before, beside in sides.items():
            role, name = state["roles"].get((trigger.label, before)), nearest(trigger.start, trigger.end, beside)
            if role and name:
                table["arguments"].append({"event": f"e{number}", "role": role, "start": name.start, "end": name.end})
    return {"id": row["id"], **table}


SYSTEM = System(
    name="lexicon-events",
    task="events",
    description="triggers seen in training with majority type and attributes; nearest capitalised span as argument",
    parameters="triggers in any case; majority role by event type and side",
    train=train,
    predict=predict,
)


def main(argv: list[str] | None = None) -> int:
    return run(SYSTEM, Path(__file__), argv)


if __name__ == "__main__":
    sys.exit(main())
