"""The leaderboard as one HTML file: nothing is loaded, nothing runs, everything that came from outside is escaped."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from markupsafe import Markup

from communique.board_text import caution, figures, interval, percent, rank_of, trained_on
from communique.html_page import rendered
from communique.leaderboard import Board, records
from communique.schema import Row
from communique.statistics import LEVEL, MINIMUM_STORYLINES
from communique.tasks import TASKS

SMALL = 30
"""Fewer gold items than this are greyed."""
MOST_ARTICLES = 2
MOST_PARAGRAPHS = 3
"""How much is shown of each pair of systems."""

SIGNS = {"wrong": "✗", "missed": "∅"}
"""What stands before a label, for those who see no colours."""

Predictions = Mapping[str, Mapping[str, Row]]
"""Predicted rows by system and article."""


def _drawn(low: float | None, f1: float, high: float | None) -> Markup:
    """The score as a dot and its interval as a line over the axis from 0 to 100."""
    reach = ""
    if percent(low) and low is not None and high is not None:
        reach = f'<line class="reach" x1="{100 * low:.1f}" x2="{100 * high:.1f}" y1="6" y2="6"/>'
    return Markup(
        '<svg viewBox="-3 0 106 12" role="img" aria-hidden="true"><line class="axis" x1="0" x2="100" y1="6" y2="6"/>'
        f'{reach}<circle class="dot" cx="{100 * f1:.1f}" cy="6" r="2"/></svg>'
    )


def _groups(board: Board, systems: Sequence[str]) -> list[Row]:
    """The slices by group, in order: figures of the whole first."""
    groups: dict[str, list[Row]] = {}
    measures = {}
    for name, by_system in figures(board):
        group, _, value = name.partition(": ")
        first = next(iter(by_system.values()))
        cells = [
            {"score": percent(row["score"]), "interval": interval(row["low"], row["high"])}
            if (row := by_system.get(system)) else {"score": "", "interval": ""}
            for system in systems
        ]  # fmt: skip
        title = group if value else "figures"
        measures[title] = first["measure"]
        groups.setdefault(title, []).append(
            {"name": value or group, "gold": f"{first['gold']:,}", "cells": cells,
             "small": first["gold"] < SMALL or first["storylines"] < MINIMUM_STORYLINES}
        )  # fmt: skip
    return [{"name": name, "measure": measures[name], "rows": rows} for name, rows in groups.items()]


Item = tuple[int, int, str]
"""A span of code points (half-open) and its label."""


def shown_items(task: str, row: Row) -> set[Item]:
    """What of an article's annotation, gold or predicted, is marked in its text."""
    if task == "entities":
        return {(item["start"], item["end"], item["type"]) for item in row["mentions"] if item["level"] == "name"}
    if task == "events":
        types = {item["id"]: item["type"] for item in row["events"]}
        triggers = {(item["start"], item["end"], item["type"]) for item in row["events"]}
        return triggers | {
            (item["start"], item["end"], f"{types[item['event']]} {item['role']}") for item in row["arguments"]
        }
    cues = {(item["cue_start"], item["cue_end"], "cue") for item in row["quotes"] if item["cue_start"] is not None}
    return cues | {(part["start"], part["end"], "content") for part in row["contents"]}


def _pieces(text: str, start: int, end: int, items: set[Item], gold: set[Item]) -> list[Row]:
    """A paragraph cut at every border of a span, each piece with the worst of what its spans are."""
    inside = [item for item in items | gold if start <= item[0] and item[1] <= end]
    borders = sorted({start, end, *(border for item in inside for border in item[:2])})
    pieces = []
    for first, last in pairwise(borders):
        over = [item for item in inside if item[0] <= first and last <= item[1]]
        kinds = {"missed" if item not in items else "right" if item in gold else "wrong" for item in over}
        kind = next((name for name in ("wrong", "missed", "right") if name in kinds), "")
        begun = [item for item in over if item[0] == first]
        label = " ".join(sorted({item[2] for item in begun if item in items} or {item[2] for item in begun}))
        label = f"{SIGNS.get(kind, '')} {label}".strip() if begun else ""
        pieces.append({"text": text[first:last], "kind": kind, "label": label})
    return pieces


def _contrast(board: Board, pair: Row, gold: Mapping[str, Row], predictions: Predictions) -> Row:
    """The articles where two systems differ most, with the paragraphs where their predictions do."""
    names = [pair["first"], pair["second"]]
    scores: dict[str, dict[str, float]] = {}
    for score in records(board.articles):
        scores.setdefault(score["article"], {})[score["system"]] = score["f1"]
    gaps = {article: abs(of_system[names[0]] - of_system[names[1]]) for article, of_system in scores.items()}
    widest = sorted((article for article in gaps if gaps[article]), key=lambda article: (-gaps[article], article))
    articles = []
    for article in widest[:MOST_ARTICLES]:
        row = gold[article]
        right = shown_items(board.task, row)
        found = [shown_items(board.task, predictions[name][article]) for name in names]
        differing = [
            paragraph for paragraph in row["paragraphs"]
            if any(paragraph["start"] <= item[0] and item[1] <= paragraph["end"] for item in found[0] ^ found[1])
        ]  # fmt: skip
        versions = [("gold", right), (names[0], found[0]), (names[1], found[1])]
        paragraphs = [
            [{"who": who, "pieces": _pieces(row["text"], paragraph["start"], paragraph["end"], items, right)}
             for who, items in versions]
            for paragraph in differing[:MOST_PARAGRAPHS]
        ]  # fmt: skip
        one, other = (percent(scores[article][name]) for name in names)
        articles.append({"id": article, "title": row["title"], "one": one, "other": other, "paragraphs": paragraphs})
    return {"first": names[0], "second": names[1], "articles": articles}


def _board(board: Board, gold_rows: Sequence[Row], predictions: Predictions) -> Row:
    names = board.systems["system"].tolist()
    systems = [
        row | {"rank": rank_of(row), "f1": percent(row["f1"]), "drawn": _drawn(row["low"], row["f1"], row["high"]),
               "interval": interval(row["low"], row["high"]), "precision": percent(row["precision"]),
               "recall": percent(row["recall"]), "first_copies": percent(row["f1_first_copies"]),
               "trained_on": trained_on(row, board)}
        for row in records(board.systems)
    ]  # fmt: skip
    pairs = [
        row | {"difference": f"{100 * row['difference']:+.1f}", "interval": interval(row["low"], row["high"]),
               "p": f"{row['p_adjusted']:.4f}", "detectable": percent(row["detectable"]),
               "apart": row["p_adjusted"] < 1 - LEVEL}
        for row in records(board.pairs)
    ]  # fmt: skip
    gold = {row["id"]: row for row in gold_rows}
    compared = [row for row in records(board.pairs) if {row["first"], row["second"]} <= predictions.keys()]
    return {
        "task": board.task, "split": board.split, "storylines": board.storylines, "signature": board.signature,
        "headline": TASKS[board.task].HEADLINE, "matching": TASKS[board.task].MATCHING,
        "articles": board.articles["article"].nunique(), "caution": caution(board), "names": names,
        "systems": systems, "pairs": pairs, "groups": _groups(board, names),
        "contrasts": [_contrast(board, pair, gold, predictions) for pair in compared],
    }  # fmt: skip


def page(
    boards: Sequence[Board],
    gold_rows: Mapping[str, Sequence[Row]],
    predictions: Mapping[tuple[str, str], Predictions],
) -> str:
    """The page.

    Args:
        boards: what to show, in this order.
        gold_rows: joined gold rows of each split on a board.
        predictions: predicted rows by (task, split), system and article; a pair of systems is shown in the text only if
            both are there.
    """
    shown = [_board(board, gold_rows[board.split], predictions.get((board.task, board.split), {})) for board in boards]
    return rendered("page.html", ["page.css"], boards=shown, small=SMALL, few=MINIMUM_STORYLINES)
