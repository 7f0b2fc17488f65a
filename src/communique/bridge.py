"""Articles to a running Label Studio and annotations back: one project per layer and annotator.

Projects are made by the owner of the server; annotations are written and read under the annotator's own account. The
results' JSON is `communique.label_studio`'s business.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from label_studio_sdk import LabelStudio
from label_studio_sdk.core.api_error import ApiError
from label_studio_sdk.core.request_options import RequestOptions
from tqdm import tqdm

from communique import label_studio
from communique.annotation import canonical
from communique.articles import Article
from communique.check import layer_problems, reference_problems
from communique.problems import Problem, ProblemsError, refuse
from communique.schema import LAYERS, Row
from communique.server import Account, ServerError, running

TITLE_LIMIT = 50
"""Characters that Label Studio allows in a project's title."""
_ONCE = RequestOptions(max_retries=0)
"""The SDK retries failed posts by default, and a retried import leaves the same tasks twice."""


def connect(home: Path, account: Account) -> LabelStudio:
    """A client of the server that runs from `home`, acting as `account`. Raises `ServerError` when none runs."""
    server = running(home)
    if server is None:
        raise ServerError(f"no server runs from {home}: run scripts/studio.py start")
    return LabelStudio(base_url=server.url, api_key=account.token)


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Turn the SDK's errors, which print headers and cookies, into a `ServerError` that says what the server said."""
    try:
        yield
    except ApiError as error:
        said = error.body.get("validation_errors") or error.body if isinstance(error.body, dict) else error.body
        raise ServerError(f"the server answered {error.status_code}: {said}; run this again, or see its log") from None
    except httpx.HTTPError as error:
        hint = "see its log, then run this again"
        raise ServerError(f"the server did not answer ({type(error).__name__}): {hint}") from None


def project_title(layer: str, annotator: str) -> str:
    """The title that makes a project the one of this layer and annotator; `annotator` is an account's email.

    Raises `ProblemsError` when it is longer than the server allows.
    """
    title = f"{layer} {annotator}"
    if len(title) > TITLE_LIMIT:
        message = f"the project's title {title!r} would have {len(title)} characters"
        hint = f"at most {TITLE_LIMIT}: use a shorter email, of {TITLE_LIMIT - 1 - max(map(len, LAYERS))} or less"
        raise ProblemsError([Problem(annotator, "bad-value", message, hint)])
    return title


def _find_project(client: LabelStudio, layer: str, annotator: str) -> Any | None:
    title = project_title(layer, annotator)
    found = [project for project in client.projects.list(title=title) if project.title == title]
    if len(found) > 1:
        ids = ", ".join(str(project.id) for project in found)
        hint = "delete those that are empty, in the server"
        raise ProblemsError([Problem(title, "double-annotation", f"{len(found)} projects, ids {ids}", hint)])
    return found[0] if found else None


def _project(client: LabelStudio, layer: str, annotator: str) -> Any:
    project = _find_project(client, layer, annotator)
    if project is None:
        message = f"the server has no project {project_title(layer, annotator)!r}"
        raise ProblemsError([Problem("server", "missing-file", message, "run scripts/push.py for this annotator")])
    return project


def _tasks(client: LabelStudio, project_id: int) -> list[Row]:
    """All tasks of a project with their annotations, as the server's JSON export gives them."""
    chunks = client.projects.exports.download_sync(
        project_id, export_type="JSON", download_all_tasks=True, request_options=_ONCE
    )
    tasks: list[Row] = json.loads(b"".join(chunks))
    return tasks


@_told_plainly()
def push(
    owner: LabelStudio, configs: dict[str, str], annotator: str, articles: Sequence[Article]
) -> dict[str, tuple[int, int]]:
    """Make the annotator's project of each layer and import the articles that it does not hold yet.

    Args:
        owner: client of the account that owns the projects.
        configs: labelling config (XML) by layer.
        annotator: email of the annotator's account.
        articles: what to annotate; an article already in a project is left alone, so a rerun completes a cut one.

    Returns:
        Per layer, how many tasks were created and how many were there before.

    Raises:
        ProblemsError: when a project holds an article twice or on another text, or the server created another number of
            tasks than were sent.
    """
    done = {}
    for layer in tqdm(configs, desc=f"push to {annotator}", unit="project"):
        project = _find_project(owner, layer, annotator)
        if project is None:
            project = owner.projects.create(
                title=project_title(layer, annotator),
                label_config=configs[layer],
                show_skip_button=False,
                request_options=_ONCE,
            )
        present = _present(owner, project.id, articles, project_title(layer, annotator))
        missing = [label_studio.make_task(article) for article in articles if article.id not in present]
        if missing:
            answer = owner.projects.import_tasks(
                project.id, request=missing, return_task_ids=True, request_options=_ONCE
            )
            if answer.task_count != len(missing):
                message = f"{len(missing)} tasks sent, {answer.task_count} created"
                hint = "run push again: it sends what is missing"
                raise ProblemsError([Problem(project_title(layer, annotator), "missing-article", message, hint)])
        done[layer] = (len(missing), len(present))
    return done


def _present(client: LabelStudio, project_id: int, articles: Sequence[Article], place: str) -> dict[str, Row]:
    """Tasks of the project by article id; refuses doubled articles and texts that are not the articles'."""
    texts = {article.id: article.text for article in articles}
    found: dict[str, Row] = {}
    problems = []
    for task in _tasks(client, project_id):
        article_id = str(task["data"].get("article"))
        if article_id in found:
            message = f"{article_id} is in tasks {found[article_id]['id']} and {task['id']}"
            problems.append(Problem(place, "duplicate-article", message, "delete the one without annotations"))
        if article_id in texts and task["data"].get("text") != texts[article_id]:
            message = f"task {task['id']} holds another text of {article_id}"
            problems.append(Problem(place, "text-changed", message, "restore its text, or delete the task"))
        found[article_id] = task
    refuse(problems)
    return found


@_told_plainly()
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
        project = _project(annotator_client, layer, annotator)
        tasks = _present(annotator_client, project.id, articles, project.title)
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
                    task["id"], result=results, was_cancelled=False, ground_truth=False, request_options=_ONCE
                )
            elif canonical(former) != canonical(row | {"annotator": annotator}):
                annotator_client.annotations.update(task["annotations"][0]["id"], result=results, request_options=_ONCE)
            else:
                continue
            written += 1
    return written


@_told_plainly()
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
        project = _project(annotator_client, layer, annotator)
        for task in _tasks(annotator_client, project.id):
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
