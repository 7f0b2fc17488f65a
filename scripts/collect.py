"""Bring the annotation of a plan back: each article's annotators into a pass each. A rerun brings what has changed."""

import argparse
import sys
from pathlib import Path

from communique import GUIDELINES_VERSION, server
from communique.articles import load_articles
from communique.problems import ProblemsError
from communique.workshop.assign import read_plan
from communique.workshop.connection import connect
from communique.workshop.pull import collect

ROOT = Path(__file__).parents[1]
EXAMPLE = """example:
  python scripts/collect.py work/plan.jsonl annotations/first annotations/second
"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("plan", type=Path, help="what scripts/assign.py wrote")
    parser.add_argument("out", type=Path, nargs="+", metavar="FOLDER", help="as many passes as the plan's overlap")
    parser.add_argument("--home", type=Path, default=ROOT / ".studio", help="the server's folder (default: .studio)")
    given = parser.parse_args(argv)
    try:
        plan = read_plan(given.plan)
        pulled = collect(
            given.out,
            lambda email: connect(given.home, server.ensure_account(given.home, email)),
            plan,
            load_articles(ROOT / "seeds"),
            GUIDELINES_VERSION,
        )
    except (ProblemsError, server.ServerError, OSError) as error:
        print(f"nothing was written\n{error}", file=sys.stderr)
        return 1
    for folder, found in zip(given.out, pulled, strict=True):
        print(found.told(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
