"""Each problem code has one case, `cases/invalid/<code>.json`, and each case gives just its code."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from communique.adjudication import adjudicate
from communique.articles import load_articles, text_hash
from communique.check import article_problems, gold_problems, layer_problems
from communique.controls import config_problems
from communique.files import read_json_lines
from communique.label_studio import read_task
from communique.names import overused_name_problems, real_name_problems, similar_name_problems
from communique.overlap import repetition_problems
from communique.predictions import prediction_problems, read_predictions
from communique.problems import CODES, Problem, ProblemsError, refuse
from communique.schema import LAYERS
from communique.sheet import resolve
from communique.submissions import refuse_large
from communique.world import load_world, world_problems
from support import fill, make_article

CASES = Path(__file__).parent / "cases" / "invalid"


def _dated(content: dict[str, Any]) -> dict[str, Any]:
    """Dates as YAML reads them; JSON has none."""
    for row in content["offices"]:
        row |= {name: row[name] and date.fromisoformat(row[name]) for name in ("from", "to")}
    return content


def run(case: dict[str, Any], folder: Path) -> None:
    """Give the case to the check it names; raise `ProblemsError` with what it finds."""
    article = make_article(case.get("text", "T"))
    match case["check"]:
        case "json_lines":
            (folder / "rows.jsonl").write_text(case["text"], encoding="utf-8")
            read_json_lines(folder / "rows.jsonl")
        case "predictions":
            (folder / "entities.test.jsonl").write_text(case["text"], encoding="utf-8")
            gold = [{"id": "a1", "text": "Peloumt accuses Izeevo"}]
            predicted = read_predictions(folder / "entities.test.jsonl")
            refuse(prediction_problems(case["task"], gold, predicted))
        case "large":
            (folder / "entities.test.jsonl").write_text(case["text"], encoding="utf-8")
            refuse_large(folder / "entities.test.jsonl", 1)
        case "layer":
            refuse(layer_problems(article, case["layer"], fill(article, case["layer"], case["row"]), "here"))
        case "article":
            layers = {layer: fill(article, layer, tables) for layer, tables in case["layers"].items()}
            refuse(article_problems(article, layers, "here"))
        case "gold":
            layers = {layer: fill(article, layer, tables) for layer, tables in case["layers"].items()}
            refuse(gold_problems([article], {"a1": layers}, ["peloumt"]))
        case "world":
            for name, content in case["files"].items():
                text = content if isinstance(content, str) else yaml.safe_dump(_dated(content))
                (folder / name).write_text(text, encoding="utf-8")
            world = load_world(folder)
            problems = world_problems(world) + similar_name_problems(world)
            problems += real_name_problems(world, {"lyon"}, ["angela merkel"])
            refuse(problems + overused_name_problems(world, {"elena"}))
        case "seeds" | "repetition":
            (folder / "articles").mkdir()
            for name, text in case["files"].items():
                (folder / "articles" / name).write_text(text, encoding="utf-8")
            rows = [
                row | {"sha256": text_hash(case["files"].get(row["file"], ""))} if row["sha256"] == "@" else row
                for row in case["index"]
            ]
            (folder / "index.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
            articles = load_articles(folder)
            refuse(repetition_problems(articles) if case["check"] == "repetition" else [])
        case "label_studio":
            refuse(read_task(case["layer"], case["task"], article, "ana", 1, "0.1")[1])
        case "label_config":
            refuse(config_problems(case["layer"], case["config"], "here"))
        case "adjudication":
            passes = [
                {"a1": {layer: fill(article, layer, case[name] if layer == "entities" else {}) for layer in LAYERS}}
                for name in ("first", "second")
            ]
            links = {"a1": {"first": {"peloumt": "peloumt"}, "second": {"peloumt": "peloumt"}}}
            decisions = [(f"decisions.jsonl:{n}", row) for n, row in enumerate(case["decisions"], start=1)]
            refuse(adjudicate([article], passes[0], passes[1], links, decisions)[2])
        case "sheet":
            resolve(case["sheet"], article, "ana", "0.1")
        case other:
            raise ValueError(other)


def test_each_code_has_a_case() -> None:
    assert {path.stem for path in CASES.glob("*.json")} == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_each_case_gives_just_its_code(code: str, tmp_path: Path) -> None:
    case = json.loads((CASES / f"{code}.json").read_text(encoding="utf-8"))
    with pytest.raises(ProblemsError) as caught:
        run(case, tmp_path)
    assert {problem.code for problem in caught.value.problems} == {code}
    for problem in caught.value.problems:
        assert problem.place, "a problem says where it stands"
        assert problem.hint, f"{problem} does not say what is allowed or what to do"
        assert str(problem) in str(caught.value)


def test_an_unknown_code_is_a_bug() -> None:
    with pytest.raises(ValueError, match="no-such-code"):
        Problem("here", "no-such-code", "message")


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"a": 1\n{}\n{"b": NaN}\n[1]\n{"c": 1, "c": 2}\n', encoding="utf-8")
    with pytest.raises(ProblemsError) as caught:
        read_json_lines(tmp_path / "rows.jsonl")
    assert [(problem.place, problem.code) for problem in caught.value.problems] == [
        ("rows.jsonl:1", "bad-json"),
        ("rows.jsonl:3", "not-a-number"),
        ("rows.jsonl:4", "bad-json"),
        ("rows.jsonl:5", "duplicate-key"),
    ]
