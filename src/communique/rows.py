"""Do rows have the shape that a table's fields ask for: presence, types, labels, offsets, quoted text."""

import math
from collections.abc import Collection, Iterable
from typing import Any

from communique.problems import Problem
from communique.schema import SPAN_TEXT, Field, Row


def _type_problem(place: str, field: Field, value: Any) -> Problem | None:
    def wrong(code: str, allowed: str) -> Problem:
        return Problem(place, code, f"{field.name} is {value!r}", allowed)

    if isinstance(value, float) and not math.isfinite(value):
        return wrong("not-a-number", "a number that exists, or null where null is allowed")
    if value is None:
        return None if field.nullable else wrong("wrong-type", f"a {field.kind}, not null")
    if field.kind == "label":
        if not isinstance(value, str):
            return wrong("wrong-type", "a label as a string")
        return None if value in field.labels else wrong("unknown-label", "allowed: " + ", ".join(field.labels))
    if field.kind == "offset":
        if not isinstance(value, int) or isinstance(value, bool):
            return wrong("wrong-type", "a whole number of code points")
        return None if value >= 0 else wrong("offset-out-of-range", "offsets count from 0")
    if field.kind == "boolean":
        return None if isinstance(value, bool) else wrong("wrong-type", "true or false")
    return None if isinstance(value, str) and value else wrong("wrong-type", "a non-empty string")


def row_problems(place: str, row: Any, fields: Iterable[Field], optional: Collection[str] = ()) -> list[Problem]:
    """Everything wrong with one row's shape; `optional` names the fields that may be absent."""
    fields = tuple(fields)
    names = [field.name for field in fields]
    allowed = "fields: " + ", ".join(names)
    if not isinstance(row, dict):
        return [Problem(place, "wrong-type", f"a {type(row).__name__} where an object belongs", allowed)]
    problems = [
        Problem(place, "missing-field", f"no field {name!r}", allowed)
        for name in names
        if name not in row and name not in optional
    ]
    problems += [Problem(place, "unknown-field", f"the field {name!r}", allowed) for name in row if name not in names]
    for field in fields:
        if field.name in row and not (row[field.name] is None and field.name in optional):
            problem = _type_problem(place, field, row[field.name])
            if problem:
                problems.append(problem)
    for prefix in {name[: -len("start")] for name in names if name.endswith("start") and f"{name[:-5]}end" in names}:
        if prefix and (row.get(f"{prefix}start") is None) != (row.get(f"{prefix}end") is None):
            message = f"{prefix}start is {row.get(f'{prefix}start')!r}, {prefix}end is {row.get(f'{prefix}end')!r}"
            problems.append(Problem(place, "half-span", message, "give both ends, or null for both"))
    return problems


def offsets_hint(text: str, start: int, end: int, quoted: str) -> str:
    """Say what would make `text[start:end]` equal `quoted`: another unit of the offsets, or a shift; else ''."""
    for unit, codec in (("UTF-16 units", "utf-16-le"), ("UTF-8 bytes", "utf-8")):
        raw, size = text.encode(codec), 2 if codec == "utf-16-le" else 1
        if raw[start * size : end * size] == quoted.encode(codec):
            return f"the offsets look like {unit}: give code points"
    for shift in sorted(range(-40, 41), key=abs):
        if start + shift >= 0 and text[start + shift : end + shift] == quoted:
            return f"it matches if shifted by {shift:+d}"
    if text[start : end + 1] == quoted:
        return "it matches if the end is exclusive: add 1 to it"
    where = text.find(quoted)
    return f"it stands at {where}" if where >= 0 else "it is nowhere in the text"


def _one_span(place: str, text: str, name: str, start: int, end: int) -> list[Problem]:
    if 0 <= start < end <= len(text):
        return []
    allowed = f"0 <= start < end <= {len(text)}, in code points"
    return [Problem(place, "offset-out-of-range", f"{name} [{start}, {end})", allowed)]


def span_problems(place: str, text: str, table: str, row: Row) -> list[Problem]:
    """Spans of a well-shaped row that leave the text, or whose quoted text is not what stands there."""
    problems: list[Problem] = []
    for name, start in row.items():
        if name.endswith("start") and start is not None:
            prefix = name[: -len("start")]
            problems += _one_span(place, text, f"{prefix or 'span '}".strip("_ "), start, row[f"{prefix}end"])
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
