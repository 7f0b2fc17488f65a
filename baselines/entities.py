"""Names by a labeller in two passes, the second with what the first finds elsewhere in the article; nominals and
pronouns, of which gold has those that act in an event or a quote, by a labeller of their own; then what each means.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from communique.baseline import State, System, run
from communique.dataset import read_parquet
from communique.models import Document, EagerLabeller, EntityLinker, Labelled, Linked, StackedLabeller
from communique.models.columns import casing, place, words
from communique.schema import Row

COLUMNS = (words, place, casing)
OTHERS_BIAS = 0.4
"""By how much the margin of a nominal or pronoun may fall short: few are found else. Cross-validated on train."""
DATASET = Path(__file__).parents[1] / "dataset"
"""Where the knowledge base is, whatever the articles are; linking alone may use it."""


def names_of(row: Row) -> list[Labelled]:
    return [Labelled(item["start"], item["end"], item["type"]) for item in row["mentions"] if item["level"] == "name"]


def others_of(row: Row) -> list[Labelled]:
    """Nominals and pronouns, labelled with type and level."""
    return [
        Labelled(item["start"], item["end"], f"{item['type']}/{item['level']}")
        for item in row["mentions"]
        if item["level"] != "name"
    ]


def linked(row: Row) -> tuple[list[Labelled], list[Linked]]:
    """The mentions of a row in text order, labelled with type and level, and what each means."""
    items = sorted(row["mentions"], key=lambda item: (item["start"], item["end"]))
    spans = [Labelled(item["start"], item["end"], f"{item['type']}/{item['level']}") for item in items]
    return spans, [Linked(item["entity"], item["metonym"]) for item in items]


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
    others = EagerLabeller(COLUMNS, bias=OTHERS_BIAS).fit(documents, [others_of(row) for row in rows])
    mentions, meant = zip(*map(linked, rows), strict=True)
    linker = EntityLinker(read_parquet(DATASET, "knowledge_base", "train")).fit(documents, mentions, meant)
    return {"names": names, "others": others, "linker": linker}


def predict(state: State, row: Row) -> Row:
    document = Document.of(row)
    (names,), (others,) = (state[part].predict([document]) for part in ("names", "others"))
    found = [Labelled(name.start, name.end, f"{name.label}/name") for name in names]
    found = sorted([*found, *(span for span in others if fits(span, names))])
    return {
        "id": row["id"],
        "mentions": [
            {"id": f"m{number}", "start": span.start, "end": span.end}
            | dict(zip(("type", "level"), span.label.split("/"), strict=True))
            | meant._asdict()
            for number, (span, meant) in enumerate(
                zip(found, state["linker"].predict(document, found), strict=True), start=1
            )
        ],
    }


SYSTEM = System(
    name="svc-names",
    task="entities",
    description="names by two stacked passes with article-level evidence, nominals and pronouns by one; candidate "
    "entities of the knowledge base and of the article ranked",
    parameters="LinearSVC, C 0.1, of links 0.03; columns words, place, casing; BILOU, Viterbi, with a bias of 0.4 "
    "against O for nominals and pronouns; first pass out of 5 folds by storyline",
    train=train,
    predict=predict,
)


def main(argv: list[str] | None = None) -> int:
    return run(SYSTEM, Path(__file__), argv)


if __name__ == "__main__":
    sys.exit(main())
