"""Train a names baseline on this dataset and print how it finds the names of real news, the GUM corpus's articles."""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from communique.dataset import joined, parquet_path, write_parquet
from communique.export import build_rows
from communique.files import read_json_lines
from communique.gum import read_gum, transfer_table
from communique.problems import ProblemsError
from communique.schema import LAYERS

ROOT = Path(__file__).parents[1]
EXAMPLE = """example:
  python scripts/transfer.py gum/dep
  python scripts/transfer.py gum/dep --baseline baselines/entities_floor.py
"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="folder with *.conllu files of GUM (its repository's dep/)")
    parser.add_argument("--baseline", type=Path, default=ROOT / "baselines" / "entities.py", metavar="PROGRAM")
    parser.add_argument("--dataset", type=Path, default=ROOT / "dataset", help="dataset folder (default: dataset/)")
    given = parser.parse_args(argv)
    try:
        articles = read_gum(given.folder)
    except ProblemsError as error:
        print(error, file=sys.stderr)
        return 1
    rows = build_rows([article for article, _ in articles], {article.id: layers for article, layers in articles}, [])
    with tempfile.TemporaryDirectory() as name:
        dataset = Path(name) / "dataset"
        for config in ("articles", *LAYERS):
            write_parquet(dataset, config, "real", rows[config]["real"])
            shutil.copy(parquet_path(given.dataset, config, "train"), parquet_path(dataset, config, "train"))
        command = [given.baseline, "--dataset", dataset, "--predict", "real", "--out", name]
        done = subprocess.run([sys.executable, *map(str, command)], check=False)
        if done.returncode:
            return done.returncode
        predicted = [row for _, row in read_json_lines(Path(name) / "entities.real.jsonl")]
    table = transfer_table(joined(rows, "real"), predicted)
    print(table.to_string(index=False, float_format="{:.1f}".format))
    return 0


if __name__ == "__main__":
    sys.exit(main())
