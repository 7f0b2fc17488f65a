"""The page: everything escaped, nothing loaded or run, and whole in a browser, light and dark, phone and desktop."""

import os
import re
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser

from communique.export import build_rows
from communique.files import write_json_lines
from communique.leaderboard import make_board
from communique.page import page, shown_items
from communique.schema import Row
from communique.sheet import resolve
from communique.submissions import predictions_by_system
from communique.tasks import TASKS
from support import make_article

EVIL = "<script>document.title='run'</script>\"><img src=x onerror=\"document.title='run'\"> {{ 7 * 7 }} &amp;"
SHEET = """P 1
M Peloumt | GPE | peloumt
M Izeevo | GPE | tsaquna | metonym
M Luzimo | PERSON | luzimo
E accused | ACCUSE | asserted | positive | agent=Peloumt | target=Izeevo
Q direct | named | content=“No <b>way</b>,” | cue=said | source=Luzimo | speaker=luzimo
"""
CARD = {"name": "", "description": EVIL, "authors": EVIL, "date": "2026-11-25", "training_data": EVIL,
        "parameters": EVIL, "compute": EVIL, "link": "https://example.org/a?b=c&d=e"}  # fmt: skip


def gold(count: int) -> list[Row]:
    articles = [
        make_article(f"{EVIL} {n}\nPeloumt accused Izeevo. “No <b>way</b>,” Luzimo said.", f"a{n}", split="test",
                     outlet=EVIL) for n in range(count)
    ]  # fmt: skip
    rows = build_rows(articles, {article.id: resolve(SHEET, article, "g", "1.0") for article in articles}, [])
    configs = ("articles", "entities", "events", "quotes")
    return [
        {key: value for config in configs for key, value in rows[config]["test"][number].items()}
        for number in range(count)
    ]


def made(folder: Path, rows: list[Row]) -> str:
    for task, module in TASKS.items():
        perfect = [module.as_prediction(row) for row in rows]
        nothing = [{key: value if key == "id" else [] for key, value in row.items()} for row in perfect]
        for name, predicted, place in ((f"all {EVIL}", perfect, folder / "all"), ("none", nothing, folder / "none")):
            write_json_lines(place / f"{task}.test.jsonl", predicted)
            (place / "card.yaml").write_text(yaml.safe_dump(CARD | {"name": name}))
    boards = [make_board(folder, task, "test", rows) for task in TASKS]
    return page(boards, {"test": rows}, {(task, "test"): predictions_by_system(folder, task, "test") for task in TASKS})


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    path = folder / "board.html"
    path.write_text(made(folder / "systems", gold(9)), encoding="utf-8")
    return path


def test_what_came_from_outside_is_text(written: Path) -> None:
    text = written.read_text(encoding="utf-8")
    assert "<script" not in text
    assert "<img" not in text
    assert "<b>" not in text
    assert "{{ 7 * 7 }}" in text
    assert "49" not in re.findall(r"\{\{.*?\}\}", text)
    assert text.count("http") == text.count("https://example.org/") + text.count("http-equiv")
    assert "default-src 'none'; style-src 'sha256-" in text


def test_the_same_boards_give_the_same_bytes(tmp_path: Path, written: Path) -> None:
    assert made(tmp_path / "systems", gold(9)) == written.read_text(encoding="utf-8")


def test_a_board_without_systems_or_predictions_is_a_page_too(tmp_path: Path) -> None:
    rows = gold(2)
    (tmp_path / "systems").mkdir()
    text = page([make_board(tmp_path / "systems", "events", "test", rows)], {"test": rows}, {})
    assert "Where systems differ most" not in text


def test_what_is_marked_by_hand() -> None:
    (row,) = gold(1)
    start = row["text"].index("Peloumt")
    assert (start, start + 7, "GPE") in shown_items("entities", row)
    assert (start, start + 7, "ACCUSE agent") in shown_items("events", row)
    assert {label for _, _, label in shown_items("quotes", row)} == {"cue", "content"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("device", "width"), [("desktop", 1200), ("phone", 390)])
def test_a_browser_shows_it_whole(written: Path, browser: Browser, device: str, width: int, scheme: str) -> None:
    """No script ran, the policy refused nothing, nothing is wider than the window, text stands out from paper."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    shown = context.new_page()
    told: list[str] = []
    shown.on("console", lambda message: told.append(message.text))
    shown.goto(written.as_uri())
    assert shown.title() == "Communiqué leaderboard"
    assert told == []
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    assert shown.locator("section").count() == 3
    shown.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    assert shown.locator("mark.missed").first.is_visible()
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    ink, paper = (
        [int(part) for part in re.findall(r"\d+", shown.evaluate(f"getComputedStyle(document.body).{name}"))[:3]]
        for name in ("color", "backgroundColor")
    )
    assert abs(sum(ink) - sum(paper)) > 450
    assert (sum(paper) > sum(ink)) == (scheme == "light")
    kept = os.environ.get("COMMUNIQUE_SCREENSHOTS")
    if kept:
        shown.screenshot(path=Path(kept) / f"board-{device}-{scheme}.png", full_page=True)
    context.close()
