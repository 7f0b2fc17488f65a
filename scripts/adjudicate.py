"""Make gold out of the two passes, the entity links and the decisions; or show what is still open.

Gold of articles that do not have both passes stays as it is.
"""

import argparse
import sys
from pathlib import Path

from communique.adjudication import adjudicate, read_decisions, read_links
from communique.annotation import read_pass, write_layer
from communique.articles import load_articles
from communique.check import gold_problems
from communique.files import json_line
from communique.knowledge_base import load_knowledge_base
from communique.linking import propose_links
from communique.problems import ProblemsError, refuse

ROOT = Path(__file__).parents[1]
EXAMPLE = """example:
  python scripts/adjudicate.py --links > links.jsonl  # correct it, append to annotations/links.jsonl
  python scripts/adjudicate.py --open > open.jsonl    # fill in gold and reason, append to annotations/decisions.jsonl
  python scripts/adjudicate.py                        # writes annotations/gold
"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--open", action="store_true", help="print undecided disagreements, one JSON object a line")
    parser.add_argument("--links", action="store_true", help="print proposed entity links of articles that have none")
    given = parser.parse_args(argv)
    show_open = given.open
    folder = ROOT / "annotations"
    try:
        articles = load_articles(ROOT / "seeds")
        first, second = (read_pass(folder / name, articles) for name in ("first", "second"))
        links = read_links(folder / "links.jsonl")
        knowledge_base = load_knowledge_base(ROOT / "seeds")
        if given.links:
            waiting = [id_ for id_ in first if id_ in second and id_ not in links]
            sys.stdout.writelines(
                json_line(propose_links(id_, first[id_], second[id_], knowledge_base)) for id_ in waiting
            )
            return 0
        gold, still_open, problems = adjudicate(
            articles, first, second, links, read_decisions(folder / "decisions.jsonl")
        )
        if show_open:
            sys.stdout.writelines(json_line(row) for row in still_open)
            problems = [problem for problem in problems if problem.code != "undecided" or "links" in problem.message]
        refuse(problems)
        if show_open:
            return 0
        known = [row["id"] for row in knowledge_base]
        by_article = read_pass(folder / "gold", articles)
        by_article |= {row["id"]: {} for row in gold["entities"]}
        for layer, rows in gold.items():
            for row in rows:
                by_article[row["id"]][layer] = row
        refuse(gold_problems([article for article in articles if article.id in by_article], by_article, known))
    except ProblemsError as error:
        print(error, file=sys.stderr)
        return 1
    for layer in gold:
        write_layer(folder / "gold", layer, [row[layer] for row in by_article.values()])
    adjudicated = len(gold["entities"])
    print(f"annotations/gold: {adjudicated} articles adjudicated, {len(by_article) - adjudicated} left as they were")
    return 0


if __name__ == "__main__":
    sys.exit(main())
