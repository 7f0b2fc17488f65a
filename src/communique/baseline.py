"""What every baseline program does the same: arguments, reading, training, predicting, checking, writing."""

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
    """The system's `card.yaml`, trained on the named split."""
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
        epilog=f"examples:\n  python {name}\n  python {name} --train real --predict real\n",
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
    return parser.parse_args(argv)


def run(system: System, program: Path, argv: Sequence[str] | None = None) -> int:
    """Train, predict, check and write `card.yaml` and a `TASK.SPLIT.jsonl` for each split; return the exit code.

    Nothing is written unless the predictions of every split are valid. A split that does not exist is an error that
    names those that do.

    Args:
        system: the baseline.
        program: path of its program, `REPOSITORY/baselines/NAME.py`.
        argv: the arguments, by default those of the process.
    """
    given = _arguments(system, program, argv)
    splits = given.predict or existing_splits(given.dataset, PREDICTED_SPLITS)
    if not splits:
        print(f"nothing to predict: {given.dataset} has none of {', '.join(PREDICTED_SPLITS)}", file=sys.stderr)
        return 1
    try:
        training = read_gold(given.dataset, given.train)
        rows = {split: read_gold(given.dataset, split) for split in splits}
        print(f"{system.name}: training on {given.train}, {len(training)} articles", file=sys.stderr)
        state = system.train(training)
        predicted = {
            split: [system.predict(state, row) for row in tqdm(found, desc=f"predict {split}", unit="article")]
            for split, found in rows.items()
        }
        for split, found in predicted.items():
            places = [(f"{system.task}.{split} row {number}", row) for number, row in enumerate(found)]
            refuse(prediction_problems(system.task, rows[split], places))
    except ProblemsError as error:
        print(f"nothing was written\n{error}", file=sys.stderr)
        return 1
    for split, found in predicted.items():
        write_json_lines(given.out / f"{system.task}.{split}.jsonl", found)
    write_bytes(given.out / "card.yaml", card(system, given.train))
    print(f"{system.name}: {', '.join(predicted)} written to {given.out}")
    return 0
