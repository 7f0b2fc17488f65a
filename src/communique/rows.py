"""Do rows have the shape that a table's fields ask for: presence, types, labels, offsets, quoted text."""

import math
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Any

from communique.problems import Problem
from communique.schema import SPAN_TEXT, Field, Row


def _accepts(field: Field, value: Any) -> bool:
    kind = field.kind
    if value is None:
        return field.nullable
    if kind == "offset":
        return type(value) is int and value >= 0
    if kind == "label":
        return value in field.labels
    if kind == "boolean":
        return value is True or value is False
    return type(value) is str and value != ""


def _fault(field: Field, value: Any) -> tuple[str, str]:
    """The problem code of a value that the field does not accept, and what it does accept."""
    if isinstance(value, float) and not math.isfinite(value):
        return "not-a-number", "a number that exists, or null where null is allowed"
    if value is None:
        return "wrong-type", f"a {field.kind}, not null"
    if field.kind == "label":
        if isinstance(value, str):
            return "unknown-label", "allowed: " + ", ".join(field.labels)
        return "wrong-type", "a label as a string"
    if field.kind == "offset":
        if isinstance(value, int) and not isinstance(value, bool):
            return "offset-out-of-range", "offsets count from 0"
        return "wrong-type", "a whole number of code points"
    return "wrong-type", "true or false" if field.kind == "boolean" else "a non-empty string"


def row_problems(place: str, row: Any, fields: Iterable[Field], optional: Collection[str] = ()) -> list[Problem]:
    """Everything wrong with one row's shape; `optional` names the fields that may be absent."""
    fields = tuple(fields)
    if not isinstance(row, dict):
        return [Problem(place, "wrong-type", f"a {type(row).__name__} where an object belongs", _allowed(fields))]
    problems = []
    present = 0
    for field in fields:
        name = field.name
        if name not in row:
            if name not in optional:
                problems.append(Problem(place, "missing-field", f"no field {name!r}", _allowed(fields)))
            continue
        present += 1
        value = row[name]
        if value is None and name in optional:
            continue
        if not _accepts(field, value):
            code, allowed = _fault(field, value)
            problems.append(Problem(place, code, f"{name} is {value!r}", allowed))
        if name.endswith("_start"):
            end = row.get(f"{name[:-5]}end")
            if (value is None) != (end is None):
                message = f"{name} is {value!r}, {name[:-5]}end is {end!r}"
                problems.append(Problem(place, "half-span", message, "give both ends, or null for both"))
    if present < len(row):
        known = {field.name for field in fields}
        problems += [
            Problem(place, "unknown-field", f"the field {name!r}", _allowed(fields))
            for name in row
            if name not in known
        ]
    return problems


def _allowed(fields: Iterable[Field]) -> str:
    return "fields: " + ", ".join(field.name for field in fields)


def offsets_hint(text: str, start: int, end: int, quoted: str) -> str:
    """Say what would make `text[start:end]` equal `quoted`: another unit of the offsets, or a shift; else ''."""
    for unit, codec in (("UTF-16 units", "utf-16-le"), ("UTF-8 bytes", "utf-8")):
        raw, size = text.encode(codec), 2 if codec == "utf-16-le" else 1
        if raw[start * size : end * size] == quoted.encode(codec, "surrogatepass"):
            return f"the offsets look like {unit}: give code points"
    for shift in sorted(range(-40, 41), key=abs):
        if start + shift >= 0 and text[start + shift : end + shift] == quoted:
            return f"it matches if shifted by {shift:+d}"
    if text[start : end + 1] == quoted:
        return "it matches if the end is exclusive: add 1 to it"
    where = text.find(quoted)
    return f"it stands at {where}" if where >= 0 else "it is nowhere in the text"


@lru_cache
def _span_names(names: tuple[str, ...]) -> list[tuple[str, str]]:
    """The pairs of names, among those of a row's fields, that are the ends of a span."""
    return [(name, f"{name[:-5]}end") for name in names if name.endswith("start")]


def span_problems(place: str, text: str, table: str, row: Row) -> list[Problem]:
    """Spans of a well-shaped row that leave the text, or whose quoted text is not what stands there."""
    problems: list[Problem] = []
    for start_name, end_name in _span_names(tuple(row)):
        start = row[start_name]
        if start is not None and not 0 <= start < row[end_name] <= len(text):
            message = f"{start_name[:-6] or 'span'} [{start}, {row[end_name]})"
            allowed = f"0 <= start < end <= {len(text)}, in code points"
            problems.append(Problem(place, "offset-out-of-range", message, allowed))
    quoted = row.get(SPAN_TEXT.get(table, ""))
    if quoted is not None and not problems and text[row["start"] : row["end"]] != quoted:
        found = text[row["start"] : row["end"]]
        hint = offsets_hint(text, row["start"], row["end"], quoted)
        message = f"{quoted!r} is said to stand at [{row['start']}, {row['end']}), where {found!r} stands"
        problems.append(Problem(place, "text-mismatch", message, hint))
    return problems


def duplicates(place: str, items: Iterable[tuple[int, Any, str]], code: str, hint: str) -> list[Problem]:
    """A problem for each `(row number, key, description)` whose key came before."""
    seen: dict[Any, int] = {}
    problems = []
    for number, key, description in items:
        if key in seen:
            problems.append(Problem(f"{place}[{number}]", code, f"{description}, as in row {seen[key]}", hint))
        else:
            seen[key] = number
    return problems
