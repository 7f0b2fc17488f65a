"""Mentions of many articles as columns, and a prediction file read into them at once.

A JSON Lines file without faults is read and validated column by column. Whatever that way does not take is read again
row by row (`communique.predictions`), which says everything that is wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json
from numpy.typing import NDArray

from communique.predictions import load_rows
from communique.schema import ENTITY_TYPES, LEVELS, Row

Ints = NDArray[np.int64]

_ITEM = pa.struct(
    [
        ("id", pa.string()),
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("text", pa.string()),
        ("type", pa.string()),
        ("level", pa.string()),
        ("entity", pa.string()),
        ("metonym", pa.bool_()),
    ]
)
_SCHEMA = pa.schema([("id", pa.string()), ("mentions", pa.list_(_ITEM))])


@dataclass(frozen=True, eq=False)
class Mentions:
    """Columns of shape (mentions,): the number of the article in its split, `start` and `end` in code points
    (half-open), and the numbers of type and level in `ENTITY_TYPES` and `LEVELS`; in the order of these columns.
    """

    article: Ints
    start: Ints
    end: Ints
    type: Ints
    level: Ints

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "Mentions":
        """The mentions of rows with string labels, row 0 as article 0; no rows and no mentions give empty columns."""
        items = list(chain.from_iterable(row["mentions"] for row in rows))
        return ordered(
            np.repeat(np.arange(len(rows)), [len(row["mentions"]) for row in rows]),
            *(np.array([item[name] for item in items], dtype=np.int64) for name in ("start", "end")),
            *(
                np.array([labels.index(item[name]) for item in items], dtype=np.int64)
                for name, labels in (("type", ENTITY_TYPES), ("level", LEVELS))
            ),
        )

    def __len__(self) -> int:
        return len(self.article)

    def where(self, chosen: NDArray[Any]) -> "Mentions":
        """Those that a mask chooses."""
        if chosen.all():
            return self
        return Mentions(*(getattr(self, field.name)[chosen] for field in fields(self)))


def ordered(article: Ints, start: Ints, end: Ints, type_: Ints, level: Ints) -> Mentions:
    """The mentions of columns in any order."""
    columns = (article, start, end, type_, level)
    try:
        (code,) = keys(columns)
        order = np.argsort(code, kind="stable")
    except OverflowError:
        order = np.lexsort(columns[::-1])
    return Mentions(*(column[order] for column in columns))


def keys(*tables: Sequence[Ints]) -> list[Ints]:
    """One code per mention for each table of columns; codes are equal, across tables too, just where the columns are.

    Raises `OverflowError` where the product of the columns' ranges leaves 63 bits.
    """
    same = zip(*tables, strict=True)
    sizes = [max((int(column.max()) for column in columns if len(column)), default=0) + 1 for columns in same]
    if np.prod([float(size) for size in sizes]) >= 2**63:
        raise OverflowError(f"columns of ranges {sizes} leave 63 bits")
    found: list[Ints] = []
    for table in tables:
        code: Ints = np.zeros(len(table[0]), dtype=np.int64)
        for column, size in zip(table, sizes, strict=True):
            code = np.asarray(code * size + column)
        found.append(code)
    return found


def present(needles: Ints, haystack: Ints) -> NDArray[np.bool_]:
    """Which codes stand in the other array, which is in order."""
    if not len(haystack):
        return np.zeros(len(needles), dtype=bool)
    place = np.minimum(np.searchsorted(haystack, needles), len(haystack) - 1)
    return np.asarray(haystack[place] == needles)


def _arrow_table(path: Path) -> Any:
    """A JSON Lines file as a table of the prediction schema; raises `pyarrow.ArrowException` for what does not fit."""
    options = pyarrow.json.ParseOptions(explicit_schema=_SCHEMA, unexpected_field_behavior="error")
    reading = pyarrow.json.ReadOptions(block_size=1 << 21)
    return pyarrow.json.read_json(path, parse_options=options, read_options=reading)


def _columns(path: Path, gold_rows: Sequence[Row]) -> Mentions | None:
    """The mentions of a JSON Lines file if every row is as it must be, else None."""
    if path.suffix == ".parquet":
        return None
    content = path.read_bytes()
    if content.startswith(b"\xef\xbb\xbf") or b"\r" in content:
        return None
    lines = content.count(b"\n") + (not content.endswith(b"\n"))
    try:
        table = _arrow_table(path)
        table.validate(full=True)
    except (pa.ArrowException, OSError):
        return None
    numbers = pc.index_in(table["id"], pa.array([row["id"] for row in gold_rows], pa.string())).combine_chunks()
    lists = table["mentions"].combine_chunks()
    if numbers.null_count or lists.null_count or not len(numbers) == len(gold_rows) == lines:
        return None
    number = numbers.to_numpy().astype(np.int64)
    if len(np.unique(number)) != len(gold_rows):
        return None
    lengths = np.diff(lists.offsets.to_numpy())
    items = lists.flatten()
    allowed = {"type": ENTITY_TYPES, "level": LEVELS}
    labels = [pc.index_in(items.field(name), pa.array(of_name)) for name, of_name in allowed.items()]
    offsets = [items.field(name) for name in ("start", "end")]
    if items.null_count or any(column.null_count for column in (*labels, *offsets)):
        return None
    article = np.repeat(number, lengths)
    start, end, type_, level = (column.to_numpy().astype(np.int64) for column in (*offsets, *labels))
    texts = [row["text"] for row in gold_rows]
    ends = np.array([len(text) for text in texts], dtype=np.int64)
    if ((start < 0) | (start >= end) | (end > ends[article])).any():
        return None
    if not _free_columns_hold(items, article, start, end, texts):
        return None
    mentions = ordered(article, start, end, type_, level)
    return None if _repeats(mentions) else mentions


def _repeats(mentions: Mentions) -> bool:
    """Whether two mentions of an article have the same span, type and level."""
    same = np.ones(max(len(mentions) - 1, 0), dtype=bool)
    for field in fields(mentions):
        column = getattr(mentions, field.name)
        same &= column[1:] == column[:-1]
    return bool(same.any())


def _free_columns_hold(items: Any, article: Ints, start: Ints, end: Ints, texts: Sequence[str]) -> bool:
    """Whether the optional columns are as they must be: texts that stand there, unique ids, no empty string."""
    given = {name: items.field(name) for name in ("id", "entity", "text")}
    if any(pc.any(pc.equal(column, "")).as_py() for column in given.values()):
        return False
    if given["id"].null_count < len(article):
        if given["id"].null_count:
            return False
        codes = given["id"].dictionary_encode().indices.to_numpy().astype(np.int64)
        (code,) = keys([article, codes])
        if len(np.unique(code)) < len(code):
            return False
    if given["text"].null_count == len(article):
        return True
    spans = zip(article.tolist(), start.tolist(), end.tolist(), given["text"].to_pylist(), strict=True)
    return all(quoted is None or texts[number][first:last] == quoted for number, first, last, quoted in spans)


def read_mentions(path: Path, gold_rows: Sequence[Row]) -> Mentions:
    """The mentions of a prediction file for the `entities` task, article numbers by the order of `gold_rows`.

    Raises `ProblemsError` with everything that is wrong with the file.
    """
    found = _columns(path, gold_rows)
    if found is not None:
        return found
    by_id = {row["id"]: row for row in load_rows("entities", path, gold_rows)}
    return Mentions.of([by_id[row["id"]] for row in gold_rows])
