"""Time what must be fast against rivals in the same run, and print the ratios."""

import argparse
import sys
from pathlib import Path

from communique.bench import scoring, studio

ROOT = Path(__file__).parents[1]
EXAMPLE = """example:
  python scripts/bench.py studio --tasks 200 --rounds 3
  python scripts/bench.py scoring
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
    given = parser.parse_args(argv)
    if given.what == "scoring":
        return scoring.run(given.sentences)
    config = (ROOT / "annotations" / "label_studio" / "events.xml").read_text(encoding="utf-8")
    return studio.run(config, given.tasks, given.rounds)


if __name__ == "__main__":
    sys.exit(main())
