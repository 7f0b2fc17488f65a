"""Boards: ranks, intervals, slices, pairs, signatures, what is refused, and the script that prints them."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from communique.board_text import caution, from_json, markdown, text_table, to_csv, to_json
from communique.dataset import read_gold
from communique.export import build_rows, export
from communique.files import write_json_lines
from communique.leaderboard import Board, make_board, merge, refuse_mixed, signature
from communique.problems import ProblemsError
from communique.schema import Row
from communique.sheet import resolve
from communique.tasks import TASKS, entities
from support import make_article

ROOT = Path(__file__).parents[1]
SHEET = "P 0\nM Peloumt | GPE | peloumt\nM Izeevo | GPE | tsaquna | metonym"
CARD = {
    "name": "", "description": "d", "authors": "a", "date": "2026-11-25", "training_data": "train", "parameters": "p",
    "compute": "c", "link": None,
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


def three(folder: Path, gold: list[Row]) -> Board:
    perfect = [entities.as_prediction(row) for row in gold]
    system(folder, "perfect", perfect)
    system(folder, "copy", perfect)
    system(folder, "nothing", [row | {"mentions": []} for row in perfect])
    return make_board(folder, "entities", "test", gold)


def test_systems_that_cannot_be_told_apart_share_a_rank(tmp_path: Path) -> None:
    board = three(tmp_path, corpus(12))
    told = board.systems.set_index("system")["rank"].to_dict()
    assert told == {"perfect": 1, "copy": 1, "nothing": 3}
    assert board.systems["f1"].tolist() == [1.0, 1.0, 0.0]
    assert (board.systems["low"] <= board.systems["f1"]).all()
    assert (board.systems["f1"] <= board.systems["high"]).all()
    pairs = board.pairs.set_index(["first", "second"])
    assert pairs.loc[("copy", "perfect"), ["difference", "p", "p_adjusted"]].tolist() == [0, 1, 1]
    # 12 storylines, all alike: of 4096 swaps 2 are as extreme; three tests, so Holm multiplies by 3
    assert pairs.loc[("copy", "nothing"), "p_adjusted"] < 0.01
    assert pairs.loc[("copy", "nothing"), "difference"] == 1


def test_a_second_submission_of_a_system_changes_no_score(tmp_path: Path) -> None:
    gold = corpus(12)
    system(tmp_path, "half", [half(row) for row in gold])
    alone = make_board(tmp_path, "entities", "test", gold)
    system(tmp_path, "again", [half(row) for row in gold][::-1])
    together = make_board(tmp_path, "entities", "test", gold)
    for board in (alone, together):
        row = board.systems.set_index("system").loc["half"]
        assert (row["rank"], row["f1"], row["low"], row["high"]) == (1, pytest.approx(2 / 3), pytest.approx(2 / 3),
                                                                     pytest.approx(2 / 3))  # fmt: skip


def test_under_eight_storylines_the_board_neither_ranks_nor_bounds(tmp_path: Path) -> None:
    gold = corpus(3)
    system(tmp_path, "half", [half(row) for row in gold], training_data="test")
    system(tmp_path, "none", [half(row) | {"mentions": []} for row in gold])
    board = make_board(tmp_path, "entities", "test", gold)
    row = board.systems.iloc[0]
    assert pd.isna(row["rank"])
    assert row["low"] is None
    assert board.pairs.empty
    assert row["f1"] == pytest.approx(2 / 3)  # one of two found: P 1, R 1/2
    page = markdown(board)
    assert "3 storylines: no interval and no rank under 8." in page
    assert "| test (the split it is scored on) |" in page
    assert "half" in text_table(board)


def test_too_many_systems_for_the_storylines_are_told(tmp_path: Path) -> None:
    """Eight storylines: p is 2/256 at least; times 6 pairs that is under 0.05, times 10 pairs it is not."""
    gold = corpus(8)
    for number in range(4):
        system(tmp_path, f"half{number}", [half(row) for row in gold])
    assert caution(make_board(tmp_path, "entities", "test", gold)) == ""
    system(tmp_path, "none", [half(row) | {"mentions": []} for row in gold])
    board = make_board(tmp_path, "entities", "test", gold)
    assert board.systems["rank"].tolist() == [1] * 5
    assert "no p is below 0.0078, so that Holm over 10 pairs can tell no two systems apart" in markdown(board)


def test_slices_have_support_and_intervals(tmp_path: Path) -> None:
    gold = corpus(12)
    system(tmp_path, "half", [half(row) for row in gold])
    slices = make_board(tmp_path, "entities", "test", gold).slices.set_index("slice")
    assert slices.loc["metonym: yes", ["measure", "score", "gold", "storylines"]].tolist() == ["recall", 0.0, 12, 12]
    assert slices.loc["type: GPE", ["measure", "score"]].tolist() == ["F1", pytest.approx(2 / 3)]
    assert slices.loc["genre: brief", "score"] == pytest.approx(2 / 3)
    assert slices.loc["type: LAW", ["gold", "storylines"]].tolist() == [0, 0]
    assert pd.isna(slices.loc["type: LAW", "low"])
    assert slices.loc["type: GPE", "low"] == pytest.approx(2 / 3)


def test_the_signature_changes_with_the_gold_and_nothing_is_left_out() -> None:
    gold = corpus(2)
    parts = dict(part.split(": ", 1) for part in signature("entities", "test", gold).split(" | "))
    assert set(parts) == {"task", "split", "gold", "data", "package", "match", "interval", "ranks"}
    assert signature("entities", "test", corpus(2)) == signature("entities", "test", gold)
    changed = [gold[0], gold[1] | {"mentions": []}]
    assert signature("entities", "test", changed) != signature("entities", "test", gold)
    assert signature("entities", "test", entities.with_seen(gold, gold)) == signature("entities", "test", gold)


def test_mixed_signatures_are_refused_with_what_differs() -> None:
    one = signature("entities", "test", corpus(2))
    refuse_mixed([one, one])
    with pytest.raises(ProblemsError) as error:
        refuse_mixed([one, one.replace("data: ", "data: 9.").replace("split: test", "split: shift")])
    assert [problem.message.split(":")[0] for problem in error.value.problems] == ["split", "data"]


def test_boards_merge_into_the_board_of_all_systems(tmp_path: Path) -> None:
    gold = corpus(12)
    whole = three(tmp_path / "all", gold)
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    for name, folder in (("perfect", "one"), ("copy", "other"), ("nothing", "other")):
        (tmp_path / "all" / name).rename(tmp_path / folder / name)
    parts = [make_board(tmp_path / folder, "entities", "test", gold) for folder in ("one", "other")]
    read = [from_json(to_json([part]), "board.json")[0] for part in parts]
    merged = merge(read)
    assert text_table(merged) == text_table(whole)
    pd.testing.assert_frame_equal(merged.pairs, whole.pairs)
    with pytest.raises(ProblemsError, match="2 systems are named 'perfect'"):
        merge([parts[0], parts[0]])
    later = merge([parts[0]])
    with pytest.raises(ProblemsError, match="data: "):
        merge([later, Board(**(vars(parts[1]) | {"signature": parts[1].signature.replace("data: ", "data: 9.")}))])


def test_json_and_csv_say_everything_and_are_the_same_every_time(tmp_path: Path) -> None:
    board = three(tmp_path, corpus(12))
    again = make_board(tmp_path, "entities", "test", corpus(12))
    assert to_json([board]) == to_json([again])
    assert to_json(from_json(to_json([board]), "board.json")) == to_json([board])
    rows = list(csv.DictReader(io.StringIO(to_csv([board]))))
    assert {row["signature"] for row in rows} == {board.signature}
    assert {row["system"] for row in rows if row["slice"] == "names" and row["score"] == "1.0"} == {"perfect", "copy"}


@pytest.mark.parametrize("text", ["{}", "[1]", '[{"task": "entities"}]', "no"])
def test_what_is_no_board_is_refused(text: str) -> None:
    with pytest.raises(ProblemsError):
        from_json(text, "board.json")


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ('"f1": 1.0', '"f1": "x"'),
        ('"link": null', '"link": "javascript:alert(1)"'),
        ('"low": 1.0', '"low": "a"'),
        ('"tp": 2', '"tp": "2"'),
        ('"signature": "task: ', '"signature": "task '),
        ('"system": "copy"', '"system": 3'),
        ('"storylines": 12,\n  "signature"', '"storylines": "12",\n  "signature"'),
    ],
)
def test_a_board_of_another_shape_is_refused(tmp_path: Path, was: str, now: str) -> None:
    text = to_json([three(tmp_path, corpus(12))])
    assert was in text
    with pytest.raises(ProblemsError):
        merge(from_json(text.replace(was, now), "board.json"))


def test_what_a_board_says_of_itself_is_computed_again(tmp_path: Path) -> None:
    board = three(tmp_path, corpus(12))
    lying = to_json([board]).replace('"f1": 0.0', '"f1": 9.0')
    assert merge(from_json(lying, "board.json")).systems["f1"].tolist() == [1.0, 1.0, 0.0]
    for column, value in (("tp", 200), ("article", "a4"), ("gold", 3), ("storyline", "a4")):
        (content,) = json.loads(to_json([board]))
        content["articles"][0][column] = value
        with pytest.raises(ProblemsError, match="do not fit the gold"):
            merge([board, *from_json(json.dumps([content]), "board.json")])


def test_no_cell_of_the_csv_is_a_formula(tmp_path: Path) -> None:
    gold = corpus(8)
    system(tmp_path, "=1+1", [half(row) for row in gold])
    assert ",'=1+1," in to_csv([make_board(tmp_path, "entities", "test", gold)])


def test_everything_wrong_with_any_system_is_told_at_once(tmp_path: Path) -> None:
    gold = corpus(2)
    fine = [entities.as_prediction(row) for row in gold]
    system(tmp_path, "fine", fine)
    system(tmp_path, "short", fine[:1])
    system(tmp_path, "double", [fine[0], fine[0]])
    system(tmp_path, "long", [*fine, fine[0]])
    system(tmp_path, "cardless", fine)
    (tmp_path / "cardless" / "card.yaml").unlink()
    system(tmp_path, "broken", fine)
    (tmp_path / "broken" / "entities.test.jsonl").write_text('{"id": "a0", "mentions": NaN}\n')
    with pytest.raises(ProblemsError) as error:
        make_board(tmp_path, "entities", "test", gold)
    assert {(problem.place.split("/")[0].split(":")[0], problem.code) for problem in error.value.problems} >= {
        ("short", "missing-article"), ("double", "duplicate-article"), ("cardless", "missing-file"),
        ("long", "too-large"), ("broken", "not-a-number"),
    }  # fmt: skip


def test_a_name_cannot_break_the_page(tmp_path: Path) -> None:
    gold = corpus(1)
    system(tmp_path, "evil", [half(row) for row in gold])
    card = CARD | {"name": "a | b\n# <script>alert(1)</script> [x](javascript:alert(2)) @you www.x.y"}
    (tmp_path / "evil" / "card.yaml").write_text(yaml.safe_dump(card))
    page = markdown(make_board(tmp_path, "entities", "test", gold))
    assert (
        r"| a \| b # &lt;script&gt;alert(1)&lt;/script&gt; \[x\](javascript&#58;alert(2)) &#64;you www&#46;x&#46;y |"
        in page
    )
    assert not any(line.startswith("# ") for line in page.splitlines())


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    articles = [make_article(f"Peloumt leaves Izeevo {n}", f"a{n}", split="test") for n in range(9)]
    gold = {article.id: resolve(SHEET, article, "gold", "0.1") for article in articles}
    export(build_rows(articles, gold, []), tmp_path / "dataset", "0.1.0")
    return tmp_path / "dataset"


def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "scripts/leaderboard.py", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_script_scores_a_folder_and_writes_every_kind_of_file(dataset: Path, tmp_path: Path) -> None:
    rows = read_gold(dataset, "test")
    system(tmp_path / "systems", "half", [half(row) for row in rows])
    files = [tmp_path / f"board.{kind}" for kind in ("md", "html", "csv", "json")]
    told = run(tmp_path / "systems", "--split", "test", "--dataset", dataset, "--out", *files)
    assert told.returncode == 0, told.stderr
    assert " 66.7 " in told.stdout
    assert "| 1 | half | 66.7 |" in files[0].read_text()
    assert "<strong>66.7</strong>" in files[1].read_text()
    assert json.loads(files[3].read_text())[0]["systems"][0]["system"] == "half"
    before = [path.read_bytes() for path in files]
    run(tmp_path / "systems", "--split", "test", "--dataset", dataset, "--out", *files)
    assert [path.read_bytes() for path in files] == before


def test_the_script_adds_the_systems_of_another_board(dataset: Path, tmp_path: Path) -> None:
    rows = read_gold(dataset, "test")
    system(tmp_path / "theirs", "perfect", [entities.as_prediction(row) for row in rows])
    system(tmp_path / "ours", "half", [half(row) for row in rows])
    board = tmp_path / "board.json"
    run(tmp_path / "theirs", "--split", "test", "--dataset", dataset, "--out", board)
    told = run(tmp_path / "ours", "--split", "test", "--dataset", dataset, "--with", board)
    assert told.returncode == 0, told.stderr
    assert [line.split()[:2] for line in told.stdout.splitlines()[2:4]] == [["1", "perfect"], ["2", "half"]]
    board.write_text(board.read_text().replace("data: ", "data: 9."))
    told = run(tmp_path / "ours", "--split", "test", "--dataset", dataset, "--with", board)
    assert told.returncode == 1
    assert "only numbers under one signature can be compared" in told.stderr


def test_every_task_has_what_a_board_needs() -> None:
    for module in TASKS.values():
        assert module.HEADLINE
        assert module.MATCHING
        assert isinstance(module.MACROS, tuple)
