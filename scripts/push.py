"""Give an annotator an account, one project per layer and one task per article. A rerun adds what is missing."""

import argparse
import sys
from pathlib import Path

from communique import server
from communique.articles import load_articles
from communique.problems import ProblemsError
from communique.schema import LAYERS
from communique.workshop.connection import connect
from communique.workshop.push import push

ROOT = Path(__file__).parents[1]
EXAMPLE = """example:
  python scripts/studio.py start
  python scripts/push.py ana@example.org
"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("annotator", help="email of the annotator's account; made if it does not exist")
    parser.add_argument("--home", type=Path, default=ROOT / ".studio", help="the server's folder (default: .studio)")
    given = parser.parse_args(argv)
    configs = {
        layer: (ROOT / "annotations" / "label_studio" / f"{layer}.xml").read_text(encoding="utf-8") for layer in LAYERS
    }
    try:
        articles = load_articles(ROOT / "seeds")
        server.ensure_account(given.home, given.annotator)
        done = push(connect(given.home, server.owner(given.home)), configs, given.annotator, articles)
    except (ProblemsError, server.ServerError) as error:
        print(error, file=sys.stderr)
        return 1
    for layer, (created, present) in done.items():
        print(f"{layer}: {created} tasks created, {present} were there")
    return 0


if __name__ == "__main__":
    sys.exit(main())
