"""The main job: check the annotations, export the dataset, train and run all baselines, score them, print the board."""

import argparse
import subprocess
import sys
from pathlib import Path

from tqdm import tqdm

ROOT = Path(__file__).parents[1]
BOARD = ROOT / "baselines" / "leaderboard.md"
EXAMPLE = """example:
  python scripts/benchmark.py
"""


def steps() -> list[tuple[str, list[str]]]:
    """What to run, each step a program of the repository: its name and its arguments after the interpreter."""
    programs = sorted((ROOT / "baselines").glob("*.py"))
    return [
        ("check the annotations", ["scripts/check.py"]),
        ("export the dataset", ["scripts/export.py"]),
        *((f"baseline {program.stem}", [f"baselines/{program.name}"]) for program in programs),
        ("score", ["scripts/leaderboard.py", "baselines/predictions", "--out", str(BOARD)]),
    ]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.parse_args(argv)
    bar = tqdm(steps(), unit="step")
    for name, command in bar:
        bar.set_description(name)
        done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            bar.close()
            print(f"{name} failed: {' '.join(command)}\n{done.stdout}{done.stderr}", file=sys.stderr)
            return 1
        tqdm.write(done.stdout.rstrip(), file=sys.stdout)
    print(
        f"The leaderboard is in {BOARD.relative_to(ROOT)}, the dataset in dataset/, the predictions beside the board."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
