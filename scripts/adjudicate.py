"""Make gold out of the two passes, the entity links, the decisions and the errata; or show what is open, and decide it.

What is open is decided in the browser (--push, --pull) or on a text form (--open, --decide).
Gold is written for every article whose links and decisions are complete; the others are named and wait.
"""

import argparse
import sys
from pathlib import Path

from communique import server
from communique.adjudication import accept, adjudicate, read_decisions, read_links
from communique.annotation import read_pass, write_layer
from communique.articles import load_articles
from communique.check import gold_problems
from communique.decision_form import read_form, write_form
from communique.errata import corrected, read_errata
from communique.files import json_line, read_text, write_json_lines
from communique.knowledge_base import load_knowledge_base
from communique.linking import propose_links
from communique.problems import ProblemsError, refuse
from communique.workshop.adjudicate import pull, push
from communique.workshop.connection import connect

ROOT = Path(__file__).parents[1]
EXAMPLE = """example:
  python scripts/adjudicate.py --links > links.jsonl   # correct it, append to annotations/links.jsonl
  python scripts/adjudicate.py --push eva@example.org  # a project to decide in, on the running server
  python scripts/adjudicate.py --pull eva@example.org  # adds what was submitted to annotations/decisions.jsonl
  python scripts/adjudicate.py --open > open.txt       # or a form: fill in its lines "gold"
  python scripts/adjudicate.py --decide open.txt       # adds to annotations/decisions.jsonl
  python scripts/adjudicate.py                         # writes annotations/gold
"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--links", action="store_true", help="print proposed entity links of articles that have none")
    action.add_argument("--open", action="store_true", help="print the undecided disagreements as a form to fill in")
    action.add_argument("--decide", type=Path, metavar="FORM", help="take the decisions of a filled-in form")
    action.add_argument("--push", metavar="EMAIL", help="put the undecided disagreements into this account's project")
    action.add_argument("--pull", metavar="EMAIL", help="take the decisions that this account submitted")
    parser.add_argument("--home", type=Path, default=ROOT / ".studio", help="the server's folder (default: .studio)")
    given = parser.parse_args(argv)
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
        decided = read_decisions(folder / "decisions.jsonl")
        passes = articles, first, second, links, decided
        gold, still_open, problems = adjudicate(*passes)
        refuse(problem for problem in problems if problem.code != "undecided")
        if given.open:
            print(write_form(articles, still_open), end="")
            return 0
        if given.push:
            account = server.ensure_account(given.home, given.push)
            config = read_text(folder / "label_studio" / "adjudicate.xml")
            created, present = push(connect(given.home, server.owner(given.home)), config, account.email, *passes)
            print(f"{created} tasks created, {present} were there")
            return 0
        if given.decide or given.pull:
            unfinished: list[str] = []
            if given.pull:
                account = server.ensure_account(given.home, given.pull)
                new, unfinished = pull(connect(given.home, account), account.email, *passes)
            else:
                new = [("new", row) for row in read_form(read_text(given.decide), articles, still_open)]
            write_json_lines(folder / "decisions.jsonl", accept(*passes, new))
            print(f"{len(new)} decisions taken", *(f"waits to be submitted: {page}" for page in unfinished), sep="\n")
            return 0
        gold = corrected(articles, gold, read_errata(folder / "errata.csv"))
        known = [row["id"] for row in knowledge_base]
        by_article: dict[str, dict[str, dict[str, object]]] = {}
        for layer, layer_rows in gold.items():
            for row in layer_rows:
                by_article.setdefault(row["id"], {})[layer] = row
        refuse(gold_problems(articles, by_article, known))
    except (ProblemsError, server.ServerError) as error:
        print(error, file=sys.stderr)
        return 1
    for layer, layer_rows in gold.items():
        write_layer(folder / "gold", layer, layer_rows)
    print(f"annotations/gold: {len(by_article)} articles")
    for problem in problems:
        print(f"waits: {problem.message} ({problem.hint})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
