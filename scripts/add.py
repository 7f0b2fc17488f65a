"""Add raw articles to seeds/: a text file for each and a row in seeds/index.jsonl. A rerun adds what is missing."""

import argparse
import sys
from pathlib import Path

from communique.articles import INDEX_FIELDS, add_articles
from communique.files import read_json_lines
from communique.problems import ProblemsError

ROOT = Path(__file__).parents[1]
EXAMPLE = f"""example:
  python scripts/add.py my-articles.jsonl

A line for each article: {", ".join(name for name in INDEX_FIELDS if name not in ("file", "sha256", "kinds"))},
and text. Line 1 of the text is the title, each further line a paragraph. `kinds` may name paragraphs that are not
body: {{"1": "byline"}}. `published` is YYYY-MM-DD or null, `dateline` the words of the text or null. `split` of your
own news is `real`; `source` says where the text comes from, `license` on what terms it may be used.
"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("articles", type=Path, metavar="ARTICLES.jsonl", help="the articles, one JSON object a line")
    given = parser.parse_args(argv)
    try:
        rows = read_json_lines(given.articles)
        added = add_articles(ROOT / "seeds", rows)
    except ProblemsError as error:
        print(f"nothing was written\n{error}", file=sys.stderr)
        return 1
    print(f"{added} articles added, {len(rows) - added} were there")
    return 0


if __name__ == "__main__":
    sys.exit(main())
