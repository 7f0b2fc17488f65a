"""What every baseline program does the same: arguments, reading, training, predicting, checking, writing.

A program either trains and predicts splits of the dataset, or trains and saves, or loads what was saved and labels raw
texts.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from tqdm import tqdm

from communique import RELEASED
from communique.dataset import existing_splits, read_gold
from communique.files import write_bytes, write_json_lines
from communique.inputs import read_rows
from communique.models import store
from communique.predictions import prediction_problems
from communique.problems import ProblemsError, refuse
from communique.schema import SPLITS, Row

State = Mapping[str, Any]
"""What training leaves: estimators of `communique.models` and plain values by name."""

PREDICTED_SPLITS = ("validation", "test", "shift", "real")


@dataclass(frozen=True)
class System:
    """A baseline: its folder's name, its task, what its card says, how it is trained and how it predicts.

    `train` gets the joined gold rows of the training split, at least one. `predict` makes of what training left and the
    row of an article its row in the prediction format; it reads no gold field.
    """

    name: str
    task: str
    description: str
    parameters: str
    train: Callable[[Sequence[Row]], State]
    predict: Callable[[State, Row], Row]


def card(system: System, split: str) -> bytes:
    """The system's `card.yaml`, trained on the named split, or on `none`."""
    fields = {
        "name": system.name,
        "description": system.description,
        "authors": "Communiqué",
        "date": RELEASED,
        "training_data": split,
        "parameters": system.parameters,
        "compute": "two CPU cores",
        "link": None,
    }
    return yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, width=120).encode()


def _arguments(system: System, program: Path, argv: Sequence[str] | None) -> argparse.Namespace:
    name = f"baselines/{program.name}"
    parser = argparse.ArgumentParser(
        prog=program.name,
        description=f"{system.name}: {system.description}",
        epilog=f"examples:\n  python {name}\n  python {name} --train real --predict real\n"
        f"  python {name} --save model.skops\n"
        f"  python {name} --load model.skops --annotate texts.jsonl labels.jsonl\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    root = program.parents[1]
    parser.add_argument(
        "--dataset", type=Path, default=root / "dataset", metavar="FOLDER", help="dataset folder (default: dataset/)"
    )
    parser.add_argument("--train", choices=SPLITS, default="train", help="split to train on (default: %(default)s)")
    parser.add_argument(
        "--predict", choices=SPLITS, nargs="+", metavar="SPLIT",
        help=f"splits to predict (default: those that exist of {', '.join(PREDICTED_SPLITS)})",
    )  # fmt: skip
    parser.add_argument(
        "--out", type=Path, default=program.parent / "predictions" / system.name, metavar="FOLDER",
        help=f"folder to write (default: baselines/predictions/{system.name}/)",
    )  # fmt: skip
    model = parser.add_mutually_exclusive_group()
    model.add_argument("--save", type=Path, metavar="FILE.skops", help="train and save, instead of predicting")
    model.add_argument("--load", type=Path, metavar="FILE.skops", help="load what was saved, instead of training")
    parser.add_argument(
        "--annotate", type=Path, nargs=2, metavar=("IN.jsonl", "OUT.jsonl"),
        help="with --load: label raw texts, rows of `id` and `text`, instead of splits",
    )  # fmt: skip
    given = parser.parse_args(argv)
    if (given.load is None) != (given.annotate is None):
        parser.error("--load and --annotate go together")
    if given.predict and (given.save or given.load):
        parser.error("--predict does not go with --save or --load")
    return given


def _trained(system: System, dataset: Path, split: str) -> State:
    training = read_gold(dataset, split)
    print(f"{system.name}: training on {split}, {len(training)} articles", file=sys.stderr)
    return system.train(training)


def _predicted(system: System, state: State, rows: Sequence[Row], name: str) -> list[Row]:
    """The predictions for rows of an input called `name`; raises `ProblemsError` where they are not valid."""
    bar = tqdm(rows, desc=f"predict {name}", unit="article", disable=None)
    predicted = [system.predict(state, row) for row in bar]
    places = [(f"{system.task}.{name} row {number}", row) for number, row in enumerate(predicted)]
    refuse(prediction_problems(system.task, rows, places))
    return predicted


def _predict_splits(system: System, given: argparse.Namespace, splits: Sequence[str]) -> str:
    rows = {split: read_gold(given.dataset, split) for split in splits}
    state = _trained(system, given.dataset, given.train)
    predicted = {split: _predicted(system, state, found, split) for split, found in rows.items()}
    for split, found in predicted.items():
        write_json_lines(given.out / f"{system.task}.{split}.jsonl", found)
    write_bytes(given.out / "card.yaml", card(system, given.train if state else "none"))
    return f"{', '.join(predicted)} written to {given.out}"


def _save(system: System, program: Path, given: argparse.Namespace) -> str:
    store.save(given.save, _trained(system, given.dataset, given.train), store.origin_of(program, system.task))
    return f"trained on {given.train}, saved to {given.save}"


def _annotate(system: System, program: Path, given: argparse.Namespace) -> str:
    source, target = given.annotate
    state = store.load(given.load, store.origin_of(program, system.task))
    rows = read_rows(source)
    write_json_lines(target, _predicted(system, state, rows, source.stem))
    return f"{len(rows)} articles of {source} labelled in {target}"


def run(system: System, program: Path, argv: Sequence[str] | None = None) -> int:
    """Do what the arguments say and return the exit code; nothing is written when anything is wrong.

    Without a mode: train, predict, check and write `card.yaml` and a `TASK.SPLIT.jsonl` for each split. A split that
    does not exist is an error that names those that do. `--save FILE`: train and save. `--load FILE --annotate IN OUT`:
    predict JSON Lines rows of `id` and `text`, in the order given.

    Args:
        system: the baseline.
        program: path of its program, `REPOSITORY/baselines/NAME.py`.
        argv: the arguments, by default those of the process.
    """
    given = _arguments(system, program, argv)
    splits = given.predict or existing_splits(given.dataset, PREDICTED_SPLITS)
    if not (splits or given.save or given.load):
        print(f"nothing to predict: {given.dataset} has none of {', '.join(PREDICTED_SPLITS)}", file=sys.stderr)
        return 1
    try:
        if given.load:
            told = _annotate(system, program, given)
        elif given.save:
            told = _save(system, program, given)
        else:
            told = _predict_splits(system, given, splits)
    except ProblemsError as error:
        print(f"nothing was written\n{error}", file=sys.stderr)
        return 1
    print(f"{system.name}: {told}")
    return 0
