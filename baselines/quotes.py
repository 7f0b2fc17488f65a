"""Quotes: contents, cues and sources by sequence labellers; each content linked to its best cue, contents of one cue
being one quote; each quote linked to its best source; the speaker found from the source.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from communique.baseline import State, System, run
from communique.models import LINKED, Document, Labelled, LinkClassifier, Pairs, SequenceLabeller, SpanClassifier
from communique.models.columns import casing, place, quotation, words
from communique.schema import Row

COLUMNS = (words, place, casing, quotation)
REFERENTS = {"he": ("PERSON",), "she": ("PERSON",), "i": ("PERSON",), "it": ("GPE", "ORG")}
"""The types of name that a pronoun in the singular stands for."""
CUE_REACH, SOURCE_REACH = 1, 0
"""How many paragraphs apart a content and its cue, a cue (or content) and its source may stand."""


def parts_of(row: Row, part: str, label: str | None = None) -> list[Labelled]:
    """The cues or sources of a row, each span once, labelled with a field of the quote or with the part's name."""
    found = {
        (quote[f"{part}_start"], quote[f"{part}_end"]): quote[label] if label else part
        for quote in row["quotes"]
        if quote[f"{part}_start"] is not None
    }
    return [Labelled(start, end, name) for (start, end), name in sorted(found.items())]


def contents_of(row: Row) -> list[Labelled]:
    return [Labelled(item["start"], item["end"], "content") for item in row["contents"]]


def names_of(row: Row) -> list[Labelled]:
    return [Labelled(item["start"], item["end"], item["type"]) for item in row["mentions"] if item["level"] == "name"]


def cue_links(row: Row, pairs: Pairs) -> dict[tuple[int, int], str]:
    """Gold links of contents to cues."""
    cue = {quote["id"]: (quote["cue_start"], quote["cue_end"]) for quote in row["quotes"]}
    numbers = {span[:2]: number for number, span in enumerate(pairs.candidates)}
    return {
        (i, numbers[cue[item["quote"]]]): LINKED
        for i, item in enumerate(row["contents"])
        if cue[item["quote"]] in numbers
    }


def anchored_sources(row: Row, document: Document) -> tuple[Pairs, dict[tuple[int, int], str]]:
    """Pairs of each gold quote's cue, or first content without one, with all sources; and the gold links."""
    sources = parts_of(row, "source")
    numbers = {span[:2]: number for number, span in enumerate(sources)}
    first = {item["quote"]: Labelled(item["start"], item["end"], "content") for item in reversed(row["contents"])}
    anchors: list[Labelled] = []
    links: dict[tuple[int, int], str] = {}
    for i, quote in enumerate(row["quotes"]):
        has_cue = quote["cue_start"] is not None
        anchors.append(Labelled(quote["cue_start"], quote["cue_end"], "cue") if has_cue else first[quote["id"]])
        if (quote["source_start"], quote["source_end"]) in numbers:
            links[i, numbers[quote["source_start"], quote["source_end"]]] = LINKED
    return Pairs(document, anchors, sources, SOURCE_REACH), links


def type_of(document: Document, contents: Sequence[Labelled], turns: Sequence[Row]) -> str:
    """Direct when all of it stands in quote marks or in a turn of a transcript, indirect when none, mixed between."""
    quoted = [
        document.quoted[number] or any(turn["start"] <= document.starts[number] < turn["end"] for turn in turns)
        for content in contents
        for number in range(*document.tokens(content.start, content.end))
    ]
    return "direct" if all(quoted) else "mixed" if any(quoted) else "indirect"


def speaker_of(document: Document, source: Labelled, names: Sequence[Labelled]) -> Labelled:
    """For a pronoun the last name before it that it can stand for, for a coordination its first name, else the source.

    Where there is no such name the source itself.
    """
    text = document.text[source.start : source.end]
    if text.lower() in REFERENTS:
        before = [name for name in names if name.label in REFERENTS[text.lower()] and name.end <= source.start]
        return before[-1] if before else source
    if " and " in text:
        return next((name for name in names if name.start == source.start), source)
    return source


def train(rows: Sequence[Row]) -> State:
    documents = [Document.of(row) for row in rows]
    names = SequenceLabeller(COLUMNS[:3]).fit(documents, [names_of(row) for row in rows])
    contents = SequenceLabeller(COLUMNS, cost=0.03).fit(documents, [contents_of(row) for row in rows])
    ends = SequenceLabeller(COLUMNS, cost=0.03).fit(
        documents, [parts_of(row, "cue") + parts_of(row, "source") for row in rows]
    )
    pairs = [
        Pairs(document, contents_of(row), parts_of(row, "cue"), CUE_REACH)
        for document, row in zip(documents, rows, strict=True)
    ]
    to_cue = LinkClassifier().fit(pairs, [cue_links(row, found) for row, found in zip(rows, pairs, strict=True)])
    anchored = [anchored_sources(row, document) for document, row in zip(documents, rows, strict=True)]
    to_source = LinkClassifier().fit([found for found, _ in anchored], [links for _, links in anchored])
    classes = SpanClassifier(COLUMNS).fit(documents, [parts_of(row, "source", "source_class") for row in rows])

    return {
        "names": names,
        "contents": contents,
        "ends": ends,
        "to_cue": to_cue,
        "to_source": to_source,
        "classes": classes,
    }


def predict(state: State, row: Row) -> Row:
    document = Document.of(row)
    found_names, said, parts = (state[name].predict([document])[0] for name in ("names", "contents", "ends"))
    cues = [span for span in parts if span.label == "cue"]
    sources = [span for span in parts if span.label == "source"]
    cue_of = state["to_cue"].best(Pairs(document, said, cues, CUE_REACH))
    groups: dict[tuple[str, int], list[Labelled]] = {}
    for i, content in enumerate(said):
        groups.setdefault(("cue", cue_of[i]) if i in cue_of else ("content", i), []).append(content)
    anchors = [cues[number] if kind == "cue" else said[number] for kind, number in groups]
    source_of = state["to_source"].best(Pairs(document, anchors, sources, SOURCE_REACH))
    labels = state["classes"].predict(document, sources)
    turns = [paragraph for paragraph in row["paragraphs"] if paragraph["kind"] == "turn"]
    quotes: list[Row] = []
    speaker: Labelled | None = None
    for number, (anchor, group) in enumerate(zip(anchors, groups.values(), strict=True)):
        source = sources[source_of[number]] if number in source_of else None
        if source:
            speaker = speaker_of(document, source, found_names)
        elif anchor.label == "cue":  # a passive names nobody; without a cue the last speaker goes on
            speaker = None
        quote: Row = {"id": f"q{number}", "type": type_of(document, group, turns), "parent": None}
        quote["source_class"] = labels[source_of[number]] if source else "none"
        spans = {"cue": anchor if anchor.label == "cue" else None, "source": source, "speaker": speaker}
        for part, span in (spans | {"medium": None}).items():
            quote[f"{part}_start"], quote[f"{part}_end"] = span[:2] if span else (None, None)
        quotes.append(quote)
    return {
        "id": row["id"],
        "quotes": quotes,
        "contents": [
            {"quote": f"q{number}", "start": content.start, "end": content.end}
            for number, group in enumerate(groups.values())
            for content in group
        ],
    }


SYSTEM = System(
    name="svc-quotes",
    task="quotes",
    description="labelled contents, cues and sources; linear ranking of cues and sources; speakers from sources",
    parameters="LinearSVC, C 0.03 for spans and 0.1 for names, links and classes; BILOU and Viterbi",
    train=train,
    predict=predict,
)


def main(argv: list[str] | None = None) -> int:
    return run(SYSTEM, Path(__file__), argv)


if __name__ == "__main__":
    sys.exit(main())
