"""What has been released, and stays: `seeds/released.csv` lists every article of every released version.

Columns: `id`, `split`, `sha256` of the text, `since` (the first version that has it). A later version adds rows; a
released article keeps its split and its text, or scores of different versions could not be compared.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from communique.articles import Article
from communique.files import read_csv, read_text, write_bytes
from communique.problems import Problem, refuse
from communique.schema import SPLITS, Row

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


def new_articles(
    released: Sequence[tuple[str, Row]], articles: Sequence[Article], annotated: Collection[str]
) -> list[Article]:
    """The annotated articles that no version has yet, by id."""
    known = {row["id"] for _, row in released}
    new = (article for article in articles if article.id in annotated and article.id not in known)
    return sorted(new, key=lambda article: article.id)


def version_problems(version: str, current: str, added: int) -> list[Problem]:
    """What keeps `version` from following `current`: its form, its order, or the part that must rise.

    `version` may be `current`, so that a release that was cut off can be completed, unless articles are added to it.
    """
    parts, former = (re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", given) for given in (version, current))
    if parts is None or former is None:
        return [Problem("version", "bad-value", f"{version!r}", "MAJOR.MINOR.PATCH, as 0.6.0")]
    new, old = (tuple(map(int, match.groups())) for match in (parts, former))
    if new < old:
        return [Problem("version", "bad-value", f"{version} is older than {current}", "a higher version")]
    if added and new[:2] == old[:2]:
        hint = f"new articles raise the second number: {old[0]}.{old[1] + 1}.0"
        return [Problem("version", "bad-value", f"{version} would add {added} articles to {current}", hint)]
    return []


def stamped(path: Path, values: Mapping[str, str]) -> str:
    """The text of a file whose lines `NAME = "..."` or `NAME: ...` say the given values.

    Raises `ProblemsError` for names that are not the beginning of exactly one line.
    """
    text = read_text(path)
    problems = []
    for name, value in values.items():
        text, count = re.subn(rf'^({name}(?: = "|: ))[^"\n]*', rf"\g<1>{value}", text, flags=re.MULTILINE)
        if count != 1:
            problems.append(Problem(str(path), "missing-field", f"{count} lines {name}", "one line with the value"))
    refuse(problems)
    return text


def with_section(changelog: str, version: str, day: str, content: str, added: Sequence[Article]) -> str:
    """The changelog with a section of the version, which names the day, the content's hash and what was added.

    A section that is there keeps its words; its hash is replaced.
    """
    named = re.compile(rf"^## {re.escape(version)} .*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    if found := named.search(changelog):
        section = re.sub(r"`[0-9a-f]{64}`", f"`{content}`", found[0])
        return changelog[: found.start()] + section + changelog[found.end() :]
    counts = Counter(article.split for article in added)
    told = ", ".join(f"{counts[split]} in {split}" for split in SPLITS if counts[split]) or "none"
    section = f"## {version} ({day})\n\nContent sha256 `{content}`.\n\n- **Data**: articles added: {told}.\n\n"
    before, mark, rest = changelog.partition("## ")
    return f"{before}{section}{mark}{rest}"


def release(path: Path, articles: Sequence[Article], annotated: Collection[str], version: str) -> int:
    """Add the annotated articles that no version has yet to `released.csv`; return how many there were.

    Raises `ProblemsError`, and writes nothing, when released articles have changed.
    """
    released = read_released(path)
    refuse(release_problems(released, articles))
    new = new_articles(released, articles, annotated)
    rows = [row for _, row in released]
    rows += [{"id": article.id, "split": article.split, "sha256": article.sha256, "since": version} for article in new]
    text = io.StringIO()
    writer = csv.DictWriter(text, FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_bytes(path, text.getvalue().encode())
    return len(new)
