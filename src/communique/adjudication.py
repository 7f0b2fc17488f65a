"""Gold out of two passes: what they agree on, and one decision with a reason for each disagreement.

Passes are compared as **items** without ids: a mention; an event with its arguments; a quote with its contents,
co-speakers and the content spans of its parent. Annotators' entity ids are first renamed to gold ids by
`links.jsonl` (per article and pass). Items that are equal in both passes are gold. Every other needs a line in
`decisions.jsonl`:

    {"article", "layer", "first": item or null, "second": item or null, "gold": [items], "reason", "note"}

`gold` is empty where neither holds. A decision may also change what both agree on, or add what both miss (`first` and
`second` null); its reason is then `slip-both`. Gold can be
made again at any time from the two passes and these two files, and a decision about something the passes do not say is
refused.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from communique.annotation import canonical, contents_by_quote, empty_layer
from communique.articles import Article
from communique.files import json_line, read_json_lines
from communique.problems import Problem, refuse
from communique.rows import row_problems
from communique.schema import ANNOTATED, LAYERS, Row

REASONS = ("slip-first", "slip-second", "slip-both", "guideline-gap", "ambiguous")
_FIELDS = ("article", "layer", "first", "second", "gold", "reason", "note")
_ENTITY_FIELDS = ("entity", "source_entity", "speaker", "medium")

Links = Mapping[str, Mapping[str, Mapping[str, str]]]
"""`{article: {"first" or "second": {annotator's entity id: gold entity id}}}`."""

Pair = tuple[Row | None, Row | None]
"""What each pass says of the same words."""


def items_of(layer: str, row: Row) -> list[Row]:
    """The items of a layer row in text order, without ids."""
    if layer == "entities":
        return [{key: value for key, value in item.items() if key != "id"} for item in row["mentions"]]
    if layer == "events":
        return [
            {key: value for key, value in event.items() if key != "id"}
            | {
                "arguments": [
                    {key: value for key, value in item.items() if key != "event"}
                    for item in row["arguments"]
                    if item["event"] == event["id"]
                ]
            }
            for event in row["events"]
        ]
    contents = contents_by_quote(row)
    items = []
    for quote in row["quotes"]:
        parent = contents[quote["parent"]] if quote["parent"] is not None else None
        items.append(
            {key: value for key, value in quote.items() if key != "id"}
            | {
                "parent": _spans(parent) if parent else None,
                "contents": [{key: part[key] for key in ("start", "end", "text")} for part in contents[quote["id"]]],
                "co_speakers": [item["entity"] for item in row["co_speakers"] if item["quote"] == quote["id"]],
            }
        )
    return items


def _spans(contents: Sequence[Row]) -> list[list[int]]:
    return [[part["start"], part["end"]] for part in contents]


def layer_of(layer: str, items: Sequence[Row], header: Row) -> Row:
    """The canonical layer row of some items; the inverse of `items_of`.

    Raises `KeyError` for a quote whose parent is not among the items.
    """
    row: Row = header | {table: [] for table in LAYERS[layer]}
    quotes = (
        {json.dumps(_spans(item["contents"])): f"q{n}" for n, item in enumerate(items)} if layer == "quotes" else {}
    )
    for number, item in enumerate(items):
        if layer == "entities":
            row["mentions"].append({"id": f"m{number}", **item})
        elif layer == "events":
            row["events"].append({"id": f"e{number}"} | {k: v for k, v in item.items() if k != "arguments"})
            row["arguments"] += [{"event": f"e{number}", **argument} for argument in item["arguments"]]
        else:
            quote = {k: v for k, v in item.items() if k not in ("contents", "co_speakers")}
            parent = quotes[json.dumps(item["parent"])] if item["parent"] else None
            row["quotes"].append({"id": f"q{number}"} | quote | {"parent": parent})
            row["contents"] += [{"quote": f"q{number}", **part} for part in item["contents"]]
            row["co_speakers"] += [{"quote": f"q{number}", "entity": entity} for entity in item["co_speakers"]]
    return canonical(row)


def _renamed(item: Row, links: Mapping[str, str], place: str, problems: list[Problem]) -> Row:
    def rename(entity: Any) -> Any:
        if entity is None or entity in links:
            return links.get(entity, None)
        problems.append(
            Problem(place, "undecided", f"entity {entity!r} is not in links.jsonl", "say which gold entity it is")
        )
        return entity

    result = {key: rename(value) if key in _ENTITY_FIELDS else value for key, value in item.items()}
    if "co_speakers" in item:
        result["co_speakers"] = [rename(entity) for entity in item["co_speakers"]]
    return result


def _span(item: Row) -> tuple[int, int]:
    part = item["contents"][0] if "contents" in item else item
    return part["start"], part["end"]


def pair_items(first: Sequence[Row], second: Sequence[Row]) -> list[Pair]:
    """Pairs of items that speak of the same words: equal spans, else overlapping ones in text order, else alone."""
    left = list(second)
    pairs: list[Pair] = []
    alone = []
    for item in first:
        match = next((other for other in left if _span(other) == _span(item)), None)
        if match is None:
            alone.append(item)
        else:
            left.remove(match)
            pairs.append((item, match))
    for item in alone:
        start, end = _span(item)
        match = next((other for other in left if _span(other)[0] < end and start < _span(other)[1]), None)
        if match is not None:
            left.remove(match)
        pairs.append((item, match))
    pairs += [(None, item) for item in left]
    return sorted(pairs, key=lambda pair: _span(pair[0] or pair[1] or {}))


def read_links(path: Path) -> dict[str, dict[str, dict[str, str]]]:
    """Read `links.jsonl`: one object per article with `id`, `first` and `second`. Raises `ProblemsError`."""
    rows = read_json_lines(path)
    problems = [
        Problem(place, "missing-field", f"fields {sorted(row)}", "fields: id, first, second")
        for place, row in rows
        if set(row) != {"id", "first", "second"}
    ]
    refuse(problems)
    for place, row in rows:
        if not isinstance(row["id"], str):
            problems.append(Problem(place, "wrong-type", f"id is {row['id']!r}", "the id of an article"))
        for name in ("first", "second"):
            if not isinstance(row[name], dict) or not all(isinstance(entity, str) for entity in row[name].values()):
                hint = "an object from the annotator's entity ids to gold entity ids"
                problems.append(Problem(place, "wrong-type", f"{name} is {row[name]!r}", hint))
    refuse(problems)
    return {row["id"]: {"first": row["first"], "second": row["second"]} for _, row in rows}


def read_decisions(path: Path) -> list[tuple[str, Row]]:
    """Read `decisions.jsonl` and check its fields and reasons. Raises `ProblemsError` that lists every fault."""
    rows = read_json_lines(path)
    problems = []
    for place, row in rows:
        if set(row) != set(_FIELDS):
            problems.append(Problem(place, "missing-field", f"fields {sorted(row)}", "fields: " + ", ".join(_FIELDS)))
            continue
        for name, allowed in (("reason", REASONS), ("layer", tuple(LAYERS))):
            if row[name] not in allowed:
                hint = "allowed: " + ", ".join(allowed)
                problems.append(Problem(place, "unknown-label", f"{name} {row[name]!r}", hint))
        if not isinstance(row["gold"], list):
            problems.append(Problem(place, "wrong-type", f"gold is {row['gold']!r}", "a list of items, maybe empty"))
        elif row["layer"] in tuple(LAYERS):
            for number, item in enumerate(row["gold"]):
                problems += _item_problems(f"{place} gold[{number}]", row["layer"], item)
    refuse(problems)
    return rows


def _item_problems(place: str, layer: str, item: Any) -> list[Problem]:
    """Everything wrong with the shape of an item; its spans and rules are checked when it is gold."""
    main, part = {"entities": ("mentions", ""), "events": ("events", "arguments"), "quotes": ("quotes", "contents")}[
        layer
    ]
    lists = {"entities": (), "events": ("arguments",), "quotes": ("contents", "co_speakers", "parent")}[layer]
    given = {name: value for name, value in item.items() if name not in lists} if isinstance(item, dict) else item
    problems = row_problems(place, given, [field for field in ANNOTATED[main] if field.name not in ("id", "parent")])
    if not isinstance(item, dict):
        return problems
    for name in lists:
        value = item.get(name)
        if not isinstance(value, list) and not (name == "parent" and value is None and name in item):
            problems.append(Problem(place, "wrong-type", f"{name} is {value!r}", "a list"))
        elif name == part:
            fields = [field for field in ANNOTATED[part] if field.name not in ("event", "quote")]
            for number, row in enumerate(value or ()):
                problems += row_problems(f"{place} {part}[{number}]", row, fields)
        elif name == "co_speakers" and not all(isinstance(entity, str) for entity in value or ()):
            problems.append(Problem(place, "wrong-type", f"co_speakers is {value!r}", "a list of entity ids"))
    if layer == "quotes" and not item.get("contents"):
        problems.append(Problem(place, "empty-quote", "a quote without content", "give it a content span"))
    return problems


def disagreements(
    article: Article, first: Mapping[str, Row], second: Mapping[str, Row], links: Links
) -> tuple[dict[str, list[Pair]], list[Problem]]:
    """All pairs of items by layer, after renaming, and the entities that have no link."""
    problems: list[Problem] = []
    pairs = {}
    for layer in LAYERS:
        sides = []
        for name, rows in (("first", first), ("second", second)):
            known = links.get(article.id, {}).get(name, {})
            place = f"{name}/{layer} {article.id}"
            sides.append([_renamed(item, known, place, problems) for item in items_of(layer, rows[layer])])
        pairs[layer] = pair_items(*sides)
    unique = {(problem.place, problem.message): problem for problem in problems}
    return pairs, list(unique.values())


def template(article: str, layer: str, pair: Pair) -> Row:
    """A decision to be filled in: `gold` offers what the passes say, `reason` is empty."""
    offered = [item for item in pair if item is not None]
    return {"article": article, "layer": layer, "first": pair[0], "second": pair[1], "gold": offered, "reason": "",
            "note": ""}  # fmt: skip


def settled_parents(items: Sequence[Row]) -> list[Row]:
    """The quotes, each parent that is no gold quote replaced by the one it shares most characters with."""
    spans = [_spans(item["contents"]) for item in items]

    def shared(one: Sequence[Sequence[int]], other: Sequence[Sequence[int]]) -> int:
        return sum(max(0, min(a[1], b[1]) - max(a[0], b[0])) for a in one for b in other)

    settled = []
    for number, item in enumerate(items):
        parent = item["parent"]
        if parent and parent not in spans:
            others = [found for place, found in enumerate(spans) if place != number and shared(found, parent)]
            parent = max(others, key=lambda found: shared(found, parent), default=parent)
        settled.append(item | {"parent": parent})
    return settled


def _gold_row(article: Article, layer: str, items: Sequence[Row], annotated: Mapping[str, Row]) -> Row:
    """The gold row of a layer, by the guidelines that the pass was made by."""
    empty = empty_layer(article, layer, "gold", annotated[layer]["guidelines"])
    return layer_of(layer, items, {name: value for name, value in empty.items() if name not in LAYERS[layer]})


def adjudicate(
    articles: Iterable[Article],
    first: Mapping[str, dict[str, Row]],
    second: Mapping[str, dict[str, Row]],
    links: Links,
    decisions: Sequence[tuple[str, Row]],
) -> tuple[dict[str, list[Row]], list[Row], list[Problem]]:
    """Merge two passes.

    Returns:
        Gold layer rows by layer, for the articles that both passes annotate in full and that have no entity without a
        link and no open disagreement; the open disagreements as templates; and the problems, where those that only
        wait for links and decisions have the code `undecided`. Gold still has to pass `communique.check.gold_problems`.
    """
    left = {decision_key(row): (place, row) for place, row in decisions if row["first"] or row["second"]}
    added = [(place, row) for place, row in decisions if not (row["first"] or row["second"])]
    done = set()
    gold: dict[str, list[Row]] = {layer: [] for layer in LAYERS}
    still_open: list[Row] = []
    problems: list[Problem] = []
    for article in articles:
        if any(set(pass_.get(article.id, {})) != set(LAYERS) for pass_ in (first, second)):
            continue
        done.add(article.id)
        pairs, faults = disagreements(article, first[article.id], second[article.id], links)
        problems += faults
        merged: dict[str, list[Row]] = {}
        opened = len(still_open)
        for layer, found in pairs.items():
            items: list[Row] = []
            for pair in found:
                decided = left.pop(decision_key(template(article.id, layer, pair)), None)
                if decided:
                    items += decided[1]["gold"]
                elif pair[0] == pair[1] and pair[0] is not None:
                    items.append(pair[0])
                else:
                    still_open.append(template(article.id, layer, pair))
            new = [row for _, row in added if (row["article"], row["layer"]) == (article.id, layer)]
            items += [item for row in new for item in row["gold"]]
            merged[layer] = settled_parents(items) if layer == "quotes" else items
        if len(still_open) > opened:
            message = f"{article.id}: {len(still_open) - opened} disagreements without a decision"
            problems.append(Problem("decisions", "undecided", message, "see scripts/adjudicate.py --open"))
        elif not faults:
            try:
                rows = {layer: _gold_row(article, layer, items, first[article.id]) for layer, items in merged.items()}
            except KeyError as error:
                message = f"{article.id}: a quote's parent {error} is no gold quote"
                problems.append(Problem("decisions", "dangling-reference", message, "decide the parent as well"))
                continue
            for layer, row in rows.items():
                gold[layer].append(row)
    problems += [
        Problem(place, "stale-decision", f"the passes say nothing like this of {row['article']}", "delete or redo it")
        for place, row in [*left.values(), *(pair for pair in added if pair[1]["article"] not in done)]
    ]
    return gold, still_open, problems


def accept(
    articles: Iterable[Article],
    first: Mapping[str, dict[str, Row]],
    second: Mapping[str, dict[str, Row]],
    links: Links,
    decisions: Sequence[tuple[str, Row]],
    new: Sequence[tuple[str, Row]],
) -> list[Row]:
    """The decisions with some new ones after them; each comes with its place.

    Raises `ProblemsError` with every decision about something that the passes do not say.
    """
    problems = adjudicate(articles, first, second, links, [*decisions, *new])[2]
    refuse(problem for problem in problems if problem.code != "undecided")
    return [row for _, row in (*decisions, *new)]


def decision_key(decision: Row) -> str:
    """What a decision, or its template, is about: the same for any two about one disagreement."""
    return json_line({name: decision[name] for name in ("article", "layer", "first", "second")})
