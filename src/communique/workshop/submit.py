"""Finished layer rows into an annotator's projects, as annotations of that account."""

from collections.abc import Sequence

from label_studio_sdk import LabelStudio
from tqdm import tqdm

from communique import label_studio
from communique.annotation import canonical
from communique.articles import Article
from communique.check import layer_problems
from communique.problems import Problem, ProblemsError, refuse
from communique.schema import Row
from communique.workshop.connection import ONCE, project_of, tasks_by_article, told_plainly


@told_plainly()
def submit(
    annotator_client: LabelStudio, annotator: str, rows: dict[str, list[Row]], articles: Sequence[Article]
) -> int:
    """Write layer rows into the annotator's projects as annotations made by that account.

    Args:
        annotator_client: client with the annotator's own token.
        annotator: the account's email.
        rows: valid layer rows by layer, as `sheet.resolve` gives them.
        articles: the articles of the rows.

    Returns:
        How many annotations were created or changed; one that says the same already is left alone.
    """
    by_id = {article.id: article for article in articles}
    me = annotator_client.users.whoami().id
    refuse(
        problem
        for layer, layer_rows in rows.items()
        for row in layer_rows
        for problem in layer_problems(by_id[row["id"]], layer, row, layer)
    )
    written = 0
    for layer, layer_rows in rows.items():
        project = project_of(annotator_client, layer, annotator)
        tasks = tasks_by_article(annotator_client, project.id, articles, project.title)
        for row in tqdm(layer_rows, desc=f"submit {layer}", unit="article"):
            if row["id"] not in tasks:
                message = f"{row['id']} is not in the project"
                raise ProblemsError([Problem(project.title, "missing-article", message, "push it first")])
            article, task = by_id[row["id"]], tasks[row["id"]]
            results = label_studio.make_results(layer, row, article.text)
            former, problems = label_studio.read_task(layer, task, article, annotator, me, row["guidelines"])
            refuse(problems)
            if former is None:
                annotator_client.annotations.create(
                    task["id"], result=results, was_cancelled=False, ground_truth=False, request_options=ONCE
                )
            elif canonical(former) != canonical(row | {"annotator": annotator}):
                annotator_client.annotations.update(task["annotations"][0]["id"], result=results, request_options=ONCE)
            else:
                continue
            written += 1
    return written
