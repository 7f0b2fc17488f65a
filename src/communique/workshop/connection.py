"""A client of the running server, its errors told plainly, and an annotator's projects and tasks in it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from label_studio_sdk import LabelStudio
from label_studio_sdk.core.api_error import ApiError
from label_studio_sdk.core.parse_error import ParsingError
from label_studio_sdk.core.request_options import RequestOptions

from communique.articles import Article
from communique.problems import Problem, ProblemsError, refuse
from communique.schema import LAYERS, Row
from communique.server import LABEL_STUDIO_VERSION, Account, ServerError, running
from communique.workshop.exports import read_tasks, snapshot

TITLE_LIMIT = 50
"""Characters that Label Studio allows in a project's title."""
ONCE = RequestOptions(max_retries=0)
"""The SDK retries failed posts by default, and a retried import leaves the same tasks twice."""


def connect(home: Path, account: Account) -> LabelStudio:
    """A client of the server that runs from `home`, acting as `account`.

    Raises `ServerError` when none runs, or the account's token has expired.
    """
    server = running(home)
    if server is None:
        raise ServerError(f"no server runs from {home}: run scripts/studio.py start")
    with told_plainly():
        return LabelStudio(base_url=server.url, api_key=account.token)


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn the SDK's errors, which print headers and cookies, into a `ServerError` that says what the server said."""
    try:
        yield
    except ApiError as error:
        said = error.body.get("validation_errors") or error.body if isinstance(error.body, dict) else error.body
        if isinstance(said, str) and "<html" in said:
            said = "no reason given"
        raise ServerError(f"the server answered {error.status_code}: {said}; run this again, or see its log") from None
    except ParsingError as error:
        message = f"the server answered {error.status_code} with something that the SDK cannot read"
        raise ServerError(f"{message}: is it Label Studio {LABEL_STUDIO_VERSION}? See its log") from None
    except httpx.HTTPError as error:
        hint = "see its log, then run this again"
        raise ServerError(f"the server did not answer ({type(error).__name__}): {hint}") from None


def project_title(layer: str, annotator: str) -> str:
    """The title that makes a project the one of this layer and annotator; `annotator` is an account's email, which the
    server keeps in small letters.

    Raises `ProblemsError` when it is longer than the server allows.
    """
    title = f"{layer} {annotator.strip().lower()}"
    if len(title) > TITLE_LIMIT:
        message = f"the project's title {title!r} would have {len(title)} characters"
        longest = TITLE_LIMIT - 1 - max(map(len, (layer, *LAYERS)))
        hint = f"at most {TITLE_LIMIT}: use a shorter email, of {longest} or less"
        raise ProblemsError([Problem(annotator, "bad-value", message, hint)])
    return title


def find_project(client: LabelStudio, layer: str, annotator: str) -> Any | None:
    """The project of this layer and annotator, or None. Raises `ProblemsError` where there are several."""
    title = project_title(layer, annotator)
    found = [project for project in client.projects.list(title=title) if project.title == title]
    if len(found) > 1:
        ids = ", ".join(str(project.id) for project in found)
        hint = "delete those that are empty, in the server"
        raise ProblemsError([Problem(title, "double-annotation", f"{len(found)} projects, ids {ids}", hint)])
    return found[0] if found else None


def project_of(client: LabelStudio, layer: str, annotator: str) -> Any:
    """The project of this layer and annotator. Raises `ProblemsError` where there is none or several."""
    project = find_project(client, layer, annotator)
    if project is None:
        message = f"the server has no project {project_title(layer, annotator)!r}"
        raise ProblemsError([Problem("server", "missing-file", message, "run scripts/push.py for this annotator")])
    return project


def task_page(client: LabelStudio, project_id: int, task_id: int) -> str:
    """The address of a task's page, which holds no token: whoever opens it has to be logged in."""
    return f"{client._client_wrapper.get_base_url()}/projects/{project_id}/data?task={task_id}"


def tasks_of(client: LabelStudio, project_id: int) -> list[Row]:
    """All tasks of a project with their annotations, from a snapshot."""
    with snapshot(client, project_id) as file:
        return list(read_tasks(file, f"project {project_id}"))


def tasks_by_article(client: LabelStudio, project_id: int, articles: Sequence[Article], place: str) -> dict[str, Row]:
    """Tasks of the project by article id; refuses doubled articles and texts that are not the articles'."""
    return by_article(tasks_of(client, project_id), articles, place)


def by_article(tasks: Sequence[Row], articles: Sequence[Article], place: str) -> dict[str, Row]:
    """As `tasks_by_article`, of tasks that were read."""
    texts = {article.id: article.text for article in articles}
    found: dict[str, Row] = {}
    problems = []
    for task in tasks:
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


def import_tasks(owner: LabelStudio, project: Any, tasks: Sequence[Row]) -> None:
    """Import tasks into a project. Raises `ProblemsError` when the server made another number of them."""
    if tasks:
        answer = owner.projects.import_tasks(project.id, request=tasks, return_task_ids=True, request_options=ONCE)
        if answer.task_count != len(tasks):
            message = f"{len(tasks)} tasks sent, {answer.task_count} created"
            hint = "run this again: it sends what is missing"
            raise ProblemsError([Problem(project.title, "missing-article", message, hint)])
