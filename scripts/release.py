"""Release a version of the data: its number and content in the files that name them, its new articles frozen.

New articles are listed in seeds/released.csv: from then on their splits and texts stay.
"""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from communique import DATA_VERSION
from communique.articles import load_articles
from communique.dataset import content_hash
from communique.export import checked_rows
from communique.files import read_text, write_bytes
from communique.problems import ProblemsError, refuse
from communique.releases import new_articles, read_released, release, stamped, version_problems, with_section

ROOT = Path(__file__).parents[1]
EXAMPLE = """example:
  python scripts/release.py 0.6.0     # then say in CHANGELOG.md what is new, and run scripts/benchmark.py

MAJOR rises when the scheme changes, MINOR when articles are added, PATCH when annotation is corrected.
"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("version", metavar="VERSION", help=f"the version to release (now: {DATA_VERSION})")
    version = parser.parse_args(argv).version
    day = datetime.now(UTC).date().isoformat()
    listed, changelog = ROOT / "seeds" / "released.csv", ROOT / "CHANGELOG.md"
    try:
        articles = load_articles(ROOT / "seeds")
        rows = checked_rows(ROOT / "seeds", ROOT / "annotations" / "gold")
        gold = {row["id"] for split in rows["articles"].values() for row in split}
        new = new_articles(read_released(listed), articles, gold)
        refuse(version_problems(version, DATA_VERSION, len(new)))
        texts = {
            changelog: with_section(read_text(changelog), version, day, content_hash(rows), new),
            ROOT / "CITATION.cff": stamped(ROOT / "CITATION.cff", {"version": version, "date-released": day}),
            ROOT / "src" / "communique" / "__init__.py": stamped(
                ROOT / "src" / "communique" / "__init__.py", {"DATA_VERSION": version, "RELEASED": day}
            ),
        }
        added = release(listed, articles, gold, version)
    except ProblemsError as error:
        print(f"nothing was written\n{error}", file=sys.stderr)
        return 1
    for path, text in texts.items():
        write_bytes(path, text.encode("utf-8"))
    print(f"{version}: {added} articles added, content sha256 {content_hash(rows)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
