"""Plan blind double annotation: who annotates which article. A rerun only adds, for new articles."""

import argparse
import sys
from collections import Counter
from pathlib import Path

from communique.articles import load_articles
from communique.inputs import articles_of
from communique.problems import ProblemsError
from communique.workshop.assign import add_to_plan, assign, read_plan

ROOT = Path(__file__).parents[1]
EXAMPLE = """example:
  python scripts/assign.py ana@example.org ben@example.org cy@example.org --articles texts/ --plan work/plan.jsonl
  python scripts/push.py --plan work/plan.jsonl --articles texts/
  python scripts/audit.py --plan work/plan.jsonl
"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("annotators", nargs="+", metavar="EMAIL", help="emails of the annotators' accounts")
    parser.add_argument(
        "--articles",
        type=Path,
        metavar="INPUT",
        help="folder of .txt files, a .txt file, or .jsonl or .parquet with `id` and `text` (default: seeds/)",
    )
    parser.add_argument("--overlap", type=int, default=2, help="annotators of each article (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=7, help="draws the order and breaks ties (default: %(default)s)")
    parser.add_argument("--plan", type=Path, required=True, metavar="FILE", help="the plan, JSON Lines; added to")
    given = parser.parse_args(argv)
    try:
        articles = articles_of(given.articles) if given.articles else load_articles(ROOT / "seeds")
        plan = read_plan(given.plan) if given.plan.exists() else []
        added = assign(plan, articles, given.annotators, given.overlap, given.seed)
        add_to_plan(given.plan, added)
    except ProblemsError as error:
        print(f"nothing was written\n{error}", file=sys.stderr)
        return 1
    new = Counter(row["annotator"] for row in added)
    for email, count in sorted(Counter(row["annotator"] for row in [*plan, *added]).items()):
        print(f"{email}: {count} articles, {new[email]} of them new")
    return 0


if __name__ == "__main__":
    sys.exit(main())
