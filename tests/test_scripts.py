"""The doors' own mistakes: each wrong call ends with 1 or 2, says what to do, and shows no traceback."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SEED = "seeds/articles/real-001.txt"


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (f"scripts/sheet.py NONE --text {SEED}", "no such file (check the path)"),
        ("scripts/sheet.py --text NONE", "no such file (check the path)"),
        (f"scripts/sheet.py {SEED} --text {SEED}", "begin with a paragraph: P 0"),
        ("scripts/submit.py NONE --annotator ana@example.org", "write it with scripts/sheet.py --out"),
        ("scripts/pull.py ana@example.org NONE --home NONE", "run scripts/studio.py start"),
        ("scripts/pull.py ana@example.org NONE --from NONE", "give a folder with the JSON export"),
        ("scripts/push.py ana@example.org --home NONE", "run scripts/studio.py start"),
        ("scripts/studio.py account ana@example.org --home NONE", "run scripts/studio.py start"),
        ("scripts/studio.py status --home NONE", "no server runs from"),
        ("scripts/leaderboard.py NONE", "is not a folder"),
        ("scripts/leaderboard.py baselines/predictions --dataset NONE --split test", "run scripts/export.py"),
        ("scripts/leaderboard.py baselines/predictions --split exam", "invalid choice: 'exam'"),
        ("baselines/entities.py --dataset NONE --predict test --out NONE", "run scripts/export.py"),
        ("baselines/quotes_floor.py --dataset NONE", "nothing to predict"),
        ("scripts/transfer.py NONE", "give the folder with GUM's CoNLL-U files"),
        ("scripts/check.py --root NONE", "no such file (check the path)"),
        ("baselines/entities.py --save NONE --dataset NONE", "run scripts/export.py"),
        ("baselines/entities.py --save NONE --predict test", "--predict does not go with --save or --load"),
        ("baselines/entities.py --save NONE --load NONE", "not allowed with argument"),
        ("baselines/entities.py --load NONE", "--load and --annotate go together"),
        ("baselines/entities.py --load NONE --annotate NONE NONE", "no such file (check the path)"),
        (f"scripts/annotate.py {SEED} NONE --model NONE", "no such file (check the path)"),
        (f"scripts/annotate.py {SEED} NONE --model pyproject.toml", "not a model file: File is not a zip file"),
        (f"scripts/annotate.py {SEED} NONE --model NONE --workers 0", "count from 1"),
    ],
)
def test_a_wrong_call_is_told_plainly(call: str, told: str, tmp_path: Path) -> None:
    absent = tmp_path / "none"
    command = [sys.executable, *(str(absent) if part == "NONE" else part for part in call.split())]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (1, 2)
    assert told in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert not absent.exists()


def test_a_sheet_becomes_layers_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    sheet = tmp_path / "real-001.sheet"
    sheet.write_text("P 0\nM Iran | GPE | iran\nM Russia | GPE | russia\n", encoding="utf-8")
    command = [sys.executable, "scripts/sheet.py", sheet, "--text", SEED, "--out", tmp_path / "out"]
    written = []
    for _ in range(2):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        written.append({path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()})
    assert "entities 2 mentions" in done.stdout
    assert written[0] == written[1]
    assert set(written[0]) == {"entities.jsonl", "events.jsonl", "quotes.jsonl"}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A copy of what the annotation scripts read and write."""
    for name in ("scripts", "seeds", "annotations"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def run(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=repository, capture_output=True, text=True, check=False)


def test_two_passes_become_gold_through_links_and_decisions(repository: Path) -> None:
    """The way annotations/README.md describes, on two short passes of the seed that differ in one mention."""
    annotations = repository / "annotations"
    shutil.rmtree(annotations / "gold")
    sheets = {"first": "P 0\nM Iran | GPE | i\nM Russia | GPE | r\n", "second": "P 0\nM Iran | GPE | iran\n"}
    for name, sheet in sheets.items():
        shutil.rmtree(annotations / name, ignore_errors=True)
        (repository / "s.sheet").write_text(sheet, encoding="utf-8")
        out = str(annotations / name)
        done = run(repository, "scripts/sheet.py", "s.sheet", "--text", SEED, "--out", out, "--annotator", name)
        assert done.returncode == 0, done.stderr
    assert "entities" in run(repository, "scripts/agree.py", "--pilot").stdout
    links = {"id": "real-001", "first": {"i": "iran", "r": "russia"}, "second": {"iran": "iran"}}
    (annotations / "links.jsonl").write_text(json.dumps(links))
    (annotations / "decisions.jsonl").write_text("")
    (annotations / "errata.csv").write_text("version,article,paragraph,was,now,reason\n")
    assert "waits: real-001: 1 disagreements" in run(repository, "scripts/adjudicate.py").stdout
    assert (annotations / "gold" / "entities.jsonl").read_text() == ""
    form = run(repository, "scripts/adjudicate.py", "--open").stdout
    (repository / "open.txt").write_text(form.replace("gold    ", "gold    first | slip-second | a state"))
    done = run(repository, "scripts/adjudicate.py", "--decide", "open.txt")
    assert done.stdout == "1 decisions taken\n", done.stderr
    assert run(repository, "scripts/adjudicate.py").stdout == "annotations/gold: 1 articles\n"
    row = json.loads((annotations / "gold" / "entities.jsonl").read_text(encoding="utf-8"))
    assert [(mention["text"], mention["entity"]) for mention in row["mentions"]] == [
        ("Iran", "iran"),
        ("Russia", "russia"),
    ]
    assert run(repository, "scripts/check.py").returncode == 0
