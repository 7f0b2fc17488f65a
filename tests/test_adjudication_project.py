"""Disagreements decided in the browser: the decisions are those of the text form, and what is wrong is told by page."""

import json
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from label_studio_sdk import LabelStudio
from playwright.sync_api import Browser, Page, expect

from communique import server
from communique.adjudication import REASONS, accept, adjudicate, disagreements
from communique.articles import Article
from communique.decision_form import blocks, read_form, write_form
from communique.files import read_json_lines, write_json_lines
from communique.label_studio_decisions import make_task
from communique.problems import ProblemsError
from communique.schema import LAYERS, Row
from communique.sheet import resolve
from communique.workshop.adjudicate import KIND, pull, push, submitted
from communique.workshop.connection import connect, find_project, tasks_of
from support import make_article
from test_decision_form import FIRST, SECOND

ROOT = Path(__file__).parents[1]
CONFIG = (ROOT / "annotations" / "label_studio" / "adjudicate.xml").read_text(encoding="utf-8")
TEXT = "<b>Talks</b> 🙂 & more\nPeloumt accused Izeevo on Friday, Luzimo said. She added that Teirult had told her so."
OWN = "E accused | ACCUSE | alleged | positive | agent=Peloumt | target=Izeevo | time=Friday | source_entity=luzimo"
GOLD = FIRST.replace("asserted | positive", "alleged | positive").replace(
    "time=Friday", "time=Friday | source_entity=luzimo"
) + "M her | PERSON | luzimo | pronoun\n"  # fmt: skip
MORE = "P 1\nD new\ngold own | slip-both | the listener\n+ M her | PERSON | luzimo | pronoun"
NAMES = {name: name for name in ("peloumt", "tsaquna", "izeevo", "luzimo", "teirult")}

Answer = tuple[str, str, str, str]
"""Choice, reason, note and own lines."""
ANSWERS: dict[str, list[Answer]] = {
    "entities": [("first", "slip-second", "the government | is meant", ""), ("first", "slip-second", "", "")],
    "events": [("own", "guideline-gap", "both are half right", OWN)],
    "quotes": [("first", "ambiguous", "“that”", ""), ("second", "slip-first", "its parent as above", "")],
}


class Case:
    """Two passes of some articles, and a project for one account on the server."""

    def __init__(self, studio: Path, email: str, *articles: Article, second: str = SECOND) -> None:
        self.email, self.articles = email, articles or (make_article(TEXT),)
        self.client = connect(studio, server.ensure_account(studio, email))
        self.owner = connect(studio, server.owner(studio))
        self.url = f"{server.running(studio).url}/projects"  # type: ignore[union-attr]
        self.decisions: list[tuple[str, Row]] = []
        self.links: Any = {article.id: {"first": NAMES, "second": NAMES} for article in self.articles}
        self.first = {article.id: resolve(FIRST, article, "ana", "1.0") for article in self.articles}
        self.second = {article.id: resolve(second, article, "ben", "1.0") for article in self.articles}

    @property
    def passes(self) -> tuple[Any, ...]:
        return self.articles, self.first, self.second, self.links, self.decisions

    def push(self) -> tuple[int, int]:
        return push(self.owner, CONFIG, self.email, *self.passes)

    def pull(self) -> tuple[list[Row], int]:
        """New decisions, and how many pages wait."""
        found, waiting = pull(self.client, self.email, *self.passes)
        assert all(place.startswith(self.url) for place in (*waiting, *(place for place, _ in found)))
        return [row for _, row in found], len(waiting)

    def task(self, layer: str, article: str = "a1") -> Row:
        project = find_project(self.owner, KIND, self.email)
        assert project is not None
        (task,) = [
            task for task in tasks_of(self.owner, project.id)
            if (task["data"]["article"], task["data"]["layer"]) == (article, layer)
        ]  # fmt: skip
        return task

    def place(self, layer: str) -> str:
        task = self.task(layer)
        return f"{self.url}/{task['project']}/data?task={task['id']}"

    def submit(self, layer: str, answers: list[Answer], more: str = "", article: str = "a1", by: Any = None) -> int:
        """Store answers as the browser does; `test_a_decision_made_in_the_browser` sees it do so."""
        client: LabelStudio = by or self.client
        made = client.annotations.create(
            self.task(layer, article)["id"], result=results(answers, more), was_cancelled=False, ground_truth=False
        )
        return int(made.id)

    def submit_all(self) -> None:
        for layer, answers in ANSWERS.items():
            self.submit(layer, answers, MORE if layer == "entities" else "")

    def problems(self, action: Any) -> set[tuple[str, str]]:
        with pytest.raises(ProblemsError) as error:
            action()
        return {(problem.place, problem.code) for problem in error.value.problems}


def results(answers: list[Answer], more: str = "") -> list[Row]:
    made = []
    for number, values in enumerate(answers):
        for control, value in zip(("choice", "reason", "note", "own"), values, strict=True):
            kind = "choices" if control in ("choice", "reason") else "textarea"
            if value:
                made.append(result(f"{control}_{number}", f"first_{number}", kind, value))
    return made + ([result("more", "first", "textarea", more)] if more else [])


def result(control: str, shown: str, kind: str, value: str) -> Row:
    key = "choices" if kind == "choices" else "text"
    return {"id": f"i{control}", "from_name": control, "to_name": shown, "type": kind, "value": {key: [value]},
            "origin": "manual"}  # fmt: skip


def by_text_form(case: Case) -> list[Row]:
    """The same choices on the form of scripts/adjudicate.py --open."""
    still_open = adjudicate(*case.passes)[1]
    given = [
        f"gold {choice} | {reason} | {note}\n" + (f"+ {own}\n" if own else "")
        for choice, reason, note, own in (answer for layer in LAYERS for answer in ANSWERS[layer])
    ]
    parts = write_form(case.articles, still_open).split("gold    \n")
    return read_form("".join(a + b for a, b in zip(parts, [*given, MORE], strict=True)), case.articles, still_open)


def test_decisions_and_gold_are_those_of_the_text_form(studio: Path) -> None:
    case = Case(studio, "eva@example.org")
    assert case.push() == (3, 0)
    case.submit_all()
    rows, waiting = case.pull()
    form = by_text_form(case)
    assert waiting == 0
    assert sorted(map(json.dumps, rows)) == sorted(map(json.dumps, form))
    assert len(rows) == 6
    assert rows[0]["note"] == "the government | is meant"
    taken = accept(*case.passes, [("page", row) for row in rows])
    gold, still_open, problems = adjudicate(*case.passes[:4], [("d", row) for row in taken])
    assert (still_open, problems) == ([], [])
    made = {layer: layer_rows[0] | {"annotator": "ana"} for layer, layer_rows in gold.items()}
    assert made == resolve(GOLD, case.articles[0], "ana", "1.0")


def test_the_page_offers_what_the_form_takes() -> None:
    offered = {
        element.attrib["name"]: tuple(child.attrib["value"] for child in element)
        for element in ET.fromstring(CONFIG).iter()
        if element.tag in ("Choices", "TextArea")
    }
    texts = {"note_{{n}}": (), "own_{{n}}": (), "more": ()}
    assert offered == {"choice_{{n}}": ("first", "second", "none", "own"), "reason_{{n}}": REASONS} | texts


def test_nothing_is_pushed_or_taken_twice_and_what_is_not_submitted_waits(studio: Path) -> None:
    case = Case(studio, "rerun@example.org")
    assert case.push() == (3, 0)
    assert case.push() == (0, 3)
    assert case.pull() == ([], 3)
    case.submit("quotes", ANSWERS["quotes"])
    rows, waiting = case.pull()
    assert ([row["layer"] for row in rows], waiting) == (["quotes", "quotes"], 2)
    case.decisions = [("decisions.jsonl:1", rows[0]), ("decisions.jsonl:2", rows[1])]
    assert case.pull() == ([], 2)
    assert case.push() == (0, 2), "quotes have nothing open"
    case.articles = (*case.articles, make_article(TEXT, "a2"))
    for name, sheet in (("first", FIRST), ("second", SECOND)):
        getattr(case, name)["a2"] = resolve(sheet, case.articles[1], name, "1.0")
    case.links["a2"] = case.links["a1"]
    assert case.push() == (3, 2), "the rest of a push that was cut off"


def test_all_faults_of_all_pages_are_told_at_once(studio: Path) -> None:
    case = Case(studio, "faults@example.org")
    case.push()
    wrong = OWN.replace("Friday", "Saturday")
    case.submit("entities", [("first", "", "no reason", ""), ("", "ambiguous", "no choice", "")], "D new\ngold none")
    case.submit("events", [("own", "guideline-gap", "", f"{wrong}\n\n{OWN}")], MORE + "s\nP 9")
    quotes = case.submit("quotes", [("none", "ambiguous", "", ""), ("own", "ambiguous", "", "")])
    entities, events, quoted = (case.place(layer) for layer in LAYERS)
    expected = {
        (f"{entities} D1", "undecided"),
        (f"{entities} D2", "undecided"),
        (entities, "bad-line"),
        (f"{events} D1", "absent-string"),
        (f"{events} last box, line 4", "bad-line"),
        (f"{quoted} D2", "bad-line"),
    }
    assert case.problems(case.pull) == expected
    good = results(ANSWERS["quotes"])
    for faulty in (
        [*good, result("choice_2", "first", "choices", "first")],
        [*good, result("verdict", "first", "choices", "first")],
        [*good, result("own_0", "first", "choices", "first")],
        [*good, good[0]],
        [*good[1:], good[0] | {"value": {"choices": ["first", "none"]}}],
        [*good, result("more", "first", "textarea", "") | {"value": {"text": [7]}}],
    ):
        case.client.annotations.update(quotes, result=faulty)
        assert (quoted, "bad-result") in case.problems(case.pull)


def test_what_the_passes_do_not_say_cannot_be_changed(studio: Path) -> None:
    """`D same` about something that they do not both say is refused before it could spoil the decisions."""
    case = Case(studio, "same@example.org")
    case.push()
    case.submit("events", ANSWERS["events"], "P 1\nD same\nboth M Izeevo | GPE | peloumt\ngold none | slip-both |")
    assert case.problems(
        lambda: accept(*case.passes, pull(case.client, case.email, *case.passes)[0])
    ) == {(case.place("events"), "stale-decision")}  # fmt: skip


def test_pages_that_show_what_the_passes_do_not_say_now_are_named(studio: Path) -> None:
    case = Case(studio, "stale@example.org")
    case.push()
    case.submit_all()
    stale = {(case.place("entities"), "stale-decision")}
    case.second["a1"] = resolve(SECOND.replace("GPE | izeevo", "GPE | peloumt"), case.articles[0], "ben", "1.0")
    assert case.problems(case.pull) == case.problems(case.push) == stale
    case.owner.tasks.delete(case.task("entities")["id"])
    assert case.push() == (1, 2)
    assert case.pull()[1] == 1
    more = SECOND.replace("GPE | izeevo", "GPE | peloumt").replace("M Luzimo | PERSON | luzimo\n", "")
    case.second["a1"] = resolve(more, case.articles[0], "ben", "1.0")
    assert case.problems(case.push) == {(case.place("entities"), "stale-decision")}, "it lacks a disagreement"
    case.owner.tasks.update(case.task("events")["id"], data={"article": "a1", "layer": "events", "disagreements": 5})
    assert (case.place("events"), "stale-decision") in case.problems(case.pull)


def test_another_decision_than_the_one_taken_is_refused(studio: Path) -> None:
    case = Case(studio, "changed@example.org")
    case.push()
    made = case.submit("events", ANSWERS["events"])
    rows, _ = case.pull()
    case.decisions = [("decisions.jsonl:1", rows[0])]
    case.client.annotations.update(made, result=results([("first", "ambiguous", "", "")]))
    assert case.problems(case.pull) == {(case.place("events"), "stale-decision")}


def test_a_task_twice_or_decided_by_another_account_is_refused(studio: Path) -> None:
    case = Case(studio, "double@example.org")
    case.push()
    case.submit("events", ANSWERS["events"], by=case.owner)
    assert case.problems(case.pull) == {(case.place("events"), "other-annotator")}
    task = case.task("quotes")
    case.owner.projects.import_tasks(task["project"], request=[{"data": task["data"]}])
    assert {code for _, code in case.problems(case.push)} == {"duplicate-article"}


def test_entities_without_a_link_and_long_emails_are_refused_before_anything_is_made(studio: Path) -> None:
    case = Case(studio, "links@example.org")
    case.links["a1"] = {"first": NAMES, "second": {"peloumt": "peloumt"}}
    assert {code for _, code in case.problems(case.push)} == {"undecided"}
    case.second = case.first
    case.links["a1"] = {"first": NAMES, "second": NAMES}
    assert case.push() == (0, 0), "nothing to decide"
    assert find_project(case.owner, KIND, case.email) is None
    with pytest.raises(ProblemsError, match=r"run scripts/adjudicate\.py --push"):
        case.pull()
    with pytest.raises(ProblemsError, match="use a shorter email, of 39 or less"):
        find_project(case.owner, KIND, "a" * 28 + "@example.org")


def shown(layer: str, first: str, second: str, decided: int = 0) -> Row:
    """The data of the task of two passes, the first so many disagreements of the layer being decided."""
    article = make_article(TEXT)
    passes = [{"a1": resolve(sheet, article, "ana", "1.0")} for sheet in (first, second)]
    links = {"a1": {"first": NAMES, "second": NAMES}}
    still_open = [row for row in adjudicate([article], *passes, links, [])[1] if row["layer"] == layer]
    pairs, _ = disagreements(article, passes[0]["a1"], passes[1]["a1"], links)
    data: Row = make_task(article, layer, pairs[layer], still_open[decided:])["data"]
    return data


def test_a_task_shows_both_versions_and_what_is_agreed() -> None:
    """By hand: the passes agree on four mentions, call Izeevo differently, and the second has no Friday."""
    data = shown("entities", FIRST, SECOND)
    assert data["title"] == "a1, entities: 4 agreed, 2 to decide"
    assert "<p><b>0</b> &lt;b&gt;Talks&lt;/b&gt; 🙂 &amp; more</p>" in data["first"]
    assert '<mark class="agreed"><small>GPE peloumt</small>Peloumt</mark> accused' in data["first"]
    assert '<mark class="open"><small>D1 GPE tsaquna metonym</small>Izeevo</mark> on' in data["first"]
    assert '<mark class="open"><small>D2 DATE</small>Friday</mark>' in data["first"]
    assert '<mark class="open"><small>D1 GPE izeevo</small>Izeevo</mark> on Friday,' in data["second"]
    two = data["disagreements"][1]
    assert (two["title"], two["paragraph"], two["first"], two["second"]) == (
        "D2, paragraph 1",
        1,
        "M Friday | DATE",
        "-",
    )
    assert two["second_shown"].startswith("<p><code>(nothing)</code></p><p><b>1</b> Peloumt accused Izeevo on Friday,")
    assert "<mark" not in two["second_shown"]
    one = data["disagreements"][0]["second_shown"]
    assert one.startswith('<p><code>M Izeevo | GPE | <mark class="open">izeevo</mark></code></p>')


def test_what_was_decided_before_is_no_disagreement_and_not_agreed_either() -> None:
    data = shown("entities", FIRST, SECOND, decided=1)
    assert data["title"] == "a1, entities: 4 agreed, 1 decided before, 1 to decide"
    assert '<mark class="decided"><small>GPE izeevo</small>Izeevo</mark> on Friday,' in data["second"]
    assert '<mark class="open"><small>D1 DATE</small>Friday</mark>' in data["first"]
    assert [row["first"] for row in data["disagreements"]] == ["M Friday | DATE"]


def test_what_was_changed_and_not_submitted_again_waits() -> None:
    """The export lists the drafts, which the browser saves by itself."""
    made = {"id": 1, "completed_by": 3, "was_cancelled": False, "result": []}
    task = {"data": {"text": TEXT}, "annotations": [made], "drafts": []}
    assert submitted(task, make_article(TEXT), 3, "here") == ([], [])
    assert submitted(task | {"drafts": [7]}, make_article(TEXT), 3, "here") == (None, [])


def test_marks_that_overlap_keep_all_their_labels() -> None:
    """The quote `so` lies in the quote before it; a piece under something open is open."""
    data = shown("quotes", FIRST, SECOND)
    assert re.sub(r"</?mark.*?>", "", re.sub(r"<small>.*?</small>", "", data["first"])) == (
        "<p><b>0</b> &lt;b&gt;Talks&lt;/b&gt; 🙂 &amp; more</p><p><b>1</b> Peloumt accused Izeevo on Friday, Luzimo "
        "said. She added that Teirult had told her so.</p>"
    )
    assert '<mark class="open"><small>D1 indirect</small><small>D2 source</small>Teirult</mark>' in data["first"]
    assert '<mark class="open"><small>D1 indirect</small>that </mark>' in data["second"]
    assert '<mark class="agreed"><small>1 cue</small>said</mark>' in data["first"]
    inner = shown("quotes", FIRST, FIRST.replace("indirect | named | content=so", "mixed | named | content=so"))
    assert '<mark class="agreed"> her </mark><mark class="open"><small>D1 mixed</small>so</mark>' in inner["second"]


def test_a_span_that_no_words_name_is_shown_as_json_and_can_be_decided(studio: Path) -> None:
    """Drawn with the mouse, a span may end inside a word."""
    case = Case(studio, "inside@example.org")
    mention = case.first["a1"]["entities"]["mentions"][2]
    mention |= {"end": mention["end"] - 3, "text": "Fri"}
    still_open = adjudicate(*case.passes)[1]
    (_, line, _) = blocks(case.articles[0], [row for row in still_open if row["layer"] == "entities"])[1]
    assert json.loads(line) == {name: value for name, value in mention.items() if name != "id"}
    case.push()
    case.submit("entities", ANSWERS["entities"])
    assert case.pull()[0][1]["gold"][0]["text"] == "Fri"


def test_the_doors_push_and_pull(studio: Path, tmp_path: Path) -> None:
    """In a copy of the repository where one article is annotated and not adjudicated."""
    for name in ("scripts", "seeds", "annotations"):
        shutil.copytree(ROOT / name, tmp_path / name)
    kept = tmp_path / "annotations" / "decisions.jsonl"
    for path in (*tmp_path.glob("annotations/*/*.jsonl"), kept, tmp_path / "annotations" / "links.jsonl"):
        rows = [row for _, row in read_json_lines(path)]
        write_json_lines(path, [row for row in rows if row.get("id", row.get("article")) == "zuvane-004"])
    former = [row for _, row in read_json_lines(kept)]
    write_json_lines(kept, former[:1])

    def door(*arguments: str) -> tuple[int, str]:
        command = [sys.executable, "scripts/adjudicate.py", *arguments, "--home", studio]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout + done.stderr

    email = "Door@example.org"
    code, told = door("--push", email)
    assert (code, told) == (0, "1 tasks created, 0 were there\n")
    client = connect(studio, server.ensure_account(studio, email))
    project = find_project(client, KIND, email.lower())
    assert project is not None
    (task,) = tasks_of(client, project.id)
    answers = [("first" if row["first"] else "none", row["reason"], row["note"], "") for row in former[1:]]
    made = client.annotations.create(task["id"], result=results(answers)[1:])
    code, told = door("--pull", email)
    assert code == 1
    assert f"/projects/{project.id}/data?task={task['id']} D1: [undecided]" in told
    assert len(read_json_lines(kept)) == 1
    client.annotations.update(made.id, result=results(answers))
    assert door("--pull", email)[0] == 0
    taken = former[1] | {"gold": [former[1]["first"]] if former[1]["first"] else []}
    assert [row for _, row in read_json_lines(kept)] == [former[0], taken]


def opened(browser: Browser, studio: Path, case: Case, layer: str) -> Page:
    """The page of the task, for the account that decides."""
    account = server.ensure_account(studio, case.email)
    page = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
    page.set_default_timeout(120_000)
    page.goto(case.url.replace("/projects", "/user/login/"))
    page.fill("input[name=email]", account.email)
    page.fill("input[name=password]", account.password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "login" not in url)
    page.goto(case.place(layer))
    page.wait_for_selector(".disagreement")
    return page


def test_a_decision_made_in_the_browser(studio: Path, browser: Browser) -> None:
    """The page refuses what is not whole, stores what `submit` stores, and shows the text as it is."""
    case = Case(studio, "seen@example.org")
    case.push()
    page = opened(browser, studio, case, "entities")
    one, two = (page.locator(".disagreement").nth(n) for n in range(2))
    expect(page.locator(".pass").first).to_contain_text("<b>Talks</b> 🙂 & more")
    expect(page.locator(".pass").nth(1).locator("mark.agreed")).to_have_count(4)
    expect(one.locator("mark small")).to_have_count(2)
    (left, top), (right, other_top) = one.locator("mark small").evaluate_all(
        "all => all.map(mark => mark.getBoundingClientRect()).map(box => [box.x, box.y])"
    )
    assert abs(top - other_top) < 20
    assert right > left + 200, "side by side"
    one.locator("input[name=first]").click()
    one.locator("input[name=slip-second]").click()
    one.get_by_placeholder("Note").fill("the government | is meant")
    two.locator("input[name=own]").click()
    two.locator("textarea").fill("M Friday | PERSON")
    two.locator("input[name=first]").click()
    page.get_by_role("button", name="Submit").click()
    page.get_by_text("Every disagreement needs a reason.").first.wait_for()
    page.get_by_role("button", name="OK").click()  # Escape would close the box as well, and take the button away
    expect(page.get_by_role("button", name="OK")).to_have_count(0)
    assert case.pull() == ([], 3)
    two.locator("input[name=slip-second]").click()
    page.get_by_placeholder("Lines of a decision form").fill(MORE)
    with page.expect_response(lambda answer: re.search(r"/annotations(\?|$)", answer.url) is not None):
        page.get_by_role("button", name="Submit").click()
    (annotation,) = case.task("entities")["annotations"]
    stored, sent = (
        {row["from_name"]: {key: value for key, value in row.items() if key != "id"} for row in rows}
        for rows in (annotation["result"], results(ANSWERS["entities"], MORE))
    )
    assert stored == sent
    rows, waiting = case.pull()
    assert ([row["note"] for row in rows], waiting) == (["the government | is meant", "", "the listener"], 2)
    page.context.close()
