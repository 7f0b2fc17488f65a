"""The card's tables: what they show, and that they say so when there is nothing to show."""

import json
from pathlib import Path

from communique.export import build_rows
from communique.report import NOTHING, card_reports, table
from communique.sheet import resolve
from support import make_article

PROFILE = json.loads((Path(__file__).parents[1] / "seeds" / "real_news_profile.json").read_text(encoding="utf-8"))
SHEET = (
    "P 1\nM Peloumt | GPE | peloumt\nM Osmolt | GPE | osmolt\nE left | REJECT | asserted | positive | agent=Peloumt\n"
)
WORDS = "of the dull and salty town of"


def test_a_table_shows_numbers_and_gaps() -> None:
    assert table(["a", "b"], [(1, 2.26), (None, "x"), (True, False)]) == (
        "| a | b |\n| --- | --- |\n| 1 | 2.3 |\n|  | x |\n| yes | **no** |\n"
    )
    assert table(["a"], []) == NOTHING


def test_the_reports_of_two_articles() -> None:
    """The test article has seven words in a row from train, one too few, and one of its two names."""
    train = make_article(f"T\nPeloumt left the bars {WORDS} Osmolt.", "a1", split="train")
    test = make_article(f"U\nSo Peloumt left one bar {WORDS} Skeimb.", "a2", split="test")
    passes = {
        "a1": resolve(SHEET, train, "ana", "1.0"),
        "a2": resolve(SHEET.replace("Osmolt", "Skeimb"), test, "ana", "1.0"),
    }
    rows = build_rows([train, test], passes, [])
    reports = card_reports([train, test], passes, passes, ["a1"], rows, PROFILE)
    assert "| entities | names, exact and type | 100.0 |  | 2 |" in reports["agreement"]
    assert "| articles | 2 | 44 |  |  |" in reports["profile"]
    assert "| rarest event type | 0 |  | 25 or more | **no** |" in reports["profile"]
    (line,) = [line for line in reports["leakage"].splitlines() if line.startswith("| test")]
    assert line == "| test | 0 | 0.0 | 0.0 | 50.0 |"


def test_without_passes_and_authored_articles_there_is_nothing() -> None:
    real = make_article("T\nPeloumt left Osmolt.", split="real", origin="real")
    rows = build_rows([real], {"a1": resolve(SHEET, real, "ana", "1.0")}, [])
    assert card_reports([real], {}, {}, [], rows, PROFILE) == dict.fromkeys(
        ("agreement", "profile", "leakage"), NOTHING
    )
