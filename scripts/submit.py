"""Write a finished pass (sheet.py --out) into the annotator's projects, under the annotator's own account."""

import argparse
import sys
from pathlib import Path

from communique import server
from communique.annotation import read_layer
from communique.articles import load_articles
from communique.problems import Problem, ProblemsError
from communique.schema import LAYERS
from communique.workshop.connection import connect
from communique.workshop.submit import submit

ROOT = Path(__file__).parents[1]
EXAMPLE = """example:
  python scripts/sheet.py real-001.sheet --text seeds/articles/real-001.txt --out work/ana --annotator ana@example.org
  python scripts/submit.py work/ana --annotator ana@example.org
"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="folder with entities.jsonl, events.jsonl, quotes.jsonl")
    parser.add_argument("--annotator", required=True, help="email of the annotator's account")
    parser.add_argument("--home", type=Path, default=ROOT / ".studio", help="the server's folder (default: .studio)")
    given = parser.parse_args(argv)
    try:
        articles = load_articles(ROOT / "seeds")
        rows = {layer: [row for _, row in read_layer(given.folder, layer)] for layer in LAYERS}
        if not any(rows.values()):
            hint = "write it with scripts/sheet.py --out"
            raise ProblemsError([Problem(str(given.folder), "missing-file", "no layer of an annotation there", hint)])
        client = connect(given.home, server.ensure_account(given.home, given.annotator))
        written = submit(client, given.annotator, rows, articles)
    except (ProblemsError, server.ServerError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{written} annotations written, {sum(map(len, rows.values())) - written} were there")
    return 0


if __name__ == "__main__":
    sys.exit(main())
