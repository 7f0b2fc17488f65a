"""Corrections to gold after adjudication: `errata.csv`, applied to what passes, links and decisions make.

One row is one correction: `version` (the first version of the data that has it), `article`, `paragraph` (the number of
the paragraph that the strings of the row are looked for in), `was` and `now` (lines of a sheet; an empty `was` adds, an
empty `now` takes away) and `reason`. A row whose `was` gold does not have is refused, so that the list stays true.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from communique.adjudication import items_of, layer_of, settled_parents
from communique.articles import Article
from communique.decision_form import line_items
from communique.files import read_csv
from communique.problems import Problem, ProblemsError, refuse
from communique.schema import LAYERS, Row

FIELDS = ("version", "article", "paragraph", "was", "now", "reason")


def read_errata(path: Path) -> list[tuple[str, Row]]:
    """The rows of `errata.csv`, each with its place; raises `ProblemsError` for columns or cells out of format."""
    rows = read_csv(path, FIELDS)
    hint = "the number of a paragraph, a reason, and a line under was, now or both"
    refuse(
        Problem(place, "bad-value", f"{row}", hint)
        for place, row in rows
        if not (re.fullmatch(r"[0-9]{1,6}", row["paragraph"]) and row["reason"] and (row["was"] or row["now"]))
    )
    return rows


def _first_of_parent(item: Row) -> Row:
    """The item with its parent, if it is a quote with one, reduced to the parent's first content span."""
    return item | {"parent": item["parent"][:1]} if item.get("parent") else item


def _correct(article: Article, items: dict[str, list[Row]], place: str, row: Row) -> None:
    """Apply one row to the items of the article's layers; raises `ProblemsError` if it does not fit."""
    lines = [line_items(article, int(row["paragraph"]), row[side], place) for side in ("was", "now") if row[side]]
    layer = lines[0][0]
    was = lines[0][1] if row["was"] else []
    now = lines[-1][1] if row["now"] else []
    if lines[-1][0] != layer:
        refuse([Problem(place, "bad-line", f"{row['was']} -> {row['now']}", "lines of one layer")])
    for item in was:
        found = next((other for other in items[layer] if _first_of_parent(other) == item), None)
        if found is None:
            refuse([Problem(place, "stale-decision", f"gold has no {row['was']}", "delete or redo the row")])
        else:
            items[layer].remove(found)
    if any(item in map(_first_of_parent, items[layer]) for item in now):
        refuse([Problem(place, "stale-decision", f"gold has {row['now']} already", "delete or redo the row")])
    items[layer] += now


def corrected(
    articles: Sequence[Article], gold: Mapping[str, Sequence[Row]], errata: Sequence[tuple[str, Row]]
) -> dict[str, list[Row]]:
    """Gold layer rows by layer, as `communique.adjudication.adjudicate` returns them, with the errata applied in order.

    Raises `ProblemsError` with every row that does not fit: an article without gold, a line that cannot be read, a
    `was` that gold does not have, a `now` that it has.
    """
    by_id = {article.id: article for article in articles}
    headers = {(row["id"], layer): row for layer, rows in gold.items() for row in rows}
    items: dict[str, dict[str, list[Row]]] = {}
    problems = []
    for place, row in errata:
        name = row["article"]
        if (name, "entities") not in headers:
            problems.append(
                Problem(place, "unknown-article", f"{name!r} has no gold", "the id of an annotated article")
            )
            continue
        if name not in items:
            items[name] = {layer: items_of(layer, headers[name, layer]) for layer in LAYERS}
        try:
            _correct(by_id[name], items[name], place, row)
        except ProblemsError as error:
            problems += error.problems
    refuse(problems)
    for name, layers in items.items():
        for layer, found in layers.items():
            settled = settled_parents(found) if layer == "quotes" else found
            header = {key: value for key, value in headers[name, layer].items() if key not in LAYERS[layer]}
            headers[name, layer] = layer_of(layer, settled, header)
    return {layer: [headers[row["id"], layer] for row in rows] for layer, rows in gold.items()}
