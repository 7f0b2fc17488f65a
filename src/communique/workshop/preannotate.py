"""A model's predictions into an annotator's projects, as Label Studio predictions to begin an annotation from."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from label_studio_sdk import LabelStudio

from communique import label_studio
from communique.annotate import REJECTED
from communique.annotation import canonical
from communique.articles import Article
from communique.predictions import prediction_problems, read_predictions
from communique.problems import Problem, ProblemsError, refuse
from communique.schema import LAYERS, PREDICTED_TABLES, Row
from communique.workshop.connection import ONCE, project_of, tasks_by_article, told_plainly


@dataclass(frozen=True)
class Preannotation:
    """What one system predicts of a layer: its name, and the layer's tables by article id."""

    system: str
    tables: dict[str, Row]


def read_preannotations(folders: Sequence[Path], articles: Sequence[Article]) -> dict[str, Preannotation]:
    """The predictions of each layer, out of folders as `scripts/annotate.py` and the baselines write them.

    Args:
        folders: each with JSON Lines files in our prediction format. A folder's name is the system's; its rows say by
            their tables which layer they are of.
        articles: what is annotated; rows of other articles are left out.

    Returns:
        Layers for which a folder has predictions, with a row for each of the articles.

    Raises:
        ProblemsError: with everything wrong: a folder without predictions, two systems for a layer, articles missing,
            and all that keeps predictions from being scored.
    """
    wanted = {article.id for article in articles}
    found: dict[str, list[tuple[str, Row]]] = defaultdict(list)
    systems: dict[str, set[str]] = defaultdict(set)
    problems = []
    for folder in folders:
        files = [path for path in sorted(folder.glob("*.jsonl")) if path.name != REJECTED]
        if not files:
            hint = "give a folder that scripts/annotate.py wrote, or one of baselines/predictions"
            problems.append(Problem(str(folder), "missing-file", "a folder without predictions", hint))
        for place, row in (read for path in files for read in read_predictions(path)):
            layer = next((name for name, tables in PREDICTED_TABLES.items() if not row.keys().isdisjoint(tables)), None)
            if layer is None:
                hint = "tables: " + ", ".join(table for tables in PREDICTED_TABLES.values() for table in tables)
                problems.append(Problem(f"{folder}/{place}", "missing-field", "a row without tables", hint))
            else:
                systems[layer].add(folder.resolve().name)
                if row.get("id") in wanted:
                    found[layer].append((f"{folder}/{place}", row))
    rows = [{"id": article.id, "text": article.text} for article in articles]
    for layer, names in systems.items():
        if len(names) > 1:
            message = f"{layer} are predicted by " + " and ".join(sorted(names))
            problems.append(Problem("predictions", "bad-value", message, "one system for each layer"))
        else:
            problems += prediction_problems(layer, rows, found[layer])
    refuse(problems)
    return {
        layer: Preannotation(names.pop(), {row["id"]: _as_annotated(layer, row) for _, row in found[layer]})
        for layer, names in systems.items()
    }


def _as_annotated(layer: str, row: Row) -> Row:
    """A predicted row as an annotator would have made it, without what systems do not say."""
    tables: Row = {table: row.get(table, []) for table in LAYERS[layer]}
    if layer == "entities":
        tables["mentions"] = [
            item | {"entity": item.get("entity"), "metonym": bool(item.get("metonym"))} for item in tables["mentions"]
        ]
    if layer == "events":
        tables["events"] = [item | {"source_entity": item.get("source_entity")} for item in tables["events"]]
    if layer == "quotes":
        tables["quotes"] = [item | {"speaker": None, "medium": None} for item in tables["quotes"]]
    return canonical(tables)


@told_plainly()
def preannotate(
    owner: LabelStudio, annotator: str, articles: Sequence[Article], preannotations: dict[str, Preannotation]
) -> dict[str, tuple[int, int]]:
    """Give the annotator's tasks the predictions that they do not have yet.

    Args:
        owner: client of the account that owns the projects.
        annotator: email of the annotator's account.
        articles: articles that were pushed.
        preannotations: what `read_preannotations` gives for them.

    Returns:
        Per layer, how many predictions were created and how many were there before.

    Raises:
        ProblemsError: when tasks show other predictions of a system of the same name (then none of the layer is sent),
            or the server created another number than were sent.
    """
    done = {}
    for layer, preannotation in preannotations.items():
        project = project_of(owner, layer, annotator)
        tasks = tasks_by_article(owner, project.id, articles, project.title)
        results = {
            tasks[article.id]["id"]: label_studio.make_results(layer, preannotation.tables[article.id], article.text)
            for article in articles
        }
        present = _single_predictions(owner, project.id, preannotation.system)
        hint = "delete its predictions in the server, or rename the folder of the new ones"
        refuse(
            Problem(project.title, "bad-value", f"task {task} has other predictions of {preannotation.system}", hint)
            for task, result in results.items()
            if task in present and present[task] != result
        )
        missing = [
            {"task": task, "model_version": preannotation.system, "result": result}
            for task, result in results.items()
            if task not in present
        ]
        if missing:
            answer = owner.projects.import_predictions(project.id, request=missing, request_options=ONCE)
            if answer.created != len(missing):
                message = f"{len(missing)} predictions sent, {answer.created} created"
                raise ProblemsError([Problem(project.title, "missing-article", message, "run this again")])
            _single_predictions(owner, project.id, preannotation.system)
        done[layer] = (len(missing), len(results) - len(missing))
    return done


def _single_predictions(owner: LabelStudio, project_id: int, system: str) -> dict[int, list[Row]]:
    """The results that a system predicts in a project, by task; a copy that a cut call left behind is deleted."""
    found: dict[int, list[Row]] = {}
    for prediction in sorted(owner.predictions.list(project=project_id), key=lambda prediction: prediction.id):
        if prediction.model_version != system:
            continue
        if found.get(prediction.task) == prediction.result:
            owner.predictions.delete(prediction.id, request_options=ONCE)
        else:
            found[prediction.task] = prediction.result
    return found
