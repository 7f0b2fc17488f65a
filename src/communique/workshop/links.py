"""Where an annotation can be looked at: the page of its task in the running server. Nothing is changed there."""

from collections.abc import Iterable
from itertools import product
from pathlib import Path

from communique import server
from communique.schema import LAYERS
from communique.workshop.connection import TITLE_LIMIT, connect, find_project, task_page, tasks_of, told_plainly

Links = dict[tuple[str, str, str], str]
"""Addresses of task pages by layer, annotator (the account's email) and article. They hold no token: whoever follows
one has to be logged in."""


@told_plainly()
def task_links(home: Path, annotators: Iterable[str]) -> Links | None:
    """The task pages of these annotators' projects on the server that runs from `home`; None when none runs.

    An annotator without an account or project there has no links. Raises `ServerError` when the server does not answer
    as it should, `ProblemsError` when a layer and annotator have two projects.
    """
    if server.running(home) is None:
        return None
    owner = connect(home, server.owner(home))
    found: Links = {}
    for annotator, layer in product(annotators, LAYERS):
        project = find_project(owner, layer, annotator) if len(f"{layer} {annotator}") <= TITLE_LIMIT else None
        if project is None:
            continue
        for task in tasks_of(owner, project.id):
            article = str(task["data"].get("article"))
            found[layer, annotator, article] = task_page(owner, project.id, task["id"])
    return found
