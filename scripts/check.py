"""Check raw articles, knowledge base and annotation; list everything that is wrong."""

import argparse
import sys
from pathlib import Path

from communique.annotation import read_pass
from communique.articles import load_articles
from communique.check import article_problems, gold_problems
from communique.knowledge_base import load_knowledge_base
from communique.problems import ProblemsError, refuse

ROOT = Path(__file__).parents[1]
EXAMPLE = """example:
  python scripts/check.py
"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--root", type=Path, default=ROOT, help="folder with seeds/ and annotations/")
    root = parser.parse_args(argv).root
    try:
        articles = load_articles(root / "seeds")
        knowledge_base = load_knowledge_base(root / "seeds")
        passes = {name: read_pass(root / "annotations" / name, articles) for name in ("first", "second", "gold")}
        problems = [
            problem
            for name in ("first", "second")
            for article in articles
            for problem in article_problems(article, passes[name].get(article.id, {}), name)
        ]
        problems += gold_problems(articles, passes["gold"], [row["id"] for row in knowledge_base])
        refuse(problems)
    except ProblemsError as error:
        print(error, file=sys.stderr)
        return 1
    counts = ", ".join(f"{len(found)} in {name}" for name, found in passes.items())
    print(f"{len(articles)} articles, {len(knowledge_base)} knowledge base rows; annotated: {counts}; no problems")
    return 0


if __name__ == "__main__":
    sys.exit(main())
