"""What the running server holds against what a plan says: who did what, what is missing, what ought not to be there.

The Community edition hides no project from a member and keeps nobody from writing into another's: that passes are kept
apart can only be checked afterwards, and is checked here.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from label_studio_sdk import LabelStudio
from tqdm import tqdm

from communique.articles import text_hash
from communique.label_studio import author_of
from communique.problems import Problem
from communique.schema import LAYERS, Row
from communique.workshop.connection import project_title, tasks_of, told_plainly

COLUMNS = ["annotator", "layer", "article", "state"]
STATES = ["done", "missing", "wrong"]


@told_plainly()
def audit(owner: LabelStudio, plan: Sequence[Row]) -> tuple[pd.DataFrame, list[Problem]]:
    """Compare the server with a plan.

    Args:
        owner: client of the account that owns the projects.
        plan: rows as `assign.read_plan` gives them.

    Returns:
        A table with a row for each annotator, layer and assigned article, in that order: `annotator`, `layer`,
        `article` and `state`, which is `done` (one annotation, by the annotator), `missing` (none yet) or `wrong` (a
        problem tells why). And all problems: in the projects of the plan's annotators, tasks of articles that are not
        assigned to them; in projects of others, tasks of the plan's articles; annotations under another's name,
        skipped, or twice; articles in two tasks or on another text; two projects of one title.
    """
    plan_of = _Plan(
        {str(user.email).lower(): user.id for user in owner.users.list()},
        {row["article"]: row["sha256"] for row in plan},
        {(row["annotator"], row["article"]) for row in plan},
    )
    projects = _projects(owner)
    annotators = sorted({row["annotator"] for row in plan} | {annotator for _, annotator in projects})
    table: list[Row] = []
    problems: list[Problem] = []
    for annotator in tqdm(annotators, desc="audit", unit="annotator"):
        for layer in LAYERS:
            tasks: dict[str, list[Row]] = defaultdict(list)
            found = projects.get((layer, annotator), [])
            for project in found:
                for task in tasks_of(owner, project.id):
                    tasks[str(task["data"].get("article"))].append(task)
            if len(found) > 1:
                message = "projects " + ", ".join(str(project.id) for project in found)
                hint = "keep the one with the work"
                problems.append(Problem(project_title(layer, annotator), "double-annotation", message, hint))
            rows, faults = plan_of.compare(layer, annotator, tasks)
            table += rows
            problems += faults
    return pd.DataFrame(table, columns=COLUMNS), problems


def _projects(owner: LabelStudio) -> dict[tuple[str, str], list[Any]]:
    """The server's projects by layer and annotator, told by their titles; other projects are left out."""
    found: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for project in owner.projects.list():
        layer, _, annotator = str(project.title).partition(" ")
        if layer in LAYERS and annotator:
            found[layer, annotator].append(project)
    return found


@dataclass(frozen=True)
class _Plan:
    """A plan and the accounts of the server: ids by email, hashes by article, pairs of annotator and article."""

    users: dict[str, int]
    hashes: dict[str, str]
    assigned: set[tuple[str, str]]

    def compare(self, layer: str, annotator: str, tasks: dict[str, list[Row]]) -> tuple[list[Row], list[Problem]]:
        """The table's rows of one annotator's project, given its tasks by article, and what is wrong with it."""
        title = f"{layer} {annotator}"
        theirs = sorted(article for article in self.hashes if (annotator, article) in self.assigned)
        rows: list[Row] = []
        problems: list[Problem] = []
        for article in sorted(tasks.keys() - set(theirs)):
            if theirs or article in self.hashes:
                made = sum(len(task["annotations"]) for task in tasks[article])
                why = "not assigned to this annotator" if article in self.hashes else "not in the plan"
                message = f"{article} is {why}; it has {made} annotation{'' if made == 1 else 's'}"
                problems.append(Problem(title, "unknown-article", message, "delete its task, or plan it"))
        for article in theirs:
            copies = tasks.get(article, [])
            place = f"{title} {article}"
            faults = [fault for task in copies for fault in self._task_problems(place, task, article, annotator)]
            annotations = [annotation["id"] for task in copies for annotation in task["annotations"]]
            for code, what, ids in (
                ("duplicate-article", "tasks", [task["id"] for task in copies]),
                ("double-annotation", "annotations", annotations),
            ):
                if len(ids) > 1:
                    faults.append(Problem(place, code, f"{what} {', '.join(map(str, ids))}", "keep one of them"))
            state = "wrong" if faults else "done" if annotations else "missing"
            rows.append(dict(zip(COLUMNS, (annotator, layer, article, state), strict=True)))
            problems += faults
        return rows, problems

    def _task_problems(self, place: str, task: Row, article: str, annotator: str) -> list[Problem]:
        problems = []
        text = task["data"].get("text")
        if not isinstance(text, str) or text_hash(text) != self.hashes[article]:
            message = f"task {task['id']} holds another text than the plan's"
            problems.append(Problem(place, "text-changed", message, "restore its text, or delete it and push again"))
        emails = {user: email for email, user in self.users.items()}
        for annotation in task["annotations"]:
            author = author_of(annotation)
            if author != self.users.get(annotator):
                message = f"annotation {annotation['id']} was made by {emails.get(author, f'user {author}')}"
                problems.append(
                    Problem(place, "other-annotator", message, "each annotator works in their own projects")
                )
            if annotation.get("was_cancelled"):
                message = f"annotation {annotation['id']} was skipped"
                problems.append(
                    Problem(place, "cancelled-annotation", message, "finish it, or delete it in the server")
                )
        return problems


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """How many articles each annotator has in each layer: `assigned`, `done`, `missing`, `wrong`."""
    counts = pd.crosstab([table["annotator"], table["layer"]], table["state"]).reindex(columns=STATES, fill_value=0)
    counts.insert(0, "assigned", counts.sum(axis="columns"))
    return counts.rename_axis(columns=None)
