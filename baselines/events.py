"""Events: triggers by a sequence labeller that is biased against finding none, attributes by a classifier over their
columns, arguments by labelling each trigger's sentence with roles. Names are found first, as columns for the roles.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from communique.baseline import State, System, run
from communique.models import (
    BiasedLabeller,
    Document,
    Labelled,
    RoleLabeller,
    SequenceLabeller,
    SpanClassifier,
    Surroundings,
)
from communique.models.columns import casing, clauses, event_words, modality, place, stems, words
from communique.schema import Row

COLUMNS = (words, place, casing)


def spans(items: Sequence[Row], label: str) -> list[Labelled]:
    return [Labelled(item["start"], item["end"], item[label]) for item in items]


def names_of(row: Row) -> list[Labelled]:
    return spans([item for item in row["mentions"] if item["level"] == "name"], "type")


def arguments_of(row: Row) -> list[list[Labelled]]:
    """The arguments of each event, labelled with their roles."""
    return [
        spans([item for item in row["arguments"] if item["event"] == event["id"]], "role") for event in row["events"]
    ]


def train(rows: Sequence[Row]) -> State:
    documents = [Document.of(row) for row in rows]
    storylines = [row["storyline"] for row in rows]
    gold_names, gold_triggers = [names_of(row) for row in rows], [spans(row["events"], "type") for row in rows]
    names = SequenceLabeller(COLUMNS).fit(documents, gold_names)
    triggers = BiasedLabeller((*COLUMNS, stems, event_words), cost=0.05).fit(documents, gold_triggers, storylines)
    attributes = {
        "modality": SpanClassifier((words, modality, clauses), cost=0.03),
        "polarity": SpanClassifier((words, modality)),
    }
    for name, classifier in attributes.items():
        classifier.fit(documents, [spans(row["events"], name) for row in rows])
    arguments = RoleLabeller(cost=0.05).fit(
        [Surroundings(*found) for found in zip(documents, gold_triggers, gold_names, strict=True)],
        [arguments_of(row) for row in rows],
        storylines,
    )

    return {"names": names, "triggers": triggers, "attributes": attributes, "arguments": arguments}


def described(state: State, row: Row, triggers: Sequence[Labelled]) -> Row:
    """The prediction for an article whose triggers, labelled with their types, are given: those that were found, or
    those of gold, to see what the attributes and arguments would be without the mistakes in triggers.
    """
    document = Document.of(row)
    (names,) = state["names"].predict([document])
    labels = {name: model.predict(document, triggers) for name, model in state["attributes"].items()}
    arguments = state["arguments"].predict(Surroundings(document, triggers, names))
    return {
        "id": row["id"],
        "events": [
            {"id": f"e{number}", "type": span.label, "start": span.start, "end": span.end}
            | {name: values[number] for name, values in labels.items()}
            for number, span in enumerate(triggers)
        ],
        "arguments": [
            {"event": f"e{number}", "role": span.label, "start": span.start, "end": span.end}
            for number, those in enumerate(arguments)
            for span in those
        ],
    }


def predict(state: State, row: Row) -> Row:
    return described(state, row, state["triggers"].predict([Document.of(row)])[0])


SYSTEM = System(
    name="svc-events",
    task="events",
    description="labelled triggers, classified attributes, each trigger's sentence labelled with roles",
    parameters="LinearSVC, C 0.1 (names, polarity), 0.05 (triggers, roles) and 0.03 (modality); BILOU and Viterbi; "
    "bias against O chosen out of fold; a hand-written list of event words (guidelines, train, validation)",
    train=train,
    predict=predict,
)


def main(argv: list[str] | None = None) -> int:
    return run(SYSTEM, Path(__file__), argv)


if __name__ == "__main__":
    sys.exit(main())
