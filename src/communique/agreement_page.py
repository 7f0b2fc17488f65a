"""Agreement as one HTML file: tables with drawn intervals, confusion matrices, and every disagreement in its text.

Nothing is loaded, nothing runs, everything that came from outside is escaped.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import pandas as pd
from markupsafe import Markup

from communique.agreement_items import KINDS, SPEAKER, Observation
from communique.agreement_pairs import ALL, ITEMS, Agreement, Place
from communique.articles import Article
from communique.html_page import rendered
from communique.leaderboard import records
from communique.schema import Row
from communique.statistics import MINIMUM_STORYLINES
from communique.tasks.quotes import Spans

MOST_SHOWN = 40
"""Disagreements shown of one cell or list."""
CONTEXT = 60
"""Code points shown on either side, and on either side of what is left out within."""
NOTHING = "nothing"
DASH = "–"
BOUNDARIES = "boundaries"

Links = Mapping[tuple[str, str, str], str]
"""Addresses of task pages by layer, annotator and article."""

_Seen = tuple[Place, Observation]

_TITLES = {
    "type": "types",
    "role": "roles of arguments",
    "level": "levels",
    "metonym": "metonyms",
    "modality": "modality",
    "polarity": "polarity",
    "source_class": "source classes",
    SPEAKER: "speakers",
    BOUNDARIES: "same label, other boundaries",
}


def _figure(value: float | None) -> str:
    return DASH if value is None else f"{value:.3f}"


def _drawn(row: Row, floor: float) -> Markup:
    """The value as a dot and its interval as a line, over the axis from `floor` to 1; nothing where it is undefined."""

    def at(value: float) -> str:
        return f"{100 * (value - floor) / (1 - floor):.1f}"

    if row["value"] is None:
        return Markup("")
    reach = ""
    if row["low"] is not None:
        reach = f'<line class="reach" x1="{at(row["low"])}" x2="{at(row["high"])}" y1="6" y2="6"/>'
    return Markup(
        '<svg viewBox="-3 0 106 12" aria-hidden="true"><line class="axis" x1="0" x2="100" y1="6" y2="6"/>'
        f'{reach}<circle class="dot" cx="{at(row["value"])}" cy="6" r="2"/></svg>'
    )


def _floor(table: pd.DataFrame) -> float:
    """Where a layer's axes begin: the tenth below everything drawn on them."""
    lowest = min(table["value"].min(), table["low"].min()) if len(table) else math.nan
    return 0.0 if math.isnan(lowest) else min(0.9, math.floor(10 * lowest) / 10)


class _Figures:
    """The figures of one layer and pair, or of all pairs, as the page has them."""

    def __init__(self, rows: pd.DataFrame, layer: str, floor: float) -> None:
        self.layer, self.floor = layer, floor
        self.found: dict[tuple[str, str], Row] = {(row["part"], row["measure"]): row for row in records(rows)}

    def cell(self, part: str, measure: str) -> Row:
        """A figure, its interval and its drawing; a dash where it is not there or not defined."""
        row = self.found.get((part, measure), {"value": None, "low": None, "high": None})
        ends = "" if row["low"] is None else f"{row['low']:.3f} – {row['high']:.3f}"
        return {"value": _figure(row["value"]), "ends": ends, "drawn": _drawn(row, self.floor)}

    def types(self) -> list[Row]:
        """One row for all types and one for each that somebody used: items, exact and overlap F1, alpha."""
        what = ITEMS[self.layer]
        parts = [(what, f"{what}, exact and type", f"{what}, overlap and type", "tokens")]
        parts += [
            (label, f"{label}, exact", f"{label}, overlap", f"tokens {label}") for label in KINDS[self.layer]["type"]
        ]
        return [
            {"name": name, "items": f"{row['first']:,} / {row['second']:,}",
             "cells": [self.cell(exact, "F1"), self.cell(overlap, "F1"), self.cell(tokens, "alpha")]}
            for name, exact, overlap, tokens in parts
            if (row := self.found.get((exact, "F1")))
        ]  # fmt: skip

    def kappas(self) -> list[Row]:
        """One row for each kind of label: items compared, those alike, kappa."""
        rows = [(kind, self.found[kind, "kappa"]) for kind in KINDS[self.layer] if (kind, "kappa") in self.found]
        return [
            {"name": _TITLES[kind], "items": f"{row['first']:,}", "alike": f"{row['both']:,}",
             "share": _figure(row["both"] / row["first"] if row["first"] else None),
             "cell": self.cell(kind, "kappa")}
            for kind, row in rows
        ]  # fmt: skip

    def parts(self) -> list[Row]:
        """What else is compared: every part that is none of a type's and no share that a kappa stands beside."""
        shown = {f"{kind}, given the {what}" for kind in KINDS[self.layer] for what in ("span", "trigger", "quote")}
        shown |= {f"{ITEMS[self.layer]}, {how} and type" for how in ("exact", "overlap")}
        return [
            {"name": part, "items": f"{row['first'] + row['second']:,}", "cell": self.cell(part, "F1")}
            for (part, measure), row in self.found.items()
            if measure == "F1" and part not in shown and not row["type"]
        ]  # fmt: skip


def _bounds(text: str, spans: Spans) -> tuple[int, int]:
    """The passage to show around some spans: whole words, and no paragraph but theirs."""
    start, end = min(span[0] for span in spans), max(span[1] for span in spans)
    first = max(text.rfind("\n", 0, start) + 1, start - CONTEXT)
    last = min(end + CONTEXT, found if (found := text.find("\n", end)) >= 0 else len(text))
    while first > 0 and first < start and not text[first - 1].isspace():
        first += 1
    while end < last < len(text) and not text[last].isspace():
        last -= 1
    return first, last


def _shortened(text: str) -> str:
    """A piece without its middle where that is long, in one line."""
    if len(text) > 3 * CONTEXT:
        text = f"{text[:CONTEXT].rpartition(' ')[0]} … {text[-CONTEXT:].partition(' ')[2]}"
    return text.replace("\n", " ¶ ")


_MORE = {"text": " … ", "kind": "", "label": ""}


def _pieces(text: str, bounds: tuple[int, int], spans: Spans, context: Spans, label: str) -> list[Row]:
    """The passage cut at every border of a span; the first marked piece carries the label."""
    inside = {border for span in (*spans, *context) for border in span if bounds[0] <= border <= bounds[1]}
    pieces: list[Row] = []
    for start, end in pairwise(sorted({*bounds, *inside})):
        over = [
            kind
            for kind, kinds in (("own", spans), ("near", context))
            if any(a <= start and end <= b for a, b in kinds)
        ]
        kind = over[0] if over else ""
        begun = kind == "own" and not any(piece["kind"] == "own" for piece in pieces)
        pieces.append({"text": _shortened(text[start:end]), "kind": kind, "label": label if begun else ""})
    return (
        [_MORE] * (text[: bounds[0]][-1:] not in ("", "\n"))
        + pieces
        + [_MORE] * (text[bounds[1] :][:1] not in ("", "\n"))
    )


def _shown(seen: _Seen, articles: Mapping[str, Article], links: Links) -> Row:
    """One disagreement: the article, and both versions in their passage."""
    place, item = seen
    text = articles[place.article].text
    bounds = _bounds(text, item.first_spans + item.second_spans + item.context)
    versions = [
        {"who": rater.name, "link": links.get((place.layer, rater.annotator, place.article)),
         "pieces": _pieces(text, bounds, spans, item.context, label) if label else []}
        for rater, label, spans in zip(
            place.pair, (item.first, item.second), (item.first_spans, item.second_spans), strict=True
        )
    ]  # fmt: skip
    return {"article": place.article, "title": articles[place.article].title, "versions": versions}


def _listed(name: str, anchor: str, seen: Sequence[_Seen], articles: Mapping[str, Article], links: Links) -> Row:
    items = [_shown(one, articles, links) for one in seen[:MOST_SHOWN]]
    return {"name": name, "anchor": anchor, "count": len(seen), "items": items, "more": len(seen) - len(items)}


def _matrix(layer: str, kind: str, seen: Sequence[_Seen], articles: Mapping[str, Article], links: Links) -> Row:
    """A confusion matrix, the first annotator's labels in the rows, and a list for every cell off its diagonal."""
    by_cell: dict[tuple[str, str], list[_Seen]] = {}
    for one in seen:
        by_cell.setdefault((one[1].first or NOTHING, one[1].second or NOTHING), []).append(one)
    used = {label for cell in by_cell for label in cell}
    names = [label for label in (*KINDS[layer][kind], NOTHING) if label in used]
    cells = {cell: f"{layer}-{kind}-{cell[0]}-{cell[1]}" for cell in by_cell if cell[0] != cell[1]}
    return {
        "title": _TITLES[kind],
        "names": names,
        "rows": [
            {"name": row,
             "cells": [{"count": len(by_cell.get((row, column), ())), "same": row == column,
                        "anchor": cells.get((row, column), "")} for column in names]}
            for row in names
        ],
        "lists": [
            _listed(f"{row} {DASH} {column}", cells[row, column], by_cell[row, column], articles, links)
            for row in names for column in names if (row, column) in cells
        ],
    }  # fmt: skip


def _other_lists(layer: str, seen: Sequence[_Seen], articles: Mapping[str, Article], links: Links) -> Iterator[Row]:
    """Disagreements that no matrix has: boundaries, and speakers."""
    moved = [
        (place, item)
        for place, item in seen
        if item.kind in ("type", "role") and item.first == item.second and item.first_spans != item.second_spans
    ]
    speakers = [one for one in seen if one[1].kind == SPEAKER and one[1].first != one[1].second]
    for kind, found in ((BOUNDARIES, moved), (SPEAKER, speakers)):
        if found:
            yield _listed(_TITLES[kind], f"{layer}-{kind}", found, articles, links)


def _layer(layer: str, found: Agreement, articles: Mapping[str, Article], links: Links) -> Row:
    table = found.table[found.table["layer"] == layer]
    floor = _floor(table)
    blocks = [
        {"name": f"all {len(found.pairs)} pairs" if first == ALL else f"{first} and {second}",
         "articles": rows["articles"].max(), "types": figures.types(), "kappas": figures.kappas(),
         "parts": figures.parts()}
        for (first, second), rows in table.groupby(["annotator_1", "annotator_2"], sort=False)
        for figures in [_Figures(rows, layer, floor)]
    ]  # fmt: skip
    seen = [(place, item) for place, items in found.observations if place.layer == layer for item in items]
    kinds = Counter(item.kind for _, item in seen)
    return {
        "name": layer,
        "floor": f"{floor:g}",
        "blocks": blocks,
        "matrices": [
            _matrix(layer, kind, [one for one in seen if one[1].kind == kind], articles, links)
            for kind in KINDS[layer]
            if kinds[kind]
        ],
        "lists": list(_other_lists(layer, seen, articles, links)),
    }


def page(found: Agreement, articles: Sequence[Article], links: Links | None = None) -> str:
    """The page.

    Args:
        found: what `communique.agreement_pairs.compare` gives for these articles.
        articles: the articles that were compared.
        links: addresses of task pages; None when there is no server to link to, and then the page says so.
    """
    by_id = {article.id: article for article in articles}
    raters = list(dict.fromkeys(rater for _, rater in found.articles))
    compared = set(found.table["layer"])
    return rendered(
            "agreement.html",
            ["page.css", "agreement.css"],
            raters=[{"name": rater.name, "done": [found.articles.get((layer, rater), 0) for layer in KINDS]}
                    for rater in raters],
            kinds=list(KINDS),
            layers=[_layer(layer, found, by_id, links or {}) for layer in KINDS if layer in compared],
            linked=links is not None,
            links=len(links or {}),
            several=len(found.pairs) > 1,
            few=MINIMUM_STORYLINES,
            nothing=NOTHING,
        )  # fmt: skip
