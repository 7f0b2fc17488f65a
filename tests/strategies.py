"""Hypothesis strategies: articles with emoji, curly quotes and repeated paragraphs, and valid annotation of them."""

from typing import Any

from hypothesis import strategies as st

from communique.annotation import canonical
from communique.articles import Article
from communique.schema import (
    ENTITY_TYPES,
    EVENT_TYPES,
    LEVELS,
    MODALITIES,
    POLARITIES,
    QUOTE_TYPES,
    ROLES,
    SOURCE_CLASSES,
    UNLINKED_TYPES,
    Row,
)
from support import fill, make_article

WORDS = ("Peloumt", "Izeevo", "said", "“no”", "🙂", "ship’s", "U.S.", "é́", "12.5", "Iran-Russia", "signed,", "talks.")
ENTITIES = ("peloumt", "tsaquna", "harrimb-teirult")


@st.composite
def articles(draw: st.DrawFn) -> Article:
    paragraph = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join)
    lines = draw(st.lists(paragraph, min_size=1, max_size=4))
    return make_article("\n".join(lines))


def spans(article: Article) -> st.SearchStrategy[tuple[int, int]]:
    """Spans of whole tokens."""
    ends = st.integers(0, len(article.tokens) - 1)
    return st.tuples(ends, ends).map(lambda pair: (article.tokens[min(pair)].start, article.tokens[max(pair)].end))


@st.composite
def mentions(draw: st.DrawFn, article: Article) -> list[Row]:
    rows: list[Row] = []
    for number, (start, end) in enumerate(draw(st.lists(spans(article), max_size=8, unique=True))):
        level = draw(st.sampled_from(LEVELS))
        if any(row["level"] == "name" and row["start"] < end and start < row["end"] for row in rows):
            level = "nominal"
        kind = draw(st.sampled_from(ENTITY_TYPES))
        rows.append(
            {"id": f"x{number}", "start": start, "end": end, "text": article.text[start:end], "type": kind,
             "level": level, "entity": None if kind in UNLINKED_TYPES else draw(st.sampled_from(ENTITIES)),
             "metonym": kind in ("GPE", "LOC", "FAC") and draw(st.booleans())}
        )  # fmt: skip
    return rows


@st.composite
def events(draw: st.DrawFn, article: Article) -> tuple[list[Row], list[Row]]:
    rows: list[Row] = []
    arguments: list[Row] = []
    for number, (start, end) in enumerate(draw(st.lists(spans(article), max_size=4, unique=True))):
        modality = draw(st.sampled_from(MODALITIES))
        source = draw(st.sampled_from([None, *ENTITIES])) if modality in ("alleged", "denied") else None
        rows.append(
            {"id": f"x{number}", "type": draw(st.sampled_from(EVENT_TYPES)), "start": start, "end": end,
             "trigger": article.text[start:end], "modality": modality,
             "polarity": draw(st.sampled_from(POLARITIES)), "source_entity": source}
        )  # fmt: skip
        pairs = st.tuples(st.sampled_from(ROLES), spans(article))
        for role, (begin, stop) in draw(st.lists(pairs, max_size=4, unique=True)):
            arguments.append(
                {"event": f"x{number}", "role": role, "start": begin, "end": stop, "text": article.text[begin:stop]}
            )
    return rows, arguments


@st.composite
def quotes(draw: st.DrawFn, article: Article) -> tuple[list[Row], list[Row], list[Row]]:
    rows: list[Row] = []
    contents: list[Row] = []
    co_speakers: list[Row] = []
    for number, (start, end) in enumerate(draw(st.lists(spans(article), max_size=4, unique=True))):
        quote: Row = {"id": f"x{number}", "type": draw(st.sampled_from(QUOTE_TYPES))}
        optional = st.none() | spans(article)
        for part in ("cue", "source", "medium"):
            quote[f"{part}_start"], quote[f"{part}_end"] = draw(optional) or (None, None)
        classes = SOURCE_CLASSES[:-1] if quote["source_start"] is not None else SOURCE_CLASSES[-1:]
        quote["source_class"] = draw(st.sampled_from(classes))
        quote["speaker"] = draw(st.sampled_from([None, *ENTITIES]))
        quote["medium"] = draw(st.sampled_from([None, *ENTITIES])) if quote["medium_start"] is not None else None
        quote["parent"] = draw(st.sampled_from([None, *(row["id"] for row in rows)]))
        rows.append(quote)
        pieces = [(start, end)]
        inside = [token for token in article.tokens if start <= token.start and token.end <= end]
        if len(inside) > 2 and draw(st.booleans()):
            pieces = [(start, inside[0].end), (inside[-1].start, end)]
        contents += [{"quote": quote["id"], "start": a, "end": b, "text": article.text[a:b]} for a, b in pieces]
        if quote["speaker"] is not None:
            others = [entity for entity in ENTITIES if entity != quote["speaker"]]
            chosen = draw(st.lists(st.sampled_from(others), max_size=2, unique=True))
            co_speakers += [{"quote": quote["id"], "entity": entity} for entity in chosen]
    return rows, contents, co_speakers


@st.composite
def annotated(draw: st.DrawFn) -> tuple[Article, dict[str, Row]]:
    """An article with canonical layers, valid but for entity ids that no mention may have."""
    article = draw(articles())
    event_rows, arguments = draw(events(article))
    quote_rows, contents, co_speakers = draw(quotes(article))
    tables: dict[str, dict[str, Any]] = {
        "entities": {"mentions": draw(mentions(article))},
        "events": {"events": event_rows, "arguments": arguments},
        "quotes": {"quotes": quote_rows, "contents": contents, "co_speakers": co_speakers},
    }
    return article, {layer: canonical(fill(article, layer, rows)) for layer, rows in tables.items()}
