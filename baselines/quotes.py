"""Quotes: contents, cues and mentions by sequence labellers; each content linked to its best cue, contents of one cue
being one quote; source and medium of each quote chosen among the mentions of its paragraph; the speaker found from the
source. Contents that stand inside others, of quotes that somebody reports of somebody, have a labeller of their own.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from communique.baseline import State, System, run
from communique.models import (
    LINKED,
    PRONOUN,
    Attributed,
    Document,
    EagerLabeller,
    Labelled,
    LinkClassifier,
    Pairs,
    SpanClassifier,
    SpeakerRanker,
    held_out,
)
from communique.models.columns import casing, clauses, place, quotation, words
from communique.schema import Row
from communique.tasks.quotes import speaker_spans

COLUMNS = (words, place, casing, quotation)
SPEECH = (*COLUMNS, clauses)
"""What contents and cues are found by."""
SPEECH_BIAS, INNER_BIAS, MENTION_BIAS, SOURCE_BIAS, MEDIUM_BIAS = 0.4, 0.6, 1.0, 0.5, 0.3
"""By how much the margins of contents and cues, of inner contents, of mentions, of links to sources and of links to
media may fall short.

Mentions are found most readily: whom a quote has as source is chosen later. Chosen among a few round values on
validation and in cross-validation over the storylines of the training split; the neighbours do about as well.
"""
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


def inner_of(row: Row) -> list[Labelled]:
    """The contents of quotes that stand in another quote."""
    nested = {quote["id"] for quote in row["quotes"] if quote["parent"] is not None}
    return [Labelled(item["start"], item["end"], "content") for item in row["contents"] if item["quote"] in nested]


def mentions_of(row: Row) -> list[Labelled]:
    """The mentions of a row, each span once: names by type, nominals of persons and others, pronouns."""
    found: dict[tuple[int, int], str] = {}
    for item in row["mentions"]:
        nominal = "person" if item["type"] == "PERSON" else "nominal"
        labels = {"name": item["type"], "nominal": nominal, "pronoun": PRONOUN}
        found[item["start"], item["end"]] = labels[item["level"]]
    return [Labelled(start, end, label) for (start, end), label in sorted(found.items())]


def cue_links(row: Row, pairs: Pairs) -> dict[tuple[int, int], str]:
    """Gold links of contents to cues."""
    cue = {quote["id"]: (quote["cue_start"], quote["cue_end"]) for quote in row["quotes"]}
    numbers = {span[:2]: number for number, span in enumerate(pairs.candidates)}
    return {
        (i, numbers[cue[item["quote"]]]): LINKED
        for i, item in enumerate(row["contents"])
        if cue[item["quote"]] in numbers
    }


def anchors_of(row: Row) -> list[Labelled]:
    """Of each quote its cue, or its first content without one."""
    first = {item["quote"]: Labelled(item["start"], item["end"], "content") for item in reversed(row["contents"])}
    return [
        first[quote["id"]] if quote["cue_start"] is None else Labelled(quote["cue_start"], quote["cue_end"], "cue")
        for quote in row["quotes"]
    ]


def part_links(row: Row, pairs: Pairs, part: str) -> dict[tuple[int, int], str]:
    """Gold links of quotes to the mentions that are their sources or media."""
    numbers = {span[:2]: number for number, span in enumerate(pairs.candidates)}
    spans = [(quote[f"{part}_start"], quote[f"{part}_end"]) for quote in row["quotes"]]
    return {(i, numbers[span]): LINKED for i, span in enumerate(spans) if span in numbers}


def attributed(row: Row, mentions: Sequence[Labelled]) -> list[tuple[Attributed, set[tuple[int, int]]]]:
    """The gold quotes in text order, their sources labelled as mentions, each with the spans that name its speaker."""
    labelled = {span[:2]: span for span in mentions}
    found = [
        (Attributed(anchor, labelled.get((quote["source_start"], quote["source_end"]))), speaker_spans(row, quote))
        for anchor, quote in zip(anchors_of(row), row["quotes"], strict=True)
    ]
    return sorted(found, key=lambda one: one[0].anchor)


def type_of(document: Document, contents: Sequence[Labelled], turns: Sequence[Row]) -> str:
    """Direct when all of it stands in quote marks or in a turn of a transcript, indirect when none, mixed between."""
    quoted = [
        document.quoted[number] or any(turn["start"] <= document.starts[number] < turn["end"] for turn in turns)
        for content in contents
        for number in range(*document.tokens(content.start, content.end))
    ]
    return "direct" if all(quoted) else "mixed" if any(quoted) else "indirect"


def first_of(document: Document, speaker: Labelled) -> Labelled:
    """The first of coordinated speakers ("Luzimo, and Vaqunte": "Luzimo"), any other speaker itself."""
    text = document.text[speaker.start : speaker.end]
    if speaker.label not in ("person", "nominal") or " and " not in text:
        return speaker
    return speaker._replace(end=speaker.start + len(text.split(" and ")[0].split(",")[0]))


def merged(gold: Sequence[Labelled], found: Sequence[Labelled]) -> list[Labelled]:
    """The spans of both in text order, each once; where both have it, with the label of gold."""
    return sorted({span[:2]: span for span in (*found, *gold)}.values())


def train(rows: Sequence[Row]) -> State:
    documents = [Document.of(row) for row in rows]
    gold = [mentions_of(row) for row in rows]
    mentions = EagerLabeller(COLUMNS, bias=MENTION_BIAS)
    candidates = [merged(*found) for found in zip(gold, held_out(mentions, documents, gold), strict=True)]
    mentions.fit(documents, gold)
    contents = EagerLabeller(SPEECH, cost=0.03, bias=SPEECH_BIAS).fit(documents, [contents_of(row) for row in rows])
    inner = EagerLabeller(SPEECH, cost=0.03, bias=INNER_BIAS).fit(documents, [inner_of(row) for row in rows])
    cues = EagerLabeller(SPEECH, cost=0.03, bias=SPEECH_BIAS).fit(documents, [parts_of(row, "cue") for row in rows])
    pairs = [
        Pairs(document, contents_of(row), parts_of(row, "cue"), CUE_REACH)
        for document, row in zip(documents, rows, strict=True)
    ]
    to_cue = LinkClassifier().fit(pairs, [cue_links(row, found) for row, found in zip(rows, pairs, strict=True)])
    pairs = [
        Pairs(document, anchors_of(row), found, SOURCE_REACH)
        for document, row, found in zip(documents, rows, candidates, strict=True)
    ]
    to_source, to_medium = (
        LinkClassifier(bias=bias).fit(
            pairs, [part_links(row, found, part) for row, found in zip(rows, pairs, strict=True)]
        )
        for part, bias in (("source", SOURCE_BIAS), ("medium", MEDIUM_BIAS))
    )
    classes = SpanClassifier(COLUMNS).fit(documents, [parts_of(row, "source", "source_class") for row in rows])
    told = [attributed(row, found) for row, found in zip(rows, gold, strict=True)]
    speakers = SpeakerRanker().fit(
        documents,
        [[quote for quote, _ in found] for found in told],
        candidates,
        [[spans for _, spans in found] for found in told],
    )
    return {
        "mentions": mentions,
        "contents": contents,
        "inner": inner,
        "cues": cues,
        "to_cue": to_cue,
        "to_source": to_source,
        "to_medium": to_medium,
        "classes": classes,
        "speakers": speakers,
    }


def around(content: Labelled, others: Sequence[Labelled]) -> Labelled | None:
    """The shortest of the others that a content stands in and does not fill."""
    outer = [one for one in others if one.start <= content.start and content.end <= one.end and one[:2] != content[:2]]
    return min(outer, key=lambda one: one.end - one.start, default=None)


def predict(state: State, row: Row) -> Row:
    document = Document.of(row)
    mentions, outer, inner, cues = (
        state[name].predict([document])[0] for name in ("mentions", "contents", "inner", "cues")
    )
    said = [*outer, *(content for content in inner if around(content, outer))]
    cue_of = state["to_cue"].best(Pairs(document, said, cues, CUE_REACH))
    groups: dict[Labelled, list[Labelled]] = {}
    for i, content in enumerate(said):
        group = groups.setdefault(cues[cue_of[i]] if i in cue_of else content, [])
        if not around(content, group):  # what shares its cue with the quote around it is no quote of its own
            group.append(content)
    anchors = sorted(groups)
    quote_of = {content: f"q{number}" for number, anchor in enumerate(anchors) for content in groups[anchor]}
    asked_pairs = Pairs(document, anchors, mentions, SOURCE_REACH)
    source_of, medium_of = (state[name].best(asked_pairs) for name in ("to_source", "to_medium"))
    sources = [mentions[source_of[i]] if i in source_of else None for i in range(len(anchors))]
    media = [
        mentions[medium_of[i]] if medium_of.get(i) not in (None, source_of.get(i)) else None
        for i in range(len(anchors))
    ]
    asked = [Attributed(anchor, source) for anchor, source in zip(anchors, sources, strict=True)]
    speakers = [span and first_of(document, span) for span in state["speakers"].predict(document, asked, mentions)]
    turns = [paragraph for paragraph in row["paragraphs"] if paragraph["kind"] == "turn"]
    quotes: list[Row] = []
    for number, (anchor, source, speaker, medium) in enumerate(zip(anchors, sources, speakers, media, strict=True)):
        parent = around(groups[anchor][0], list(quote_of))
        quote: Row = {"id": f"q{number}", "type": type_of(document, groups[anchor], turns)}
        quote["parent"] = parent and quote_of[parent]
        quote["source_class"] = state["classes"].predict(document, [source])[0] if source else "none"
        spans = {
            "cue": anchor if anchor.label == "cue" else None,
            "source": source,
            "speaker": speaker,
            "medium": medium,
        }
        for part, span in spans.items():
            quote[f"{part}_start"], quote[f"{part}_end"] = span[:2] if span else (None, None)
        quotes.append(quote)
    return {
        "id": row["id"],
        "quotes": quotes,
        "contents": [
            {"quote": f"q{number}", "start": content.start, "end": content.end}
            for number, anchor in enumerate(anchors)
            for content in groups[anchor]
        ],
    }


SYSTEM = System(
    name="svc-quotes",
    task="quotes",
    description="labelled contents, cues and mentions; linear ranking of cues, sources, media and speakers",
    parameters="LinearSVC, C 0.03 for contents, cues and speakers and 0.1 for mentions, links and classes; BILOU and "
    "Viterbi with a bias against O of 0.4, of inner contents 0.6, of mentions 1.0; sources from a margin of -0.5, "
    "media of -0.3",
    train=train,
    predict=predict,
)


def main(argv: list[str] | None = None) -> int:
    return run(SYSTEM, Path(__file__), argv)


if __name__ == "__main__":
    sys.exit(main())
