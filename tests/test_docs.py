"""The README is run: its Python blocks here, its shell blocks in a copy of the repository against a real server."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from communique import DATA_VERSION, server
from communique.dataset import content_hash, read_all

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [
    ROOT / name
    for name in ("README.md", "DATASHEET.md", "CHANGELOG.md", "annotations/README.md", "annotations/WORKSHOP.md",
                 "annotations/EXTEND.md", "baselines/README.md", "seeds/README.md",
                 "annotations/guidelines/README.md", "dataset/README.md", "baselines/leaderboard.md")
]  # fmt: skip


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def test_python_blocks_run_as_they_stand(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    scope: dict[str, object] = {}
    assert len(blocks("python")) == 3
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), scope)
    told = capsys.readouterr().out
    assert "vladimir-putin" in told
    assert "1.0 0.0" in told  # precision 1, a small recall
    assert told.splitlines()[-1].startswith("1.0 0.")  # every name found is right, not every place is found


def test_shell_blocks_run_as_they_stand(environment: Path, tmp_path: Path) -> None:
    """All but the first two, which set up and test, and which .ci/run runs."""
    copy = tmp_path / "repository"
    for name in ("scripts", "seeds", "annotations", "dataset", "baselines"):
        shutil.copytree(ROOT / name, copy / name)
    (copy / ".studio").mkdir()
    (copy / ".studio" / "environment").symlink_to(environment)
    (copy / ".venv" / "bin").mkdir(parents=True)
    (copy / ".venv" / "bin" / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (copy / ".venv" / "bin" / "python").chmod(0o755)
    told = ""
    try:
        for block in blocks("bash")[2:]:
            done = subprocess.run(["bash", "-ec", block], cwd=copy, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
            told += done.stdout
    finally:
        server.stop(copy / ".studio")
    assert "http://127.0.0.1:" in told
    articles = len((ROOT / "seeds" / "index.jsonl").read_text(encoding="utf-8").splitlines())
    assert f"quotes: {articles} tasks created, 0 were there" in told
    assert (copy / "work" / "ana" / "quotes.jsonl").read_text() == ""
    assert "stopped" in told
    assert server.running(copy / ".studio") is None


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere_and_no_path_of_a_machine_is_told(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert target.startswith("https://") or (path.parent / target).exists(), f"{path.name} links {target}"
    assert not re.search(r"/(home|root|tmp|work)/", text)
    assert os.sep + "tmp" not in text


def test_the_changelog_names_the_content_of_this_version() -> None:
    section = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## ")[1]
    assert section.startswith(DATA_VERSION)
    assert f"`{content_hash(read_all(ROOT / 'dataset'))}`" in section


def test_the_disclosure_stands_in_the_first_lines() -> None:
    first = " ".join(line.strip("> ") for line in README.splitlines()[:12])
    assert "made by language models" in first
    assert "no figure about agreement is agreement between people" in first
