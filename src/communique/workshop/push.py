"""Articles into an annotator's projects."""

from collections.abc import Sequence

from label_studio_sdk import LabelStudio
from tqdm import tqdm

from communique import label_studio
from communique.articles import Article
from communique.problems import Problem, ProblemsError
from communique.workshop.connection import ONCE, find_project, project_title, tasks_by_article, told_plainly


@told_plainly()
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
        project = find_project(owner, layer, annotator)
        if project is None:
            project = owner.projects.create(
                title=project_title(layer, annotator),
                label_config=configs[layer],
                show_skip_button=False,
                request_options=ONCE,
            )
        present = tasks_by_article(owner, project.id, articles, project_title(layer, annotator))
        missing = [label_studio.make_task(article) for article in articles if article.id not in present]
        if missing:
            answer = owner.projects.import_tasks(
                project.id, request=missing, return_task_ids=True, request_options=ONCE
            )
            if answer.task_count != len(missing):
                message = f"{len(missing)} tasks sent, {answer.task_count} created"
                hint = "run push again: it sends what is missing"
                raise ProblemsError([Problem(project_title(layer, annotator), "missing-article", message, hint)])
        done[layer] = (len(missing), len(present))
    return done
