"""Check the fictional world, the raw articles and the annotation; list everything that is wrong."""

import argparse
import sys
from pathlib import Path

from communique.annotation import read_pass
from communique.articles import Article, load_articles
from communique.check import article_problems, gold_problems
from communique.knowledge_base import load_knowledge_base
from communique.names import (
    overused_name_problems,
    read_names,
    real_name_problems,
    real_places,
    similar_name_problems,
)
from communique.overlap import repetition_problems
from communique.problems import Problem, ProblemsError, refuse
from communique.world import load_world, placement_problems, world_problems

ROOT = Path(__file__).parents[1]
EXAMPLE = """example:
  python scripts/check.py
"""


def bible_problems(folder: Path, articles: list[Article]) -> list[Problem]:
    """Everything wrong with the fictional world, its names included, and with where articles stand in it."""
    world = load_world(folder)
    leaders, overused = (read_names(folder / "names" / f"{name}.txt") for name in ("real_leaders", "overused"))
    return [
        *world_problems(world),
        *placement_problems(world, articles),
        *similar_name_problems(world),
        *real_name_problems(world, real_places(), leaders),
        *overused_name_problems(world, overused),
    ]


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
        problems = bible_problems(root / "seeds" / "world", articles)
        problems += repetition_problems([article for article in articles if article.origin == "authored"])
        problems += [
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
    waiting = len(articles) - len(passes["gold"])
    if waiting:
        print(f"{waiting} articles wait for gold and stay out of the dataset")
    return 0


if __name__ == "__main__":
    sys.exit(main())
