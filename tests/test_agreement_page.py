"""The agreement page: all disagreements in their text, escaped, nothing loaded or run; links that open the task."""

import os
import re
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from communique import agreement_page, server
from communique.agreement_page import MOST_SHOWN, page
from communique.agreement_pairs import Agreement, compare
from communique.annotation import read_layer, write_layer
from communique.articles import Article, load_articles
from communique.schema import LAYERS
from communique.sheet import resolve
from communique.workshop.connection import connect
from communique.workshop.links import task_links
from communique.workshop.push import push
from communique.workshop.submit import submit
from support import make_article
from test_adjudication import FIRST, SECOND, TEXT
from test_workshop import CONFIGS

ROOT = Path(__file__).parents[1]
EVIL = "<script>document.title='run'</script>\"><img src=x onerror=\"document.title='run'\"> {{ 7 * 7 }} &amp;"
LONG = "word " * 60
BODY = f"{EVIL}\nPeloumt <b>accused</b> Izeevo of {LONG}on Friday, Luzimo said. Tsaquna denied it."
SHEETS = {
    f"ana {EVIL}": """P 1
M Peloumt | GPE | pel
M Izeevo | GPE | tsa | metonym
M Luzimo | PERSON | luz
E accused | ACCUSE | asserted | positive | agent=Peloumt | target=Izeevo | time=on Friday
Q indirect | named | content=Peloumt ~ Friday | cue=said | source=Luzimo | speaker=luz
""",
    "ben": """P 1
M Peloumt | ORG | peloumt
M Luzimo | PERSON | luzimo
E accused | ACCUSE | alleged | positive | agent=Peloumt | theme=Izeevo | time=Friday | source_entity=luzimo
E denied | REJECT | asserted | positive
Q indirect | collective | content=of ~ Friday | cue=said | source=Luzimo | speaker=peloumt
""",
}


def compared(number: int = 9) -> tuple[Agreement, list[Article]]:
    articles = [make_article(BODY, f"a{n}") for n in range(number)]
    passes = {
        str(place): {article.id: resolve(sheet, article, who, "1.0") for article in articles}
        for place, (who, sheet) in enumerate(SHEETS.items())
    }
    return compare(articles, passes), articles


@pytest.fixture(scope="module")
def html() -> str:
    return page(*compared())


def test_what_came_from_outside_is_text(html: str) -> None:
    assert "<script" not in html
    assert "<img" not in html
    assert "<b>" not in html
    assert set(re.findall(r"\{\{.*?\}\}", html)) == {"{{ 7 * 7 }}"}
    assert html.count("http") == html.count("http-equiv")
    assert "default-src 'none'; style-src 'sha256-" in html
    assert html == page(*compared())


def test_the_first_lines_say_what_the_figures_are_not(html: str) -> None:
    words = " ".join(re.sub(r"<[^>]+>", " ", html[html.index("<h1>") :]).split())
    assert words.startswith("Communiqué agreement Where annotators are language models")
    assert "It is no measure of what people would reach." in words[:300]


def listed(html: str, anchor: str) -> str:
    """The list a matrix cell leads to, as text."""
    begun = html[html.index(f'<div id="{anchor}">') :]
    return " ".join(re.sub(r"<[^>]+>", "|", begun[: begun.index("</details>")]).split())


def test_every_cell_off_the_diagonal_leads_to_its_disagreements(html: str) -> None:
    """By the sheets: one of each in every article, and both versions in their passage."""
    cells = dict(re.findall(r'<td class="off"><a href="#([^"]+)">(\d+)</a>', html))
    assert cells == dict.fromkeys(
        ["entities-type-GPE-ORG", "entities-type-GPE-nothing", "events-type-nothing-REJECT",
         "events-modality-asserted-alleged", "events-role-target-theme", "quotes-source_class-named-collective"], "9"
    )  # fmt: skip
    assert all(html.count(f'<div id="{anchor}">') == 1 for anchor in cells)
    assert listed(html, "entities-type-GPE-ORG").count("GPE|Peloumt") == 9
    assert listed(html, "entities-type-GPE-ORG").count("ORG|Peloumt") == 9
    assert listed(html, "entities-type-GPE-nothing").count("|nothing|") == 9
    assert listed(html, "events-boundaries").count("time|on Friday") == 9
    assert listed(html, "quotes-speaker").count("luz|Peloumt") == 9


def test_long_passages_are_cut_and_long_lists_say_how_many_more(html: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "word word … word" in listed(html, "quotes-speaker")
    assert "more." not in html
    monkeypatch.setattr(agreement_page, "MOST_SHOWN", 2)
    assert MOST_SHOWN > 2
    few = listed(page(*compared(3)), "entities-type-GPE-ORG")
    assert few.count("GPE|Peloumt") == 2
    assert "|and 1 more.|" in few


def test_what_is_not_defined_is_a_dash_and_has_no_drawing(html: str) -> None:
    """All events are matched as ACCUSE, so their types have no kappa, and all are positive."""
    begun = html[html.index('<section id="events">') :]
    for name in ("types", "polarity"):
        assert f'<td>{name}</td><td class="drawn"> <strong>–</strong>' in begun


def test_without_a_server_or_projects_the_page_says_so() -> None:
    found, articles = compared(1)
    assert "This page was made without a running server" in page(found, articles)
    assert "has no project of these annotators" in page(found, articles, {})
    assert "open task" not in page(found, articles, {})
    told = page(found, articles, {("events", "ben", "a0"): "http://127.0.0.1:1/x?a=1&b=2"})
    assert 'ben <a href="http://127.0.0.1:1/x?a=1&amp;b=2" rel="noopener noreferrer">open task</a>' in told
    assert set(re.findall(r"</a></span>|log in there first", told)) == {"</a></span>", "log in there first"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("device", "width"), [("desktop", 1200), ("phone", 390)])
def test_a_browser_shows_it_whole(
    html: str, tmp_path: Path, browser: Browser, device: str, width: int, scheme: str
) -> None:
    """No script ran, the policy refused nothing, nothing is wider than the window; a cell opens its list."""
    path = tmp_path / "agreement.html"
    path.write_text(html, encoding="utf-8")
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    shown = context.new_page()
    told: list[str] = []
    shown.on("console", lambda message: told.append(message.text))
    shown.goto(path.as_uri())
    assert shown.title() == "Communiqué agreement"
    assert told == []
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    target = shown.locator("[id='events-role-target-theme'] mark.near").first
    assert not target.is_visible()
    shown.locator("a[href='#events-role-target-theme']").click()
    assert target.is_visible()
    shown.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    ink, paper = (
        [int(part) for part in re.findall(r"\d+", shown.evaluate(f"getComputedStyle(document.body).{name}"))[:3]]
        for name in ("color", "backgroundColor")
    )
    assert (sum(paper) > sum(ink)) == (scheme == "light")
    kept = os.environ.get("COMMUNIQUE_SCREENSHOTS")
    if kept:
        shown.screenshot(path=Path(kept) / f"agreement-{device}-{scheme}.png", full_page=True)
    context.close()


def test_links_open_the_annotators_task_and_hold_no_token(studio: Path, tmp_path: Path, browser: Browser) -> None:
    """Two annotators on a real server, one of two articles each pushed; a link in a browser that is logged in."""
    emails = ["agree-ana@example.org", "agree-ben@example.org"]
    articles = [make_article(f"Another text.\n{TEXT}", "other"), make_article(TEXT)]
    owner = connect(studio, server.owner(studio))
    passes = {}
    for email, sheet in zip(emails, (FIRST, SECOND), strict=True):
        rows = resolve(sheet, articles[1], email, "1.0")
        push(owner, CONFIGS, email, articles)
        annotator = connect(studio, server.ensure_account(studio, email))
        submit(annotator, email, {layer: [row] for layer, row in rows.items()}, articles)
        passes[email] = {"a1": rows}
    links = task_links(studio, [*emails, "nobody@example.org", "a model whose name is longer than a title"])
    assert links is not None
    assert set(links) == set(product(LAYERS, emails, ("other", "a1")))
    assert len(set(links.values())) == 12
    html = page(compare(articles, passes), articles, links)
    part = html[html.index('id="events-modality-asserted-alleged"') :].split("</details>")[0]
    (link,) = re.findall(rf'{emails[1]} <a href="([^"]+)"', part)
    assert link == links["events", emails[1], "a1"]
    account = server.owner(studio)
    assert account.token not in html
    assert account.password not in html
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    context.set_default_timeout(120_000)
    shown = context.new_page()
    shown.goto(link)
    shown.locator("input[name=email]").fill(account.email)
    shown.locator("input[name=password]").fill(account.password)
    shown.locator("button[type=submit]").click()
    shown.goto(link)
    text = shown.locator("[class*=richtext__container]").first
    text.wait_for()
    assert text.inner_text().replace("ACCUSE", "").startswith("Peloumt accused Izeevo")
    assert f"task={link.rpartition('=')[2]}" in shown.url
    context.close()


def test_the_door_writes_page_and_table_with_links(studio: Path, tmp_path: Path) -> None:
    """One shipped article; the server has a project of the first annotator alone."""
    article = next(one for one in load_articles(ROOT / "seeds") if one.id == "lohae-005")
    folders = []
    for name in ("first", "second"):
        folders.append(tmp_path / name)
        for layer in LAYERS:
            rows = [row for _, row in read_layer(ROOT / "annotations" / name, layer) if row["id"] == article.id]
            write_layer(folders[-1], layer, rows)
    push(connect(studio, server.owner(studio)), CONFIGS, "first@communique.local", [article])
    out = tmp_path / "work" / "agreement.html", tmp_path / "work" / "agreement.csv"
    command = [sys.executable, "scripts/agree.py", "--pilot", *folders, "--home", studio, "--out", *out]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("first@communique.local and second@communique.local, 1 article(s)")
    linked = re.findall(r'([a-z]+)@communique.local( <a href="http://127)?', out[0].read_text(encoding="utf-8"))
    assert {who for who, link in linked if link} == {"first"}
    assert out[1].read_text(encoding="utf-8").startswith("layer,type,part,measure,annotator_1,")


def test_no_server_no_links(tmp_path: Path) -> None:
    assert task_links(tmp_path, ["ana@example.org"]) is None
