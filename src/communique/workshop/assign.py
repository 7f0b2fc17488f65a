"""Who annotates which article: a plan that is balanced, blind, and only ever added to.

A plan is a JSON Lines file with a row for each article and annotator: `article`, `sha256` (of its text), `annotator`
(the account's email), and the `overlap` and `seed` that all rows share. Every article has `overlap` annotators.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

from communique.articles import Article
from communique.files import json_lines, read_json_lines, read_text, write_bytes
from communique.problems import Problem, ProblemsError, refuse
from communique.rows import duplicates, row_problems
from communique.schema import LAYERS, Field, Row
from communique.workshop.connection import project_title

FIELDS = (Field("article"), Field("sha256"), Field("annotator"), Field("overlap", "offset"), Field("seed", "offset"))


def read_plan(path: Path) -> list[Row]:
    """The rows of a plan in the order of the file. Raises `ProblemsError` for a file that is missing or no plan."""
    found = read_json_lines(path)
    refuse(problem for place, row in found for problem in row_problems(place, row, FIELDS))
    rows = [row for _, row in found]
    keys = [
        (number, (row["article"], row["annotator"]), f"{row['article']} for {row['annotator']}")
        for number, row in enumerate(rows)
    ]
    problems = duplicates(path.name, keys, "duplicate-article", "one row for each article and annotator")
    for name, of in (("overlap", "plan"), ("seed", "plan"), ("sha256", "article")):
        first: dict[str, Row] = {}
        for place, row in found:
            former = first.setdefault(row["article"] if of == "article" else "", row)
            if row[name] != former[name]:
                message = f"{name} is {row[name]!r}, and {former[name]!r} in a row before"
                problems.append(Problem(place, "bad-value", message, f"one {name} for the {of}"))
    refuse(problems)
    return rows


def assign(
    plan: Sequence[Row], articles: Sequence[Article], annotators: Sequence[str], overlap: int, seed: int
) -> list[Row]:
    """The rows to add to a plan, so that each of the articles has its annotators; sorted by article and annotator.

    The articles are taken in an order that the seed draws. Each goes to those of the given annotators who have the
    fewest articles in the whole plan, among equals to those who share the fewest with its other annotators, then by the
    seed. In a new plan the annotators' numbers of articles thus differ by one at most; somebody who joins later is
    given new articles until they have caught up. An article keeps the annotators that the plan gives it, and gets more
    only where it has fewer than `overlap`.

    Args:
        plan: the rows that stand; none for a new plan.
        articles: what is to be annotated; the order does not matter.
        annotators: emails of the accounts; the order does not matter.
        overlap: how many annotators each article has.
        seed: draws the order and breaks ties.

    Raises:
        ProblemsError: with everything wrong: emails twice or too long, an overlap that the annotators do not suffice
            for, a plan of another overlap or seed, an article whose text is not the plan's.
    """
    team = sorted(email.strip().lower() for email in annotators)
    refuse(_problems(plan, articles, team, overlap, seed))
    load = Counter(row["annotator"] for row in plan)
    groups: dict[str, list[str]] = defaultdict(list)
    for row in plan:
        groups[row["article"]].append(row["annotator"])
    together = Counter(pair for group in groups.values() for pair in permutations(group, 2))
    added = []
    for article in sorted(articles, key=lambda article: _draw(seed, article.id)):
        group = groups[article.id]
        while len(group) < overlap:
            ranks = {
                email: (load[email], sum(together[email, other] for other in group), _draw(seed, article.id, email))
                for email in team
                if email not in group
            }
            chosen = min(ranks, key=ranks.__getitem__)
            load[chosen] += 1
            together.update(pair for other in group for pair in ((chosen, other), (other, chosen)))
            group.append(chosen)
            added.append(
                {"article": article.id, "sha256": article.sha256, "annotator": chosen, "overlap": overlap, "seed": seed}
            )
    return sorted(added, key=lambda row: (row["article"], row["annotator"]))


def _draw(seed: int, *names: str) -> str:
    """A number that the seed draws for these names, the same on every machine."""
    return hashlib.sha256("\n".join([str(seed), *names]).encode()).hexdigest()


def _problems(
    plan: Sequence[Row], articles: Sequence[Article], team: Sequence[str], overlap: int, seed: int
) -> list[Problem]:
    hashes = {row["article"]: row["sha256"] for row in plan}
    problems = duplicates("annotators", [(n, email, email) for n, email in enumerate(team)], "bad-value", "each once")
    for email in team:
        try:
            project_title(max(LAYERS, key=len), email)
        except ProblemsError as error:
            problems += error.problems
    if not 1 <= overlap <= len(set(team)):
        hint = f"from 1 to the number of annotators, {len(set(team))}"
        problems.append(Problem("overlap", "bad-value", f"{overlap} annotators for each article", hint))
    if seed < 0:
        problems.append(Problem("seed", "bad-value", str(seed), "a whole number from 0"))
    for name, value in (("overlap", overlap), ("seed", seed)):
        if plan and plan[0][name] != value:
            hint = f"what stands is not changed: give {plan[0][name]}, or begin another plan"
            problems.append(Problem("plan", "bad-value", f"its {name} is {plan[0][name]}, not {value}", hint))
    return problems + [problem for article in articles for problem in _changed(article, hashes)]


def _changed(article: Article, hashes: dict[str, str]) -> list[Problem]:
    """Whether the plan was made for another text of the article."""
    if hashes.get(article.id, article.sha256) == article.sha256:
        return []
    message = f"the text has sha256 {article.sha256}, the plan {hashes[article.id]}"
    return [Problem(article.id, "changed-article", message, "restore its text, or give the new text a new id")]


def add_to_plan(path: Path, added: Sequence[Row]) -> None:
    """Write the plan with the added rows below those that stand, which stay byte by byte; atomically."""
    former = read_text(path).encode() if path.exists() else b""
    if former and not former.endswith(b"\n"):
        former += b"\n"
    write_bytes(path, former + json_lines(added))


def assigned(plan: Sequence[Row], articles: Sequence[Article]) -> dict[str, list[Article]]:
    """Each annotator's articles, in the order of `articles`, annotators by email.

    Raises `ProblemsError` with every article of the plan that is not among them, or whose text is another.
    """
    by_id = {article.id: article for article in articles}
    hashes = {row["article"]: row["sha256"] for row in plan}
    hint = "give the articles that the plan was made for"
    refuse(
        problem
        for name in hashes
        for problem in (
            _changed(by_id[name], hashes)
            if name in by_id
            else [Problem("plan", "missing-article", f"no text of {name!r}", hint)]
        )
    )
    theirs: dict[str, set[str]] = defaultdict(set)
    for row in plan:
        theirs[row["annotator"]].add(row["article"])
    return {email: [article for article in articles if article.id in theirs[email]] for email in sorted(theirs)}
