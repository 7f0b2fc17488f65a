"""Released articles keep their split and their text."""

from pathlib import Path

import pytest

from communique.problems import ProblemsError
from communique.releases import read_released, release, release_problems, stamped, version_problems, with_section
from support import make_article

ARTICLES = [make_article("T\nOne.", "a1", split="test"), make_article("T\nTwo.", "a2"), make_article("T\nThree.", "a3")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "released.csv").write_text("id,split,sha256,since\n", encoding="utf-8")
    return tmp_path / "released.csv"


def test_a_release_adds_what_is_annotated_and_new(path: Path) -> None:
    assert release(path, ARTICLES, {"a2", "a1"}, "0.5.0") == 2
    first = path.read_bytes()
    assert release(path, ARTICLES, {"a2", "a1"}, "0.6.0") == 0
    assert path.read_bytes() == first
    assert release(path, ARTICLES, {"a1", "a2", "a3"}, "0.6.0") == 1
    rows = [(row["id"], row["split"], row["since"]) for _, row in read_released(path)]
    assert rows == [("a1", "test", "0.5.0"), ("a2", "train", "0.5.0"), ("a3", "train", "0.6.0")]
    assert release_problems(read_released(path), ARTICLES) == []


def test_what_was_released_cannot_go_move_or_change(path: Path) -> None:
    release(path, ARTICLES, {"a1", "a2", "a3"}, "0.5.0")
    later = [make_article("T\nOne.", "a1", split="train"), make_article("T\nTwo!", "a2")]
    found = release_problems(read_released(path), later)
    assert [(problem.place, problem.code) for problem in found] == [
        ("released.csv:2", "crossing-storyline"),
        ("released.csv:3", "changed-article"),
        ("released.csv:4", "missing-article"),
    ]
    assert "a1 moved from test to train" in found[0].message
    before = path.read_bytes()
    with pytest.raises(ProblemsError, match="3 problems"):
        release(path, later, {"a1"}, "0.6.0")
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "text", ["id,split\n", "id,split,sha256,since\na1,test\n", "id,split,sha256,since\na,b,c,d,e\n"]
)
def test_a_file_out_of_format_is_refused(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProblemsError, match="missing-field"):
        read_released(path)


@pytest.mark.parametrize(
    ("version", "added", "told"),
    [
        ("0.6.0", 3, ""),
        ("1.0.0", 3, ""),
        ("0.5.1", 0, ""),
        ("0.5.0", 0, ""),
        ("0.10.0", 1, ""),
        ("0.5.1", 3, "0.6.0"),
        ("0.5.0", 1, "0.6.0"),
        ("0.4.9", 0, "older"),
        ("v0.6", 0, "MAJOR"),
        ("0.6.0\n", 0, "MAJOR"),
    ],
)
def test_versions_rise_as_what_they_bring_asks(version: str, added: int, told: str) -> None:
    found = version_problems(version, "0.5.0", added)
    assert bool(found) == bool(told)
    assert told in str(found)


def test_files_that_name_the_version_are_stamped(tmp_path: Path) -> None:
    path = tmp_path / "named"
    path.write_text('VERSION = "0.5.0"\n"""Of VERSION = 1."""\nday: 2026-01-01\n', encoding="utf-8")
    assert stamped(path, {"VERSION": "0.6.0", "day": "2026-11-25"}) == (
        'VERSION = "0.6.0"\n"""Of VERSION = 1."""\nday: 2026-11-25\n'
    )
    with pytest.raises(ProblemsError, match="0 lines NAME"):
        stamped(path, {"NAME": "x"})


def test_the_changelog_gets_a_section_and_a_written_one_keeps_its_words() -> None:
    before = "# Changelog\n\nIntro.\n\n## 0.5.0 (2026-01-01)\n\nOld.\n"
    once = with_section(before, "0.6.0", "2026-11-25", "a" * 64, ARTICLES)
    assert once == (
        "# Changelog\n\nIntro.\n\n## 0.6.0 (2026-11-25)\n\nContent sha256 `" + "a" * 64 + "`.\n\n"
        "- **Data**: articles added: 2 in train, 1 in test.\n\n## 0.5.0 (2026-01-01)\n\nOld.\n"
    )
    again = with_section(once.replace("articles added", "Written by hand"), "0.6.0", "2026-11-26", "b" * 64, [])
    assert again == once.replace("articles added", "Written by hand").replace("a" * 64, "b" * 64)
