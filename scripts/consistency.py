"""List strings that gold labels in one place and leaves bare in another, those most often labelled first."""

import argparse
import sys
from pathlib import Path

from communique.consistency import bare_strings
from communique.dataset import existing_splits, read_gold

ROOT = Path(__file__).parents[1]
EXAMPLE = """example:
  python scripts/consistency.py --most 40
"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dataset", type=Path, default=ROOT / "dataset", help="the dataset folder (default: dataset)")
    parser.add_argument("--most", type=int, default=100, help="how many strings to print (default: %(default)s)")
    given = parser.parse_args(argv)
    rows = [row for split in existing_splits(given.dataset) for row in read_gold(given.dataset, split)]
    table = bare_strings(rows)
    print(table.head(given.most).to_string(index=False, max_colwidth=60))
    print(f"{len(table)} strings are labelled in one place and bare in another")
    return 0


if __name__ == "__main__":
    sys.exit(main())
