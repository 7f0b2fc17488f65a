"""Boards as text: for a terminal, as Markdown, as CSV, and as JSON that can be read back."""

import html
import json
import re
from collections.abc import Sequence

import pandas as pd

from communique.files import parse_json
from communique.leaderboard import ARTICLE_COLUMNS, PAIR_COLUMNS, SLICE_COLUMNS, SYSTEM_COLUMNS, Board, records
from communique.problems import Problem, ProblemsError, refuse
from communique.schema import SPLITS, Row
from communique.statistics import LEVEL, MINIMUM_STORYLINES, smallest_p
from communique.submissions import LINK
from communique.tasks import TASKS

TABLES = {"systems": SYSTEM_COLUMNS, "slices": SLICE_COLUMNS, "pairs": PAIR_COLUMNS, "articles": ARTICLE_COLUMNS}


def percent(value: float | None) -> str:
    """A share in percent with one decimal, empty for None."""
    return "" if value is None or pd.isna(value) else f"{100 * value:.1f}"


def interval(low: float | None, high: float | None) -> str:
    """An interval in percent, empty for None."""
    return f"{percent(low)} to {percent(high)}" if percent(low) else ""


def _plain(text: str) -> str:
    """Text from a card as one line of Markdown that means nothing but itself: no HTML, links, cells or emphasis."""
    escaped = re.sub(r"([\\`*_\[\]|~$])", r"\\\1", html.escape(" ".join(text.split()), quote=False))
    return re.sub(r"(?<=\w)\.(?=\w)|[:@]|#(?=\d)", lambda match: f"&#{ord(match[0])};", escaped)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        "| " + " | ".join(heads) + " |",
        "|---" * len(heads) + "|",
        *("| " + " | ".join(row) + " |" for row in rows),
    ]


def caution(board: Board) -> str:
    """What the board's numbers cannot tell, empty if there are storylines enough."""
    if board.storylines < MINIMUM_STORYLINES:
        return (
            f"{board.storylines} storyline{'s' if board.storylines != 1 else ''}: no interval and no rank under "
            f"{MINIMUM_STORYLINES}. These numbers show that the pipeline runs, not how good a system is."
        )
    smallest, pairs = smallest_p(board.storylines), len(board.pairs)
    if smallest * pairs >= 1 - LEVEL:
        return (
            f"With {board.storylines} storylines no p is below {smallest:.4f}, so that Holm over {pairs} pairs "
            "can tell no two systems apart: compare fewer."
        )
    return ""


def rank_of(row: Row) -> str:
    """A system's rank, empty where nothing is ranked."""
    return "" if row["rank"] is None or pd.isna(row["rank"]) else str(int(row["rank"]))


def trained_on(row: Row, board: Board) -> str:
    """What a system was trained on, with a warning if that is the split it is scored on."""
    warning = " (the split it is scored on)" if row["training_data"] == board.split else ""
    return f"{row['training_data']}{warning}"


def figures(board: Board) -> list[tuple[str, dict[str, Row]]]:
    """The slices in order, each with the row of every system that has it."""
    found: dict[str, dict[str, Row]] = {}
    for row in records(board.slices):
        found.setdefault(row["slice"], {})[row["system"]] = row
    return list(found.items())


def markdown(board: Board) -> str:
    """The board as a Markdown section: the systems, further figures, the differences; says what it cannot tell."""
    headline = TASKS[board.task].HEADLINE
    systems = board.systems["system"].tolist()
    rows = [
        [rank_of(row), _plain(row["system"]), percent(row["f1"]), interval(row["low"], row["high"]),
         percent(row["precision"]), percent(row["recall"]), percent(row["f1_first_copies"]),
         _plain(trained_on(row, board))]
        for row in records(board.systems)
    ]  # fmt: skip
    heads = ["rank", "system", "F1", "95 % interval", "precision", "recall", "F1, first copies only", "trained on"]
    lines = [f"## {board.task.capitalize()}, split `{board.split}` ({headline} F1)", "", *_table(heads, rows), ""]
    cells = [
        [_plain(name), f"{next(iter(of_system.values()))['gold']:,}",
         *(percent(of_system[system]["score"]) if system in of_system else "" for system in systems)]
        for name, of_system in figures(board) if ":" not in name and "," not in name
    ]  # fmt: skip
    lines += [*_table(["F1", "in gold", *map(_plain, systems)], cells), ""]
    if len(board.pairs):
        cells = [
            [f"{_plain(row['first'])} - {_plain(row['second'])}", f"{100 * row['difference']:+.1f}",
             interval(row["low"], row["high"]), f"{row['p_adjusted']:.4f}", percent(row["detectable"])]
            for row in records(board.pairs)
        ]  # fmt: skip
        heads = ["difference", "F1", "95 % interval", "p (Holm)", "smallest difference found 4 times in 5"]
        lines += [*_table(heads, cells), ""]
    lines += [caution(board), ""] if caution(board) else []
    return "\n".join([*lines, f"Signature: {board.signature}", ""])


def text_table(board: Board) -> str:
    """The board for a terminal."""
    rows = [
        {"rank": rank_of(row) or "-", "system": row["system"], "f1": percent(row["f1"]),
         "interval": interval(row["low"], row["high"]) or "-", "precision": percent(row["precision"]),
         "recall": percent(row["recall"]), "first copies": percent(row["f1_first_copies"]), "macro": row["macro"],
         "trained on": row["training_data"]}
        for row in records(board.systems)
    ]  # fmt: skip
    shown = pd.DataFrame(rows).to_string(index=False) if rows else "no system"
    return f"{board.task}, {board.split}\n{shown}\n{board.signature}\n"


def no_formula(value: object) -> object:
    """The value, text so that no spreadsheet takes it for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def to_csv(boards: Sequence[Board]) -> str:
    """Every figure of every system, one line each, with its signature."""
    tables = [board.slices.assign(task=board.task, split=board.split, signature=board.signature) for board in boards]
    columns = ["task", "split", "slice", "system", "measure", "score", "low", "high", "gold", "storylines", "signature"]
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
    plain = table[columns].astype(object).map(no_formula)
    return str(plain.to_csv(index=False, lineterminator="\n"))


def to_json(boards: Sequence[Board]) -> str:
    """The boards whole; `from_json` reads them back."""

    content = [
        {"task": board.task, "split": board.split, "storylines": board.storylines, "signature": board.signature}
        | {name: records(getattr(board, name)) for name in TABLES}
        for board in boards
    ]
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


_TEXTS = {"system", "training_data", "authors", "date", "description", "parameters", "compute", "macro", "slice",
          "measure", "first", "second", "article", "storyline"}  # fmt: skip
_NULLABLE = {"rank", "low", "high", "link"}


def _is_cell(name: str, value: object) -> bool:
    if value is None:
        return name in _NULLABLE
    if name in _TEXTS or name == "link":
        return isinstance(value, str)
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_board(row: object) -> bool:
    """Whether a JSON value has the shape of a board: its tables, their columns, texts and numbers where they belong."""
    if not isinstance(row, dict) or set(row) != {"task", "split", "storylines", "signature", *TABLES}:
        return False
    if not (row["task"] in TASKS and row["split"] in SPLITS and type(row["storylines"]) is int):
        return False
    signed = row["signature"]
    if not isinstance(signed, str) or not all(": " in part for part in signed.split(" | ")):
        return False
    return all(
        isinstance(row[name], list)
        and all(isinstance(item, dict) and set(item) == set(columns) for item in row[name])
        and all(_is_cell(column, value) for item in row[name] for column, value in item.items())
        for name, columns in TABLES.items()
    )


def from_json(text: str, place: str) -> list[Board]:
    """The boards of `to_json`; raises `ProblemsError` for what is none."""
    content = parse_json(text, place)
    hint = "a file that scripts/leaderboard.py --out BOARD.json wrote"
    if not isinstance(content, list) or not all(map(_is_board, content)):
        raise ProblemsError([Problem(place, "bad-value", "no leaderboard", hint)])
    refuse(
        Problem(f"{place} {row['system']}", "bad-value", f"link is {row['link']!r}", "an https:// address, or null")
        for board in content
        for row in board["systems"]
        if row["link"] is not None and not LINK.fullmatch(row["link"])
    )
    return [

            Board(
                row["task"], row["split"], row["storylines"], row["signature"],
                *(pd.DataFrame(row[name], columns=columns) for name, columns in TABLES.items()),
            )
            for row in content
        ]  # fmt: skip
