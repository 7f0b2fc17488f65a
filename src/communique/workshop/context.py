"""The mentions as context: what annotators of events and of quotes are shown beside the text, when it is asked for.

Context is HTML in a task's data, shown in a panel that no control labels. It is no part of any result: nobody can
change it, and no pull brings it back.
"""

from collections.abc import Sequence
from html import escape
from itertools import pairwise
from pathlib import Path

from label_studio_sdk import LabelStudio
from tqdm import tqdm

from communique.annotation import read_layer
from communique.articles import Article
from communique.check import layer_problems
from communique.problems import Problem, refuse
from communique.schema import Row
from communique.workshop.connection import ONCE, project_of, tasks_by_article, told_plainly

SHOWN_TO = ("events", "quotes")
"""The layers whose annotators may be shown the mentions."""
PANEL = """<View style="position: sticky; bottom: 0; z-index: 200; max-height: 32vh; overflow: auto; resize: vertical">
  <HyperText name="context" value="$context" inline="true"/>
</View>
"""
"""Shows a task's `context`, HTML, in a panel of its own: no control labels it, so that no result can come from it."""


def with_panel(config: str) -> str:
    """The labelling config with the panel for context below its text; one that has it is returned as it is."""
    head, end, _ = config.rpartition("</View>")
    return config if has_panel(config) else f"{head}{PANEL}{end}"


def has_panel(config: str) -> bool:
    return '"$context"' in config


def read_context(folder: Path, articles: Sequence[Article]) -> dict[str, str]:
    """The context of each article: its text with the mentions of `folder/entities.jsonl` marked, as HTML by article id.

    Rows of other articles are left out. Raises `ProblemsError` with everything that is wrong: no such file, an article
    without a row or with two, and all that `layer_problems` finds.
    """
    path = folder / "entities.jsonl"
    if not path.is_file():
        refuse([Problem(str(path), "missing-file", "no such file", "give a folder that scripts/pull.py wrote")])
    by_id = {article.id: article for article in articles}
    rows: dict[str, Row] = {}
    problems = []
    for place, row in read_layer(folder, "entities"):
        article = by_id.get(str(row.get("id")))
        if article is None:
            continue
        if article.id in rows:
            problems.append(Problem(place, "duplicate-article", f"{article.id} again", "keep one line"))
        rows[article.id] = row
        problems += layer_problems(article, "entities", row, place)
    hint = "annotate its entities first, or push other articles alone"
    problems += [
        Problem(str(path), "missing-article", f"no row for {article.id!r}", hint)
        for article in articles
        if article.id not in rows
    ]
    refuse(problems)
    return {article.id: marked(article.text, rows[article.id]["mentions"]) for article in articles}


def marked(text: str, mentions: Sequence[Row]) -> str:
    """The text as HTML with the mentions marked, the darker the more of them lie there, each followed by its type and
    its entity's id. Mentions may lie in each other or cross.
    """
    ends: dict[int, list[Row]] = {}
    for row in mentions:
        ends.setdefault(row["end"], []).append(row)
    borders = sorted({0, len(text), *(row["start"] for row in mentions), *ends})
    parts = []
    for start, end in pairwise(borders):
        depth = sum(row["start"] <= start and end <= row["end"] for row in mentions)
        piece = escape(text[start:end])
        shade = f"background: rgba(90, 130, 180, {0.2 * min(depth, 4):.1f})"
        parts.append(f'<span style="{shade}">{piece}</span>' if depth else piece)
        for row in sorted(ends.get(end, ()), key=lambda row: -row["start"]):
            name = escape(" ".join([row["type"], row["entity"] or ""]).strip())
            parts.append(f'<sub style="color: #456">{name}</sub>')
    style = "white-space: pre-wrap; line-height: 1.6; padding: 6px; background: #f4f4f0"
    return f'<div style="{style}"><i>Context: the mentions. Annotate in the text above.</i>\n{"".join(parts)}</div>'


@told_plainly()
def show_context(owner: LabelStudio, annotator: str, articles: Sequence[Article], context: dict[str, str]) -> int:
    """Show the annotator of events and of quotes the context of articles that were pushed.

    Args:
        owner: client of the account that owns the projects.
        annotator: email of the annotator's account.
        articles: the articles of the context.
        context: what `read_context` gives; what a task showed before is replaced, annotations stay.

    Returns:
        How many tasks were changed; a task that shows the same is left alone, so a rerun completes a cut one.
    """
    changed = 0
    for layer in SHOWN_TO:
        project = project_of(owner, layer, annotator)
        tasks = tasks_by_article(owner, project.id, articles, project.title)
        for article_id, task in tqdm(tasks.items(), desc=f"context of {project.title}", unit="task"):
            wanted = context.get(article_id, task["data"].get("context", ""))
            if task["data"].get("context") != wanted:
                owner.tasks.update(task["id"], data=task["data"] | {"context": wanted}, request_options=ONCE)
                changed += 1
        if not has_panel(project.label_config):
            config = with_panel(project.label_config)
            owner.projects.update(project.id, label_config=config, request_options=ONCE)
    return changed
