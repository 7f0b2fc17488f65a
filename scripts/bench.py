"""Time what must be fast against rivals in the same run, and print the ratios."""

import argparse
import sys
from pathlib import Path

from communique.bench import baselines, curves, scoring, studio
from communique.files import write_bytes
from communique.schema import SPLITS
from communique.tasks import TASKS

ROOT = Path(__file__).parents[1]
EXAMPLE = """example:
  python scripts/bench.py studio --tasks 200 --rounds 3
  python scripts/bench.py scoring
  python scripts/bench.py baselines
  python scripts/bench.py curves --out baselines/curves.csv
"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    what = parser.add_subparsers(dest="what", required=True)
    for_studio = what.add_parser("studio", help="Label Studio's JSON to standoff, against the SDK's converter")
    for_studio.add_argument("--tasks", type=int, default=1000, help="tasks of a round (default: %(default)s)")
    for_studio.add_argument("--rounds", type=int, default=5, help="rounds, the median counts (default: %(default)s)")
    for_scoring = what.add_parser("scoring", help="names and resamples, against seqeval and scipy")
    for_scoring.add_argument("--sentences", type=int, default=100_000, help="sentences (default: %(default)s)")
    for_rivals = what.add_parser("baselines", help="names, against python-crfsuite and a blank spaCy model")
    for_rivals.add_argument("--splits", nargs="+", default=["test", "shift"], choices=SPLITS, metavar="SPLIT",
                            help="splits to score (default: test shift)")  # fmt: skip
    for_curves = what.add_parser("curves", help="the baselines' learning curves and spreads")
    for_curves.add_argument("--out", type=Path, required=True, metavar="FILE.csv", help="the table to write")
    given = parser.parse_args(argv)
    if given.what == "baselines":
        return baselines.run(ROOT / "dataset", given.splits)
    if given.what == "curves":
        found = curves.run({task: ROOT / "baselines" / f"{task}.py" for task in TASKS}, ROOT / "dataset")
        write_bytes(given.out, found.to_csv(index=False, float_format="%.2f").encode())
        print(found.to_string(index=False, float_format="{:.2f}".format))
        return 0
    if given.what == "scoring":
        return scoring.run(given.sentences)
    config = (ROOT / "annotations" / "label_studio" / "events.xml").read_text(encoding="utf-8")
    return studio.run(config, given.tasks, given.rounds)


if __name__ == "__main__":
    sys.exit(main())
