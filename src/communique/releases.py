"""What has been released, and stays: `seeds/released.csv` lists every article of every released version.

Columns: `id`, `split`, `sha256` of the text, `since` (the first version that has it). A later version adds rows; a
released article keeps its split and its text, or scores of different versions could not be compared.
"""

import csv
import io
from collections.abc import Collection, Sequence
from pathlib import Path

from communique.articles import Article
from communique.files import read_csv, write_bytes
from communique.problems import Problem, refuse
from communique.schema import Row

FIELDS = ("id", "split", "sha256", "since")


def read_released(path: Path) -> list[tuple[str, Row]]:
    """The rows of `released.csv`, each with its place; raises `ProblemsError` for columns or cells out of format."""
    return read_csv(path, FIELDS)


def release_problems(released: Sequence[tuple[str, Row]], articles: Sequence[Article]) -> list[Problem]:
    """Released articles that are gone, stand in another split, or have another text."""
    by_id = {article.id: article for article in articles}
    problems = []
    for place, row in released:
        article = by_id.get(row["id"])
        hint = f"it was released with {row['since']} and stays as it was"
        if article is None:
            problems.append(Problem(place, "missing-article", f"{row['id']} is not in the index", hint))
        elif article.split != row["split"]:
            message = f"{row['id']} moved from {row['split']} to {article.split}"
            problems.append(Problem(place, "crossing-storyline", message, hint))
        elif article.sha256 != row["sha256"]:
            problems.append(Problem(place, "changed-article", f"the text of {row['id']} is another", hint))
    return problems


def release(path: Path, articles: Sequence[Article], annotated: Collection[str], version: str) -> int:
    """Add the annotated articles that no version has yet to `released.csv`; return how many there were.

    Raises `ProblemsError`, and writes nothing, when released articles have changed.
    """
    released = read_released(path)
    refuse(release_problems(released, articles))
    known = {row["id"] for _, row in released}
    rows = [row for _, row in released]
    new = [article for article in articles if article.id in annotated and article.id not in known]
    rows += [
        {"id": article.id, "split": article.split, "sha256": article.sha256, "since": version}
        for article in sorted(new, key=lambda article: article.id)
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_bytes(path, text.getvalue().encode())
    return len(new)
