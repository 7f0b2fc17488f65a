"""List the tokens of gold that a model trained on the other storylines finds least likely to be labelled right."""

import argparse
import sys
from pathlib import Path

from communique.dataset import existing_splits, read_gold
from communique.models import Labelled, SequenceLabeller
from communique.models.columns import casing, place, words
from communique.models.label_errors import suspicious_tokens
from communique.schema import Row

ROOT = Path(__file__).parents[1]
EXAMPLE = """example:
  python scripts/label_errors.py names --most 50
"""


def spans_of(kind: str, row: Row) -> list[Labelled]:
    """The flat gold spans of a kind."""
    if kind == "names":
        return [Labelled(m["start"], m["end"], m["type"]) for m in row["mentions"] if m["level"] == "name"]
    if kind == "triggers":
        return [Labelled(event["start"], event["end"], event["type"]) for event in row["events"]]
    return [Labelled(q["cue_start"], q["cue_end"], "CUE") for q in row["quotes"] if q["cue_start"] is not None]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kind", choices=("names", "triggers", "cues"), help="which spans to look at")
    parser.add_argument("--dataset", type=Path, default=ROOT / "dataset", help="the dataset folder (default: dataset)")
    parser.add_argument("--most", type=int, default=100, help="how many tokens to print (default: %(default)s)")
    given = parser.parse_args(argv)
    rows = [row for split in existing_splits(given.dataset) for row in read_gold(given.dataset, split)]
    if len({row["storyline"] for row in rows}) < 2:
        print("one storyline alone cannot be held out", file=sys.stderr)
        return 1
    labeller = SequenceLabeller(columns=(words, place, casing))
    table = suspicious_tokens(rows, [spans_of(given.kind, row) for row in rows], labeller)
    print(table.head(given.most).to_string(index=False, float_format="{:.3f}".format))
    return 0


if __name__ == "__main__":
    sys.exit(main())
