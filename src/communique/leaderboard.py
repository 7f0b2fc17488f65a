"""Leaderboards: systems scored on one task and split, with intervals, shared ranks, slices, pairs and a signature."""

import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

import communique
from communique.files import json_lines
from communique.problems import Problem, ProblemsError, refuse
from communique.schema import Row
from communique.scoring import FIRST_COPIES, scores, summarize
from communique.statistics import (
    EXACT,
    LEVEL,
    MINIMUM_STORYLINES,
    RESAMPLES,
    SEED,
    difference,
    f1_intervals,
    holm,
    shared_ranks,
)
from communique.submissions import read_card, refuse_large, submissions
from communique.tasks import TASKS, entities

SYSTEM_COLUMNS = [
    "rank", "system", "f1", "low", "high", "precision", "recall", "f1_first_copies", "macro", "training_data",
    "authors", "date", "description", "parameters", "compute", "link",
]  # fmt: skip
SLICE_COLUMNS = ["slice", "system", "measure", "score", "low", "high", "gold", "storylines"]
PAIR_COLUMNS = ["first", "second", "difference", "low", "high", "p", "p_adjusted", "detectable"]
ARTICLE_COLUMNS = ["article", "storyline", "system", "f1", "tp", "predicted", "gold"]


@dataclass(frozen=True)
class Board:
    """One task and split, all numbers under one signature.

    `systems` has a row per system, best first; `slices` a row per slice and system (`measure` F1 or recall, `gold` the
    support, `storylines` those with anything of the slice); `pairs` a row per pair of systems (`difference` of F1,
    first minus second; `p_adjusted` by Holm over all pairs; `detectable` see `communique.statistics.Difference`);
    `articles` the headline per article and system.
    """

    task: str
    split: str
    storylines: int
    signature: str
    systems: pd.DataFrame
    slices: pd.DataFrame
    pairs: pd.DataFrame
    articles: pd.DataFrame


def signature(task: str, split: str, gold_rows: Sequence[Row]) -> str:
    """What a score depends on, in one line. Scores with different signatures cannot be compared."""
    rows = [{name: value for name, value in row.items() if name != entities.SEEN} for row in gold_rows]
    gold = hashlib.sha256(json_lines(rows)).hexdigest()[:16]
    parts = {
        "task": task,
        "split": split,
        "gold": gold,
        "data": communique.DATA_VERSION,
        "package": communique.__version__,
        "match": TASKS[task].MATCHING,
        "interval": f"bootstrap-t over storylines, {LEVEL:.0%}, {RESAMPLES} resamples, seed {SEED}",
        "ranks": f"paired permutation, exact up to {EXACT} storylines, else {RESAMPLES}, seed {SEED}, Holm",
    }
    return " | ".join(f"{name}: {value}" for name, value in parts.items())


def refuse_mixed(signatures: Sequence[str]) -> None:
    """Raise `ProblemsError` when signatures differ, with the parts that do."""
    parts = [dict(part.split(": ", 1) for part in one.split(" | ")) for one in signatures]
    differing = [name for name in dict.fromkeys(itertools.chain(*parts)) if len({one.get(name) for one in parts}) > 1]
    hint = "only numbers under one signature can be compared: score all systems again"
    refuse(
        Problem("signature", "bad-value", f"{name}: " + " / ".join(sorted({str(one.get(name)) for one in parts})), hint)
        for name in differing
    )


def _by_storyline(counts: pd.DataFrame) -> NDArray[Any]:
    """Counts of one slice per storyline, shape (storylines, 3), in the order of the storylines' names.

    A slice with recall alone counts as many predictions as gold items: 2 tp / (gold + gold) is its recall.
    """
    table = counts.assign(predicted=counts["predicted"].fillna(counts["gold"]))
    return table.groupby("storyline")[["tp", "predicted", "gold"]].sum().sort_index().to_numpy()


def records(table: pd.DataFrame) -> list[Row]:
    """A table's rows as dictionaries, with None for what is absent."""
    plain = table.astype(object).where(table.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]


def _slice_rows(system: str, counts: pd.DataFrame, result: Row) -> list[Row]:
    names = counts["slice"].unique().tolist()
    storylines = sorted(counts["storyline"].unique())
    table = counts.assign(predicted=counts["predicted"].fillna(counts["gold"]))
    sums = table.groupby(["slice", "storyline"], sort=False)[["tp", "predicted", "gold"]].sum()
    sums = sums.reindex(pd.MultiIndex.from_product([names, storylines]), fill_value=0)
    by_storyline = sums.to_numpy().reshape(len(names), len(storylines), 3)
    rows = []
    for name, of_slice, interval in zip(names, by_storyline, f1_intervals(by_storyline), strict=True):
        found = result["slices"][name]
        low, high = interval or (None, None)
        measure = "recall" if found["f1"] is None else "F1"
        score = found["recall"] if found["f1"] is None else found["f1"]
        filled = int((of_slice.sum(axis=1) > 0).sum())
        rows.append(
            {"slice": name, "system": system, "measure": measure, "score": score, "low": low, "high": high,
             "gold": found["gold"], "storylines": filled}
        )  # fmt: skip
    return rows


def _article_rows(system: str, headline: pd.DataFrame) -> list[Row]:
    sizes = headline["predicted"] + headline["gold"]
    f1 = (2 * headline["tp"] / sizes.where(sizes > 0)).fillna(1.0)
    table = headline[["article", "storyline", "tp", "predicted", "gold"]].assign(system=system, f1=f1)
    return table.astype({"predicted": int}).to_dict("records")  # type: ignore[return-value]


def _pair_rows(names: Sequence[str], counts: Sequence[NDArray[Any]]) -> list[Row]:
    """Every pair of systems, in the order of their numbers; none with fewer than eight storylines."""
    rows: list[Row] = []
    pairs = list(itertools.combinations(range(len(names)), 2))
    for i, j in tqdm(pairs, desc="compare systems", unit="pair", disable=len(pairs) < 10):
        found = difference(counts[i], counts[j])
        if found is not None:
            rows.append({"first": names[i], "second": names[j], "difference": found.value} | found._asdict())
    for row, p in zip(rows, holm([row["p"] for row in rows]), strict=True):
        row["p_adjusted"] = p
    return rows


def _board(
    task: str, split: str, signed: str, systems: pd.DataFrame, slices: pd.DataFrame, articles: pd.DataFrame
) -> Board:
    """Compare the systems, rank them and put the best first (of equals the first in the alphabet)."""
    systems = systems.sort_values(["f1", "system"], ascending=[False, True], ignore_index=True)
    names = systems["system"].tolist()
    counts = [_by_storyline(articles[articles["system"] == name]) for name in names]
    pairs = _pair_rows(names, counts)
    numbers = list(itertools.combinations(range(len(names)), 2)) if pairs else []
    adjusted = {pair: row["p_adjusted"] for pair, row in zip(numbers, pairs, strict=True)}
    storylines = int(articles["storyline"].nunique())
    ranked = storylines >= MINIMUM_STORYLINES
    ranks = shared_ranks([float(value) for value in systems["f1"]], adjusted) if ranked else [pd.NA] * len(names)
    ordered = systems.assign(rank=pd.array(ranks, dtype="Int64"))
    return Board(
        task,
        split,
        storylines,
        signed,
        ordered[SYSTEM_COLUMNS],
        slices,
        pd.DataFrame(pairs, columns=PAIR_COLUMNS),
        articles,
    )


def merge(boards: Sequence[Board]) -> Board:
    """One board of all systems of boards for the same task and split, compared and ranked again; at least one board.

    Scores and intervals of systems are computed again from the counts per article; slices are taken as they are.
    Raises `ProblemsError` when signatures differ, with the parts that do, when two systems have one name, and when the
    counts of an article are not those of the first board's gold.
    """
    refuse_mixed([board.signature for board in boards])
    refuse(problem for board in boards for problem in _count_problems(boards[0], board))
    systems, slices, articles = (
        pd.concat([getattr(board, name) for board in boards], ignore_index=True)
        for name in ("systems", "slices", "articles")
    )
    refuse(_name_problems(systems["system"].tolist()))
    again = [_headline(articles[articles["system"] == name]) for name in systems["system"]]
    systems = systems.assign(**{key: [scores[key] for scores in again] for key in again[0]}) if again else systems
    return _board(boards[0].task, boards[0].split, boards[0].signature, systems, slices, articles)


def _headline(articles: pd.DataFrame) -> Row:
    """A system's scores and interval from its counts per article."""
    tp, predicted, gold = (int(articles[name].sum()) for name in ("tp", "predicted", "gold"))
    low, high = f1_intervals(_by_storyline(articles)[None])[0] or (None, None)
    return scores(tp, predicted, gold) | {"low": low, "high": high}


def _count_problems(first: Board, board: Board) -> list[Problem]:
    """Systems without counts for every article of the first board, or with counts that cannot be."""
    columns = ["article", "storyline", "gold"]
    one = first.articles[columns].drop_duplicates().sort_values(columns).to_numpy().tolist()
    problems = []
    for name in board.systems["system"]:
        rows = board.articles[board.articles["system"] == name]
        possible = (rows["tp"] >= 0) & (rows["tp"] <= rows["gold"]) & (rows["tp"] <= rows["predicted"])
        if rows[columns].sort_values(columns).to_numpy().tolist() != one or not possible.all():
            hint = "a board that scripts/leaderboard.py wrote and nobody changed"
            problems.append(Problem(str(name), "bad-value", "counts of articles that do not fit the gold", hint))
    return problems


def _name_problems(names: Sequence[str]) -> list[Problem]:
    return [
        Problem("systems", "duplicate-id", f"{names.count(name)} systems are named {name!r}", "one name each")
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]


def make_board(systems: Path, task: str, split: str, gold_rows: Sequence[Row]) -> Board:
    """Score every system of a folder that predicts this task and split.

    Raises `ProblemsError` with everything wrong with any card or prediction file; a broken system is not left out in
    silence. A folder without predictions gives an empty board.
    """
    module = TASKS[task]
    problems: list[Problem] = []
    records: list[Row] = []
    slices: list[Row] = []
    articles: list[Row] = []
    found = submissions(systems, task, split)
    for folder, path in tqdm(found, desc=f"score {task} on {split}", unit="system", disable=len(found) < 2):
        try:
            card = read_card(folder)
            refuse_large(path, len(gold_rows))
            loaded = module.load(path, gold_rows)
        except ProblemsError as error:
            problems += [
                Problem(f"{folder.name}/{problem.place.removeprefix(folder.name + '/')}", problem.code, problem.message,
                        problem.hint) for problem in error.problems
            ]  # fmt: skip
            continue
        table = module.counts(gold_rows, loaded)
        result = summarize(table, module.HEADLINE, module.MACROS)
        headline = table[table["slice"] == module.HEADLINE]
        name = card.pop("name")
        macro = ", ".join(f"{group} {100 * value:.1f}" for group, value in result["macro"].items() if value is not None)
        records.append(
            {"system": name, "macro": macro} | card | _headline(headline)
            | {"f1_first_copies": result["slices"][module.HEADLINE + FIRST_COPIES]["f1"]}
        )  # fmt: skip
        slices += _slice_rows(name, table, result)
        articles += _article_rows(name, headline)
    refuse(problems or _name_problems([record["system"] for record in records]))
    return _board(
        task,
        split,
        signature(task, split, gold_rows),
        pd.DataFrame(records, columns=[name for name in SYSTEM_COLUMNS if name != "rank"]),
        pd.DataFrame(slices, columns=SLICE_COLUMNS),
        pd.DataFrame(articles, columns=ARTICLE_COLUMNS),
    )
