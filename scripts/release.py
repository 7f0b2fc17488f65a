"""List the articles that this version adds in seeds/released.csv: from then on their splits and texts are frozen."""

import argparse
import sys
from pathlib import Path

from communique import DATA_VERSION
from communique.annotation import read_pass
from communique.articles import load_articles
from communique.problems import ProblemsError
from communique.releases import release

ROOT = Path(__file__).parents[1]
EXAMPLE = """example:
  python scripts/release.py
"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.parse_args(argv)
    try:
        articles = load_articles(ROOT / "seeds")
        gold = read_pass(ROOT / "annotations" / "gold", articles)
        added = release(ROOT / "seeds" / "released.csv", articles, gold, DATA_VERSION)
    except ProblemsError as error:
        print(f"nothing was written\n{error}", file=sys.stderr)
        return 1
    print(f"{DATA_VERSION}: {added} articles added")
    return 0


if __name__ == "__main__":
    sys.exit(main())
