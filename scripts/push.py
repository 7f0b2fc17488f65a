"""Give annotators their projects, one per layer, with one task per article. A rerun adds what is missing."""

import argparse
import sys
from pathlib import Path

from communique import server
from communique.articles import load_articles
from communique.inputs import articles_of
from communique.problems import ProblemsError
from communique.schema import LAYERS
from communique.workshop.assign import assigned, read_plan
from communique.workshop.connection import connect
from communique.workshop.context import read_context, show_context
from communique.workshop.preannotate import preannotate, read_preannotations
from communique.workshop.push import push

ROOT = Path(__file__).parents[1]
EXAMPLE = """example:
  python scripts/studio.py start
  python scripts/push.py ana@example.org
  python scripts/push.py ana@example.org --articles texts/ --predictions labels/names labels/quotes
  python scripts/push.py ana@example.org --articles texts/ --context work/ana
  python scripts/push.py --plan work/plan.jsonl --articles texts/

Tasks show the raw text alone unless --predictions or --context asks for more. An annotator who sees them is no blind
annotator: a plan takes neither.
"""


def arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("annotator", nargs="?", help="email of the annotator's account; made if it does not exist")
    who.add_argument("--plan", type=Path, help="what scripts/assign.py wrote: each annotator gets their articles")
    parser.add_argument(
        "--articles",
        type=Path,
        metavar="INPUT",
        help="folder of .txt files, a .txt file, or .jsonl or .parquet with `id` and `text` (default: seeds/)",
    )
    parser.add_argument(
        "--predictions",
        type=Path,
        nargs="+",
        default=[],
        metavar="FOLDER",
        help="show predictions to begin from: folders that scripts/annotate.py wrote, or of baselines/predictions",
    )
    parser.add_argument(
        "--context",
        type=Path,
        metavar="FOLDER",
        help="show the mentions of FOLDER/entities.jsonl beside events and quotes",
    )
    parser.add_argument("--home", type=Path, default=ROOT / ".studio", help="the server's folder (default: .studio)")
    given = parser.parse_args(argv)
    if given.plan and (given.predictions or given.context):
        parser.error("--plan is for blind passes: it goes with neither --predictions nor --context")
    return given


def main(argv: list[str] | None = None) -> int:
    given = arguments(argv)
    configs = {
        layer: (ROOT / "annotations" / "label_studio" / f"{layer}.xml").read_text(encoding="utf-8") for layer in LAYERS
    }
    try:
        articles = articles_of(given.articles) if given.articles else load_articles(ROOT / "seeds")
        work = assigned(read_plan(given.plan), articles) if given.plan else {given.annotator: articles}
        preannotations = read_preannotations(given.predictions, articles)
        context = read_context(given.context, articles) if given.context else {}
        for annotator, theirs in work.items():
            server.ensure_account(given.home, annotator)
            owner = connect(given.home, server.owner(given.home))
            for layer, (created, present) in push(owner, configs, annotator, theirs, context).items():
                print(f"{annotator} {layer}: {created} tasks created, {present} were there")
            for layer, (created, present) in preannotate(owner, annotator, theirs, preannotations).items():
                print(f"{annotator} {layer}: {created} predictions created, {present} were there")
            if given.context:
                changed = show_context(owner, annotator, theirs, context)
                print(f"{annotator}: {changed} tasks show other context than before")
    except (ProblemsError, server.ServerError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
