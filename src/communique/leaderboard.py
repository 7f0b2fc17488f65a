"""The board: prediction files of a folder of systems, validated, scored, ranked, signed.

A system is a folder with `card.yaml` (`name, description, authors, training_data, parameters, compute, link`) and
prediction files `TASK.SPLIT.jsonl` or `.parquet`.
"""

import hashlib
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import yaml
from tqdm import tqdm

import communique
from communique.files import json_lines
from communique.predictions import prediction_problems, read_predictions
from communique.problems import Problem, ProblemsError, refuse
from communique.rows import row_problems
from communique.schema import Field, Row
from communique.scoring import count_articles, summarize
from communique.statistics import LEVEL, MINIMUM_STORYLINES, RESAMPLES, SEED, f1_interval, shared_ranks
from communique.tasks import TASKS

CARD_FIELDS = (
    Field("name"),
    Field("description"),
    Field("authors"),
    Field("training_data"),
    Field("parameters"),
    Field("compute"),
    Field("link", nullable=True),
)
FIRST_COPIES = ", first copies"


@dataclass(frozen=True)
class Board:
    """One task and split. `table` has a row per system, best first; `signature` is the same for all of its numbers."""

    task: str
    split: str
    table: pd.DataFrame
    storylines: int
    signature: str


def read_card(folder: Path) -> Row:
    """A system's card. Raises `ProblemsError` when it is absent, not YAML, or lacks a field."""
    path = folder / "card.yaml"
    place = f"{folder.name}/card.yaml"
    try:
        card = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        hint = "fields: " + ", ".join(field.name for field in CARD_FIELDS)
        raise ProblemsError([Problem(place, "missing-file", "no card", hint)]) from None
    except yaml.YAMLError as error:
        raise ProblemsError([Problem(place, "bad-json", f"not YAML: {error}", "key: value lines")]) from None
    refuse(row_problems(place, card, CARD_FIELDS))
    return dict(card)


def signature(task: str, split: str, gold_rows: Sequence[Row]) -> str:
    """What a score depends on, in one line. Scores with different signatures cannot be compared."""
    gold = hashlib.sha256(json_lines(gold_rows)).hexdigest()[:16]
    parts = {
        "task": task,
        "split": split,
        "gold": gold,
        "data": communique.DATA_VERSION,
        "package": communique.__version__,
        "match": TASKS[task].MATCHING,
        "interval": f"linearised t over storylines, {LEVEL:.0%}",
        "ranks": f"paired permutation, {RESAMPLES} resamples, seed {SEED}, Holm",
    }
    return " | ".join(f"{name}: {value}" for name, value in parts.items())


def _prediction_file(folder: Path, task: str, split: str) -> Path | None:
    found = [folder / f"{task}.{split}{ending}" for ending in (".jsonl", ".parquet")]
    return next((path for path in found if path.exists()), None)


def make_board(systems: Path, task: str, split: str, gold_rows: Sequence[Row]) -> Board:
    """Score every system of a folder that predicts this task and split.

    Raises `ProblemsError` with everything wrong with any card or prediction file; a broken system is not left out in
    silence. A folder without predictions gives an empty board.
    """
    module = TASKS[task]
    problems: list[Problem] = []
    records, counts = [], []
    folders = [folder for folder in sorted(systems.iterdir()) if _prediction_file(folder, task, split)]
    for folder in tqdm(folders, desc=f"score {task} on {split}", unit="system", disable=len(folders) < 2):
        path = _prediction_file(folder, task, split)
        assert path is not None
        try:
            card = read_card(folder)
            predicted = read_predictions(path)
            refuse(
                Problem(f"{folder.name}/{problem.place}", problem.code, problem.message, problem.hint)
                for problem in prediction_problems(task, gold_rows, predicted)
            )
        except ProblemsError as error:
            problems += error.problems
            continue
        table = count_articles(module.count, gold_rows, [row for _, row in predicted])
        result = summarize(table, module.HEADLINE)
        headline = table[table["slice"] == module.HEADLINE]
        by_storyline = headline.groupby("storyline")[["tp", "predicted", "gold"]].sum().sort_index().to_numpy()
        counts.append(by_storyline)
        low, high = f1_interval(by_storyline) or (None, None)
        without = result["slices"].get(module.HEADLINE + FIRST_COPIES, {})
        records.append(
            {
                "system": card["name"],
                "f1": result["f1"],
                "low": low,
                "high": high,
                "precision": result["precision"],
                "recall": result["recall"],
                "f1_first_copies": without.get("f1"),
                "trained_on": card["training_data"],
            }
        )
    refuse(problems)
    ranks = shared_ranks([record["f1"] for record in records], counts)
    columns = ["rank", "system", "f1", "low", "high", "precision", "recall", "f1_first_copies", "trained_on"]
    rows = [{"rank": ranks[number] if ranks else None} | record for number, record in enumerate(records)]
    rows.sort(key=lambda row: (-row["f1"], row["system"]))
    storylines = len({row.get("storyline", row["id"]) for row in gold_rows})
    return Board(task, split, pd.DataFrame(rows, columns=columns), storylines, signature(task, split, gold_rows))


def _percent(value: float | None) -> str:
    return "" if value is None or pd.isna(value) else f"{100 * value:.1f}"


def _plain(text: str) -> str:
    """Text from a card as one line of Markdown that means nothing but itself: no HTML, links, cells or emphasis."""
    return re.sub(r"([\\`*_\[\]|])", r"\\\1", html.escape(" ".join(text.split()), quote=False))


def markdown(board: Board) -> str:
    """The board as a Markdown section; says what its numbers cannot tell."""
    headline = TASKS[board.task].HEADLINE
    lines = [f"## {board.task.capitalize()}, split `{board.split}` ({headline} F1)", ""]
    heads = ["rank", "system", "F1", "95 % interval", "precision", "recall", "F1, first copies only", "trained on"]
    lines += ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for row in board.table.to_dict("records"):
        rank = "" if row["rank"] is None or pd.isna(row["rank"]) else str(int(row["rank"]))
        interval = f"{_percent(row['low'])} to {_percent(row['high'])}" if _percent(row["low"]) else ""
        trained = _plain(row["trained_on"])
        trained += " (the split it is scored on)" if row["trained_on"] == board.split else ""
        cells = [rank, _plain(row["system"]), _percent(row["f1"]), interval, _percent(row["precision"]),
                 _percent(row["recall"]), _percent(row["f1_first_copies"]), trained]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    lines.append("")
    if board.storylines < MINIMUM_STORYLINES:
        lines += [
            f"{board.storylines} storyline{'s' if board.storylines != 1 else ''}: no interval and no rank under "
            f"{MINIMUM_STORYLINES}. These numbers show that the pipeline runs, not how good a system is.",
            "",
        ]
    return "\n".join([*lines, f"Signature: {board.signature}", ""])


def text_table(board: Board) -> str:
    """The board for a terminal."""
    percents = [name for name in board.table.columns if name not in ("rank", "system", "trained_on")]
    table = board.table.astype(object)
    for name in percents:
        table[name] = [_percent(value) or "-" for value in table[name]]
    table["rank"] = ["-" if pd.isna(rank) else str(int(rank)) for rank in table["rank"]]
    shown = table.to_string(index=False)
    return f"{board.task}, {board.split}\n{shown}\n{board.signature}\n"
