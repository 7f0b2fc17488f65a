"""Bring an annotator's annotations back as a pass: standoff layers, every span checked against the text."""

import argparse
import sys
from pathlib import Path

from communique import GUIDELINES_VERSION, server
from communique.annotation import write_layer
from communique.articles import load_articles
from communique.problems import ProblemsError
from communique.workshop.connection import connect
from communique.workshop.pull import pull

ROOT = Path(__file__).parents[1]
EXAMPLE = """example:
  python scripts/pull.py ana@example.org annotations/first
"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("annotator", help="email of the annotator's account")
    parser.add_argument("out", type=Path, help="folder of the pass, annotations/first or annotations/second")
    parser.add_argument("--home", type=Path, default=ROOT / ".studio", help="the server's folder (default: .studio)")
    given = parser.parse_args(argv)
    try:
        articles = load_articles(ROOT / "seeds")
        client = connect(given.home, server.ensure_account(given.home, given.annotator))
        rows = pull(client, given.annotator, articles, GUIDELINES_VERSION)
    except (ProblemsError, server.ServerError) as error:
        print(f"nothing was written\n{error}", file=sys.stderr)
        return 1
    for layer, layer_rows in rows.items():
        write_layer(given.out, layer, layer_rows)
        print(f"{given.out / layer}.jsonl: {len(layer_rows)} article(s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
