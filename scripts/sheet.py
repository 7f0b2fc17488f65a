"""Check a text-form annotation sheet, and write it as standoff layers."""

import argparse
import sys
from pathlib import Path

from communique import GUIDELINES_VERSION
from communique.annotation import read_layer, write_layer
from communique.articles import Article, bare_article
from communique.files import read_text
from communique.problems import ProblemsError
from communique.sheet import __doc__ as sheet_format
from communique.sheet import resolve

EXAMPLE = """example:
  python scripts/sheet.py my-sheet.txt --text seeds/articles/real-001.txt
  python scripts/sheet.py my-sheet.txt --text seeds/articles/real-001.txt --out work/ana --annotator ana
"""


def show(article: Article) -> None:
    """Print the paragraphs as a sheet names them."""
    for number, paragraph in enumerate(article.paragraphs):
        same = "" if paragraph["duplicate_of"] is None else f" = P {paragraph['duplicate_of']}"
        print(f"P {number}{same}\n{article.text[paragraph['start'] : paragraph['end']]}\n")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=f"{__doc__}\n\n{sheet_format}", epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sheet", type=Path, nargs="?", help="the sheet; without it the numbered paragraphs are shown")
    parser.add_argument("--text", type=Path, required=True, help="the raw article; its file name is the article's id")
    parser.add_argument("--out", type=Path, help="folder that receives entities.jsonl, events.jsonl, quotes.jsonl")
    parser.add_argument("--annotator", default="anonymous", help="who made the sheet (default: %(default)s)")
    given = parser.parse_args(argv)
    try:
        article = bare_article(given.text.stem, read_text(given.text))
        if given.sheet is None:
            show(article)
            return 0
        layers = resolve(read_text(given.sheet), article, given.annotator, GUIDELINES_VERSION)
    except ProblemsError as error:
        print(f"{given.sheet or given.text}: {error}", file=sys.stderr)
        return 1
    for layer, row in layers.items():
        if given.out:
            others = [other for _, other in read_layer(given.out, layer) if other["id"] != article.id]
            write_layer(given.out, layer, [*others, row])
        print(layer, ", ".join(f"{len(row[table])} {table}" for table in row if isinstance(row[table], list)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
