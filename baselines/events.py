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
from communique.models.columns import casing, event_words, modality, place, stems, words
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
        name: SpanClassifier((words, modality)).fit(documents, [spans(row["events"], name) for row in rows])
        for name in ("modality", "polarity")
    }
    arguments = RoleLabeller(cost=0.05).fit(
        [Surroundings(*found) for found in zip(documents, gold_triggers, gold_names, strict=True)],
        [arguments_of(row) for row in rows],
        storylines,
    )

    return {"names": names, "triggers": triggers, "attributes": attributes, "arguments": arguments}


def predict(state: State, row: Row) -> Row:
    document = Document.of(row)
    names, found = (state[name].predict([document])[0] for name in ("names", "triggers"))
    labels = {name: model.predict(document, found) for name, model in state["attributes"].items()}
    arguments = state["arguments"].predict(Surroundings(document, found, names))
    return {
        "id": row["id"],
        "events": [
            {"id": f"e{number}", "type": span.label, "start": span.start, "end": span.end}
            | {name: values[number] for name, values in labels.items()}
            for number, span in enumerate(found)
        ],
        "arguments": [
            {"event": f"e{number}", "role": span.label, "start": span.start, "end": span.end}
            for number, those in enumerate(arguments)
            for span in those
        ],
    }


SYSTEM = System(
    name="svc-events",
    task="events",
    description="labelled triggers, classified attributes, each trigger's sentence labelled with roles",
    parameters="LinearSVC, C 0.1 (names, attributes) and 0.05; BILOU and Viterbi; bias against O chosen out of fold; "
    "a hand-written list of event words (guidelines, train, validation)",
    train=train,
    predict=predict,
)


def main(argv: list[str] | None = None) -> int:
    return run(SYSTEM, Path(__file__), argv)


if __name__ == "__main__":
    sys.exit(main())
