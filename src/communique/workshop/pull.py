"""Annotations out of an annotator's projects into a pass, every span checked against the text."""

import os
import tempfile
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from label_studio_sdk import LabelStudio
from tqdm import tqdm

from communique.annotation import read_layer, write_layer
from communique.articles import Article
from communique.controls import config_problems
from communique.inputs import records
from communique.passes import formers, replaced_pass
from communique.problems import Problem, ProblemsError, refuse
from communique.schema import LAYERS, Row
from communique.workshop.connection import project_of, told_plainly
from communique.workshop.exports import read_tasks, snapshot
from communique.workshop.shelf import Shelf


@dataclass(frozen=True)
class Pulled:
    """What a pull did: per layer the rows that came and the former rows that stayed, and where the former pass is.

    `former` is None when there was none, or when it was equal.
    """

    came: dict[str, int]
    stayed: dict[str, int]
    former: Path | None

    def told(self, folder: Path) -> str:
        """What was done to the pass in `folder`, in lines."""
        lines = [
            f"{folder / layer}.jsonl: {n} article(s), {self.stayed[layer]} as before" for layer, n in self.came.items()
        ]
        return "\n".join([*lines, *([f"the former pass is in {self.former}"] if self.former else [])])


@told_plainly()
def pull_into(
    folder: Path, annotator_client: LabelStudio, annotator: str, articles: Sequence[Article], guidelines: str
) -> Pulled:
    """Bring all layers of one annotator from the server into the pass in `folder`, which is replaced as a whole.

    Rows of articles that the annotator's projects do not hold stay as they are in the pass. The former pass is kept
    beside it (see `communique.passes`). Pulls into one folder wait for each other.

    Args:
        folder: the pass, which may be new.
        annotator_client: a client that may read the annotator's projects and whose account is the annotator's.
        annotator: the account's email; it becomes the rows' `annotator`.
        articles: the articles the projects may hold.
        guidelines: version of the guidelines the annotation was made by.

    Raises:
        ProblemsError: with everything wrong in any of the projects; then nothing is changed.
        OSError: when the disk does not take it; then nothing is changed.
    """
    me = annotator_client.users.whoami().id
    projects = {layer: project_of(annotator_client, layer, annotator) for layer in LAYERS}
    changed = [
        problem
        for layer, project in projects.items()
        for problem in config_problems(layer, project.label_config, f"{annotator}/{layer}")
    ]

    def exports(layer: str) -> AbstractContextManager[BinaryIO]:
        return snapshot(annotator_client, projects[layer].id)

    return _bring(folder, exports, articles, annotator, me, guidelines, changed)


def pull_files(folder: Path, exports: Path, annotator: str, articles: Sequence[Article], guidelines: str) -> Pulled:
    """As `pull_into`, from exports that were downloaded by hand: `exports/entities.json`, `events.json`, `quotes.json`.

    A file does not say whose the numbers of its accounts are: all annotations must be of one account.
    """
    paths = {layer: exports / f"{layer}.json" for layer in LAYERS}
    hint = "give a folder with the JSON export of the annotator's project of each layer"
    refuse(Problem(str(path), "missing-file", "no such file", hint) for path in paths.values() if not path.is_file())
    return _bring(folder, lambda layer: paths[layer].open("rb"), articles, annotator, None, guidelines, [])


def pull(
    annotator_client: LabelStudio, annotator: str, articles: Sequence[Article], guidelines: str
) -> dict[str, list[Row]]:
    """The rows that `pull_into` brings, by layer, in the order of `articles`; those not annotated yet are absent."""
    with tempfile.TemporaryDirectory() as temporary:
        pull_into(Path(temporary) / "pass", annotator_client, annotator, articles, guidelines)
        found = {layer: {row["id"]: row for _, row in read_layer(Path(temporary) / "pass", layer)} for layer in LAYERS}
    return {layer: [rows[article.id] for article in articles if article.id in rows] for layer, rows in found.items()}


def collect(
    folders: Sequence[Path],
    client_of: Callable[[str], LabelStudio],
    plan: Sequence[Row],
    articles: Sequence[Article],
    guidelines: str,
) -> list[Pulled]:
    """Bring what a plan assigned into as many passes as each article has annotators, each replaced as a whole.

    An article's annotators are dealt to the folders in the order of their emails. Rows of articles that the plan does
    not have stay as they are; those not annotated yet are absent.

    Args:
        folders: the passes, which may be new.
        client_of: gives the client of an annotator, whose account is theirs, by email.
        plan: rows as `assign.read_plan` gives them.
        articles: the articles the projects may hold.
        guidelines: version of the guidelines the annotation was made by.

    Raises:
        ProblemsError: when the plan's overlap is not the number of folders, and with everything wrong in any project;
            then nothing is changed.
    """
    hint = f"the plan's overlap is the number of folders, {len(folders)}"
    refuse(
        Problem("plan", "bad-value", f"{overlap} annotators for each article", hint)
        for overlap in sorted({row["overlap"] for row in plan} - {len(folders)})
    )
    annotators: dict[str, list[str]] = defaultdict(list)
    for row in sorted(plan, key=lambda row: str(row["annotator"])):
        annotators[row["article"]].append(row["annotator"])
    problems: list[Problem] = []
    rows: dict[str, dict[str, list[Row]]] = {}
    for annotator in sorted({row["annotator"] for row in plan}):
        try:
            rows[annotator] = pull(client_of(annotator), annotator, articles, guidelines)
        except ProblemsError as error:
            problems += error.problems
    refuse(problems)
    return [
        _lay_down(
            folder,
            {
                layer: [
                    row
                    for annotator, layers in rows.items()
                    for row in layers[layer]
                    if annotators[row["id"]][place : place + 1] == [annotator]
                ]
                for layer in LAYERS
            },
            annotators.keys(),
        )
        for place, folder in enumerate(folders)
    ]


def _lay_down(folder: Path, rows: dict[str, list[Row]], planned: Collection[str]) -> Pulled:
    """Replace a pass by these rows and the former ones of articles that are not planned."""
    folder = folder.resolve()
    stayed = {}
    with replaced_pass(folder) as new:
        for layer in LAYERS:
            former = [row for row in _former_rows(folder / f"{layer}.jsonl") if row["id"] not in planned]
            stayed[layer] = len(former)
            write_layer(new, layer, [*former, *rows[layer]])
        before = len(formers(folder))
    after = formers(folder)
    came = {layer: len(found) for layer, found in rows.items()}
    return Pulled(came, stayed, after[-1] if len(after) > before else None)


def _bring(
    folder: Path,
    exports: Callable[[str], AbstractContextManager[BinaryIO]],
    articles: Sequence[Article],
    annotator: str,
    annotator_id: int | None,
    guidelines: str,
    problems: Iterable[Problem],
) -> Pulled:
    """Read all exports, refuse what is wrong in any of them, and replace the pass."""
    folder = folder.resolve()
    texts = {article.id: article.text for article in articles}
    hint = "one text per id: leave one of them out, or rename it"
    refuse(
        Problem("articles", "duplicate-article", f"{article.id!r} is given twice, with other texts", hint)
        for article in articles
        if article.text != texts[article.id]
    )
    with replaced_pass(folder) as new, tempfile.TemporaryFile(dir=new) as file:
        found = list(problems)
        shelf = Shelf(file, articles, annotator, annotator_id, guidelines)
        for layer in LAYERS:
            with exports(layer) as export:
                tasks = tqdm(read_tasks(export, f"{annotator}/{layer}"), desc=f"pull {layer}", unit="task")
                found += shelf.take(layer, tasks)
        came = shelf.counts()
        stayed = {layer: shelf.keep(layer, _former_rows(folder / f"{layer}.jsonl")) for layer in LAYERS}
        refuse(found + shelf.reference_problems())
        for layer in LAYERS:
            with (new / f"{layer}.jsonl").open("wb") as target:
                target.writelines(shelf.lines(layer))
                target.flush()
                os.fsync(target.fileno())
        before = len(formers(folder))
    after = formers(folder)
    return Pulled(came, stayed, after[-1] if len(after) > before else None)


def _former_rows(path: Path) -> Iterator[Row]:
    """The rows of a layer of the former pass. Raises `ProblemsError` for a line that is none, or an article again."""
    seen: set[str] = set()
    hint = "mend the pass, or pull into a new folder"
    for place, row in records(path) if path.exists() else ():
        if isinstance(row, Problem):
            raise ProblemsError([row])
        if not isinstance(row, dict) or not isinstance(row.get("id"), str):
            raise ProblemsError([Problem(place, "bad-json", "not a row with an id", hint)])
        if row["id"] in seen:
            raise ProblemsError([Problem(place, "duplicate-article", f"the id {row['id']!r} again", hint)])
        seen.add(row["id"])
        yield row
