"""Print the agreement of the two annotation passes, per layer and part."""

import argparse
import sys
from pathlib import Path

from communique.agreement import agreement
from communique.annotation import read_pass
from communique.articles import load_articles
from communique.files import read_lines
from communique.problems import ProblemsError

ROOT = Path(__file__).parents[1]
EXAMPLE = """example:
  python scripts/agree.py
  python scripts/agree.py --pilot annotations/first annotations/gold
"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    folder = ROOT / "annotations"
    parser.add_argument("first", type=Path, nargs="?", default=folder / "first", help="a pass (default: first)")
    parser.add_argument("second", type=Path, nargs="?", default=folder / "second", help="a pass (default: second)")
    parser.add_argument("--pilot", action="store_true", help="count the articles of annotations/pilot.txt as well")
    given = parser.parse_args(argv)
    try:
        articles = load_articles(ROOT / "seeds")
        pilot = () if given.pilot else read_lines(folder / "pilot.txt")
        measured = [article for article in articles if article.id not in pilot]
        table = agreement(measured, read_pass(given.first, articles), read_pass(given.second, articles))
    except ProblemsError as error:
        print(error, file=sys.stderr)
        return 1
    if table.empty:
        left = "" if given.pilot else f", the {len(pilot)} pilot articles left out (--pilot counts them)"
        print(f"no article is annotated in full in both {given.first} and {given.second}{left}")
        return 0
    print(table.drop(columns="articles").to_string(index=False, float_format="{:.3f}".format))
    print(f"{table['articles'].iloc[0]} article(s). Passes made by models are no measure of what people would reach.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
