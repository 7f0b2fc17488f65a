"""Quotes, floor: what stands in quote marks is said, the nearest reporting verb is the cue, and the capitalised span
nearest to the cue is source and speaker. A rule: it learns nothing from training.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from communique.baseline import State, System, run
from communique.models import Document, Labelled, nearest
from communique.models.columns import REPORTING
from communique.schema import Row


def cues_of(document: Document) -> list[Labelled]:
    """Reporting verbs outside quote marks."""
    return [
        document.labelled(number, number + 1, "cue")
        for number, word in enumerate(document.words)
        if word.lower() in REPORTING and not document.quoted[number]
    ]


def within(spans: Sequence[Labelled], area: Row) -> list[Labelled]:
    return [span for span in spans if area["start"] <= span.start and span.end <= area["end"]]


def predict(state: State, row: Row) -> Row:
    document = Document.of(row)
    cues, names = cues_of(document), document.capitalised()
    outside = [name for name in names if not document.quoted[document.tokens(name.start, name.end)[0]]]
    quotes: list[Row] = []
    contents: list[Row] = []
    for number, content in enumerate(document.runs(document.quoted, document.paragraph, "content")):
        paragraph = next(area for area in row["paragraphs"] if area["start"] <= content.start < area["end"])
        cue = nearest(content.start, content.end, within(cues, paragraph))
        source = nearest(cue.start, cue.end, within(outside, paragraph)) if cue else None
        start, end = (source.start, source.end) if source else (None, None)
        quotes.append(
            {"id": f"q{number}", "type": "direct", "source_class": "named" if source else "none",
             "cue_start": cue.start if cue else None, "cue_end": cue.end if cue else None,
             "source_start": start, "source_end": end, "speaker_start": start, "speaker_end": end,
             "medium_start": None, "medium_end": None, "parent": None}
        )  # fmt: skip
        contents.append({"quote": f"q{number}", "start": content.start, "end": content.end})
    return {"id": row["id"], "quotes": quotes, "contents": contents}


def train(rows: Sequence[Row]) -> State:
    return {}


SYSTEM = System(
    name="quote-marks",
    task="quotes",
    description="quote marks, the nearest reporting verb and the capitalised span nearest to it; learns nothing",
    parameters="cue and source in the content's paragraph, outside quote marks",
    train=train,
    predict=predict,
)


def main(argv: list[str] | None = None) -> int:
    return run(SYSTEM, Path(__file__), argv)


if __name__ == "__main__":
    sys.exit(main())
