"""Check the fictional world, the raw articles and the annotation; list everything that is wrong."""

import argparse
import sys
from pathlib import Path

from communique.annotation import read_pass
from communique.articles import load_articles
from communique.check import article_problems, gold_problems
from communique.knowledge_base import load_knowledge_base
from communique.names import name_problems
from communique.overlap import repetition_problems
from communique.problems import ProblemsError, refuse
from communique.releases import read_released, release_problems
from communique.world import load_world, placement_problems, world_problems

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
        world = load_world(root / "seeds" / "world")
        problems = world_problems(world) + placement_problems(world, articles)
        problems += name_problems(world, root / "seeds" / "world" / "names")
        problems += repetition_problems([article for article in articles if article.origin == "authored"])
        problems += [
            problem
            for name in ("first", "second")
            for article in articles
            for problem in article_problems(article, passes[name].get(article.id, {}), name)
        ]
        problems += gold_problems(articles, passes["gold"], [row["id"] for row in knowledge_base])
        problems += release_problems(read_released(root / "seeds" / "released.csv"), articles)
        refuse(problems)
    except ProblemsError as error:
        print(error, file=sys.stderr)
        return 1
    counts = ", ".join(f"{len(found)} in {name}" for name, found in passes.items())
    print(f"{len(articles)} articles, {len(knowledge_base)} knowledge base rows; annotated: {counts}; no problems")
    waiting = len(articles) - len(passes["gold"])
    if waiting:
        print(f"{waiting} articles wait for gold and stay out of the dataset")
    return 0


if __name__ == "__main__":
    sys.exit(main())
