"""Disagreements of two passes into a project where somebody decides them in the browser, and the decisions back."""

from collections.abc import Mapping, Sequence
from typing import Any

from label_studio_sdk import LabelStudio
from tqdm import tqdm

from communique import label_studio_decisions as screen
from communique.adjudication import Links, adjudicate, decision_key, disagreements
from communique.articles import Article
from communique.decision_form import Block, blocks, read_form_lines
from communique.files import json_line
from communique.label_studio import author_of
from communique.problems import Problem, ProblemsError, refuse
from communique.schema import LAYERS, Row
from communique.workshop.connection import (
    ONCE,
    find_project,
    import_tasks,
    project_title,
    task_page,
    tasks_of,
    told_plainly,
)

KIND = "adjudicate"
"""What stands in the project's title where an annotator's has the layer."""

_Key = tuple[str, str]
"""Article id and layer: what one task is of."""

_Pass = Mapping[str, dict[str, Row]]
_Known = dict[_Key, dict[Block, Row]]


def _tasks(
    articles: Sequence[Article], first: _Pass, second: _Pass, links: Links, still_open: Sequence[Row]
) -> list[Row]:
    """A task for each layer of each article with something open; refuses their entities without a link.

    A link changes what a pass says, so a task made without it would be stale as soon as it is given.
    """
    tasks = []
    problems = []
    for article in articles:
        rows = [row for row in still_open if row["article"] == article.id]
        if rows:
            pairs, faults = disagreements(article, first[article.id], second[article.id], links)
            problems += faults
            for layer in LAYERS:
                of_layer = [row for row in rows if row["layer"] == layer]
                tasks += [screen.make_task(article, layer, pairs[layer], of_layer)] if of_layer else []
    refuse(problems)
    return tasks


def _key(task: Row) -> _Key:
    return str(task["data"].get("article")), str(task["data"].get("layer"))


def _place(client: LabelStudio, task: Row) -> str:
    """The task's page, which is where its problems are mended."""
    return task_page(client, task["project"], task["id"])


def _known(articles: Sequence[Article], everything: Sequence[Row]) -> _Known:
    """Disagreements (templates) by task and by how they are shown."""
    known: _Known = {}
    for article in articles:
        for layer in LAYERS:
            rows = [row for row in everything if (row["article"], row["layer"]) == (article.id, layer)]
            known[article.id, layer] = dict(zip(blocks(article, rows), rows, strict=True))
    return known


def _present(client: LabelStudio, project: Any, known: _Known) -> dict[_Key, Row]:
    """The project's tasks; refuses doubled ones and those that show what the passes do not say."""
    found: dict[_Key, Row] = {}
    problems = []
    for task in tasks_of(client, project.id):
        key, place, shown = _key(task), _place(client, task), screen.task_blocks(task)
        if key in found:
            message = f"{' '.join(key)} is also in task {found[key]['id']}"
            problems.append(Problem(place, "duplicate-article", message, "delete the one without an annotation"))
        elif not shown or not set(shown) <= known.get(key, {}).keys():
            message = f"it shows what the passes do not say now of {' '.join(key)}"
            problems.append(Problem(place, "stale-decision", message, "delete the task, then run --push again"))
        found[key] = task
    refuse(problems)
    return found


@told_plainly()
def push(
    owner: LabelStudio,
    config: str,
    adjudicator: str,
    articles: Sequence[Article],
    first: _Pass,
    second: _Pass,
    links: Links,
    decisions: Sequence[tuple[str, Row]],
) -> tuple[int, int]:
    """Make the adjudicator's project, if there is something to decide, and import the tasks that it does not hold yet.

    Args:
        owner: client of the account that owns the projects.
        config: labelling config (XML).
        adjudicator: email of the account that decides.
        articles, first, second, links, decisions: as `communique.adjudication.adjudicate` takes them.

    Returns:
        How many tasks were created, and how many with something still open were there before.

    Raises:
        ProblemsError: when an entity has no link; when the project holds a task twice, or one that shows something else
            than the passes say now; when the server created another number of tasks than were sent.
    """
    tasks = _tasks(articles, first, second, links, adjudicate(articles, first, second, links, decisions)[1])
    everything = adjudicate(articles, first, second, links, [])[1]
    title = project_title(KIND, adjudicator)
    project = find_project(owner, KIND, adjudicator)
    if project is None and not tasks:
        return 0, 0
    if project is None:
        project = owner.projects.create(title=title, label_config=config, show_skip_button=False, request_options=ONCE)
    present = _present(owner, project, _known(articles, everything))
    problems = []
    for task in tasks:
        former = present.get(_key(task))
        if former is not None and not set(screen.task_blocks(task)) <= set(screen.task_blocks(former)):
            message = f"it does not show everything that is open in {' '.join(_key(task))}"
            hint = "take its decisions with --pull, delete the task, then run --push again"
            problems.append(Problem(_place(owner, former), "stale-decision", message, hint))
    refuse(problems)
    missing = [task for task in tasks if _key(task) not in present]
    import_tasks(owner, project, missing)
    return len(missing), len(tasks) - len(missing)


def submitted(task: Row, article: Article, account: int, place: str) -> tuple[list[Any] | None, list[Problem]]:
    """The results that an account submitted for an exported task, and what is wrong with the task.

    None when nothing was submitted yet, or something was changed since and not submitted. Skipped, doubled and foreign
    annotations, and a task text that is not the article's, are problems.
    """
    annotations = task.get("annotations", [])
    problems = []
    if task["data"].get("text") != article.text:
        hint = "delete the task, then push again"
        problems.append(Problem(place, "text-changed", f"the task's text is not that of {article.id}", hint))
    for annotation in annotations:
        author = author_of(annotation)
        if annotation["was_cancelled"]:
            problems.append(Problem(place, "cancelled-annotation", "it was skipped", "submit it, or delete it"))
        elif author != account:
            message = f"annotation {annotation['id']} was made by user {author}, not {account}"
            problems.append(Problem(place, "other-annotator", message, "each account decides in its own project"))
    if len(annotations) > 1:
        message = f"{len(annotations)} annotations"
        problems.append(Problem(place, "double-annotation", message, "keep one of them"))
    finished = annotations and not task.get("drafts")
    return (annotations[0]["result"] if finished and not problems else None), problems


@told_plainly()
def pull(
    client: LabelStudio,
    adjudicator: str,
    articles: Sequence[Article],
    first: _Pass,
    second: _Pass,
    links: Links,
    decisions: Sequence[tuple[str, Row]],
) -> tuple[list[tuple[str, Row]], list[str]]:
    """The decisions of the adjudicator's submitted tasks that are not among those taken before.

    Args:
        client: a client whose account is the adjudicator's.
        adjudicator: the account's email.
        articles, first, second, links, decisions: as `communique.adjudication.adjudicate` takes them.

    Returns:
        New rows of `decisions.jsonl`, each with the page it was made on, in the order of articles and layers; and the
        pages that were not submitted, or were changed since.

    Raises:
        ProblemsError: with everything wrong in any of the tasks, each named by its page; then nothing is returned.
    """
    project = find_project(client, KIND, adjudicator)
    if project is None:
        message = f"the server has no project {project_title(KIND, adjudicator)!r}"
        raise ProblemsError([Problem("server", "missing-file", message, "run scripts/adjudicate.py --push")])
    me = client.users.whoami().id
    known = _known(articles, adjudicate(articles, first, second, links, [])[1])
    present = _present(client, project, known)
    taken = {json_line(row) for _, row in decisions}
    about = {decision_key(row) for _, row in decisions if row["first"] or row["second"]}
    new: list[tuple[str, Row]] = []
    problems: list[Problem] = []
    waiting: list[str] = []
    order = [(article, layer) for article in articles for layer in LAYERS if (article.id, layer) in present]
    for article, layer in tqdm(order, desc=f"decisions of {adjudicator}", unit="task"):
        task = present[article.id, layer]
        place = _place(client, task)
        results, faults = submitted(task, article, me, place)
        if results is None:
            problems += faults
            waiting += [] if faults else [place]
            continue
        lines, faults = screen.form_lines(task, results, place)
        problems += faults
        try:
            offered = [known[article.id, layer][block] for block in screen.task_blocks(task)]
            rows = read_form_lines(lines, [article], offered)
        except ProblemsError as error:
            problems += error.problems
            continue
        for row in rows:
            if json_line(row) in taken:
                continue
            if decision_key(row) in about:
                message = f"another decision than the one taken before: {json_line(row).strip()}"
                hint = "say the same on the page, or delete its line in decisions.jsonl"
                problems.append(Problem(place, "stale-decision", message, hint))
            new.append((place, row))
    refuse(problems)
    return new, waiting
