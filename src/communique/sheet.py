"""Sheets: annotation as plain text that names surface strings instead of offsets, for annotating without a browser.

A sheet is one article. `P n` moves to paragraph n (0 is the title), and each line below it annotates that paragraph:

    P 1
    M Harrimb Teirult | PERSON | harrimb-teirult
    M Izeevo | GPE | tsaquna | metonym
    M two ferries | PRODUCT | two-ferries | nominal
    M Friday | DATE
    E met | MEET | asserted | positive | participant=Harrimb Teirult | participant=the envoy | time=Friday
    E seized | COERCE | alleged | positive | target=two ferries | source_entity=hurreim
    Q mixed | named | content=the “partial ~ quote” | cue=said | source=Luzimo | speaker=aviqee-luzimo | id=a
    Q direct | role | content=“Yes,” | content=“always.” | cue=said | source=envoy | speaker=envoy | parent=a
    P 10 = P 2

A string is looked for in the current paragraph as whole words and must stand there once; `string#2` is its second
occurrence and `string@4` stands in paragraph 4 (`string@4#2`: both). `first words ~ last words` is the stretch from the
first to the nearest last words after it. `P 10 = P 2` annotates the repeated paragraph 10 as paragraph 2. A quote takes
`co_speaker=`, `medium=` (the words) and `medium_entity=` as well, and `parent=` names the `id=` of another quote.
Empty lines and lines that begin with `#` are skipped.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from communique.annotation import canonical, empty_layer
from communique.articles import Article
from communique.check import article_problems
from communique.problems import Problem, refuse
from communique.schema import (
    ENTITY_TYPES,
    EVENT_TYPES,
    LAYERS,
    LEVELS,
    MODALITIES,
    POLARITIES,
    QUOTE_TYPES,
    ROLES,
    SOURCE_CLASSES,
    Row,
)
from communique.text import Span

_PARAGRAPH = re.compile(r"P\s*(\d+)(?:\s*=\s*P\s*(\d+))?$")
_STRING = re.compile(r"(?P<string>.*?)(?:@(?P<paragraph>\d+))?(?:#(?P<number>\d+))?$", re.DOTALL)
_QUOTE_KEYS = ("content", "cue", "source", "speaker", "co_speaker", "medium", "medium_entity", "id", "parent")


def occurrences(text: str, string: str, within: Span) -> list[Span]:
    """Where `string` stands in `within` as whole words, in text order."""
    pattern = re.escape(string)
    before = r"(?<!\w)" if string[:1].isalnum() else ""
    after = r"(?!\w)" if string[-1:].isalnum() else ""
    return [Span(*match.span()) for match in re.compile(before + pattern + after).finditer(text, *within)]


@dataclass
class _Reader:
    article: Article
    problems: list[Problem] = field(default_factory=list)
    paragraph: int | None = None
    copy: str = ""
    place: str = ""
    mentions: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    arguments: list[Row] = field(default_factory=list)
    quotes: list[Row] = field(default_factory=list)
    contents: list[Row] = field(default_factory=list)
    co_speakers: list[Row] = field(default_factory=list)

    def complain(self, code: str, message: str, hint: str) -> None:
        self.problems.append(Problem(self.place, code, message, hint))

    def span(self, given: str) -> Span | None:
        """Resolve a string with its `@paragraph` and `#occurrence`; complain and return None when it cannot be."""
        match = _STRING.match(given)
        assert match is not None  # the pattern matches every string
        string = match["string"].strip()
        number = int(match["paragraph"]) if match["paragraph"] else self.paragraph
        paragraphs = self.article.paragraphs
        if not string or number is None or number >= len(paragraphs):
            self.complain("bad-line", f"{given!r} names no string", f"a string in paragraphs 0-{len(paragraphs) - 1}")
            return None
        within = Span(paragraphs[number]["start"], paragraphs[number]["end"])
        first, _, last = (part.strip() for part in string.partition(" ~ "))
        found = occurrences(self.article.text, first, within)
        wanted = int(match["number"]) if match["number"] else None
        if not found or (wanted is not None and not 0 < wanted <= len(found)):
            self.complain("absent-string", f"{given!r}: {len(found)} in paragraph {number}", "copy it from the text")
            return None
        if wanted is None and len(found) > 1:
            hint = f"say which, 1 to {len(found)}: {first}#1"
            self.complain("ambiguous-string", f"{given!r} stands {len(found)} times in paragraph {number}", hint)
            return None
        span = found[(wanted or 1) - 1]
        if last:
            ends = occurrences(self.article.text, last, Span(span.end, within.end))
            if not ends:
                self.complain("absent-string", f"no {last!r} after {first!r}", "copy it from the text")
                return None
            span = Span(span.start, ends[0].end)
        return span

    def label(self, given: str, allowed: tuple[str, ...]) -> str:
        if given not in allowed:
            self.complain("unknown-label", f"{given!r}", "allowed: " + ", ".join(allowed))
        return given

    def text(self, span: Span) -> str:
        return self.article.text[span.start : span.end]

    def pairs(self, parts: list[str], allowed: tuple[str, ...]) -> list[tuple[str, str]]:
        found = []
        for part in parts:
            key, equals, value = part.partition("=")
            if not equals or key.strip() not in allowed or not value.strip():
                self.complain("bad-line", f"{part!r}", "key=value, the key one of " + ", ".join(allowed))
            else:
                found.append((key.strip(), value.strip()))
        return found

    def read(self, kind: str, rest: str) -> None:
        """Take a line that begins with `M`, `E` or `Q`."""
        kinds: dict[str, Callable[[list[str]], None]] = {"M": self.mention, "E": self.event, "Q": self.quote}
        kinds[kind]([part.strip() for part in rest.split(" | ")])

    def mention(self, parts: list[str]) -> None:
        """`M string | TYPE [| entity] [| nominal or pronoun] [| metonym]`"""
        if len(parts) < 2:
            return self.complain("bad-line", " | ".join(parts), "M string | TYPE | entity")
        span, kind, rest = self.span(parts[0]), self.label(parts[1], ENTITY_TYPES), parts[2:]
        flags = [part for part in rest if part in LEVELS or part == "metonym"]
        entities = [part for part in rest if part not in flags]
        if len(entities) > 1 or len(flags) > 2:
            return self.complain("bad-line", " | ".join(parts), "M string | TYPE | entity | level | metonym")
        if span:
            level = next((flag for flag in flags if flag in LEVELS), "name")
            self.mentions.append(
                {"id": f"m{len(self.mentions)}", "start": span.start, "end": span.end, "text": self.text(span),
                 "type": kind, "level": level, "entity": entities[0] if entities else None,
                 "metonym": "metonym" in flags}
            )  # fmt: skip
        return None

    def event(self, parts: list[str]) -> None:
        """`E trigger | TYPE | modality | polarity [| role=string ...] [| source_entity=id]`"""
        if len(parts) < 4:
            return self.complain("bad-line", " | ".join(parts), "E trigger | TYPE | modality | polarity | role=string")
        span, event_id = self.span(parts[0]), f"e{len(self.events)}"
        pairs = self.pairs(parts[4:], (*ROLES, "source_entity"))
        row = {
            "id": event_id,
            "type": self.label(parts[1], EVENT_TYPES),
            "modality": self.label(parts[2], MODALITIES),
            "polarity": self.label(parts[3], POLARITIES),
            "source_entity": dict(pairs).get("source_entity"),
        }
        arguments = [(role, self.span(string)) for role, string in pairs if role != "source_entity"]
        if span:
            self.events.append(row | {"start": span.start, "end": span.end, "trigger": self.text(span)})
            self.arguments += [
                {"event": event_id, "role": role, "start": at.start, "end": at.end, "text": self.text(at)}
                for role, at in arguments
                if at
            ]
        return None

    def quote(self, parts: list[str]) -> None:
        """`Q type | source class | content=string [| cue=] [| source=] [| speaker=id] ...`"""
        if len(parts) < 3:
            return self.complain("bad-line", " | ".join(parts), "Q type | source class | content=string | cue=string")
        pairs = self.pairs(parts[2:], _QUOTE_KEYS)
        single = dict(pairs)
        repeated = {key for key, _ in pairs if sum(key == other for other, _ in pairs) > 1} - {"content", "co_speaker"}
        if repeated:
            self.complain("bad-line", f"{', '.join(sorted(repeated))} given twice", "only content= and co_speaker= may")
        quote_id = (
            f"{single['id']}{self.copy}" if "id" in single else f"#{len(self.quotes)}"
        )  # no id of a sheet's author
        row: Row = {
            "id": quote_id,
            "type": self.label(parts[0], QUOTE_TYPES),
            "source_class": self.label(parts[1], SOURCE_CLASSES),
            "speaker": single.get("speaker"),
            "medium": single.get("medium_entity"),
            "parent": f"{single['parent']}{self.copy}" if "parent" in single else None,
        }
        for key in ("cue", "source", "medium"):
            span = self.span(single[key]) if key in single else None
            row[f"{key}_start"], row[f"{key}_end"] = span or (None, None)
        self.quotes.append(row)
        for key, value in pairs:
            if key == "content" and (span := self.span(value)):
                self.contents.append({"quote": quote_id, "start": span.start, "end": span.end, "text": self.text(span)})
            if key == "co_speaker":
                self.co_speakers.append({"quote": quote_id, "entity": value})
        return None


def _blocks(sheet: str, reader: _Reader) -> list[tuple[int, str, list[tuple[str, str]]]]:
    """The sheet as (paragraph, copy mark, numbered lines), with `P a = P b` blocks filled from those they repeat."""
    blocks: list[tuple[int, str, list[tuple[str, str]]]] = []
    repeated: dict[int, int] = {}
    for number, raw in enumerate(sheet.splitlines(), start=1):
        line, reader.place = raw.strip(), f"line {number}"
        if not line or line.startswith("#"):
            continue
        head = _PARAGRAPH.match(line)
        if head and head[2] is None:
            if int(head[1]) in repeated:
                hint = f"put it above line {repeated[int(head[1])]}, which repeats this paragraph"
                reader.complain("bad-line", line, hint)
            blocks.append((int(head[1]), "", []))
        elif head:
            earlier = [lines for paragraph, _, lines in blocks if paragraph == int(head[2])]
            repeated[int(head[2])] = number
            copied = [(f"{place} as line {number}", text) for lines in earlier for place, text in lines]
            blocks.append((int(head[1]), f"@{head[1]}", copied))
        elif not blocks:
            reader.complain("bad-line", line, "begin with a paragraph: P 0")
        else:
            blocks[-1][2].append((reader.place, line))
    return blocks


def find_span(article: Article, given: str, paragraph: int) -> Span | None:
    """The span that a string names in a sheet that stands at `paragraph`; None where it is absent or ambiguous."""
    return _Reader(article, paragraph=paragraph).span(given)


def read_line(article: Article, paragraph: int, line: str, place: str) -> tuple[str, Row]:
    """One line `M`, `E` or `Q` that stands at `paragraph`: its layer, and that layer's tables with what it says.

    Raises `ProblemsError` at `place`. A quote's `parent` is what the line says, looked up nowhere.
    """
    reader = _Reader(article, paragraph=paragraph, place=place)
    kind, _, rest = line.partition(" ")
    layers = {"M": "entities", "E": "events", "Q": "quotes"}
    if kind in layers:
        reader.read(kind, rest)
    else:
        reader.complain("bad-line", line, "a line of a sheet that begins with M, E or Q")
    refuse(reader.problems)
    return layers[kind], {table: getattr(reader, table) for table in LAYERS[layers[kind]]}


def resolve(sheet: str, article: Article, annotator: str, guidelines: str) -> dict[str, Row]:
    """Turn a sheet into canonical layer rows `{layer: row}`, ready for `annotation.write_layer`.

    Raises `ProblemsError` with every line that cannot be read, string that is absent or ambiguous, and rule broken.
    An empty sheet gives empty layers.
    """
    reader = _Reader(article)
    for paragraph, copy, lines in _blocks(sheet, reader):
        reader.paragraph, reader.copy = paragraph, copy
        for place, line in lines:
            reader.place = place
            kind, _, rest = line.partition(" ")
            if kind in ("M", "E", "Q"):
                reader.read(kind, rest)
            else:
                reader.complain("bad-line", line, "lines begin with P, M, E or Q")
    refuse(reader.problems)
    layers = {
        layer: empty_layer(article, layer, annotator, guidelines) | {table: getattr(reader, table) for table in tables}
        for layer, tables in LAYERS.items()
    }
    refuse(article_problems(article, layers, "sheet"))
    return {layer: canonical(row) for layer, row in layers.items()}
