"""Print how far annotators agree, per layer and part, and write it as a page or as CSV."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from communique.agreement_page import page
from communique.agreement_pairs import Agreement, compare, text_table, to_csv
from communique.annotation import read_pass
from communique.articles import load_articles
from communique.files import read_lines, write_bytes
from communique.problems import ProblemsError
from communique.server_home import ServerError

ROOT = Path(__file__).parents[1]
KINDS = (".html", ".csv")
EXAMPLE = """example:
  python scripts/agree.py
  python scripts/agree.py --pilot annotations/first annotations/gold
  python scripts/agree.py work/ana work/ben work/cem --out work/agreement.html work/agreement.csv --home .studio
"""


def arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    passes = [ROOT / "annotations" / name for name in ("first", "second")]
    parser.add_argument(
        "folders", type=Path, nargs="*", default=passes, metavar="FOLDER",
        help="two passes or more; their rows say who made them (default: annotations/first annotations/second)",
    )  # fmt: skip
    parser.add_argument("--pilot", action="store_true", help="count the articles of annotations/pilot.txt as well")
    parser.add_argument(
        "--out", type=Path, nargs="+", default=[], metavar="FILE",
        help=f"files to write, each by its ending: {', '.join(KINDS)}",
    )  # fmt: skip
    parser.add_argument(
        "--home", type=Path, help="folder of the server whose tasks the page links to (.studio; default: no links)"
    )
    given = parser.parse_args(argv)
    if len({folder.resolve() for folder in given.folders}) < max(2, len(given.folders)):
        parser.error("give at least two folders, and none twice")
    for path in given.out:
        if path.suffix not in KINDS:
            parser.error(f"{path.name}: write a file that ends in {', '.join(KINDS)}")
    return given


def task_pages(home: Path, found: Agreement) -> Mapping[tuple[str, str, str], str] | None:
    from communique.workshop.links import task_links  # takes seconds to import, and nothing else here needs it

    return task_links(home, dict.fromkeys(rater.annotator for _, rater in found.articles))


def main(argv: list[str] | None = None) -> int:
    given = arguments(argv)
    try:
        everything = load_articles(ROOT / "seeds")
        pilot = () if given.pilot else read_lines(ROOT / "annotations" / "pilot.txt")
        articles = [article for article in everything if article.id not in pilot]
        found = compare(articles, {str(folder): read_pass(folder, everything) for folder in given.folders})
        links = task_pages(given.home, found) if given.home else None
    except (ProblemsError, ServerError) as error:
        print(error, file=sys.stderr)
        return 1
    if found.table.empty:
        left = "" if given.pilot else f", the {len(pilot)} pilot articles left out (--pilot counts them)"
        print(f"no article is annotated in two of {', '.join(map(str, given.folders))}{left}")
        return 0
    print(text_table(found))
    print("Agreement of models is no measure of what people would reach.")
    for path in given.out:
        write_bytes(path, (to_csv(found) if path.suffix == ".csv" else page(found, articles, links)).encode())
        print(f"written to {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
