"""What one score of a baseline hides: learning curves, the spread over draws and folds, and over the order of training.

A baseline program is run, as a user would run it, on copies of the dataset whose `train` is a part of the whole.
"""

import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from communique.dataset import joined, read_all, write_parquet
from communique.files import read_json_lines
from communique.schema import LAYERS, Row
from communique.tasks import TASKS

SHARES = (0.25, 0.5, 0.75, 1.0)
DRAWS = 5
SPLITS = ("test", "shift")
FOLD = "held-out fold"
CONFIGS = ("articles", *LAYERS)


@dataclass(frozen=True)
class Job:
    """One training: the articles of `train` in order, and those that are predicted instead of `validation`, if any."""

    share: float
    articles: tuple[str, ...]
    held_out: tuple[str, ...] = ()


def jobs(rows: Sequence[Row]) -> Iterator[Job]:
    """Every training for rows with `id` and `storyline`.

    `DRAWS` draws of storylines for each of `SHARES` (the larger shares of a draw contain the smaller; the whole is in
    another order each time), and then as many folds by storyline, each held out once.
    """
    names = sorted({row["storyline"] for row in rows})
    for seed in range(DRAWS):
        rng = random.Random(seed)
        order, shuffled = rng.sample(names, len(names)), rng.sample(list(rows), len(rows))
        for share in SHARES:
            kept = set(order[: max(1, round(share * len(order)))])
            yield Job(share, tuple(row["id"] for row in shuffled if row["storyline"] in kept))
    for number in range(DRAWS):
        held = {name for position, name in enumerate(names) if position % DRAWS == number}
        inside, outside = ([row["id"] for row in rows if (row["storyline"] in held) is side] for side in (True, False))
        yield Job(1 - 1 / DRAWS, tuple(outside), tuple(inside))


def scores(task: str, program: Path, dataset: Path, job: Job) -> dict[str, float]:
    """The headline F1 by split of a program trained for a job."""
    rows = {config: dict(splits) for config, splits in read_all(dataset).items()}
    for config in CONFIGS:
        by_id = {row["id"]: row for row in rows[config]["train"]}
        rows[config]["train"] = [by_id[id_] for id_ in job.articles]
        rows[config]["validation"] = [by_id[id_] for id_ in job.held_out] or rows[config]["validation"]
    names = {"validation": FOLD} if job.held_out else {split: split for split in SPLITS}
    with tempfile.TemporaryDirectory() as name:
        copy, out = Path(name) / "dataset", Path(name) / "out"
        shutil.copytree(dataset, copy)
        for config in CONFIGS:
            for split in ("train", "validation"):
                write_parquet(copy, config, split, rows[config][split])
        command = [program, "--dataset", copy, "--predict", *names, "--out", out]
        subprocess.run([sys.executable, *map(str, command)], check=True, stderr=subprocess.DEVNULL, stdout=sys.stderr)
        return {
            shown: TASKS[task].evaluate(
                joined(rows, split), [row for _, row in read_json_lines(out / f"{task}.{split}.jsonl")]
            )["f1"]
            for split, shown in names.items()
        }


def run(programs: Mapping[str, Path], dataset: Path) -> pd.DataFrame:
    """Mean, standard deviation, lowest and highest headline F1, in percent, for each task, part of train and split.

    Args:
        programs: baseline programs by task.
        dataset: a dataset folder with `train`, `validation` and `SPLITS`.
    """
    rows = joined(read_all(dataset), "train")
    found: dict[tuple[str, str, float], list[float]] = {}
    todo = [(task, program, job) for task, program in programs.items() for job in jobs(rows)]
    for task, program, job in tqdm(todo, desc="train on parts", unit="run"):
        for split, f1 in scores(task, program, dataset, job).items():
            found.setdefault((task, split, job.share), []).append(100 * f1)
    return pd.DataFrame(
        [
            (*key, len(values), statistics.mean(values), statistics.stdev(values), min(values), max(values))
            for key, values in found.items()
        ],
        columns=["task", "split", "share of train", "trainings", "mean F1", "standard deviation", "lowest", "highest"],
    ).sort_values(["task", "split", "share of train"], ignore_index=True)
