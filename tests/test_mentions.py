"""Reading predictions by columns accepts only what reading them by rows accepts, and means the same."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from communique import mentions as module
from communique.mentions import Mentions, keys, present, read_mentions
from communique.predictions import load_rows
from communique.problems import ProblemsError
from communique.schema import ENTITY_TYPES, LEVELS, Row

TEXT = "Peloumt accused Izeevo 🙂 on Friday."
GOLD = [{"id": "a1", "text": TEXT}, {"id": "a2", "text": "Rain."}]
FINE = {"start": 0, "end": 7, "type": "GPE", "level": "name"}


def as_tuples(found: Mentions) -> list[tuple[int, ...]]:
    columns = (found.article, found.start, found.end, found.type, found.level)
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


def by_rows(path: Path) -> list[tuple[int, ...]]:
    rows = {row["id"]: row for row in load_rows("entities", path, GOLD)}
    return as_tuples(Mentions.of([rows[row["id"]] for row in GOLD]))


def write(path: Path, *rows: Any) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def rows_with(*items: Any) -> list[Any]:
    return [{"id": "a2", "mentions": []}, {"id": "a1", "mentions": list(items)}]


VALUES = st.sampled_from(
    [0, 7, 16, 22, 23, -1, 1.0, 99, True, None, "GPE", "name", "x", "", "Peloumt", "Izeevo", [], {}]
)
ITEMS = st.dictionaries(
    st.sampled_from(["id", "start", "end", "text", "type", "level", "entity", "metonym", "more"]), VALUES, max_size=2
).map(lambda given: FINE | given)


@settings(deadline=None, max_examples=1500)
@given(items=st.lists(ITEMS, max_size=3), swap=st.sampled_from(["a2"] * 9 + ["a1", "a3", 1, None]))
def test_columns_accept_no_more_than_rows(
    tmp_path_factory: pytest.TempPathFactory, items: list[Row], swap: Any
) -> None:
    path = tmp_path_factory.mktemp("p") / "entities.test.jsonl"
    write(path, {"id": swap, "mentions": []}, {"id": "a1", "mentions": items})
    fast = module._columns(path, GOLD)
    if fast is None:
        return
    assert as_tuples(fast) == by_rows(path)


@pytest.mark.parametrize(
    "text",
    [
        '{"id": "a1", "mentions": [], "mentions": []}\n{"id": "a2", "mentions": []}\n',
        '{"id": "a1", "mentions": [{"start": NaN, "end": 7, "type": "GPE", "level": "name"}]}\n',
        '{"id": "a1", "mentions": []}\n{"id": "a2", "mentions": []}\n{"id": "a2", "mentions": []}\n',
        '{"id": "a1", "mentions": []}\n',
        '{"id": "a1"}\n{"id": "a2", "mentions": []}\n',
        '{"id": "a1", "mentions": [null]}\n{"id": "a2", "mentions": []}\n',
        '[]\n',
        '{"id": "a1", "mentions": []} {"id": "a2", "mentions": []}\n',
        '{"id": "a1",\n "mentions": []}\n{"id": "a2", "mentions": []}\n',
        '\ufeff{"id": "a1", "mentions": []}\n{"id": "a2", "mentions": []}\n',
        "",
    ],
)  # fmt: skip
def test_what_is_wrong_is_never_read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "entities.test.jsonl"
    path.write_text(text, encoding="utf-8")
    assert module._columns(path, GOLD) is None
    with pytest.raises(ProblemsError):
        read_mentions(path, GOLD)


def test_ids_that_are_null_are_no_ids(tmp_path: Path) -> None:
    second = FINE | {"start": 16, "end": 22}
    path = write(tmp_path / "entities.test.jsonl", *rows_with(FINE | {"id": None}, second | {"id": None}))
    assert len(by_rows(path)) == len(read_mentions(path, GOLD)) == 2


@pytest.mark.parametrize(
    "text",
    [
        '{"id": "a1", "mentions": [{"text": "\\ud800", "start": 0, "end": 7, "type": "GPE", '
        '"level": "name"}]}\n{"id": "a2", "mentions": []}\n',
        "9" * 5000 + "\n",
    ],
)
def test_odd_strings_and_numbers_are_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "entities.test.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(ProblemsError):
        read_mentions(tmp_path / "entities.test.jsonl", GOLD)


def test_bytes_that_are_no_utf_8_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "entities.test.jsonl", *rows_with(FINE | {"entity": "peloumt"}))
    path.write_bytes(path.read_bytes().replace(b"peloumt", b"pelo\xffmt"))
    with pytest.raises(ProblemsError):
        read_mentions(path, GOLD)


def test_a_file_is_read_by_columns_with_all_optional_fields(tmp_path: Path) -> None:
    second = {"id": "m2", "start": 16, "end": 22, "text": "Izeevo", "type": "GPE", "level": "name", "entity": "tsaquna",
              "metonym": True}  # fmt: skip
    path = write(tmp_path / "entities.test.jsonl", *rows_with(FINE | {"id": "m1"}, second))
    found = module._columns(path, GOLD)
    assert found is not None
    gpe, name = ENTITY_TYPES.index("GPE"), LEVELS.index("name")
    assert as_tuples(found) == [(0, 0, 7, gpe, name), (0, 16, 22, gpe, name)] == by_rows(path)
    again = write(tmp_path / "other.jsonl", *rows_with(FINE | {"id": "m1"}, second | {"id": "m1"}))
    with pytest.raises(ProblemsError, match="duplicate-id"):
        read_mentions(again, GOLD)


def test_codes_are_equal_where_the_columns_are() -> None:
    first = [np.array([0, 0, 1]), np.array([5, 6, 5])]
    second = [np.array([1, 0]), np.array([5, 7])]
    one, other = keys(first, second)
    assert present(one, np.sort(other)).tolist() == [False, False, True]
    assert present(other, np.sort(one)).tolist() == [True, False]
    assert present(one, np.array([], dtype=np.int64)).tolist() == [False] * 3
    with pytest.raises(OverflowError):
        keys([np.array([2**40]), np.array([2**40])])
