"""annotations/EXTEND.md is run as it stands: ten articles become a new minor version, people being played by files."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from communique import DATA_VERSION, server
from communique.dataset import read_gold, read_parquet

ROOT = Path(__file__).parents[1]
PLACES = ("Harbour", "Market", "Bridge", "Valley", "Orchard", "Quarry", "Garden", "Tower", "Mill", "Ferry")
SHEET = """P 1
M {place} Bank | ORG | {place}-bank
M Peloumt | GPE | peloumt
M Friday | DATE
M Luzimo Teirult | PERSON | luzimo
E accused | ACCUSE | asserted | positive | agent={place} Bank | target=Peloumt | time=Friday
Q direct | named | content=“We have {number} proofs,” | cue=said | source=Luzimo Teirult | speaker=luzimo
"""


def articles() -> list[dict[str, object]]:
    return [
        {
            "id": f"mine-{number:03}",
            "text": f"{place} talks 🙂 {number}\n{place} Bank accused Peloumt on Friday. “We have {number} proofs,” "
            "said Luzimo Teirult.\n",
            "published": "2026-11-25",
            "dateline": None,
            "outlet": "Desk",
            "genre": "brief",
            "region": "Shelf",
            "storyline": f"mine-{number}",
            "origin": "real",
            "license": "CC-BY-4.0",
            "split": "real",
            "source": "written for a test",
        }
        for number, place in enumerate(PLACES, start=1)
    ]


def write_sheets(work: Path) -> None:
    """The two annotators: the second finds no date in the first article."""
    for annotator in ("ana", "ben"):
        (work / annotator).mkdir()
        for number, place in enumerate(PLACES, start=1):
            sheet = SHEET.format(place=place, number=number).replace(f"{place}-bank", f"{place.lower()}-bank")
            if (annotator, number) == ("ben", 1):
                sheet = sheet.replace("M Friday | DATE\n", "")
            (work / annotator / f"mine-{number:03}.sheet").write_text(sheet, encoding="utf-8")


def fill_in(form: Path) -> None:
    """The adjudicator."""
    text = form.read_text(encoding="utf-8")
    assert len(re.findall(r"^gold", text, re.MULTILINE)) == 1
    form.write_text(re.sub(r"^gold *$", "gold first | slip-second | a date", text, flags=re.MULTILINE), "utf-8")


def test_ten_articles_become_a_new_minor_version(environment: Path, tmp_path: Path) -> None:
    copy = tmp_path / "repository"
    copy.mkdir()
    for name in ("scripts", "seeds", "annotations", "dataset", "src", "baselines"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("CHANGELOG.md", "CITATION.cff", "DATASHEET.md"):
        shutil.copy(ROOT / name, copy / name)
    (copy / ".studio").mkdir()
    (copy / ".studio" / "environment").symlink_to(environment)
    (copy / ".venv" / "bin").mkdir(parents=True)
    python = copy / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{copy / "src"}" exec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    work = copy / "work"
    work.mkdir()
    lines = "".join(json.dumps(row) + "\n" for row in articles())
    (work / "my-articles.jsonl").write_text(lines, encoding="utf-8")
    write_sheets(work)
    page = (copy / "annotations" / "EXTEND.md").read_text(encoding="utf-8")
    told = ""
    try:
        for block in re.findall(r"^```bash\n(.*?)^```", page, re.DOTALL | re.MULTILINE):
            if "--decide" in block:
                fill_in(work / "open.txt")
            done = subprocess.run(["bash", "-ec", block], cwd=copy, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
            told += done.stdout
    finally:
        server.stop(copy / ".studio")
    before, after = (read_gold(folder / "dataset", "real") for folder in (ROOT, copy))
    assert len(after) - len(before) == 10
    mine = [row for row in after if row["id"].startswith("mine-")]
    # four mentions, an event of three arguments and a quote in each; the date that one missed is in gold
    assert [sum(len(row[table]) for row in mine) for table in ("mentions", "events", "arguments", "quotes")] == [
        40,
        10,
        30,
        10,
    ]
    assert read_parquet(copy / "dataset", "articles", "test") == read_parquet(ROOT / "dataset", "articles", "test")
    major, minor, _ = map(int, DATA_VERSION.split("."))
    version = f"{major}.{minor + 1}.0"
    assert f"{version}: 10 articles added" in told
    assert f"## {version} (" in (copy / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "| real | 11 | 11 | " in (copy / "DATASHEET.md").read_text(encoding="utf-8")
    assert version in (copy / "dataset" / "README.md").read_text(encoding="utf-8")
