"""Plans for a team: balanced, only added to; pushed to a real server, and audited there."""

import json
import subprocess
import sys
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from communique import label_studio, server
from communique.articles import Article, bare_article
from communique.problems import ProblemsError
from communique.schema import LAYERS, Row
from communique.workshop.assign import add_to_plan, assign, assigned, read_plan
from communique.workshop.audit import audit, summary
from communique.workshop.connection import connect, project_of, tasks_of
from communique.workshop.push import push

ROOT = Path(__file__).parents[1]
TEAM = ("ana@example.org", "ben@example.org", "cy@example.org")


def articles(count: int, first: int = 1, letter: str = "a") -> list[Article]:
    """Numbered from `first`. An audit reads the whole server: those that are pushed need a letter of their own."""
    return [bare_article(f"{letter}{number}", f"Title {number}\nBody.") for number in range(first, first + count)]


def loads(plan: list[Row]) -> Counter[str]:
    return Counter(row["annotator"] for row in plan)


def groups(plan: list[Row]) -> dict[str, list[str]]:
    return {
        article: sorted(row["annotator"] for row in plan if row["article"] == article)
        for article in sorted({row["article"] for row in plan})
    }


def codes(error: pytest.ExceptionInfo[ProblemsError]) -> Counter[str]:
    return Counter(problem.code for problem in error.value.problems)


def script(name: str, *given: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts" / name), *map(str, given)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_twelve_articles_among_four_are_six_each_and_two_for_each_pair() -> None:
    """12 articles x 2 annotators / 4 = 6; 12 articles / 6 pairs = 2."""
    team = (*TEAM, "dee@example.org")
    plan = assign([], articles(12), team, 2, 7)
    assert loads(plan) == dict.fromkeys(team, 6)
    assert Counter(tuple(names) for names in groups(plan).values()) == dict.fromkeys(combinations(team, 2), 2)


def test_a_plan_is_the_same_everywhere_and_another_with_another_seed() -> None:
    """Worked apart, with sha256 alone: the draw must not depend on the machine or on Python's hash."""
    ana, ben, cy = ([email] for email in TEAM)
    plan = assign([], articles(6), TEAM, 1, 7)
    assert groups(plan) == {"a1": ana, "a2": ben, "a3": cy, "a4": ana, "a5": cy, "a6": ben}
    assert groups(assign([], articles(6), TEAM, 1, 8)) != groups(plan)


@settings(deadline=None)
@given(
    people=st.integers(1, 6),
    overlap=st.integers(1, 6),
    steps=st.lists(st.integers(0, 9), min_size=1, max_size=3),
    seed=st.integers(0, 99),
)
def test_any_plan_is_balanced_complete_and_only_added_to(
    people: int, overlap: int, steps: list[int], seed: int
) -> None:
    team = [f"p{number}@example.org" for number in range(people)]
    overlap = min(overlap, people)
    plan: list[Row] = []
    there: list[Article] = []
    for step in steps:
        there += articles(step, len(there) + 1)
        added = assign(plan, there, team, overlap, seed)
        assert added == assign(plan[::-1], there[::-1], team[::-1], overlap, seed)
        assert {row["article"] for row in added} == {article.id for article in there[len(there) - step :]}
        plan += added
        assert all(len(set(names)) == len(names) == overlap for names in groups(plan).values())
        assert len(groups(plan)) == len(there)
        counts = [loads(plan)[email] for email in team]
        assert max(counts) - min(counts) <= 1
        assert assign(plan, there, team, overlap, seed) == []


def test_a_newcomer_catches_up_and_what_stands_stays(tmp_path: Path) -> None:
    """2 articles for ana and ben are 2 each. With cy, of 3 more articles each goes to cy, who has none (then 1, then 2,
    fewest or equal), and 3 places are left for ana and ben, so that they have 3 or 4.
    """
    path = tmp_path / "plan.jsonl"
    add_to_plan(path, assign([], articles(2), TEAM[:2], 2, 7))
    former = path.read_bytes()
    add_to_plan(path, assign(read_plan(path), articles(5), TEAM, 2, 7))
    assert path.read_bytes().startswith(former)
    plan = read_plan(path)
    assert groups(plan)["a1"] == groups(plan)["a2"] == list(TEAM[:2])
    assert loads(plan)["cy@example.org"] == 3
    assert sorted(loads(plan).values()) == [3, 3, 4]
    add_to_plan(path, assign(plan, articles(5), TEAM, 2, 7))
    assert read_plan(path) == plan


def test_somebody_who_left_is_replaced_where_their_row_was_deleted(tmp_path: Path) -> None:
    plan = [row for row in assign([], articles(2), TEAM[:2], 2, 7) if row["annotator"] != "ben@example.org"]
    added = assign(plan, articles(2), ["ana@example.org", "cy@example.org"], 2, 7)
    assert [(row["article"], row["annotator"]) for row in added] == [("a1", "cy@example.org"), ("a2", "cy@example.org")]


def test_what_a_plan_cannot_be_is_told_at_once() -> None:
    plan = assign([], articles(2), TEAM, 2, 7)
    changed = [bare_article("a1", "Another text")]
    with pytest.raises(ProblemsError) as error:
        assign(plan, changed, ["ana@example.org", "Ana@example.org", "x" * 42], 3, 8)
    assert codes(error) == {"bad-value": 5, "changed-article": 1}  # twice, too long, overlap 3 of 2, not 2, seed not 7
    for overlap, seed in ((0, 7), (4, 7), (2, -1)):
        with pytest.raises(ProblemsError):
            assign([], articles(1), TEAM, overlap, seed)


def test_a_file_that_is_no_plan_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "plan.jsonl"
    row = {"article": "a1", "sha256": "x", "annotator": "ana@example.org", "overlap": 2, "seed": 7}
    rows = [row, row, row | {"annotator": "ben@example.org", "seed": 8, "sha256": "y"}]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    with pytest.raises(ProblemsError) as error:
        read_plan(path)
    assert codes(error) == {"duplicate-article": 1, "bad-value": 2}
    path.write_text('{"article": "a1"}', encoding="utf-8")
    with pytest.raises(ProblemsError) as error:
        read_plan(path)
    assert codes(error) == {"missing-field": 4}


def test_a_plan_is_pushed_with_the_texts_it_was_made_for() -> None:
    plan = assign([], articles(3), TEAM, 2, 7)
    theirs = assigned(plan, articles(4)[::-1])
    assert {email: sorted(article.id for article in given) for email, given in theirs.items()} == {
        email: [article for article, names in groups(plan).items() if email in names] for email in TEAM
    }
    with pytest.raises(ProblemsError) as error:
        assigned(plan, [bare_article("a1", "Another text"), *articles(1, 2)])
    assert codes(error) == {"changed-article": 1, "missing-article": 1}


def test_a_team_is_assigned_pushed_and_audited_through_the_doors(studio: Path, tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    for article in articles(3, letter="team"):
        (tmp_path / "texts" / f"{article.id}.txt").write_text(article.text, encoding="utf-8")
    team = ("team-a@example.org", "team-b@example.org", "team-c@example.org")
    texts, plan = ("--articles", tmp_path / "texts"), ("--plan", tmp_path / "plan.jsonl")
    done = script("assign.py", *team, *texts, *plan)
    assert done.stdout.splitlines() == [f"{email}: 2 articles, 2 of them new" for email in team], done.stderr
    refused = script("assign.py", *team, *texts, *plan, "--overlap", 3)
    assert (refused.returncode, "what stands is not changed: give 2" in refused.stderr) == (1, True)
    pushed = script("push.py", *plan, *texts, "--home", studio)
    assert pushed.stdout.splitlines() == [
        f"{email} {layer}: 2 tasks created, 0 were there" for email in team for layer in LAYERS
    ], pushed.stderr
    audited = script("audit.py", *plan, "--home", studio)
    assert audited.returncode == 0, audited.stderr  # missing work is not wrong
    lines = [line.split() for line in audited.stdout.splitlines()]
    assert [line[-4:] for line in lines if len(line) > 4 and line[-4:-3] == ["2"]] == [["2", "0", "2", "0"]] * 9
    owner = connect(studio, server.owner(studio))
    (first, _) = (task["id"] for task in tasks_of(owner, project_of(owner, "events", team[0]).id))
    owner.annotations.create(first, result=[], was_cancelled=False, ground_truth=False)
    audited = script("audit.py", *plan, "--home", studio)
    assert audited.returncode == 1
    assert "[other-annotator]" in audited.stderr


def test_an_audit_finds_everything_that_is_wrong(studio: Path) -> None:
    """One of each, in the events of two annotators; done and missing beside them."""
    ana, ben, zed = "audit-a@example.org", "audit-b@example.org", "audit-z@example.org"
    given = articles(7, letter="u")
    plan: list[Row] = [
        {"article": article.id, "sha256": article.sha256, "annotator": ana, "overlap": 1, "seed": 7}
        for article in given[:6]
    ] + [{"article": "u7", "sha256": given[6].sha256, "annotator": ben, "overlap": 1, "seed": 7}]
    config = {"events": (ROOT / "annotations" / "label_studio" / "events.xml").read_text(encoding="utf-8")}
    owner = connect(studio, server.owner(studio))
    first, second = (connect(studio, server.ensure_account(studio, email)) for email in (ana, ben))
    push(owner, config, ana, [*given, bare_article("stray", "Unknown")])
    push(owner, config, zed, [given[0], bare_article("theirs", "Not the plan's business")])
    project = project_of(owner, "events", ana).id
    owner.projects.import_tasks(project, request=[label_studio.make_task(given[5])])
    task = {row["data"]["article"]: row["id"] for row in tasks_of(owner, project)}
    made: Row = {"result": [], "was_cancelled": False, "ground_truth": False}
    first.annotations.create(task["u1"], **made)  # done; u2 is missing
    second.annotations.create(task["u3"], **made)
    for _ in range(2):
        first.annotations.create(task["u4"], **made)
    first.annotations.create(task["u5"], **made | {"was_cancelled": True})
    owner.tasks.update(task["u5"], data={"text": "Other", "article": "u5", "sha256": given[4].sha256})
    second.annotations.create(task["u7"], **made)
    table, problems = audit(owner, plan)
    at = f"events {ana}"
    assert [(problem.place, problem.code) for problem in problems] == [
        (at, "unknown-article"),  # stray
        (at, "unknown-article"),  # u7, ben's
        (f"{at} u3", "other-annotator"),
        (f"{at} u4", "double-annotation"),
        (f"{at} u5", "text-changed"),
        (f"{at} u5", "cancelled-annotation"),
        (f"{at} u6", "duplicate-article"),
        (f"events {zed}", "unknown-article"),
    ]
    told = [problem.message for problem in problems]
    assert told[1] == "u7 is not assigned to this annotator; it has 1 annotation"
    assert told[0] == "stray is not in the plan; it has 0 annotations"
    assert told[2].endswith(f"was made by {ben}")
    states = table[(table["annotator"] == ana) & (table["layer"] == "events")]
    assert list(states["state"]) == ["done", "missing", "wrong", "wrong", "wrong", "wrong"]
    counts = summary(table)
    assert counts.loc[(ana, "events")].to_dict() == {"assigned": 6, "done": 1, "missing": 1, "wrong": 4}
    assert counts.loc[(ben, "quotes")].to_dict() == {"assigned": 1, "done": 0, "missing": 1, "wrong": 0}
