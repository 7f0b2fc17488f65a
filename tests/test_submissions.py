"""Submissions: what is looked at before a file is read, and what a card may say."""

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from communique import submissions as module
from communique.problems import ProblemsError
from communique.submissions import prediction_file, read_card, refuse_large, submissions

CARD = {"name": "n", "description": "d", "authors": "a", "date": "2026-11-25", "training_data": "t", "parameters": "p",
        "compute": "c", "link": "https://example.org/x?y=1#z"}  # fmt: skip


def card(folder: Path, text: str) -> Path:
    (folder / "card.yaml").write_text(text, encoding="utf-8")
    return folder


def test_a_card_is_read(tmp_path: Path) -> None:
    assert read_card(card(tmp_path, yaml.safe_dump(CARD))) == CARD
    assert read_card(card(tmp_path, yaml.safe_dump(CARD | {"link": None})))["link"] is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (yaml.safe_dump(CARD | {"link": "javascript:alert(1)"}), "bad-value"),
        (yaml.safe_dump(CARD | {"link": "https://example.org/\"onmouseover='x'"}), "bad-value"),
        (yaml.safe_dump(CARD | {"link": "http://example.org/"}), "bad-value"),
        (yaml.safe_dump(CARD | {"date": "25 November"}), "bad-value"),
        (yaml.safe_dump(CARD | {"more": "x"}), "unknown-field"),
        (yaml.safe_dump({"name": "n"}), "missing-field"),
        (yaml.safe_dump(CARD | {"authors": ["a", "b"]}), "wrong-type"),
        ("- a\n- b\n", "wrong-type"),
        (yaml.safe_dump(CARD | {"name": " "}), "bad-value"),
        (yaml.safe_dump(CARD | {"name": "a\x1b[2J"}, allow_unicode=True), "bad-value"),
        (yaml.safe_dump(CARD | {"name": "a\u202eb"}), "bad-value"),
        (yaml.safe_dump(CARD | {"link": "https://x.y\n"}), "bad-value"),
        ("name: !!bool foo", "bad-yaml"),
        ("name: !!int ''", "bad-yaml"),
        ("date: !!timestamp x", "bad-yaml"),
        ("[" * 30_000, "bad-yaml"),
        ("name: [", "bad-yaml"),
        ("name: !!python/object/apply:os.system ['echo hi']", "bad-yaml"),
        ("date: 2026-13-45", "bad-yaml"),
        ("name: " + "x" * 70_000, "too-large"),
        # lists within lists within lists: never written out
        ("\n".join(["a: &a [x]", *(f"{b}: &{b} [*{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}]"
                                   for a, b in zip("abcdefghijkl", "bcdefghijklm", strict=True))]), "wrong-type"),
    ],
)  # fmt: skip
def test_a_bad_card_is_refused(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(ProblemsError) as error:
        read_card(card(tmp_path, text))
    assert code in {problem.code for problem in error.value.problems}
    assert len(str(error.value)) < 2000


def test_rows_are_counted_before_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "entities.test.jsonl"
    path.write_text('{"id": "a1"}\n\n{"id": "a2"}\n', encoding="utf-8")
    refuse_large(path, 2)
    with pytest.raises(ProblemsError, match=r"too-large.*2 rows"):
        refuse_large(path, 1)
    table = tmp_path / "entities.test.parquet"
    pq.write_table(pa.table({"id": ["a1", "a2"]}), table)
    refuse_large(table, 2)
    with pytest.raises(ProblemsError, match=r"too-large.*2 rows"):
        refuse_large(table, 1)
    table.write_bytes(b"PAR1 no")
    with pytest.raises(ProblemsError, match="not Parquet"):
        refuse_large(table, 2)


def test_bytes_are_counted_before_a_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = tmp_path / "entities.test.jsonl"
    small.write_text('{"id": "a1"}\n', encoding="utf-8")
    monkeypatch.setattr(module, "MOST_BYTES", 5)
    with pytest.raises(ProblemsError, match=r"too-large.*13 bytes"):
        refuse_large(small, 1)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    for make in (lambda path: path.mkdir(), os.mkfifo, lambda path: path.symlink_to(tmp_path / "none")):
        path = folder / "entities.test.jsonl"
        make(path)
        with pytest.raises(ProblemsError, match="the file 'entities"):
            submissions(tmp_path, "entities", "test")
        path.rmdir() if path.is_dir() else path.unlink()


def test_the_folders_with_predictions(tmp_path: Path) -> None:
    for name, file in (("b", "entities.test.jsonl"), ("a", "entities.test.parquet"), ("c", "events.test.jsonl")):
        (tmp_path / name).mkdir()
        (tmp_path / name / file).touch()
    (tmp_path / "a file").touch()
    assert [path.name for path, _ in submissions(tmp_path, "entities", "test")] == ["a", "b"]
    (tmp_path / "a" / "entities-test.jsonl").touch()
    with pytest.raises(ProblemsError, match=r"the file 'entities-test\.jsonl'"):
        submissions(tmp_path, "events", "test")
    (tmp_path / "b" / "entities.test.parquet").touch()
    with pytest.raises(ProblemsError, match=r"both entities\.test\.jsonl and entities\.test\.parquet"):
        prediction_file(tmp_path / "b", "entities", "test")
