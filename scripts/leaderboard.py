"""Score every system of a folder on one split or several and print the leaderboards."""

import argparse
import sys
from pathlib import Path

from communique.dataset import existing_splits, read_gold
from communique.files import write_bytes
from communique.leaderboard import make_board, markdown, text_table
from communique.problems import ProblemsError
from communique.schema import SPLITS
from communique.tasks import TASKS

ROOT = Path(__file__).parents[1]
SCORED = ("test", "shift", "real")
"""The splits of the board: validation is for tuning."""
EXAMPLE = """example:
  python scripts/leaderboard.py baselines/predictions --split test
  python scripts/leaderboard.py my-systems --split test shift --out board.md
"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="folder of systems, each with card.yaml and TASK.SPLIT.jsonl")
    parser.add_argument(
        "--split",
        choices=SPLITS,
        nargs="+",
        metavar="SPLIT",
        help=f"splits to score (default: those that exist of {', '.join(SCORED)})",
    )
    parser.add_argument("--dataset", type=Path, default=ROOT / "dataset", help="dataset folder (default: dataset/)")
    parser.add_argument("--out", type=Path, help="also write the boards as Markdown to this file")
    given = parser.parse_args(argv)
    try:
        if not given.folder.is_dir():
            parser.error(f"{given.folder} is not a folder")
        splits = given.split or existing_splits(given.dataset, SCORED)
        gold = {split: read_gold(given.dataset, split) for split in splits}
        boards = [make_board(given.folder, task, split, rows) for split, rows in gold.items() for task in TASKS]
    except ProblemsError as error:
        print(error, file=sys.stderr)
        return 1
    for board in boards:
        print(text_table(board))
    if given.out:
        sections = "\n".join(markdown(board) for board in boards)
        write_bytes(given.out, f"# Leaderboard\n\n{sections}".encode())
        print(f"written to {given.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
