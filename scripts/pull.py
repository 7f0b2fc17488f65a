"""Bring an annotator's annotations back as a pass: standoff layers, every span checked against the text."""

import argparse
import sys
from pathlib import Path

from communique import GUIDELINES_VERSION, server
from communique.articles import load_articles
from communique.inputs import articles_of
from communique.problems import ProblemsError
from communique.workshop.connection import connect
from communique.workshop.pull import pull_files, pull_into

ROOT = Path(__file__).parents[1]
EXAMPLE = """example:
  python scripts/pull.py ana@example.org annotations/first
  python scripts/pull.py ana@example.org annotations/first --from downloads
"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("annotator", help="email of the annotator's account")
    parser.add_argument("out", type=Path, help="folder of the pass; the former pass is kept in OUT.former/NUMBER")
    parser.add_argument("--articles", type=Path, help="articles that are not in seeds/, as for scripts/push.py")
    from_help = "read entities.json, events.json and quotes.json of this folder, exported by hand, and no server"
    parser.add_argument("--from", dest="exports", type=Path, metavar="FOLDER", help=from_help)
    parser.add_argument("--home", type=Path, default=ROOT / ".studio", help="the server's folder (default: .studio)")
    given = parser.parse_args(argv)
    try:
        articles = load_articles(ROOT / "seeds") + (articles_of(given.articles) if given.articles else [])
        if given.exports:
            pulled = pull_files(given.out, given.exports, given.annotator, articles, GUIDELINES_VERSION)
        else:
            client = connect(given.home, server.ensure_account(given.home, given.annotator))
            pulled = pull_into(given.out, client, given.annotator, articles, GUIDELINES_VERSION)
    except (ProblemsError, server.ServerError, OSError) as error:
        print(f"nothing was written\n{error}", file=sys.stderr)
        return 1
    print(pulled.told(given.out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
