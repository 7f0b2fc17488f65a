"""Raw articles added to seeds/: all or none of them, each once."""

import json
from pathlib import Path
from typing import Any

import pytest

from communique.articles import add_articles, load_articles
from communique.problems import ProblemsError
from communique.schema import Row

ROW: Row = {
    "id": "desk-001",
    "text": "Talks 🙂 held\nENVOYS met in Peloumt.\n",
    "published": "2026-11-25",
    "dateline": "Peloumt",
    "outlet": "Desk",
    "genre": "brief",
    "region": "Shelf",
    "storyline": "desk-talks",
    "origin": "real",
    "license": "CC-BY-4.0",
    "split": "real",
    "source": "written for a test",
}


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    (tmp_path / "articles").mkdir()
    (tmp_path / "index.jsonl").write_text("", encoding="utf-8")
    return tmp_path


def named(**given: Any) -> tuple[str, Row]:
    return f"line {given.get('id')}", ROW | given


def test_added_articles_are_those_that_are_read(seeds: Path) -> None:
    second = named(id="desk-002", kinds={"1": "byline"}, published=None, dateline=None)
    assert add_articles(seeds, [named(), second]) == 2
    first, other = load_articles(seeds)
    assert (first.id, first.text, first.published, first.split) == ("desk-001", ROW["text"], "2026-11-25", "real")
    assert (seeds / "articles" / "desk-001.txt").read_bytes() == ROW["text"].encode()
    assert other.kinds == ((1, "byline"),)
    former = (seeds / "index.jsonl").read_bytes()
    assert list(json.loads(former.splitlines()[0])) == list(json.loads(former.splitlines()[1]))
    assert add_articles(seeds, [named(), second]) == 0
    assert (seeds / "index.jsonl").read_bytes() == former
    assert add_articles(seeds, [named(), named(id="desk-003")]) == 1
    assert (seeds / "index.jsonl").read_bytes().startswith(former)


def test_what_was_cut_off_before_the_index_was_written_is_completed(seeds: Path) -> None:
    (seeds / "articles" / "desk-001.txt").write_text(ROW["text"][:5], encoding="utf-8")
    assert add_articles(seeds, [named()]) == 1
    assert load_articles(seeds)[0].text == ROW["text"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"id": "../desk"}, "bad-value"),
        ({"text": None}, "bad-value"),
        ({"text": "\n"}, "bad-value"),
        ({"text": "Title\r\nNews from Peloumt."}, "bad-value"),
        ({"dateline": "Izeevo"}, "bad-value"),
        ({"split": "dev"}, "unknown-label"),
        ({"author": "x"}, "unknown-field"),
        ({"license": ""}, "wrong-type"),
        ({"split": "test"}, "crossing-storyline"),
        ({"id": "desk-000"}, "duplicate-article"),
        ({"id": "desk-000", "text": "Other words in Peloumt."}, "duplicate-article"),
    ],
)
def test_nothing_is_added_when_anything_is_wrong(seeds: Path, given: Row, code: str) -> None:
    add_articles(seeds, [named(id="desk-000")])
    former = {path: path.read_bytes() for path in seeds.rglob("*") if path.is_file()}
    with pytest.raises(ProblemsError) as error:
        add_articles(
            seeds, [named(), named(**({"id": "desk-009"} | given | ({"outlet": "x"} if "id" in given else {})))]
        )
    assert code in {problem.code for problem in error.value.problems}
    assert {path: path.read_bytes() for path in seeds.rglob("*") if path.is_file()} == former
