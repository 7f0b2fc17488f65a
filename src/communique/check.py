"""Is an annotation valid: its shape, its spans against the text, its references, and the rules of the scheme.

Every function returns all problems and changes nothing. `communique.problems.CODES` says what each code means.
"""

from collections.abc import Collection, Sequence
from itertools import pairwise

from communique.annotation import HEADER, contents_by_quote
from communique.articles import Article
from communique.problems import Problem
from communique.rows import duplicates, row_problems, span_problems
from communique.schema import ANNOTATED, LAYERS, REFERENCES, UNLINKED_TYPES, Field, Row
from communique.text import Span

LOCAL = "local:"
"""Gold entity ids that are not in the knowledge base begin with this."""

METONYM_TYPES = ("GPE", "LOC", "FAC")
SOURCED_MODALITIES = ("alleged", "denied")


def layer_problems(article: Article, layer: str, row: Row, place: str) -> list[Problem]:
    """Everything wrong with one layer row of one article, apart from references to other layers."""
    tables = LAYERS[layer]
    header = tuple(Field(name) for name in HEADER)
    problems = row_problems(place, {k: v for k, v in row.items() if k not in tables}, header)
    if row.get("sha256") != article.sha256:
        hint = "the stored text is never rewritten: restore it, or annotate the new text as a new article"
        problems.append(Problem(place, "text-changed", f"made on sha256 {row.get('sha256')!r}", hint))
    shapes = table_problems(place, article.text, row, {table: ANNOTATED[table] for table in tables})
    problems += shapes
    if not shapes:
        problems += {"entities": mention_problems, "events": event_problems, "quotes": quote_problems}[layer](
            article, row, place
        )
    return problems


def table_problems(
    place: str,
    text: str,
    row: Row,
    tables: dict[str, tuple[Field, ...]],
    optional: Collection[tuple[str, str]] = (),
) -> list[Problem]:
    """Shape, spans, ids and references of the given tables of one article's row, gold or predicted."""
    problems: list[Problem] = []
    for table, fields in tables.items():
        rows = row.get(table)
        if not isinstance(rows, list):
            message = f"no table {table!r}" if table not in row else f"{table} is a {type(rows).__name__}"
            problems.append(Problem(place, "missing-field", message, "a list of objects, empty if there are none"))
            continue
        may_lack = [name for name_of, name in optional if name_of == table]
        for number, item in enumerate(rows):
            where = f"{place} {table}[{number}]"
            faults = row_problems(where, item, fields, may_lack)
            problems += faults or span_problems(where, text, table, item)
    if problems:
        return problems
    for table in tables:
        ids = [
            (number, item["id"], f"the id {item['id']!r}")
            for number, item in enumerate(row[table])
            if item.get("id") is not None
        ]
        problems += duplicates(f"{place} {table}", ids, "duplicate-id", "ids are unique in an article")
        if table in REFERENCES:
            field, target = REFERENCES[table]
            known = {item["id"] for item in row[target]}
            problems += [
                Problem(f"{place} {table}[{number}]", "dangling-reference", f"{field} is {item[field]!r}",
                        f"the id of one of the article's {target}")
                for number, item in enumerate(row[table])
                if item[field] not in known
            ]  # fmt: skip
    return problems


def mention_problems(article: Article, layer_row: Row, place: str) -> list[Problem]:
    """The rules of the entities layer, for well-shaped mentions."""
    mentions = layer_row["mentions"]
    place = f"{place} mentions"
    problems = duplicates(
        place,
        [(number, (row["start"], row["end"]), f"a mention of {row['text']!r}") for number, row in enumerate(mentions)],
        "duplicate-span",
        "one mention per span",
    )  # fmt: skip
    names = sorted(
        ((item["start"], item["end"], number) for number, item in enumerate(mentions) if item["level"] == "name")
    )
    for (_, end, former), (start, stop, number) in pairwise(names):
        if start < end and (start, stop) != (mentions[former]["start"], end):
            message = f"{mentions[number]['text']!r} overlaps {mentions[former]['text']!r}"
            problems.append(Problem(f"{place}[{number}]", "overlapping-names", message, "mark the longest name only"))
    starts = {token.start for token in article.tokens}
    ends = {token.end for token in article.tokens}
    for number, item in enumerate(mentions):
        where = f"{place}[{number}]"
        if item["level"] == "name" and (item["start"] not in starts or item["end"] not in ends):
            message = f"{item['text']!r} begins or ends inside a token"
            problems.append(Problem(where, "unaligned-name", message, "mark whole words"))
        if item["type"] in UNLINKED_TYPES and item["entity"] is not None:
            message = f"a {item['type']} with entity {item['entity']!r}"
            problems.append(Problem(where, "bad-value", message, "dates and sums of money have no entity"))
        if item["type"] not in UNLINKED_TYPES and item["entity"] is None:
            message = f"{item['text']!r} ({item['type']}) has no entity"
            problems.append(Problem(where, "missing-entity", message, "give the id of the thing it names"))
        if item["metonym"] and item["type"] not in METONYM_TYPES:
            hint = "only " + ", ".join(METONYM_TYPES) + " stand for institutions"
            problems.append(Problem(where, "bad-value", f"a metonym of type {item['type']}", hint))
    return problems


def event_problems(article: Article, row: Row, place: str) -> list[Problem]:
    """The rules of the events layer, for well-shaped events and arguments."""
    problems = duplicates(
        f"{place} events",
        [(n, (item["start"], item["end"]), f"an event on {item['trigger']!r}") for n, item in enumerate(row["events"])],
        "duplicate-span",
        "one event per trigger",
    )
    problems += duplicates(
        f"{place} arguments",
        [
            (n, (item["event"], item["role"], item["start"], item["end"]), f"{item['role']} {item['text']!r}")
            for n, item in enumerate(row["arguments"])
        ],
        "duplicate-span",
        "one argument per event, role and span",
    )
    for number, item in enumerate(row["events"]):
        if item["source_entity"] is not None and item["modality"] not in SOURCED_MODALITIES:
            message = f"an event that is {item['modality']} with a source_entity"
            hint = "only " + " and ".join(SOURCED_MODALITIES) + " events have one"
            problems.append(Problem(f"{place} events[{number}]", "bad-value", message, hint))
    return problems


def quote_problems(article: Article, row: Row, place: str) -> list[Problem]:
    """The rules of the quotes layer, for well-shaped quotes, contents and co-speakers."""
    contents = contents_by_quote(row)
    place_of = {item["id"]: f"{place} quotes[{number}]" for number, item in enumerate(row["quotes"])}
    problems = []
    for item in row["quotes"]:
        where, parts = place_of[item["id"]], contents[item["id"]]
        if not parts:
            problems.append(Problem(where, "empty-quote", "a quote without content", "every quote has a content span"))
        problems += [
            Problem(where, "duplicate-span", f"content {b['text']!r} overlaps {a['text']!r}", "join or part them")
            for a, b in pairwise(parts)
            if b["start"] < a["end"]
        ]
        if (item["source_class"] == "none") != (item["source_start"] is None):
            message = f"source_class {item['source_class']} with source_start {item['source_start']}"
            problems.append(Problem(where, "bad-value", message, "none exactly where there is no source span"))
        if item["medium"] is not None and item["medium_start"] is None:
            problems.append(Problem(where, "bad-value", "a medium without a span", "mark the words that name it"))
        if item["parent"] is not None and item["parent"] not in contents:
            message = f"parent is {item['parent']!r}"
            problems.append(Problem(where, "dangling-reference", message, "the id of one of the article's quotes"))
    parents = {item["id"]: item["parent"] for item in row["quotes"]}
    for quote_id, where in place_of.items():
        seen, above = set(), parents[quote_id]
        while above in parents and above not in seen and above != quote_id:
            seen.add(above)
            above = parents[above]
        if above == quote_id:
            problems.append(Problem(where, "parent-cycle", f"{quote_id} is nested in itself", "cut one parent"))
    problems += duplicates(
        f"{place} quotes",
        [
            (number, tuple((part["start"], part["end"]) for part in contents[item["id"]]), "the same contents")
            for number, item in enumerate(row["quotes"])
            if contents[item["id"]]
        ],
        "duplicate-span",
        "one quote per content",
    )
    return problems + _co_speaker_problems(row, place)


def _co_speaker_problems(row: Row, place: str) -> list[Problem]:
    speaker = {item["id"]: item["speaker"] for item in row["quotes"]}
    problems = []
    for number, item in enumerate(row["co_speakers"]):
        first = speaker[item["quote"]]
        if first is None or first == item["entity"]:
            message = f"co-speaker {item['entity']!r} beside speaker {first!r}"
            hint = "co-speakers are the speakers after the first, each once"
            problems.append(Problem(f"{place} co_speakers[{number}]", "bad-value", message, hint))
    keys = [(n, (item["quote"], item["entity"]), item["entity"]) for n, item in enumerate(row["co_speakers"])]
    return problems + duplicates(f"{place} co_speakers", keys, "duplicate-span", "each co-speaker once")


def reference_problems(layers: dict[str, Row], place: str) -> list[Problem]:
    """Entity ids of the events and quotes layers that no mention of the article has."""
    if "entities" not in layers:
        return []
    known = {item["entity"] for item in layers["entities"]["mentions"]} | {None}
    used = [("events", "events", "source_entity"), ("quotes", "quotes", "speaker"), ("quotes", "quotes", "medium"),
            ("quotes", "co_speakers", "entity")]  # fmt: skip
    return [
        Problem(f"{place} {table}[{number}]", "unknown-entity", f"{field} is {item[field]!r}",
                "an entity that a mention of the article has")
        for layer, table, field in used
        if layer in layers
        for number, item in enumerate(layers[layer][table])
        if item[field] not in known
    ]  # fmt: skip


def article_problems(article: Article, layers: dict[str, Row], place: str) -> list[Problem]:
    """Everything wrong with one article of a pass: each layer, then the references between layers."""
    problems = [
        problem
        for layer, row in layers.items()
        for problem in layer_problems(article, layer, row, f"{place}/{layer} {article.id}")
    ]
    return problems or reference_problems(layers, f"{place} {article.id}")


def gold_problems(
    articles: Sequence[Article], annotated: dict[str, dict[str, Row]], knowledge_base: Collection[str]
) -> list[Problem]:
    """Everything that keeps a gold pass from being exported: see also `article_problems`.

    An article without any gold waits for its annotation; one with some has every layer, links to the knowledge base or
    to `local:` ids, and annotates the copies of a repeated paragraph alike.
    """
    problems: list[Problem] = []
    for article in articles:
        layers = annotated.get(article.id)
        if layers is None:
            continue
        missing = [layer for layer in LAYERS if layer not in layers]
        if missing:
            message = f"{article.id} has no gold " + ", ".join(missing)
            problems.append(Problem("gold", "missing-article", message, "annotate the rest, or take its gold out"))
        faults = article_problems(article, layers, "gold")
        problems += faults
        if not missing and not faults:
            problems += _knowledge_base_problems(article, layers, knowledge_base)
            problems += copy_problems(article, layers)
    return problems


def _knowledge_base_problems(article: Article, layers: dict[str, Row], known: Collection[str]) -> list[Problem]:
    return [
        Problem(f"gold/entities {article.id} mentions[{number}]", "unknown-entity", f"entity is {item['entity']!r}",
                f"an id of the knowledge base, or {LOCAL}...")
        for number, item in enumerate(layers["entities"]["mentions"])
        if item["entity"] is not None and not item["entity"].startswith(LOCAL) and item["entity"] not in known
    ]  # fmt: skip


def copy_problems(article: Article, layers: dict[str, Row]) -> list[Problem]:
    """Rows that one copy of a repeated paragraph has and the other lacks.

    A row is compared when all its spans lie inside the paragraph, after moving them to the first copy.
    """
    problems = []
    for copy in article.paragraphs:
        if copy["duplicate_of"] is None:
            continue
        first = article.paragraphs[copy["duplicate_of"]]
        there = _rows_inside(layers, Span(first["start"], first["end"]))
        here = _rows_inside(layers, Span(copy["start"], copy["end"]))
        for rows, others, name in ((there, here, "the copy"), (here, there, "the first")):
            problems += [
                Problem(f"gold {article.id} paragraph at {copy['start']}", "copies-differ",
                        f"{name} has no {dict(row)}", "annotate both copies alike")
                for row in sorted(rows - others)
            ]  # fmt: skip
    return problems


def _rows_inside(layers: dict[str, Row], span: Span) -> set[tuple[tuple[str, str], ...]]:
    """The rows of all tables whose spans lie in `span`, with offsets from its start and references as spans."""
    at = {}
    for row in layers.values():
        for item in row.get("events", ()):
            at[item["id"]] = (item["start"], item["end"])
        for item in row.get("contents", ()):
            at.setdefault(item["quote"], (item["start"], item["end"]))
    found = set()
    for layer, tables in LAYERS.items():
        for table in tables:
            for item in layers[layer][table]:
                spans = {k: v for k, v in item.items() if k.endswith(("start", "end")) and v is not None}
                for name in ("id", "event", "quote", "parent"):
                    if item.get(name) in at:
                        spans[f"{name}_start"], spans[f"{name}_end"] = at[item[name]]
                if spans and all(span.start <= offset <= span.end for offset in spans.values()):
                    kept = {k: v for k, v in item.items() if k not in ("id", "event", "quote", "parent", *spans)}
                    moved = {k: v - span.start for k, v in spans.items()}
                    found.add(tuple(sorted((k, repr(v)) for k, v in ({"table": table} | kept | moved).items())))
    return found
