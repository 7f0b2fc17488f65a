"""Eight annotators write 400 annotations at once, on both databases: all come back, none twice. A locked database."""

import itertools
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from communique import server
from communique.schema import LAYERS, Row
from communique.sheet import resolve
from communique.workshop.connection import connect
from communique.workshop.pull import pull
from communique.workshop.push import push
from communique.workshop.submit import submit
from support import make_article

CONFIGS = {
    layer: (Path(__file__).parents[1] / "annotations" / "label_studio" / f"{layer}.xml").read_text(encoding="utf-8")
    for layer in LAYERS
}
ANNOTATORS = 8
ARTICLES = [
    make_article(f"Harbour news {number}\nPeloumt joined the Shelf Bank.", f"load-{number}") for number in range(25)
]


def written_by(annotator: str, entity: str) -> dict[str, list[Row]]:
    """Two layers of every article, which name an entity that no other annotator names."""
    sheet = f"P 1\nM Peloumt | GPE | {entity}\nM Shelf Bank | ORG | shelf-bank\n"
    sheet += "E joined | MEMBERSHIP | asserted | positive | agent=Peloumt | target=Shelf Bank\n"
    resolved = [resolve(sheet, article, annotator, "0.1") for article in ARTICLES]
    return {layer: [rows[layer] for rows in resolved] for layer in ("entities", "events")}


def test_eight_annotators_writing_at_once_lose_nothing(each_studio: Path, capsys: pytest.CaptureFixture[str]) -> None:
    times = [time.perf_counter()]
    emails = [f"load-{number}@example.org" for number in range(ANNOTATORS)]
    clients = [connect(each_studio, server.ensure_account(each_studio, email)) for email in emails]
    times.append(time.perf_counter())
    owner = connect(each_studio, server.owner(each_studio))
    for email in emails:
        push(owner, CONFIGS, email, ARTICLES)
    times.append(time.perf_counter())
    work = [written_by(email, f"entity-{number}") for number, email in enumerate(emails)]
    together = threading.Barrier(ANNOTATORS)

    def write(number: int) -> int:
        together.wait()
        return submit(clients[number], emails[number], work[number], ARTICLES)

    with ThreadPoolExecutor(ANNOTATORS) as pool:
        assert list(pool.map(write, range(ANNOTATORS))) == [50] * ANNOTATORS
    times.append(time.perf_counter())
    for client, email, rows in zip(clients, emails, work, strict=True):
        assert pull(client, email, ARTICLES, "0.1") == rows | {"quotes": []}
    times.append(time.perf_counter())
    counts = {project.title: project.total_annotations_number for project in owner.projects.list(title="load-")}
    assert counts == {f"{layer} {email}": 25 * (layer != "quotes") for layer in LAYERS for email in emails}
    spent = [after - before for before, after in itertools.pairwise(times)]
    steps = zip(("accounts", "push", "submit", "pull"), spent, strict=True)
    with capsys.disabled():
        print(f"\n{each_studio.name}: {400 / spent[2]:.1f} annotations/s;", *(f"{name} {s:.1f} s" for name, s in steps))


def test_a_database_locked_for_too_long_is_told_and_a_rerun_completes(studio: Path) -> None:
    """As when something else (a backup, say) holds SQLite's only write lock for longer than the server waits."""
    email, articles = "locked@example.org", ARTICLES[:3]
    client = connect(studio, server.ensure_account(studio, email))
    push(connect(studio, server.owner(studio)), CONFIGS, email, articles)
    rows = {layer: found[:3] for layer, found in written_by(email, "peloumt").items()}
    assert submit(client, email, {"entities": rows["entities"][:1]}, articles) == 1
    with closing(sqlite3.connect(studio / "data" / "label_studio.sqlite3")) as holder:
        holder.execute("begin immediate")
        said = r"^the server answered 500: no reason given; run this again, or see its log$"
        with pytest.raises(server.ServerError, match=said):
            submit(client, email, rows, articles)
    assert "database is locked" in (studio / "server.log").read_text(encoding="utf-8")
    assert submit(client, email, rows, articles) == 5
    assert pull(client, email, articles, "0.1") == rows | {"quotes": []}
