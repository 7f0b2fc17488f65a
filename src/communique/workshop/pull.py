"""Annotations out of an annotator's projects, every span checked against the text."""

from collections.abc import Sequence

from label_studio_sdk import LabelStudio
from tqdm import tqdm

from communique import label_studio
from communique.annotation import canonical
from communique.articles import Article
from communique.check import layer_problems, reference_problems
from communique.problems import Problem, refuse
from communique.schema import LAYERS, Row
from communique.workshop.connection import project_of, tasks_of, told_plainly


@told_plainly()
def pull(
    annotator_client: LabelStudio, annotator: str, articles: Sequence[Article], guidelines: str
) -> dict[str, list[Row]]:
    """Read back all layers of one annotator, every span checked against the text.

    Args:
        annotator_client: a client that may read the annotator's projects and whose account is the annotator's.
        annotator: the account's email; it becomes the rows' `annotator`.
        articles: the articles the projects may hold.
        guidelines: version of the guidelines the annotation was made by.

    Returns:
        Canonical layer rows by layer, in the order of `articles`; articles not annotated yet are absent.

    Raises:
        ProblemsError: with everything wrong in any of the projects; then nothing is returned.
    """
    me = annotator_client.users.whoami().id
    by_id = {article.id: article for article in articles}
    rows: dict[str, dict[str, Row]] = {}
    problems: list[Problem] = []
    for layer in tqdm(LAYERS, desc=f"pull from {annotator}", unit="project"):
        project = project_of(annotator_client, layer, annotator)
        for task in tasks_of(annotator_client, project.id):
            article_id = str(task["data"].get("article"))
            place = f"{annotator}/{layer} {article_id}"
            if article_id not in by_id:
                message = f"task {task['id']} is of {article_id!r}"
                problems.append(Problem(place, "unknown-article", message, "index its text in seeds/, or delete it"))
                continue
            if layer in rows.get(article_id, {}):
                problems.append(Problem(place, "duplicate-article", f"task {task['id']} again", "delete one task"))
                continue
            row, faults = label_studio.read_task(layer, task, by_id[article_id], annotator, me, guidelines)
            if row is not None and not faults:
                faults = layer_problems(by_id[article_id], layer, row, place)
            problems += faults
            if row is not None and not faults:
                rows.setdefault(article_id, {})[layer] = canonical(row)
    for article_id, layers in rows.items():
        problems += reference_problems(layers, f"{annotator} {article_id}")
    refuse(problems)
    return {
        layer: [rows[article.id][layer] for article in articles if layer in rows.get(article.id, {})]
        for layer in LAYERS
    }
