"""Texts from anywhere, row by row: plain files, JSON Lines, Parquet; and what a system sees of a text."""

import os
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from communique.articles import Article, bare_article, text_problems
from communique.files import parse_json, read_json_lines
from communique.problems import Problem, ProblemsError, refuse
from communique.schema import Row
from communique.text import Span, paragraphs_of, sentences_of, tokenize

ARTICLE_CHARACTERS = 1_000_000
"""The longest text that is read, in code points."""
LINE_BYTES = 32 << 20
"""The longest line that is read."""

Record = tuple[str, Any]
"""A place in the input and what stands there: a row to be checked, or the `Problem` that it could not be read."""


def row_of(article_id: str, text: str) -> Row:
    """The row that a system sees of a text, made as the dataset's rows are: the first paragraph that is not empty is
    the title and the others are body. Offsets are code points into the text as it is.
    """
    paragraphs = paragraphs_of(text)
    tokens = tokenize(text)
    return {
        "id": article_id,
        "text": text,
        "tokens": [text[token.start : token.end] for token in tokens],
        "token_starts": [token.start for token in tokens],
        "sentences": [
            {"start": sentence.start, "end": sentence.end}
            for paragraph in paragraphs
            for sentence in sentences_of(text, Span(paragraph["start"], paragraph["end"]))
        ],
        "paragraphs": paragraphs,
    }


def fault(place: str, row: Any) -> Problem | None:
    """The first thing that keeps a row from being labelled: it needs `id` and `text`, both strings with something in
    them that UTF-8 can hold; other fields do not matter.
    """
    if not isinstance(row, dict):
        return Problem(place, "wrong-type", f"a {type(row).__name__}", "an object with `id` and `text`")
    for name in ("id", "text"):
        value = row.get(name)
        if name not in row:
            return Problem(place, "missing-field", f"no field {name!r}", "rows have `id` and `text`")
        if not isinstance(value, str):
            return Problem(place, "wrong-type", f"{name} is a {type(value).__name__}", "a string")
        if not value.strip():
            return Problem(place, "bad-value", f"{name} is empty", "a string with something in it")
        if len(value) > ARTICLE_CHARACTERS:
            hint = f"at most {ARTICLE_CHARACTERS:,}: split it into articles"
            return Problem(place, "too-large", f"{name} has {len(value):,} code points", hint)
        try:
            value.encode()
        except UnicodeEncodeError:
            return Problem(place, "bad-value", f"{name} has half of a surrogate pair", "whole characters only")
    return None


def read_rows(path: Path) -> list[Row]:
    """The rows that a system sees of a JSON Lines file of `id` and `text`; raises `ProblemsError` with all faults."""
    found = read_json_lines(path)
    refuse(problem for place, row in found if (problem := fault(place, row)))
    first: dict[str, str] = {}
    places = [(place, row["id"], first.setdefault(row["id"], place)) for place, row in found]
    refuse(duplicate(*names) for names in places if names[0] != names[2])
    return [row_of(row["id"], row["text"]) for _, row in found]


def duplicate(place: str, article: str, first: str) -> Problem:
    return Problem(place, "duplicate-article", f"the id {article!r} again, first at {first}", "ids are unique")


def files_of(folder: Path) -> Iterator[Path]:
    """The files of a folder and of its folders, in the order of their names; caches of `datasets` are left out."""
    for here, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(here, name) for name in sorted(names) if not name.startswith("cache-"))


def _text(path: Path, name: str) -> Record:
    try:
        if path.stat().st_size > 4 * ARTICLE_CHARACTERS:
            hint = f"at most {ARTICLE_CHARACTERS:,} code points: split it into articles"
            return name, Problem(name, "too-large", f"{path.stat().st_size:,} bytes", hint)
        return name, {"id": name.removesuffix(".txt"), "text": path.read_bytes().decode("utf-8-sig")}
    except (UnicodeDecodeError, OSError) as error:
        return name, Problem(name, "bad-value", f"cannot be read: {error}", "save it as UTF-8")


def _json_rows(path: Path) -> Iterator[Record]:
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(LINE_BYTES), b""), start=1):
            place = f"{path.name}:{number}"
            if len(line) == LINE_BYTES and not line.endswith(b"\n"):
                while (rest := file.readline(LINE_BYTES)) and not rest.endswith(b"\n"):
                    pass
                yield place, Problem(place, "too-large", f"a line of over {LINE_BYTES:,} bytes", "one article a line")
            elif line.strip():
                try:
                    yield place, parse_json(line.decode("utf-8-sig" if number == 1 else "utf-8"), place)
                except ProblemsError as error:
                    yield place, error.problems[0]
                except ValueError as error:  # not UTF-8, or a number of thousands of digits
                    yield place, Problem(place, "bad-json", str(error), "one JSON object per line, in UTF-8")


def _parquet_rows(path: Path, file: pq.ParquetFile) -> Iterator[Record]:
    number = 0
    try:
        for batch in file.iter_batches(batch_size=256, columns=["id", "text"]):
            for article, text in zip(batch.column("id"), batch.column("text"), strict=True):
                place = f"{path.name} row {number}"
                try:
                    yield place, {"id": article.as_py(), "text": text.as_py()}
                except UnicodeDecodeError as error:
                    yield place, Problem(place, "bad-value", f"not UTF-8: {error}", "store text as UTF-8")
                number += 1
    except pa.ArrowException as error:
        message = f"cannot be read from row {number} on: {error}"
        raise ProblemsError([Problem(str(path), "bad-value", message, "check the file")]) from None


def column_problems(place: str, columns: Sequence[str]) -> list[Problem]:
    """Which of the columns that a table of texts needs it does not have."""
    there = "columns: " + ", ".join(columns)
    return [
        Problem(place, "missing-field", f"no column {name!r}", there) for name in ("id", "text") if name not in columns
    ]


def records(path: Path) -> Iterator[Record]:
    """What stands in a folder of `.txt` files (ids are their paths in it), a `.txt`, `.jsonl` or `.parquet` file.

    Rows are read one after the other. Raises `ProblemsError` at once when there is nothing of these at the path.
    """
    place = str(path)
    if path.is_dir():
        texts = (found for found in files_of(path) if found.suffix == ".txt")
        first = list(islice(texts, 1))
        if not first:
            raise ProblemsError([Problem(place, "missing-file", "a folder without .txt files", "check the path")])
        return (_text(found, found.relative_to(path).as_posix()) for found in chain(first, texts))
    if not path.exists():
        raise ProblemsError([Problem(place, "missing-file", "no such file", "check the path")])
    if path.suffix == ".txt":
        return iter([_text(path, path.name)])
    if path.suffix == ".jsonl":
        return _json_rows(path)
    if path.suffix == ".parquet":
        try:
            file = pq.ParquetFile(path)
        except pa.ArrowException as error:
            raise ProblemsError([Problem(place, "bad-value", f"no Parquet file: {error}", "check the file")]) from None
        refuse(column_problems(place, file.schema_arrow.names))
        return _parquet_rows(path, file)
    hint = "a folder of .txt files, a .txt, .jsonl or .parquet file, or a folder that `datasets` saved"
    raise ProblemsError([Problem(place, "bad-value", "no kind of input that is read", hint)])


def articles_of(path: Path) -> list[Article]:
    """The articles of anything that `records` reads, in its order, with nothing known but their ids and texts.

    Raises `ProblemsError` with every fault at once: rows without `id` or `text`, ids used twice, texts that could not
    be indexed in `seeds/` as they are. A file without rows gives an empty list.
    """
    articles: dict[str, Article] = {}
    first: dict[str, str] = {}
    problems: list[Problem] = []
    for place, row in records(path):
        problem = row if isinstance(row, Problem) else fault(place, row)
        if problem is None and row["id"] in first:
            problem = duplicate(place, row["id"], first[row["id"]])
        faults = [problem] if problem else text_problems(place, row["id"], row["text"])
        problems += faults
        if not problem:
            first[row["id"]] = place
            articles[row["id"]] = bare_article(row["id"], row["text"])
    refuse(problems)
    return list(articles.values())
