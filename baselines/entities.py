"""Names by a sequence labeller: linear margins for BILOU tags, decoded under their hard constraints."""

import sys
from collections.abc import Sequence
from pathlib import Path

from communique.baseline import Predict, System, run
from communique.models import Document, Labelled, SequenceLabeller
from communique.models.columns import casing, place, words
from communique.schema import Row


def train(rows: Sequence[Row]) -> Predict:
    documents = [Document.of(row) for row in rows]
    labeller = SequenceLabeller(columns=(words, place, casing), cost=0.1).fit(
        documents,
        [
            [Labelled(item["start"], item["end"], item["type"]) for item in row["mentions"] if item["level"] == "name"]
            for row in rows
        ],
    )

    def predict(row: Row) -> Row:
        (names,) = labeller.predict([Document.of(row)])
        mentions = [
            {"id": f"m{number}", "start": start, "end": end, "type": label, "level": "name"}
            for number, (start, end, label) in enumerate(names, start=1)
        ]
        return {"id": row["id"], "mentions": mentions}

    return predict


SYSTEM = System(
    name="svc-names",
    task="entities",
    description="LinearSVC over token columns, BILOU, Viterbi with hard constraints",
    parameters="columns words, place, casing; C 0.1",
    train=train,
)


def main(argv: list[str] | None = None) -> int:
    return run(SYSTEM, Path(__file__), argv)


if __name__ == "__main__":
    sys.exit(main())
