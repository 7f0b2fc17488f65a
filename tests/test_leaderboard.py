"""Boards: ranks, intervals, signatures, what is refused, and the script that prints them."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from communique.dataset import read_gold
from communique.export import build_rows, export
from communique.files import write_json_lines
from communique.leaderboard import make_board, markdown, signature, text_table
from communique.problems import ProblemsError
from communique.schema import Row
from communique.sheet import resolve
from communique.tasks import entities
from support import make_article

ROOT = Path(__file__).parents[1]
SHEET = "P 0\nM Peloumt | GPE | peloumt\nM Izeevo | GPE | tsaquna | metonym"
CARD = {
    "name": "", "description": "d", "authors": "a", "training_data": "train", "parameters": "p", "compute": "c",
    "link": None,
}  # fmt: skip


def corpus(count: int) -> list[Row]:
    articles = [make_article(f"Peloumt leaves Izeevo {n}", f"a{n}", split="test") for n in range(count)]
    gold = {article.id: resolve(SHEET, article, "gold", "0.1") for article in articles}
    rows = build_rows(articles, gold, [])
    return [rows["articles"]["test"][n] | rows["events"]["test"][n] | rows["quotes"]["test"][n]
            | rows["entities"]["test"][n] for n in range(count)]  # fmt: skip


def system(folder: Path, name: str, rows: list[Row], **card: str) -> None:
    write_json_lines(folder / name / "entities.test.jsonl", rows)
    (folder / name / "card.yaml").write_text(yaml.safe_dump(CARD | {"name": name} | card))


def half(row: Row) -> Row:
    prediction = entities.as_prediction(row)
    return prediction | {"mentions": prediction["mentions"][:1]}


def test_systems_that_cannot_be_told_apart_share_a_rank(tmp_path: Path) -> None:
    gold = corpus(12)
    perfect = [entities.as_prediction(row) for row in gold]
    system(tmp_path, "perfect", perfect)
    system(tmp_path, "copy", perfect)
    system(tmp_path, "nothing", [row | {"mentions": []} for row in perfect])
    board = make_board(tmp_path, "entities", "test", gold)
    told = board.table.set_index("system")["rank"].to_dict()
    assert told == {"perfect": 1, "copy": 1, "nothing": 3}
    assert board.table["f1"].tolist() == [1.0, 1.0, 0.0]
    assert (board.table["low"] <= board.table["f1"]).all()
    assert (board.table["f1"] <= board.table["high"]).all()


def test_under_eight_storylines_the_board_neither_ranks_nor_bounds(tmp_path: Path) -> None:
    gold = corpus(3)
    system(tmp_path, "half", [half(row) for row in gold], training_data="test")
    board = make_board(tmp_path, "entities", "test", gold)
    (row,) = board.table.to_dict("records")
    assert row["rank"] is None
    assert row["low"] is None
    assert row["f1"] == pytest.approx(2 / 3)  # one of two found: P 1, R 1/2
    page = markdown(board)
    assert "3 storylines: no interval and no rank under 8." in page
    assert "| test (the split it is scored on) |" in page
    assert "half" in text_table(board)


def test_the_signature_changes_with_the_gold_and_nothing_is_left_out() -> None:
    gold = corpus(2)
    parts = dict(part.split(": ", 1) for part in signature("entities", "test", gold).split(" | "))
    assert set(parts) == {"task", "split", "gold", "data", "package", "match", "interval", "ranks"}
    assert signature("entities", "test", corpus(2)) == signature("entities", "test", gold)
    changed = [gold[0], gold[1] | {"mentions": []}]
    assert signature("entities", "test", changed) != signature("entities", "test", gold)


def test_everything_wrong_with_any_system_is_told_at_once(tmp_path: Path) -> None:
    gold = corpus(2)
    fine = [entities.as_prediction(row) for row in gold]
    system(tmp_path, "fine", fine)
    system(tmp_path, "short", fine[:1])
    system(tmp_path, "double", [*fine, fine[0]])
    system(tmp_path, "cardless", fine)
    (tmp_path / "cardless" / "card.yaml").unlink()
    system(tmp_path, "broken", fine)
    (tmp_path / "broken" / "entities.test.jsonl").write_text('{"id": "a0", "mentions": NaN}\n')
    with pytest.raises(ProblemsError) as error:
        make_board(tmp_path, "entities", "test", gold)
    assert {(problem.place.split("/")[0].split(":")[0], problem.code) for problem in error.value.problems} >= {
        ("short", "missing-article"), ("double", "duplicate-article"), ("cardless", "missing-file")
    }  # fmt: skip
    assert "not-a-number" in str(error.value)


def test_a_name_cannot_break_the_page(tmp_path: Path) -> None:
    gold = corpus(1)
    system(tmp_path, "evil", [half(row) for row in gold])
    card = CARD | {"name": "a | b\n# <script>alert(1)</script> [x](javascript:alert(2))"}
    (tmp_path / "evil" / "card.yaml").write_text(yaml.safe_dump(card))
    page = markdown(make_board(tmp_path, "entities", "test", gold))
    assert r"| a \| b # &lt;script&gt;alert(1)&lt;/script&gt; \[x\](javascript:alert(2)) |" in page
    assert not any(line.startswith("# ") for line in page.splitlines())


def test_the_script_scores_a_folder_and_writes_the_page(tmp_path: Path) -> None:
    articles = [make_article(f"Peloumt leaves Izeevo {n}", f"a{n}", split="test") for n in range(9)]
    gold = {article.id: resolve(SHEET, article, "gold", "0.1") for article in articles}
    export(build_rows(articles, gold, []), tmp_path / "dataset", "0.1.0")
    rows = read_gold(tmp_path / "dataset", "test")
    system(tmp_path / "systems", "half", [half(row) for row in rows])
    command = [sys.executable, "scripts/leaderboard.py", tmp_path / "systems", "--split", "test",
               "--dataset", tmp_path / "dataset", "--out", tmp_path / "board.md"]  # fmt: skip
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert " 66.7 " in told.stdout
    assert "| 1 | half | 66.7 |" in (tmp_path / "board.md").read_text()
    told = subprocess.run([*command[:-4], "--dataset", tmp_path / "none"], cwd=ROOT, capture_output=True, text=True,
                          check=False)  # fmt: skip
    assert told.returncode == 1
    assert "run scripts/export.py" in told.stderr
