"""Score every system of a folder on one split or several, print the leaderboards, and write them as files."""

import argparse
import sys
from pathlib import Path

from communique.board_text import from_json, markdown, text_table, to_csv, to_json
from communique.dataset import existing_splits, read_gold
from communique.files import read_text, write_bytes
from communique.leaderboard import Board, make_board, merge
from communique.page import page
from communique.problems import ProblemsError
from communique.schema import SPLITS, Row
from communique.submissions import predictions_by_system
from communique.tasks import TASKS
from communique.tasks.entities import with_seen

ROOT = Path(__file__).parents[1]
SCORED = ("test", "shift", "real")
"""The splits of the board: validation is for tuning."""
KINDS = (".md", ".html", ".csv", ".json")
EXAMPLE = """example:
  python scripts/leaderboard.py baselines/predictions --split test
  python scripts/leaderboard.py my-systems --split test shift --out board.html board.json
  python scripts/leaderboard.py my-systems --with board.json
"""


def arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="folder of systems, each with card.yaml and TASK.SPLIT.jsonl")
    parser.add_argument(
        "--split", choices=SPLITS, nargs="+", metavar="SPLIT",
        help=f"splits to score (default: those that exist of {', '.join(SCORED)})",
    )  # fmt: skip
    parser.add_argument("--dataset", type=Path, default=ROOT / "dataset", help="dataset folder (default: dataset/)")
    parser.add_argument(
        "--out", type=Path, nargs="+", default=[], metavar="FILE",
        help=f"files to write, each by its ending: {', '.join(KINDS)}",
    )  # fmt: skip
    parser.add_argument(
        "--with", type=Path, nargs="+", default=[], metavar="BOARD.json", dest="others",
        help="add the systems of boards that were written before, if their signatures are the same",
    )  # fmt: skip
    given = parser.parse_args(argv)
    if not given.folder.is_dir():
        parser.error(f"{given.folder} is not a folder")
    for path in given.out:
        if path.suffix not in KINDS:
            parser.error(f"{path.name}: write a file that ends in {', '.join(KINDS)}")
    return given


def add_others(boards: list[Board], others: list[Path]) -> list[Board]:
    """The boards, each merged with those of other files for its task and split."""
    found = [board for path in others for board in from_json(read_text(path), path.name)]
    same = [[other for other in found if (other.task, other.split) == (one.task, one.split)] for one in boards]
    return [merge([board, *more]) if more else board for board, more in zip(boards, same, strict=True)]


def main(argv: list[str] | None = None) -> int:
    given = arguments(argv)
    try:
        splits = given.split or existing_splits(given.dataset, SCORED)
        train = read_gold(given.dataset, "train") if existing_splits(given.dataset, ["train"]) else []
        gold: dict[str, list[Row]] = {split: with_seen(read_gold(given.dataset, split), train) for split in splits}
        boards = [make_board(given.folder, task, split, rows) for split, rows in gold.items() for task in TASKS]
        boards = add_others(boards, given.others)
        contents = {}
        for path in given.out:
            if path.suffix == ".md":
                contents[path] = "# Leaderboard\n\n" + "\n".join(map(markdown, boards))
            elif path.suffix == ".html":
                shown = {(board.task, board.split): predictions_by_system(given.folder, board.task, board.split)
                         for board in boards}  # fmt: skip
                contents[path] = page([board for board in boards if len(board.systems)], gold, shown)
            else:
                contents[path] = to_csv(boards) if path.suffix == ".csv" else to_json(boards)
    except ProblemsError as error:
        print(error, file=sys.stderr)
        return 1
    for board in boards:
        print(text_table(board))
    for path, content in contents.items():
        write_bytes(path, content.encode())
        print(f"written to {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
