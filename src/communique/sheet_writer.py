"""Write annotation as a sheet (see `communique.sheet`): the inverse of resolving one."""

from collections.abc import Iterator, Sequence
from itertools import product

from communique.annotation import contents_by_quote
from communique.articles import Article
from communique.schema import Row
from communique.sheet import find_span, occurrences
from communique.text import Span

_LONG = 6
"""Spans of more words than this are named by their first and last words."""


class SpanError(ValueError):
    """A span that no string of a sheet can name: it begins or ends inside a word, or crosses paragraphs."""


def paragraph_of(article: Article, offset: int) -> int:
    """The number of the paragraph that an offset stands in."""
    return sum(bool(row["start"] <= offset) for row in article.paragraphs) - 1


def _ends(text: str) -> Iterator[tuple[str, str]]:
    """What may name a stretch: itself, or if it is long its first and last words, the fewest first."""
    words = text.split()
    if len(words) <= _LONG:
        yield text, ""
        return
    for n, m in product(range(2, len(words) - 2), repeat=2):
        if n + m < len(words):
            yield " ".join(words[:n]), " ".join(words[-m:])


def string_of(article: Article, span: Span, paragraph: int) -> str:
    """How a sheet that stands at `paragraph` names a span. Raises `SpanError` where it cannot."""
    text, number = article.text[span.start : span.end], paragraph_of(article, span.start)
    within = Span(article.paragraphs[number]["start"], article.paragraphs[number]["end"])
    place = "" if number == paragraph else f"@{number}"
    for first, last in _ends(text):
        starts = occurrences(article.text, first, within)
        if all(found.start != span.start for found in starts):
            continue
        count = next(n for n, found in enumerate(starts, start=1) if found.start == span.start)
        given = first + (f" ~ {last}" if last else "") + place + (f"#{count}" if len(starts) > 1 else "")
        if find_span(article, given, paragraph) == span and " | " not in given:
            return given
    raise SpanError(f"{span} {text!r}: no words of paragraph {number} name it")


def mention_line(article: Article, item: Row, paragraph: int) -> str:
    """`M string | TYPE [| entity] [| level] [| metonym]`"""
    parts = [string_of(article, Span(item["start"], item["end"]), paragraph), item["type"]]
    parts += [item["entity"]] if item["entity"] is not None else []
    parts += [item["level"]] if item["level"] != "name" else []
    return "M " + " | ".join([*parts, *(["metonym"] if item["metonym"] else [])])


def event_line(article: Article, item: Row, arguments: Sequence[Row], paragraph: int) -> str:
    """`E trigger | TYPE | modality | polarity [| role=string ...] [| source_entity=id]`"""
    parts = [string_of(article, Span(item["start"], item["end"]), paragraph)]
    parts += [item["type"], item["modality"], item["polarity"]]
    parts += [f"{row['role']}={string_of(article, Span(row['start'], row['end']), paragraph)}" for row in arguments]
    parts += [f"source_entity={item['source_entity']}"] if item["source_entity"] is not None else []
    return "E " + " | ".join(parts)


def quote_line(
    article: Article, item: Row, contents: Sequence[Row], co_speakers: Sequence[str], paragraph: int, *more: str
) -> str:
    """`Q type | source class | content=string ... | cue= | source= | speaker= ...`, then `more` as it is given."""
    parts = [item["type"], item["source_class"]]
    parts += [f"content={string_of(article, Span(part['start'], part['end']), paragraph)}" for part in contents]
    for name in ("cue", "source"):
        if item[f"{name}_start"] is not None:
            span = Span(item[f"{name}_start"], item[f"{name}_end"])
            parts.append(f"{name}={string_of(article, span, paragraph)}")
    parts += [f"speaker={item['speaker']}"] if item["speaker"] is not None else []
    parts += [f"co_speaker={entity}" for entity in co_speakers]
    if item["medium_start"] is not None:
        parts.append(f"medium={string_of(article, Span(item['medium_start'], item['medium_end']), paragraph)}")
    parts += [f"medium_entity={item['medium']}"] if item["medium"] is not None else []
    return "Q " + " | ".join([*parts, *more])


def sheet_of(article: Article, layers: dict[str, Row]) -> str:
    """All layers of an article as one sheet. Empty layers give an empty sheet.

    Raises `SpanError` for a span that a sheet cannot name.
    """
    entities, events, quotes = layers["entities"], layers["events"], layers["quotes"]
    lines: list[tuple[int, str]] = []

    def add(offset: int, line: str) -> None:
        lines.append((paragraph_of(article, offset), line))

    for item in entities["mentions"]:
        add(item["start"], mention_line(article, item, paragraph_of(article, item["start"])))
    for item in events["events"]:
        arguments = [row for row in events["arguments"] if row["event"] == item["id"]]
        add(item["start"], event_line(article, item, arguments, paragraph_of(article, item["start"])))
    contents = contents_by_quote(quotes)
    parents = {item["parent"] for item in quotes["quotes"]} - {None}
    for item in quotes["quotes"]:
        start = contents[item["id"]][0]["start"]
        more = [f"id={item['id']}"] if item["id"] in parents else []
        more += [f"parent={item['parent']}"] if item["parent"] is not None else []
        together = [row["entity"] for row in quotes["co_speakers"] if row["quote"] == item["id"]]
        number = paragraph_of(article, start)
        add(start, quote_line(article, item, contents[item["id"]], together, number, *more))
    sheet = ""
    current = None
    for number, line in sorted(lines, key=lambda pair: pair[0]):
        sheet += (f"P {number}\n" if number != current else "") + line + "\n"
        current = number
    return sheet
