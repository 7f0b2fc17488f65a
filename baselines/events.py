"""Events: triggers by a sequence labeller, attributes by a classifier over their columns, arguments by classifying
pairs of a trigger and a candidate span. Candidates are predicted: names, other mentions and arguments, and triggers.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from communique.baseline import State, System, run
from communique.models import Document, Labelled, LinkClassifier, Pairs, SequenceLabeller, SpanClassifier
from communique.models.columns import casing, modality, place, words
from communique.schema import Row

COLUMNS = (words, place, casing)


def spans(items: Sequence[Row], label: str) -> list[Labelled]:
    return [Labelled(item["start"], item["end"], item[label]) for item in items]


def names_of(row: Row) -> list[Labelled]:
    return spans([item for item in row["mentions"] if item["level"] == "name"], "type")


def others_of(row: Row) -> list[Labelled]:
    """Nominals and pronouns, and the arguments that are neither mentions nor triggers."""
    mentions = spans([item for item in row["mentions"] if item["level"] != "name"], "level")
    known = {(item["start"], item["end"]) for table in ("mentions", "events") for item in row[table]}
    rest = {(item["start"], item["end"]) for item in row["arguments"]} - known
    return mentions + [Labelled(start, end, "argument") for start, end in sorted(rest)]


def candidates_of(*found: Sequence[Labelled]) -> list[Labelled]:
    """All spans in text order, each once with its first label."""
    first: dict[tuple[int, int], Labelled] = {}
    for span in (span for group in found for span in group):
        first.setdefault(span[:2], span)
    return sorted(first.values())


def roles_of(row: Row, pairs: Pairs) -> dict[tuple[int, int], str]:
    """The role of each pair of a gold trigger and a candidate that is its argument."""
    anchors = {event["id"]: number for number, event in enumerate(row["events"])}
    numbers = {span[:2]: number for number, span in enumerate(pairs.candidates)}
    return {(anchors[item["event"]], numbers[item["start"], item["end"]]): item["role"] for item in row["arguments"]}


def train(rows: Sequence[Row]) -> State:
    documents = [Document.of(row) for row in rows]
    gold_names, gold_others = [names_of(row) for row in rows], [others_of(row) for row in rows]
    gold_triggers = [spans(row["events"], "type") for row in rows]
    names = SequenceLabeller(COLUMNS).fit(documents, gold_names)
    others = SequenceLabeller(COLUMNS).fit(documents, gold_others)
    triggers = SequenceLabeller(COLUMNS).fit(documents, gold_triggers)
    attributes = {
        name: SpanClassifier((words, modality)).fit(documents, [spans(row["events"], name) for row in rows])
        for name in ("modality", "polarity")
    }
    pairs = [
        Pairs(document, anchors, candidates_of(*groups, anchors))
        for document, anchors, *groups in zip(documents, gold_triggers, gold_names, gold_others, strict=True)
    ]
    arguments = LinkClassifier().fit(pairs, [roles_of(row, found) for row, found in zip(rows, pairs, strict=True)])

    return {"names": names, "others": others, "triggers": triggers, "attributes": attributes, "arguments": arguments}


def predict(state: State, row: Row) -> Row:
    document = Document.of(row)
    found_names, found_others, found = (state[name].predict([document])[0] for name in ("names", "others", "triggers"))
    labels = {name: model.predict(document, found) for name, model in state["attributes"].items()}
    candidates = candidates_of(found_names, found_others, found)
    return {
        "id": row["id"],
        "events": [
            {"id": f"e{number}", "type": span.label, "start": span.start, "end": span.end}
            | {name: values[number] for name, values in labels.items()}
            for number, span in enumerate(found)
        ],
        "arguments": [
            {"event": f"e{i}", "role": role, "start": candidates[j].start, "end": candidates[j].end}
            for (i, j), role in state["arguments"].predict(Pairs(document, found, candidates)).items()
        ],
    }


SYSTEM = System(
    name="svc-events",
    task="events",
    description="labelled triggers, classified attributes, classified pairs of trigger and predicted candidate span",
    parameters="LinearSVC, C 0.1 throughout; BILOU and Viterbi; pairs within a paragraph",
    train=train,
    predict=predict,
)


def main(argv: list[str] | None = None) -> int:
    return run(SYSTEM, Path(__file__), argv)


if __name__ == "__main__":
    sys.exit(main())
