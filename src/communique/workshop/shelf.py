"""Tasks read and checked one by one, their rows laid down on disk: memory does not grow with what they hold."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, BinaryIO

from communique import label_studio
from communique.annotation import canonical
from communique.articles import Article
from communique.check import layer_problems, reference_problems
from communique.files import json_line
from communique.problems import Problem
from communique.schema import LAYERS, Row


class Shelf:
    """Layer rows in a file, found again by layer and article: memory holds where each of them stands.

    Args:
        file: an empty file to write and read, kept open by the caller.
        articles: the articles that tasks may be of.
        annotator: the account's email; it becomes the rows' `annotator`.
        annotator_id: id of the account whose annotations are taken; None takes that of the first annotation met, and
            then no other.
        guidelines: version of the guidelines the annotation was made by.
    """

    def __init__(
        self, file: BinaryIO, articles: Sequence[Article], annotator: str, annotator_id: int | None, guidelines: str
    ) -> None:
        self._file = file
        self._articles = {article.id: article for article in articles}
        self._annotator, self._annotator_id, self._guidelines = annotator, annotator_id, guidelines
        self._places: dict[str, dict[str, tuple[int, int]]] = {layer: {} for layer in LAYERS}
        self._seen: dict[str, set[str]] = {layer: set() for layer in LAYERS}

    def take(self, layer: str, tasks: Iterable[Any]) -> list[Problem]:
        """Lay down the canonical rows of a layer's tasks that are without fault; return all faults of the others."""
        problems: list[Problem] = []
        for task in tasks:
            data = task.get("data") if isinstance(task, dict) else None
            article_id = str(data.get("article")) if isinstance(data, dict) else str(None)
            place = f"{self._annotator}/{layer} {article_id}"
            article = self._articles.get(article_id)
            if article is None:
                hint = "index its text in seeds/ or give it with --articles, or delete the task"
                problems.append(Problem(place, "unknown-article", f"a task of {article_id!r}", hint))
                continue
            faults = []
            if article_id in self._seen[layer]:
                faults.append(Problem(place, "duplicate-article", f"task {task.get('id')} again", "delete one task"))
            self._seen[layer].add(article_id)
            if self._annotator_id is None:
                self._annotator_id = label_studio.first_author(task)
            article = replace(article)  # what it computes of its text is forgotten with the task
            row, found = label_studio.read_task(
                layer, task, article, self._annotator, self._annotator_id, self._guidelines
            )
            faults += found
            if row is not None:
                faults += layer_problems(article, layer, row, place)
            problems += self._put(layer, row, place) if row is not None and not faults else faults
        return problems

    def _put(self, layer: str, row: Row, place: str) -> list[Problem]:
        try:
            line = json_line(canonical(row)).encode()
        except UnicodeEncodeError:
            message = "half of a surrogate pair in an attribute"
            return [Problem(place, "bad-value", message, "whole characters only")]
        self._lay(layer, row["id"], line)
        return []

    def _lay(self, layer: str, article_id: str, line: bytes) -> None:
        self._places[layer][article_id] = self._file.seek(0, 2), len(line)
        self._file.write(line)

    def keep(self, layer: str, rows: Iterable[Row]) -> int:
        """Lay down former rows of articles of which no task was met; returns how many."""
        kept = 0
        for row in rows:
            if row["id"] not in self._seen[layer]:
                self._lay(layer, row["id"], json_line(row).encode())
                kept += 1
        return kept

    def counts(self) -> dict[str, int]:
        """How many rows there are of each layer."""
        return {layer: len(places) for layer, places in self._places.items()}

    def lines(self, layer: str) -> Iterator[bytes]:
        """The layer's rows as lines of JSON, in the order of their articles' ids."""
        for article_id in sorted(self._places[layer]):
            yield self._line(layer, article_id)

    def _line(self, layer: str, article_id: str) -> bytes:
        start, size = self._places[layer][article_id]
        self._file.seek(start)
        return self._file.read(size)

    def reference_problems(self) -> list[Problem]:
        """Entity ids that no mention of the article has, over all layers."""
        problems = []
        for article_id in sorted(set().union(*self._places.values())):
            rows = {
                layer: json.loads(self._line(layer, article_id))
                for layer in LAYERS
                if article_id in self._places[layer]
            }
            problems += reference_problems(rows, f"{self._annotator} {article_id}")
        return problems
