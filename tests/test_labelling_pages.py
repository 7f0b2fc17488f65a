"""The labelling pages in a real browser: spans stand on their own words, work is pulled, everything is legible."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from label_studio_sdk import LabelStudio
from playwright.sync_api import Browser, Locator, Page, TimeoutError, expect

from communique import server
from communique.articles import Article, load_articles
from communique.schema import LAYERS, Row
from communique.workshop.connection import connect, project_of, tasks_by_article
from communique.workshop.pull import pull
from communique.workshop.push import push
from communique.workshop.submit import submit
from support import make_article
from test_workshop import CONFIGS, SECOND, TEXT, layers

ROOT = Path(__file__).parents[1]
EMAIL = "screen@example.org"
PATIENCE = 60_000
"""Milliseconds that a slow machine may take for one step."""

GOLD = {"entities": "real-001", "events": "real-001", "quotes": "shelf-002"}
"""An article with gold for each layer: the seed has the most relations, the other one nested and relayed quotes."""
MARKED = make_article(TEXT, "marked")
FRESH = make_article(TEXT, "fresh")
ARTICLES = [*(one for one in load_articles(ROOT / "seeds") if one.id in GOLD.values()), MARKED, FRESH]

TEXT_BOX = ".lsf-richtext__container"
SHOWN_TEXT = """box => {
  let text = '', at = 0;
  const regions = {};
  const visit = (node, inside) => {
    if (node.nodeType === Node.TEXT_NODE) {
      const points = [...node.data].length;
      for (const id of inside) {
        regions[id] ??= {start: at, words: '', painted: true};
        regions[id].words += node.data;
      }
      text += node.data;
      at += points;
    } else if (node.nodeName === 'BR') {
      text += '\\n';
      at += 1;
    } else {
      const name = [...node.classList].map(one => /^htx-highlight-(.+)-\\d+$/.exec(one)).find(Boolean);
      const mine = name ? [...inside, name[1]] : inside;
      for (const child of node.childNodes) visit(child, mine);
      const seen = node.getBoundingClientRect();
      const colour = getComputedStyle(node).backgroundColor;
      if (name && (!seen.width || !seen.height || colour === 'rgba(0, 0, 0, 0)')) regions[name[1]].painted = false;
    }
  };
  for (const child of box.childNodes) visit(child, []);
  return {text, regions};
}"""
"""The text that is on the page, and for each region the code point where it begins, the words under its colour."""
ALL_DRAWN = """regions => regions.every(id => [...document.querySelectorAll(`[class*="htx-highlight-${id}-"]`)]
  .some(one => getComputedStyle(one).backgroundColor !== 'rgba(0, 0, 0, 0)'))"""
"""Whether every region has a colour."""
ENDS = """(box, [start, end]) => {
  let at = 0;
  const range = document.createRange();
  const visit = node => {
    if (node.nodeType === Node.TEXT_NODE) {
      const points = [...node.data];
      const units = many => points.slice(0, many).join('').length;
      if (start >= at && start < at + points.length) range.setStart(node, units(start - at));
      if (end > at && end <= at + points.length) range.setEnd(node, units(end - at));
      at += points.length;
    } else if (node.nodeName === 'BR') at += 1;
    else for (const child of node.childNodes) visit(child);
  };
  visit(box);
  const lines = [...range.getClientRects()], last = lines[lines.length - 1];
  return [lines[0].left + 1, lines[0].top + lines[0].height / 2, last.right - 1, last.top + last.height / 2];
}"""
"""Where the code points from start to end are on the screen: x, y of the first one's edge and of the last one's."""

BEGINNING = """region => {
  const line = region.getClientRects()[0];
  return [line.left + 3, line.top + line.height / 2];
}"""
LOOK = """() => {
  const context = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const shade = colours => {
    context.fillStyle = '#fff';
    for (const colour of ['#fff', ...colours]) {
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
    }
    const [red, green, blue] = [...context.getImageData(0, 0, 1, 1).data].slice(0, 3)
      .map(part => part / 255).map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (node, pseudo) => {
    const under = [];
    for (let one = node; one; one = one.parentElement) under.unshift(getComputedStyle(one).backgroundColor);
    if (pseudo) under.push(getComputedStyle(node, pseudo).backgroundColor);
    const ground = shade(under), ink = shade([...under, getComputedStyle(node, pseudo).color]);
    return (Math.max(ground, ink) + 0.05) / (Math.min(ground, ink) + 0.05);
  };
  const whole = (node, pane) => {
    const seen = node.getBoundingClientRect(), around = pane.getBoundingClientRect();
    return seen.width > 0 && seen.left >= around.left && seen.right <= around.right
      && node.scrollWidth <= Math.max(node.clientWidth, Math.ceil(seen.width));
  };
  const bar = document.querySelector('.labels-bar'), pane = document.querySelector('.lsf-main-view');
  const keys = {}, contrasts = [], roles = [];
  for (const label of bar.querySelectorAll('.lsf-label')) {
    const [text, key] = ['text', 'hotkey'].map(part => label.querySelector('.lsf-label__' + part));
    if (whole(label, bar) && whole(text, label) && whole(key, label)) keys[text.textContent] = key.textContent;
    contrasts.push([text.textContent, contrast(text)], [text.textContent + ' key', contrast(key)]);
  }
  const named = [];
  for (const region of document.querySelectorAll('.htx-highlight')) {
    const shown = getComputedStyle(region, '::after');
    if (shown.content.includes(region.dataset.label) && shown.display !== 'none') named.push(region.dataset.label);
    contrasts.push([region.dataset.label, contrast(region)]);
    contrasts.push([region.dataset.label + ' mark', contrast(region, '::after')]);
  }
  for (const label of document.querySelectorAll('.relations-overlay g g rect')) {
    roles.push([label, label.getBoundingClientRect()]);
  }
  const covered = roles.filter(([, one], index) => roles.slice(index + 1).some(([, other]) => {
    const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
    const high = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
    return wide > 0 && high > 0 && wide * high > one.width * one.height / 2;
  }));
  return {
    keys, named, contrasts: contrasts.sort((one, other) => one[1] - other[1]),
    covered: covered.length, outside: roles.filter(([label]) => !whole(label, pane)).length,
    lines: parseFloat(getComputedStyle(document.querySelector('.lsf-richtext__container')).lineHeight),
  };
}"""
"""What a person sees: labels shown whole with their keys, labels in the text, contrasts, hidden labels of relations."""

IN_FRONT = """() => {
  const pane = document.querySelector('.lsf-main-view').getBoundingClientRect();
  const arcs = document.querySelector('.relations-overlay');
  return [...document.querySelectorAll('.labels-bar .lsf-label, .attributes input, .attributes h4')].filter(one => {
    const seen = one.getBoundingClientRect();
    const top = document.elementFromPoint(seen.left + seen.width / 2, seen.top + seen.height / 2);
    const layer = +getComputedStyle(one.closest('.labels-bar, .attributes')).zIndex;
    return seen.top < pane.top || seen.bottom > pane.bottom || !(one.contains(top) || top.contains(one))
      || layer <= +getComputedStyle(arcs).zIndex;
  }).map(one => one.textContent || one.name);
}"""
"""Labels and attributes that are not whole in the pane, or behind something."""


@dataclass
class Desk:
    """A logged-in browser page and a client of the same annotator, whose projects hold `ARTICLES`."""

    page: Page
    url: str
    annotator: LabelStudio

    def task(self, layer: str, article: Article) -> tuple[int, Row]:
        """The article's task and its project's number."""
        project = project_of(self.annotator, layer, EMAIL)
        return project.id, tasks_by_article(self.annotator, project.id, ARTICLES, layer)[article.id]

    def open(self, layer: str, article: Article) -> Row:
        """Show the task, wait until all its regions and relations are drawn, and give the task."""
        project, task = self.task(layer, article)
        self.page.goto(f"{self.url}/projects/{project}/data?task={task['id']}", wait_until="networkidle")
        expect(self.page.locator(".labels-bar")).to_be_visible()
        results = [result for one in task["annotations"] for result in one["result"]]
        self.page.wait_for_function(ALL_DRAWN, arg=list(spans(results)))
        relations = sum(result["type"] == "relation" for result in results)
        expect(self.page.locator(".relations-overlay g g")).to_have_count(relations)
        return task

    def pulled(self, layer: str, article: Article) -> Row:
        """What the next pull brings of this article."""
        (row,) = [row for row in pull(self.annotator, EMAIL, ARTICLES, "0.1")[layer] if row["id"] == article.id]
        return row

    def ends(self, words: str) -> list[float]:
        """Where words begin and end on the screen, once the lines stand still."""
        start = TEXT.index(words)
        self.page.locator(".lsf-richtext__line").last.hover(trial=True)
        found: list[float] = self.page.locator(TEXT_BOX).evaluate(ENDS, [start, start + len(words)])
        return found

    def mark(self, key: str, label: str, words: str, gesture: str = "drag") -> None:
        """Press a label's key, then drag over words or double-click the word; again if the page was still loading."""
        chosen = self.page.locator(".lsf-label_selected .lsf-label__text")
        for patience in (5_000, PATIENCE):
            if chosen.all_text_contents() != [label]:
                self.page.keyboard.press(key)
                expect(chosen).to_have_text([label])
            left, top, right, bottom = self.ends(words)
            if gesture == "double click":
                self.page.mouse.dblclick((left + right) / 2, top)
            else:
                self.page.mouse.move(left, top)
                self.page.mouse.down()
                self.page.mouse.move((left + right) / 2, (top + bottom) / 2)
                self.page.mouse.move(right, bottom)
                self.page.mouse.up()
            with suppress(TimeoutError):
                self.region(words).first.wait_for(timeout=patience)
                return

    def region(self, words: str) -> Locator:
        return self.page.locator(".htx-highlight", has_text=words)

    def click(self, region: Locator) -> None:
        """Click a region where it begins; its middle may lie on other words when it runs over several lines."""
        self.page.locator(".lsf-richtext__line").last.hover(trial=True)
        region.evaluate("one => one.scrollIntoView({block: 'center'})")
        self.page.mouse.click(*region.evaluate(BEGINNING))

    def select(self, words: str, label: str) -> None:
        """Let go of what is selected (a click would only do that) and select a region."""
        self.page.keyboard.press("Escape")
        expect(self.page.locator(".lsf-label_selected")).to_have_count(0)
        self.click(self.region(words).first)
        expect(self.page.locator(".lsf-label_selected .lsf-label__text")).to_have_text([label])

    def press(self, key: str, choice: str) -> None:
        """Press an attribute's key."""
        self.page.keyboard.press(key)
        expect(self.page.locator(f".attributes input[name={choice}]")).to_be_checked()

    def type(self, control: str, value: str) -> None:
        field = self.page.locator(f".attributes input[name={control}]")
        field.fill(value)
        field.press("Enter")
        expect(self.page.locator(f".attributes [name^='{control}:']")).to_have_text(value)
        field.blur()

    def relate(self, source: tuple[str, str], target: str, role: str) -> None:
        """Draw a relation from a region (its words and label) to another one and give it a role."""
        shown = self.page.locator(".relations-overlay g g text")
        before = shown.all_text_contents()
        self.select(*source)
        self.page.keyboard.press("Alt+r")
        self.click(self.region(target).first)
        self.page.locator("#Relations-draggable").click()
        line = self.page.locator(".lsf-relations__item").last
        line.hover()
        line.get_by_label("Show Relation Labels").click()
        self.page.locator(".lsf-relation-meta").last.get_by_role("button").click()
        self.page.get_by_test_id(f"select-option-{role}").click()
        expect(shown).to_have_text([*before, role])
        self.page.keyboard.press("Escape")

    def save(self, action: Callable[[], Any]) -> None:
        """Submit or update, and wait until the server has it."""
        with self.page.expect_response(
            lambda answer: "/annotations" in answer.url and answer.request.method in ("POST", "PATCH", "PUT")
        ) as answer:
            action()
        assert answer.value.ok


def labels(results: list[Row]) -> list[str]:
    """Labels of the regions, in the order of the results."""
    return [result["value"]["labels"][0] for result in results if result["type"] == "labels"]


def spans(results: list[Row]) -> dict[str, tuple[int, int]]:
    """Start and end of every region among an annotation's results."""
    return {
        result["id"]: (result["value"]["start"], result["value"]["end"])
        for result in results
        if result["type"] == "labels"
    }


@pytest.fixture(scope="module")
def desk(studio: Path, browser: Browser) -> Iterator[Desk]:
    account = server.ensure_account(studio, EMAIL)
    annotator, running = connect(studio, account), server.running(studio)
    assert running is not None
    push(connect(studio, server.owner(studio)), CONFIGS, EMAIL, ARTICLES)
    rows = layers(MARKED, SECOND, EMAIL)
    for layer, article_id in GOLD.items():
        lines = (ROOT / "annotations" / "gold" / f"{layer}.jsonl").read_text(encoding="utf-8").splitlines()
        rows[layer] += [row for row in map(json.loads, lines) if row["id"] == article_id]
    submit(annotator, EMAIL, rows, ARTICLES)
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    page.goto(f"{running.url}/user/login/")
    page.locator("#email").fill(account.email)
    page.locator("#password").fill(account.password)
    page.locator("button[type=submit]").click()
    page.wait_for_url(lambda url: "/login" not in url)
    yield Desk(page, running.url, annotator)
    page.close()


def check_drawn(desk: Desk, article: Article, task: Row) -> None:
    """The page shows the text itself, and every region of the stored annotation on its own words, in colour."""
    (annotation,) = task["annotations"]
    expected = {
        region: {"start": start, "words": article.text[start:end].replace("\n", ""), "painted": True}
        for region, (start, end) in spans(annotation["result"]).items()
    }
    shown = desk.page.locator(TEXT_BOX).evaluate(SHOWN_TEXT)
    assert shown["text"] == article.text
    assert shown["regions"] == expected
    assert len(expected) > 2


@pytest.mark.parametrize("layer", LAYERS)
def test_a_change_by_keyboard_is_pulled_and_nothing_else_changes(desk: Desk, layer: str) -> None:
    """Emoji, joined emoji, combining marks and curly quotes stand before the spans."""
    words, label, key, choice = {
        "entities": ("Zeevaq", "ORG", "s", "nominal"),
        "events": ("joined", "MEMBERSHIP", "g", "alleged"),
        "quotes": ("“We keep", "CONTENT", "w", "indirect"),
    }[layer]
    check_drawn(desk, MARKED, desk.open(layer, MARKED))
    desk.select(words, label)
    desk.press(key, choice)
    desk.save(lambda: desk.page.keyboard.press("Control+Enter"))
    changed = SECOND.replace("Zeevaq | ORG | zeevaq", "Zeevaq | ORG | zeevaq | nominal")
    changed = changed.replace("MEMBERSHIP | denied", "MEMBERSHIP | alleged").replace("Q direct", "Q indirect")
    assert desk.pulled(layer, MARKED) == layers(MARKED, changed, EMAIL)[layer][0]


def draw_entities(desk: Desk) -> None:
    desk.mark("5", "GPE", "Garreimb")
    desk.mark("1", "PERSON", "Harrimb Teirult")
    desk.select("Garreimb", "GPE")
    desk.press("f", "metonym")
    desk.type("entity", "peloumt")
    desk.select("Harrimb", "PERSON")
    desk.press("a", "name")
    desk.type("entity", "harrimb-teirult")


def draw_events(desk: Desk) -> None:
    desk.mark("w", "MEMBERSHIP", "joined", "double click")
    desk.mark("a", "ARGUMENT", "Shelf Bank")
    desk.select("joined", "MEMBERSHIP")
    desk.press("d", "planned")
    desk.relate(("joined", "MEMBERSHIP"), "Shelf Bank", "target")


def draw_quotes(desk: Desk) -> None:
    desk.mark("1", "CONTENT", "“We keep our word… 🚢 always,”")
    desk.mark("2", "CUE", "said", "double click")
    desk.mark("3", "SOURCE", "Harrimb Teirult")
    desk.select("“We keep", "CONTENT")
    desk.press("q", "direct")
    desk.press("a", "named")
    desk.type("speaker", "harrimb-teirult")
    desk.relate(("“We keep", "CONTENT"), "said", "cue")
    desk.relate(("“We keep", "CONTENT"), "Harrimb", "source")


DRAWN = """P 0
M Garreimb | GPE | peloumt | metonym
P 1
M Harrimb Teirult | PERSON | harrimb-teirult
Q direct | named | content=“We keep ~ always,” | cue=said | source=Harrimb Teirult | speaker=harrimb-teirult
P 2
E joined | MEMBERSHIP | planned | positive | target=Shelf Bank
"""


@pytest.mark.parametrize("layer", LAYERS)
def test_work_by_mouse_and_keyboard_is_in_the_next_pull(desk: Desk, layer: str) -> None:
    desk.open(layer, FRESH)
    {"entities": draw_entities, "events": draw_events, "quotes": draw_quotes}[layer](desk)
    desk.save(lambda: desk.page.get_by_role("button", name="Submit").click())
    drawn = desk.pulled(layer, FRESH)
    assert drawn == layers(FRESH, DRAWN, EMAIL)[layer][0]


def hot_keys(layer: str) -> dict[str, str]:
    return {one.attrib["value"]: one.attrib["hotkey"] for one in ET.fromstring(CONFIGS[layer]).iter("Label")}


@pytest.mark.parametrize("layer", LAYERS)
def test_a_real_article_is_legible(desk: Desk, layer: str) -> None:
    """Of a page full of spans and relations, in both themes: what is drawn, where, and how it stands out."""
    (article,) = (one for one in ARTICLES if one.id == GOLD[layer])
    task = desk.open(layer, article)
    check_drawn(desk, article, task)
    results = task["annotations"][0]["result"]
    relations = [result for result in results if result["type"] == "relation"]
    for theme in ("light", "dark"):
        desk.page.evaluate("theme => document.documentElement.setAttribute('data-color-scheme', theme)", theme)
        seen = desk.page.evaluate(LOOK)
        assert seen["keys"] == hot_keys(layer)
        assert set(seen["named"]) == {f"{number}:{label}" for number, label in enumerate(labels(results), start=1)}
        assert seen["contrasts"][0][1] >= 4.5, seen["contrasts"][0]
        assert seen["lines"] >= 2.5 * 16
        assert seen["outside"] == 0
        assert seen["covered"] <= len(relations) / 20
    check_panes(desk, labels(results)[0])
    if relations:
        desk.page.locator("#Relations-draggable").click()
        for number in (0, len(relations) - 1):
            desk.page.locator(".lsf-relations__item").nth(number).hover()
            visible = desk.page.locator(".relations-overlay g g text:visible")
            expect(visible).to_have_text([", ".join(relations[number]["labels"])])


def check_panes(desk: Desk, label: str) -> None:
    """Labels above and attributes below stay in sight, in front of the arcs, wherever a region is selected."""
    regions = desk.page.locator(f".htx-highlight[data-label$=':{label}']")
    for region in (regions.last, regions.first):
        desk.page.keyboard.press("Escape")
        expect(desk.page.locator(".lsf-label_selected")).to_have_count(0)
        desk.click(region)
        expect(desk.page.locator(".attributes input").last).to_be_visible()
        assert desk.page.evaluate(IN_FRONT) == []
