"""Names by a sequence labeller: linear margins for BILOU tags, decoded under their hard constraints."""

import sys
from collections.abc import Sequence
from pathlib import Path

from communique.baseline import State, System, run
from communique.models import Document, Labelled, SequenceLabeller
from communique.models.columns import casing, place, words
from communique.schema import Row


def train(rows: Sequence[Row]) -> State:
    documents = [Document.of(row) for row in rows]
    names = SequenceLabeller(columns=(words, place, casing), cost=0.1).fit(
        documents,
        [
            [Labelled(item["start"], item["end"], item["type"]) for item in row["mentions"] if item["level"] == "name"]
            for row in rows
        ],
    )

    return {"names": names}


def predict(state: State, row: Row) -> Row:
    (names,) = state["names"].predict([Document.of(row)])
    mentions = [
        {"id": f"m{number}", "start": start, "end": end, "type": label, "level": "name"}
        for number, (start, end, label) in enumerate(names, start=1)
    ]
    return {"id": row["id"], "mentions": mentions}


SYSTEM = System(
    name="svc-names",
    task="entities",
    description="LinearSVC over token columns, BILOU, Viterbi with hard constraints",
    parameters="columns words, place, casing; C 0.1",
    train=train,
    predict=predict,
)


def main(argv: list[str] | None = None) -> int:
    return run(SYSTEM, Path(__file__), argv)


if __name__ == "__main__":
    sys.exit(main())
