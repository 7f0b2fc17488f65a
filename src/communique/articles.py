"""Articles: the raw texts under `seeds/` and the index that says where each comes from and where it belongs."""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from communique.files import read_json_lines, read_text, write_bytes
from communique.problems import Problem, ProblemsError, refuse
from communique.schema import ORIGINS, PARAGRAPH_KINDS, SPLITS, Row
from communique.text import Span, paragraphs_of, sentences_of, tokenize

INDEX_FIELDS = (
    "id",
    "file",
    "sha256",
    "published",
    "dateline",
    "outlet",
    "genre",
    "region",
    "storyline",
    "origin",
    "license",
    "split",
    "kinds",
    "source",
)
_NULLABLE = ("published", "dateline")
ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""An article's id, which is also its file's name."""


@dataclass(frozen=True)
class Article:
    """One article. `text` is the raw file unchanged; all offsets are code points into it, half-open."""

    id: str
    text: str
    published: str | None
    dateline: str | None
    outlet: str
    genre: str
    region: str
    storyline: str
    origin: str
    license: str
    split: str
    kinds: tuple[tuple[int, str], ...] = ()

    @cached_property
    def sha256(self) -> str:
        """Hex digest of the text's UTF-8 bytes."""
        return text_hash(self.text)

    @cached_property
    def title(self) -> str:
        return self.text.split("\n", 1)[0]

    @cached_property
    def paragraphs(self) -> list[Row]:
        return paragraphs_of(self.text, dict(self.kinds))

    @cached_property
    def sentences(self) -> list[Span]:
        spans = (Span(row["start"], row["end"]) for row in self.paragraphs)
        return [sentence for span in spans for sentence in sentences_of(self.text, span)]

    @cached_property
    def tokens(self) -> list[Span]:
        return tokenize(self.text)


def text_hash(text: str) -> str:
    """sha256 hex digest of a text's UTF-8 bytes."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _index_row_problems(place: str, row: Row) -> list[Problem]:
    problems = [
        Problem(place, "missing-field", f"no field {name!r}", "fields: " + ", ".join(INDEX_FIELDS))
        for name in INDEX_FIELDS
        if name not in row
    ]
    problems += [
        Problem(place, "unknown-field", f"the field {name!r}", "fields: " + ", ".join(INDEX_FIELDS))
        for name in row
        if name not in INDEX_FIELDS
    ]
    for name in INDEX_FIELDS:
        value = row.get(name)
        if name == "kinds" or name not in row or (value is None and name in _NULLABLE):
            continue
        if not isinstance(value, str) or not value:
            problems.append(Problem(place, "wrong-type", f"{name} is {value!r}", "a non-empty string"))
    kinds = row.get("kinds", {})
    if not isinstance(kinds, dict) or not all(key.isdigit() for key in kinds):
        hint = 'paragraph numbers to kinds, {"3": "byline"}'
        problems.append(Problem(place, "wrong-type", f"kinds is {kinds!r}", hint))
    else:
        problems += _label_problems(place, "kinds", PARAGRAPH_KINDS, list(kinds.values()))
    problems += _label_problems(place, "split", SPLITS, [row.get("split", SPLITS[0])])
    problems += _label_problems(place, "origin", ORIGINS, [row.get("origin", ORIGINS[0])])
    if isinstance(row.get("published"), str):
        try:
            date.fromisoformat(row["published"])
        except ValueError:
            problems.append(Problem(place, "bad-value", f"published is {row['published']!r}", "YYYY-MM-DD or null"))
    if isinstance(row.get("file"), str) and Path(row["file"]).name != row["file"]:
        problems.append(Problem(place, "bad-value", f"file is {row['file']!r}", "a file name in seeds/articles"))
    return problems


def _label_problems(place: str, name: str, allowed: tuple[str, ...], values: list[Any]) -> list[Problem]:
    return [
        Problem(place, "unknown-label", f"{name} has {value!r}", "allowed: " + ", ".join(allowed))
        for value in values
        if value not in allowed
    ]


def _read_text(place: str, path: Path, sha256: str) -> tuple[str, list[Problem]]:
    """A raw article's text, and what is wrong with the file."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return "", [Problem(place, "missing-file", f"no file {path.name}", "put the raw text into seeds/articles")]
    actual = hashlib.sha256(raw).hexdigest()
    if actual != sha256:
        hint = "raw texts are never rewritten: restore the file, or index the new text under a new id"
        return "", [Problem(place, "changed-article", f"{path.name} has sha256 {actual}, not {sha256}", hint)]
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return "", [Problem(place, "bad-value", f"{path.name} is not UTF-8: {error}", "store articles as UTF-8")]
    return text, text_problems(place, path.name, text)


def text_problems(place: str, name: str, text: str) -> list[Problem]:
    """What keeps a text from being an article: characters that browsers or databases change, line 1 without a title."""
    problems = [
        Problem(place, "bad-value", f"{name} contains {what}", "remove it before the article is annotated")
        for what, character in (("a carriage return", "\r"), ("a NUL", "\0"), ("a byte order mark", "\ufeff"))
        if character in text
    ]
    if not text.split("\n", 1)[0].strip():
        problems.append(Problem(place, "bad-value", f"{name} has no title", "line 1 is the title"))
    return problems


def bare_article(article_id: str, text: str) -> Article:
    """An article of which nothing but the text is known: a storyline of its own, in the split `real`."""
    unknown = "unknown"
    return Article(article_id, text, None, None, unknown, unknown, unknown, article_id, "real", unknown, "real")


def load_articles(seeds: Path) -> list[Article]:
    """Read `seeds/index.jsonl` and the texts it names, in index order.

    Raises `ProblemsError` with every fault of the index and of the files: ids used twice, files missing or changed,
    unknown splits, a storyline that crosses splits, a dateline that the text does not open with. An empty index gives
    an empty list.
    """
    rows = read_json_lines(seeds / "index.jsonl")
    return _articles(rows, lambda place, row: _read_text(place, seeds / "articles" / row["file"], row["sha256"]))


def _articles(rows: Sequence[tuple[str, Row]], read: Callable[[str, Row], tuple[str, list[Problem]]]) -> list[Article]:
    """The articles of index rows, whose texts and faults of texts `read` gives by place and row."""
    problems: list[Problem] = []
    articles: list[Article] = []
    ids: set[str] = set()
    splits: dict[str, str] = {}
    for place, row in rows:
        faults = _index_row_problems(place, row)
        if faults:
            problems += faults
            continue
        if row["id"] in ids:
            problems.append(Problem(place, "duplicate-article", f"the id {row['id']!r} again", "ids are unique"))
        ids.add(row["id"])
        text, faults = read(place, row)
        problems += faults
        if faults:
            continue
        former = splits.setdefault(row["storyline"], row["split"])
        if former != row["split"]:
            message = f"storyline {row['storyline']!r} is in {former} and in {row['split']}"
            problems.append(Problem(place, "crossing-storyline", message, "all articles of a storyline share a split"))
        kept = {name: row[name] for name in INDEX_FIELDS if name not in ("file", "sha256", "kinds", "source")}
        article = Article(
            text=text, kinds=tuple(sorted((int(number), kind) for number, kind in row["kinds"].items())), **kept
        )
        if article.dateline and article.dateline not in text:
            message = f"the dateline {article.dateline!r} is not in the text"
            problems.append(Problem(place, "bad-value", message, "copy it from the article, or null"))
        articles.append(article)
    refuse(problems)
    return articles


def add_articles(seeds: Path, rows: Sequence[tuple[str, Row]]) -> int:
    """Add raw articles to `seeds/`: their texts to `articles/`, then their rows to `index.jsonl`, atomically.

    Args:
        seeds: the folder.
        rows: `(place, row)` pairs with `text` and the fields of the index but `file` and `sha256`; `kinds` may be left
            out. The id becomes the file's name: small letters, digits and hyphens.

    Returns:
        How many were added. An article that is there with the same row is left alone, so that a rerun completes a cut
        one.

    Raises:
        ProblemsError: with everything that keeps any of them from being indexed; then nothing is written.
    """
    there = read_json_lines(seeds / "index.jsonl")
    known = {row.get("id"): row for _, row in there}
    problems: list[Problem] = []
    texts: dict[str, str] = {}
    new: list[tuple[str, Row]] = []
    for place, given in rows:
        id_, text = given.get("id"), given.get("text")
        if not isinstance(id_, str) or not ID.fullmatch(id_) or not isinstance(text, str):
            hint = "`id` of small letters, digits and hyphens, and `text`"
            problems.append(Problem(place, "bad-value", f"the id {id_!r}, its text a {type(text).__name__}", hint))
            continue
        row = {"kinds": {}} | {name: value for name, value in given.items() if name != "text"}
        row |= {"file": f"{id_}.txt", "sha256": text_hash(text)}
        if known.get(id_) != row:
            texts.setdefault(id_, text)
            new.append((place, row))

    def read(place: str, row: Row) -> tuple[str, list[Problem]]:
        if row["id"] not in texts:
            return _read_text(place, seeds / "articles" / row["file"], row["sha256"])
        return texts[row["id"]], text_problems(place, row["id"], texts[row["id"]])

    try:
        _articles([*there, *new], read)
    except ProblemsError as error:
        problems += error.problems
    refuse(problems)
    for id_, text in texts.items():
        write_bytes(seeds / "articles" / f"{id_}.txt", text.encode("utf-8"))
    if new:
        lines = [json.dumps({name: row[name] for name in INDEX_FIELDS}, ensure_ascii=False, separators=(",", ":"))
                 for _, row in new]  # fmt: skip
        former = read_text(seeds / "index.jsonl")
        whole = former if former.endswith("\n") or not former else f"{former}\n"
        write_bytes(seeds / "index.jsonl", (whole + "".join(f"{line}\n" for line in lines)).encode("utf-8"))
    return len(new)


def select(articles: Sequence[Article], split: str) -> list[Article]:
    """The articles of one split, in index order."""
    return [article for article in articles if article.split == split]
