"""Compare the running server with a plan: who did what, what is missing, what ought not to be there."""

import argparse
import sys
from pathlib import Path

from communique import server
from communique.problems import ProblemsError
from communique.workshop.assign import read_plan
from communique.workshop.audit import audit, summary
from communique.workshop.connection import connect

ROOT = Path(__file__).parents[1]
EXAMPLE = """example:
  python scripts/audit.py --plan work/plan.jsonl

Ends with 1 when something is wrong; work that is missing is not wrong.
"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--plan", type=Path, required=True, metavar="FILE", help="what scripts/assign.py wrote")
    parser.add_argument("--home", type=Path, default=ROOT / ".studio", help="the server's folder (default: .studio)")
    given = parser.parse_args(argv)
    try:
        plan = read_plan(given.plan)
        table, problems = audit(connect(given.home, server.owner(given.home)), plan)
    except (ProblemsError, server.ServerError) as error:
        print(error, file=sys.stderr)
        return 1
    print(summary(table).to_string())
    for (annotator, layer), rows in table[table["state"] == "missing"].groupby(["annotator", "layer"]):
        print(f"missing from {annotator}, {layer}: {', '.join(rows['article'])}")
    if problems:
        print(ProblemsError(problems), file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
