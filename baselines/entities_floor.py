"""Names, floor: every name seen in training wherever it stands again, longest match first, with its majority type."""

import sys
from collections.abc import Sequence
from pathlib import Path

from communique.baseline import State, System, run
from communique.models import Document, Labelled, Lexicon
from communique.schema import Row


def train(rows: Sequence[Row]) -> State:
    documents = [Document.of(row) for row in rows]
    lexicon = Lexicon().fit(
        documents,
        [
            [Labelled(item["start"], item["end"], item["type"]) for item in row["mentions"] if item["level"] == "name"]
            for row in rows
        ],
    )

    return {"lexicon": lexicon}


def predict(state: State, row: Row) -> Row:
    (names,) = state["lexicon"].predict([Document.of(row)])
    mentions = [
        {"id": f"m{number}", "start": start, "end": end, "type": label, "level": "name"}
        for number, (start, end, label) in enumerate(names, start=1)
    ]
    return {"id": row["id"], "mentions": mentions}


SYSTEM = System(
    name="lexicon",
    task="entities",
    description="longest match of the names seen in training, with their majority type",
    parameters="case-sensitive, within paragraphs",
    train=train,
    predict=predict,
)


def main(argv: list[str] | None = None) -> int:
    return run(SYSTEM, Path(__file__), argv)


if __name__ == "__main__":
    sys.exit(main())
