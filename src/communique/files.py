"""Reading and writing files: strict JSON in, atomic writes out."""

import csv
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from communique.problems import Problem, ProblemsError, refuse
from communique.schema import Row


class _StrictError(ValueError):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def _pairs(pairs: list[tuple[str, Any]]) -> Row:
    row: Row = {}
    for key, value in pairs:
        if key in row:
            raise _StrictError("duplicate-key", f"the key {key!r} appears twice in one object")
        row[key] = value
    return row


def _constant(name: str) -> None:
    raise _StrictError("not-a-number", f"the value {name}")


def parse_json(text: str, place: str) -> Any:
    """Parse one JSON value, refusing NaN, Infinity and repeated keys; raise `ProblemsError` at `place`."""
    try:
        return json.loads(text, object_pairs_hook=_pairs, parse_constant=_constant)
    except _StrictError as error:
        hint = "write a number or null" if error.code == "not-a-number" else "keep one of them"
        raise ProblemsError([Problem(place, error.code, str(error), hint)]) from None
    except (ValueError, RecursionError) as error:
        raise ProblemsError([Problem(place, "bad-json", str(error), "one JSON object per line")]) from None


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, line ends as they are. Raises `ProblemsError` when it is absent or not UTF-8."""
    try:
        return path.read_bytes().decode("utf-8")
    except (FileNotFoundError, IsADirectoryError):
        raise ProblemsError([Problem(str(path), "missing-file", "no such file", "check the path")]) from None
    except UnicodeDecodeError as error:
        raise ProblemsError([Problem(str(path), "bad-json", f"not UTF-8: {error}", "save it as UTF-8")]) from None


def read_lines(path: Path) -> list[str]:
    """The lines of a UTF-8 text file, stripped, without empty lines and those that begin with `#`."""
    lines = (line.strip() for line in read_text(path).splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def read_json_lines(path: Path) -> list[tuple[str, Row]]:
    """Read a JSON Lines file as `(place, row)` pairs, `place` being `file:line`. Empty lines are skipped.

    Raises `ProblemsError` that lists every unreadable line at once, and for a file that is not there.
    """
    lines = read_text(path).split("\n")
    rows: list[tuple[str, Row]] = []
    problems: list[Problem] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        place = f"{path.name}:{number}"
        try:
            row = parse_json(line, place)
        except ProblemsError as error:
            problems += error.problems
            continue
        if isinstance(row, dict):
            rows.append((place, row))
        else:
            problems.append(Problem(place, "bad-json", f"a {type(row).__name__}", "one JSON object per line"))
    refuse(problems)
    return rows


def read_csv(path: Path, columns: Sequence[str]) -> list[tuple[str, Row]]:
    """The rows of a CSV file as `(place, row)` pairs; raises `ProblemsError` for other columns or numbers of cells."""
    hint = "columns: " + ", ".join(columns)
    try:
        reader = csv.DictReader(read_text(path).splitlines())
        rows = [(f"{path.name}:{reader.line_num}", dict(row)) for row in reader]
    except csv.Error as error:
        raise ProblemsError([Problem(path.name, "bad-value", f"not CSV: {error}", hint)]) from None
    if tuple(reader.fieldnames or ()) != tuple(columns):
        refuse([Problem(path.name, "missing-field", f"columns {reader.fieldnames}", hint)])
    refuse(
        Problem(place, "missing-field", "too few or too many cells", hint)
        for place, row in rows
        if set(row) != set(columns) or None in row.values()
    )
    return rows


def json_line(row: Row) -> str:
    """The canonical form of one row: sorted keys, no spaces, Unicode as it is, one newline at the end."""
    return json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False) + "\n"


def json_lines(rows: Iterable[Row]) -> bytes:
    """Canonical JSON Lines, UTF-8."""
    return "".join(map(json_line, rows)).encode("utf-8")


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file atomically: a crash leaves the former file, or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_json_lines(path: Path, rows: Iterable[Row]) -> None:
    """Write rows as canonical JSON Lines, atomically."""
    write_bytes(path, json_lines(rows))


@contextmanager
def replaced_folder(folder: Path, rename: Callable[[Path, Path], object] = Path.rename) -> Iterator[Path]:
    """Give an empty folder to fill, and put it in the place of `folder` when the block ends without an error.

    The former folder stays whole until the new one is complete. If the process dies between the two renames the former
    one stands at `.NAME.former` and the next call puts it back first.
    """
    former = folder.with_name(f".{folder.name}.former")
    if former.exists():
        if folder.exists():
            shutil.rmtree(former)
        else:
            former.rename(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.new."))
    try:
        yield aside
        aside.chmod(0o755)
        if folder.exists():
            rename(folder, former)
        try:
            rename(aside, folder)
        except BaseException:
            if former.exists():
                former.rename(folder)
            raise
        shutil.rmtree(former, ignore_errors=True)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
