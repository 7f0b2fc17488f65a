"""Standoff annotation: one document per article and pass, its canonical form, its files.

A document is an object with `id` (the article), `sha256` (of the text it was made on) and the tables of
`communique.schema.ANNOTATED`. On disk a pass is a folder with one JSON Lines file per layer, `entities.jsonl`,
`events.jsonl` and `quotes.jsonl`, one article per line, with `annotator` and `guidelines` (version) beside the tables.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from communique.articles import Article
from communique.files import read_json_lines, write_json_lines
from communique.problems import Problem, refuse
from communique.schema import LAYERS, Row

HEADER = ("id", "sha256", "annotator", "guidelines")


def empty_layer(article: Article, layer: str, annotator: str, guidelines: str) -> Row:
    """A layer row with nothing annotated."""
    header = {"id": article.id, "sha256": article.sha256, "annotator": annotator, "guidelines": guidelines}
    return header | {table: [] for table in LAYERS[layer]}


def canonical(layer_row: Row) -> Row:
    """The same layer with its rows in text order and its ids numbered in that order (m1, e1, q1, ...).

    Two annotations that say the same become equal. The row must be valid (`communique.check`); tables that the row
    does not have stay absent.
    """
    result = {name: layer_row[name] for name in HEADER if name in layer_row}
    if "mentions" in layer_row:
        ordered = sorted(layer_row["mentions"], key=lambda row: (row["start"], row["end"], row["type"], row["level"]))
        result["mentions"] = [row | {"id": f"m{number}"} for number, row in enumerate(ordered, start=1)]
    if "events" in layer_row:
        events = sorted(layer_row["events"], key=lambda row: (row["start"], row["end"], row["type"]))
        rank = {row["id"]: number for number, row in enumerate(events, start=1)}
        result["events"] = [row | {"id": f"e{rank[row['id']]}"} for row in events]
        result["arguments"] = [
            row | {"event": f"e{rank[row['event']]}"}
            for row in sorted(
                layer_row["arguments"], key=lambda row: (rank[row["event"]], row["start"], row["end"], row["role"])
            )
        ]
    if "quotes" in layer_row:
        result |= _canonical_quotes(layer_row)
    return result


def _canonical_quotes(layer_row: Row) -> Row:
    contents = contents_by_quote(layer_row)
    quotes = sorted(layer_row["quotes"], key=lambda row: [(part["start"], part["end"]) for part in contents[row["id"]]])
    rank = {row["id"]: number for number, row in enumerate(quotes, start=1)}
    return {
        "quotes": [
            row | {"id": f"q{rank[row['id']]}", "parent": None if row["parent"] is None else f"q{rank[row['parent']]}"}
            for row in quotes
        ],
        "contents": [part | {"quote": f"q{rank[row['id']]}"} for row in quotes for part in contents[row["id"]]],
        "co_speakers": [
            row | {"quote": f"q{rank[row['quote']]}"}
            for row in sorted(layer_row["co_speakers"], key=lambda row: (rank[row["quote"]], row["entity"]))
        ],
    }


def contents_by_quote(row: Row) -> dict[str, list[Row]]:
    """Content rows of each quote id, in text order; quotes without content have an empty list."""
    found: dict[str, list[Row]] = {quote["id"]: [] for quote in row["quotes"]}
    for part in sorted(row["contents"], key=lambda part: (part["start"], part["end"])):
        found[part["quote"]].append(part)
    return found


def join(*layer_rows: Row) -> Row:
    """One document out of the layers of one article, with each argument's `entity` derived.

    The entity of an argument is that of the mention with the same span, or null. Without the entities layer every
    argument's entity is null.
    """
    document: Row = {}
    for row in layer_rows:
        if document and (row["id"], row["sha256"]) != (document["id"], document["sha256"]):
            raise ValueError(f"layers of two texts: {document['id']} and {row['id']}")
        document |= {name: row[name] for name in row if name not in ("annotator", "guidelines")}
    entity_at = {(row["start"], row["end"]): row["entity"] for row in document.get("mentions", ())}
    if "arguments" in document:
        document["arguments"] = [
            row | {"entity": entity_at.get((row["start"], row["end"]))} for row in document["arguments"]
        ]
    return document


def read_layer(folder: Path, layer: str) -> list[tuple[str, Row]]:
    """The rows of one layer of a pass with their places; an absent file is an empty layer."""
    path = folder / f"{layer}.jsonl"
    return read_json_lines(path) if path.exists() else []


def write_layer(folder: Path, layer: str, rows: Iterable[Row]) -> None:
    """Write one layer of a pass, canonical, sorted by article id, atomically."""
    ordered = sorted((canonical(row) for row in rows), key=lambda row: str(row["id"]))
    write_json_lines(folder / f"{layer}.jsonl", ordered)


def read_pass(folder: Path, articles: Sequence[Article]) -> dict[str, dict[str, Row]]:
    """A whole pass as `{article id: {layer: row}}`, in the order of `articles`; articles not annotated are absent.

    Raises `ProblemsError` for an unknown article or one that a layer holds twice. The rows are not otherwise checked.
    """
    found: dict[str, dict[str, Row]] = {article.id: {} for article in articles}
    problems: list[Problem] = []
    for layer in LAYERS:
        for place, row in read_layer(folder, layer):
            article_id = row.get("id")
            if article_id not in found:
                hint = "its text belongs into seeds/, its line into seeds/index.jsonl"
                problems.append(Problem(place, "unknown-article", f"the id {article_id!r}", hint))
            elif layer in found[article_id]:
                problems.append(Problem(place, "duplicate-article", f"the id {article_id!r} again", "keep one line"))
            else:
                found[article_id][layer] = row
    refuse(problems)
    return {article_id: layers for article_id, layers in found.items() if layers}
