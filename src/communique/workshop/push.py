"""Articles into an annotator's projects."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from label_studio_sdk import LabelStudio
from tqdm import tqdm

from communique import label_studio
from communique.articles import Article
from communique.schema import Row
from communique.workshop.connection import (
    ONCE,
    by_article,
    import_tasks,
    project_of,
    project_title,
    tasks_of,
    told_plainly,
)
from communique.workshop.context import SHOWN_TO, has_panel, with_panel


@told_plainly()
def push(
    owner: LabelStudio,
    configs: dict[str, str],
    annotator: str,
    articles: Sequence[Article],
    context: dict[str, str] | None = None,
) -> dict[str, tuple[int, int]]:
    """Make the annotator's project of each layer and import the articles that it does not hold yet, and no other.

    A push that was cut is completed by the same call: an article that is in a project is left alone. What the server
    went on to make after a client died, a project without tasks or a copy of a task that nobody has worked on, goes.

    Args:
        owner: client of the account that owns the projects.
        configs: labelling config (XML) by layer.
        annotator: email of the annotator's account.
        articles: what to annotate.
        context: what `read_context` gives, for new tasks of events and quotes (`show_context` is for those that are
            there); by default tasks show the raw text alone.

    Returns:
        Per layer, how many tasks were created and how many were there before.

    Raises:
        ProblemsError: when a project holds an article twice with work on both or on another text, or the server created
            another number of tasks than were sent.
    """
    titles = {layer: project_title(layer, annotator) for layer in configs}
    done = {}
    for layer in tqdm(configs, desc=f"push to {annotator}", unit="project"):
        shown = context if context and layer in SHOWN_TO else {}
        project = _project(owner, layer, annotator, with_panel(configs[layer]) if shown else configs[layer])
        present = by_article(_single_tasks(owner, project.id), articles, titles[layer])
        panel = has_panel(project.label_config)
        missing = [
            label_studio.make_task(article, shown.get(article.id, "") if panel else None)
            for article in articles
            if article.id not in present
        ]
        if missing:
            import_tasks(owner, project, missing)
            _single_tasks(owner, project.id)  # an import whose client died may have ended meanwhile
        done[layer] = (len(missing), sum(article.id in present for article in articles))
    return done


def _project(owner: LabelStudio, layer: str, annotator: str, config: str) -> Any:
    """The project of this layer and annotator, made when there is none; of several the empty ones are deleted."""
    title = project_title(layer, annotator)

    def found() -> list[Any]:
        return [project for project in owner.projects.list(title=title) if project.title == title]

    if not found():
        owner.projects.create(title=title, label_config=config, show_skip_button=False, request_options=ONCE)
    there = found()
    kept = [project for project in there if project.task_number] or there[:1]
    for project in there:
        if project not in kept:
            owner.projects.delete(project.id, request_options=ONCE)
    return project_of(owner, layer, annotator)


def _single_tasks(owner: LabelStudio, project_id: int) -> list[Row]:
    """The project's tasks, after the copies of tasks that nobody has worked on were deleted."""
    copies: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for task in tasks_of(owner, project_id):
        copies[str(task["data"].get("article")), str(task["data"].get("text"))].append(task)
    kept = []
    for tasks in copies.values():
        worked_on = [task for task in tasks if task["annotations"] or task.get("drafts")] or tasks[:1]
        kept += worked_on
        for task in tasks:
            if task not in worked_on:
                owner.tasks.delete(task["id"], request_options=ONCE)
    return kept
