"""Names by a labeller in two passes, the second with what the first finds elsewhere in the article; nominals and
pronouns, of which gold has those that act in an event or a quote, by a labeller of their own.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from communique.baseline import State, System, run
from communique.models import Document, Labelled, SequenceLabeller, StackedLabeller
from communique.models.columns import casing, place, words
from communique.schema import Row

COLUMNS = (words, place, casing)


def names_of(row: Row) -> list[Labelled]:
    return [Labelled(item["start"], item["end"], item["type"]) for item in row["mentions"] if item["level"] == "name"]


def others_of(row: Row) -> list[Labelled]:
    """Nominals and pronouns, labelled with type and level."""
    return [
        Labelled(item["start"], item["end"], f"{item['type']}/{item['level']}")
        for item in row["mentions"]
        if item["level"] != "name"
    ]


def fits(span: Labelled, names: Sequence[Labelled]) -> bool:
    """Whether a nominal or pronoun stands apart from each name or has more than the name inside."""
    return all(
        name.end <= span.start or span.end <= name.start
        or (span.start <= name.start and name.end <= span.end and name[:2] != span[:2])
        for name in names
    )  # fmt: skip


def train(rows: Sequence[Row]) -> State:
    documents = [Document.of(row) for row in rows]
    storylines = [row["storyline"] for row in rows]
    names = StackedLabeller(COLUMNS).fit(documents, [names_of(row) for row in rows], storylines)
    others = SequenceLabeller(COLUMNS).fit(documents, [others_of(row) for row in rows])

    return {"names": names, "others": others}


def predict(state: State, row: Row) -> Row:
    document = Document.of(row)
    (names,), (others,) = (state[part].predict([document]) for part in ("names", "others"))
    found = [(name.start, name.end, name.label, "name") for name in names]
    found += [(span.start, span.end, *span.label.split("/")) for span in others if fits(span, names)]
    return {
        "id": row["id"],
        "mentions": [
            {"id": f"m{number}", "start": start, "end": end, "type": kind, "level": level}
            for number, (start, end, kind, level) in enumerate(sorted(found), start=1)
        ],
    }


SYSTEM = System(
    name="svc-names",
    task="entities",
    description="names by two stacked passes with article-level evidence, nominals and pronouns by one",
    parameters="LinearSVC, C 0.1; columns words, place, casing; BILOU, Viterbi; first pass out of 5 folds by storyline",
    train=train,
    predict=predict,
)


def main(argv: list[str] | None = None) -> int:
    return run(SYSTEM, Path(__file__), argv)


if __name__ == "__main__":
    sys.exit(main())
