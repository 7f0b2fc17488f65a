"""Whatever stands in the input, the validators answer with problems or with nothing, never with a crash."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from communique.adjudication import adjudicate, items_of, read_decisions, read_links, template
from communique.annotation import canonical, read_layer
from communique.articles import load_articles
from communique.check import article_problems, layer_problems
from communique.files import json_lines, read_json_lines
from communique.knowledge_base import load_knowledge_base
from communique.label_studio import make_results, read_results, read_task
from communique.predictions import prediction_problems, read_predictions
from communique.problems import Problem, ProblemsError
from communique.schema import LAYERS, Row
from communique.sheet import resolve
from communique.tasks import TASKS
from support import joined, make_article

ARTICLE = make_article("Talks 🙂\nPeloumt accused Izeevo.\n“We will sign,” Luzimo said.", "a1")
SHEET = """P 1
M Peloumt | GPE | peloumt
M Izeevo | GPE | tsaquna | metonym
E accused | ACCUSE | alleged | positive | agent=Peloumt | target=Izeevo | source_entity=tsaquna
P 2
M Luzimo | PERSON | luzimo
Q direct | named | content=“We ~ sign,” | cue=said | source=Luzimo | speaker=luzimo | co_speaker=peloumt
"""
LAYER_ROWS = resolve(SHEET, ARTICLE, "ana", "0.1")
GOLD = joined(ARTICLE, LAYER_ROWS)

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(
    ["peloumt", "m1", "e1", "q1", "GPE", "ACCUSE", "", "a1"]
)  # fmt: skip
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths to everything inside a JSON value."""
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += places(inner, (*path, key))
    return found


def refused(action: Callable[[], object]) -> list[Problem]:
    """The problems that the action is refused for, none when it is not."""
    try:
        action()
    except ProblemsError as error:
        return error.problems
    return []


@st.composite
def damaged(draw: st.DrawFn, value: Any) -> Any:
    """The value with one to three things inside it replaced, dropped or doubled."""
    result = copy.deepcopy(value)
    for _ in range(draw(st.integers(1, 3))):
        paths = places(result)
        if not paths:
            break
        *way, last = draw(st.sampled_from(paths))
        holder = result
        for key in way:
            holder = holder[key]
        action = draw(st.sampled_from(["replace", "replace", "drop", "double"]))
        if action == "drop":
            del holder[last]
        elif action == "double" and isinstance(holder, list):
            holder.insert(last, copy.deepcopy(holder[last]))
        else:
            holder[last] = draw(VALUES)
    return result


@settings(deadline=None, max_examples=300)
@given(data=st.data(), layer=st.sampled_from(list(LAYERS)))
def test_layers(data: st.DataObject, layer: str) -> None:
    row = data.draw(damaged(LAYER_ROWS[layer]))
    problems = layer_problems(ARTICLE, layer, row, "here")
    if not problems:
        canonical(row)
        make_results(layer, row, ARTICLE.text)
        article_problems(ARTICLE, LAYER_ROWS | {layer: row}, "here")


@settings(deadline=None, max_examples=300)
@given(data=st.data(), task=st.sampled_from(list(TASKS)))
def test_predictions(data: st.DataObject, task: str) -> None:
    row = data.draw(damaged(TASKS[task].as_prediction(GOLD)))
    if not isinstance(row, dict):
        return
    if not prediction_problems(task, [GOLD], [("row 0", row)]):
        assert 0 <= TASKS[task].evaluate([GOLD], [row])["f1"] <= 1


@settings(deadline=None, max_examples=300)
@given(data=st.data(), layer=st.sampled_from(list(LAYERS)))
def test_label_studio_results(data: st.DataObject, layer: str) -> None:
    results = data.draw(damaged(make_results(layer, LAYER_ROWS[layer], ARTICLE.text)))
    row, problems = read_results(layer, results, ARTICLE, "ana", "0.1", "here")
    problems = problems or layer_problems(ARTICLE, layer, row, "here")
    assert problems or canonical(row)


@settings(deadline=None, max_examples=200)
@given(data=st.data())
def test_label_studio_tasks(data: st.DataObject) -> None:
    results = make_results("events", LAYER_ROWS["events"], ARTICLE.text)
    annotation = {"id": 1, "completed_by": 7, "was_cancelled": False, "result": results}
    task = {"id": 1, "data": {"text": ARTICLE.text, "article": "a1"}, "annotations": [annotation]}
    row, problems = read_task("events", data.draw(damaged(task)), ARTICLE, "ana", 7, "0.1")
    if row is not None and not problems:
        layer_problems(ARTICLE, "events", row, "here")


@settings(deadline=None, max_examples=300)
@given(sheet=st.text() | st.lists(st.sampled_from([*SHEET.splitlines(), "P 1 = P 2", "P 9", "M | GPE", "Q", "E x |"]),
                                  max_size=8).map("\n".join))  # fmt: skip
def test_sheets(sheet: str) -> None:
    assert refused(lambda: resolve(sheet, ARTICLE, "ana", "0.1")) is not None


(QUOTE,) = items_of("quotes", LAYER_ROWS["quotes"])
SAME = {name: {entity: entity for entity in ("peloumt", "tsaquna", "luzimo")} for name in ("first", "second")}
FILES: dict[str, tuple[list[Row], Any]] = {
    "entities.jsonl": ([LAYER_ROWS["entities"]], lambda folder: read_layer(folder, "entities")),
    "links.jsonl": (
        [{"id": "a1", "first": {"p": "peloumt"}, "second": {}}], lambda folder: read_links(folder / "links.jsonl")
    ),
    "decisions.jsonl": (
        [template("a1", "quotes", (QUOTE, QUOTE)) | {"gold": [QUOTE], "reason": "slip-both"}],
        lambda folder: adjudicate([ARTICLE], {"a1": LAYER_ROWS}, {"a1": LAYER_ROWS}, {"a1": SAME},
                                  read_decisions(folder / "decisions.jsonl")),
    ),
    "knowledge_base.jsonl": (
        [{"id": "iran", "name": "Iran", "type": "GPE", "aliases": ["x"], "description": "d", "region": None,
          "fictional": False, "wikidata": None}], load_knowledge_base
    ),
    "index.jsonl": (
        [{"id": "a1", "file": "a1.txt", "sha256": ARTICLE.sha256, "published": None, "dateline": None, "outlet": "o",
          "genre": "brief", "region": "r", "storyline": "s", "origin": "real", "license": "l", "split": "real",
          "kinds": {"1": "turn"}, "source": "s"}], load_articles
    ),
    "predictions.jsonl": (
        [TASKS["quotes"].as_prediction(GOLD)],
        lambda folder: prediction_problems("quotes", [GOLD], read_predictions(folder / "predictions.jsonl")),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_files(tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject) -> None:
    rows, read = FILES[name]
    folder = tmp_path_factory.mktemp("files")
    (folder / "articles").mkdir()
    (folder / "articles" / "a1.txt").write_text(ARTICLE.text, encoding="utf-8")
    damage = data.draw(damaged(rows))
    (folder / name).write_text("\n".join(json.dumps(row) for row in damage), encoding="utf-8")
    assert all(problem.hint for problem in refused(lambda: read(folder)))


@given(st.binary(max_size=60))
def test_any_bytes_as_json_lines(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path: Path = tmp_path_factory.mktemp("bytes") / "rows.jsonl"
    path.write_bytes(content)
    problems = refused(lambda: read_json_lines(path))
    assert {problem.code for problem in problems} <= {"bad-json", "not-a-number", "duplicate-key"}
    if not problems:
        rows = [row for _, row in read_json_lines(path)]
        path.write_bytes(json_lines(rows))
        assert [row for _, row in read_json_lines(path)] == rows
