"""What two annotators say of the same things: items matched one to one, and labels of tokens.

Mentions and triggers match by `communique.agreement.pair_up`, quotes by `communique.tasks.quotes.match`, arguments of
matched triggers by `pair_up` again. Spans are code points, half-open.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from communique.agreement import pair_up
from communique.schema import (
    ENTITY_TYPES,
    EVENT_TYPES,
    LEVELS,
    MODALITIES,
    POLARITIES,
    QUOTE_TYPES,
    ROLES,
    SOURCE_CLASSES,
    Row,
)
from communique.statistics import Array
from communique.tasks import quotes
from communique.tasks.quotes import Spans

KINDS: dict[str, dict[str, tuple[str, ...]]] = {
    "entities": {"type": ENTITY_TYPES, "level": LEVELS, "metonym": ("yes", "no")},
    "events": {"type": EVENT_TYPES, "modality": MODALITIES, "polarity": POLARITIES, "role": ROLES},
    "quotes": {"type": QUOTE_TYPES, "source_class": SOURCE_CLASSES},
}
"""By layer what is labelled, and with what; `role` is that of an argument."""
SPEAKER = "speaker"
"""A further kind, of matched quotes; its labels are the first annotator's entity ids."""

_TABLES = {"entities": "mentions", "events": "events"}


@dataclass(frozen=True, slots=True)
class Observation:
    """What two annotators say of one thing.

    Only a `type` or a `role` may be given by one of them alone: then the other's label is None and has no spans.
    `context` is what the thing belongs to: the triggers of an argument, the sources of a quote.
    """

    kind: str
    first: str | None
    second: str | None
    first_spans: Spans
    second_spans: Spans
    context: Spans = ()


def _span(item: Row, prefix: str = "") -> Spans:
    return () if item[f"{prefix}start"] is None else ((item[f"{prefix}start"], item[f"{prefix}end"]),)


def _without(items: list[Row], matched: list[Row]) -> list[Row]:
    done = {id(item) for item in matched}
    return [item for item in items if id(item) not in done]


_Pairs = list[tuple[Row, Row]]


def _aligned(
    kind: str, first: list[Row], second: list[Row], pairs: _Pairs, spans: Mapping[int, Spans], context: Spans = ()
) -> Iterator[Observation]:
    """Observations of what is labelled at all: matched items, then those that one of the two has alone."""
    for one, other in pairs:
        yield Observation(kind, one[kind], other[kind], spans[id(one)], spans[id(other)], context)
    for item in _without(first, [one for one, _ in pairs]):
        yield Observation(kind, item[kind], None, spans[id(item)], (), context)
    for item in _without(second, [other for _, other in pairs]):
        yield Observation(kind, None, item[kind], (), spans[id(item)], context)


def _arguments(first: Row, second: Row, pair: tuple[Row, Row], context: Spans) -> Iterator[Observation]:
    one, other = (
        [item for item in row["arguments"] if item["event"] == event["id"]]
        for row, event in zip((first, second), pair, strict=True)
    )
    spans = {id(item): _span(item) for item in one + other}
    yield from _aligned("role", one, other, pair_up(one, other, "role"), spans, context)


def _label(item: Row, kind: str) -> str:
    return ("yes" if item[kind] else "no") if kind == "metonym" else str(item[kind])


def observe(layer: str, first: Row, second: Row, entity: Mapping[str, str] | None) -> Iterator[Observation]:
    """Everything that two documents of one article say in a layer.

    Args:
        layer: `entities`, `events` or `quotes`.
        first: the first annotator's document, with `tokens` and `token_starts`.
        second: the second annotator's.
        entity: the map of `communique.agreement.align_entities`; None where entities cannot be compared, and then there
            are no speakers.
    """
    table = _TABLES.get(layer, "quotes")
    if layer == "quotes":
        contents = [quotes.content_spans(row) for row in (first, second)]
        spans = {
            id(item): of_item
            for row, found in zip((first, second), contents, strict=True)
            for item, of_item in zip(row["quotes"], found, strict=True)
        }
        pairs = [(first["quotes"][i], second["quotes"][j]) for i, j, _ in quotes.match(first, second)]
    else:
        spans = {id(item): _span(item) for row in (first, second) for item in row[table]}
        pairs = pair_up(first[table], second[table], "type")
    yield from _aligned("type", first[table], second[table], pairs, spans)
    for one, other in pairs:
        both = spans[id(one)], spans[id(other)]
        sources = _span(one, "source_") + _span(other, "source_") if layer == "quotes" else ()
        for kind in KINDS[layer]:
            if kind not in ("type", "role"):
                yield Observation(kind, _label(one, kind), _label(other, kind), *both, sources)
        if layer == "events":
            yield from _arguments(first, second, (one, other), both[0] + both[1])
        if layer == "quotes" and entity is not None:
            speakers = one[SPEAKER] or "nobody", entity.get(other[SPEAKER], other[SPEAKER]) or "nobody"
            yield Observation(SPEAKER, *speakers, *both, sources)


def token_labels(layer: str, row: Row) -> Array:
    """For each of the document's tokens 0, or 1 + the number of the type of the shortest item that touches it.

    The items are mentions, triggers, or quotes by their contents; of items equally long the later one counts.
    """
    if layer == "quotes":
        items = list(zip(quotes.content_spans(row), row["quotes"], strict=True))
    else:
        items = [(_span(item), item) for item in row[_TABLES[layer]]]
    types = KINDS[layer]["type"]
    touched = quotes.content_tokens(row, [spans for spans, _ in items])
    painted = [
        (-len(tokens), spans, types.index(item["type"]), tokens)
        for tokens, (spans, item) in zip(touched, items, strict=True)
    ]
    labels = np.zeros(len(row["tokens"]), dtype=int)
    for _, _, number, tokens in sorted(painted, key=lambda one: one[:3]):
        labels[list(tokens)] = 1 + number
    return labels
