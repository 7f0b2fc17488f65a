"""The server killed, the disk full, a token gone, two pulls at once: a clear error or a resumed run, nothing lost."""

import base64
import errno
import json
import os
import resource
import signal
import stat
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from label_studio_sdk import LabelStudio

from communique import server
from communique.annotation import read_layer
from communique.articles import Article
from communique.files import json_lines
from communique.passes import FILES
from communique.schema import LAYERS, Row
from communique.workshop.connection import connect, project_of, tasks_of
from communique.workshop.pull import pull, pull_into
from communique.workshop.push import push
from communique.workshop.submit import submit
from support import make_article
from test_pull import content
from test_workshop import CONFIGS, FIRST, SECOND, TEXT, layers

ROOT = Path(__file__).parents[1]
ANA, BEN = "ana@example.org", "ben@example.org"
ARTICLES = [make_article(f"{TEXT}\nAnd so on, {number}.", f"a{number:03}") for number in range(60)]
WORKED_ON = ARTICLES[:3]
SAID: list[str] = []
"""Every error and output of the tests in this file, for the last of them."""
KILLED: list[server.Running] = []
SECRETS: set[str] = set()
"""Tokens that the tests in this file used up."""


@pytest.fixture(scope="module")
def own(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of a server that may be killed; each test begins with `up`."""
    home = tmp_path_factory.mktemp("killed")
    yield home
    server.stop(home)


def up(home: Path, environment: Path) -> tuple[LabelStudio, LabelStudio]:
    """Clients of the owner and of Ana, once the server runs again."""
    while KILLED and server.running(home) == KILLED[-1]:  # it takes the kernel a moment to end a process
        time.sleep(0.05)
    server.start(home, environment)
    return connect(home, server.owner(home)), connect(home, server.ensure_account(home, ANA))


def kill(home: Path) -> None:
    found = server.running(home)
    assert found is not None
    KILLED.append(found)
    os.killpg(found.pid, signal.SIGKILL)


def killing(home: Path, action: Callable[..., Any], call: int, seconds: float) -> Callable[..., Any]:
    """The action, in whose `call`th call the server is killed, so many seconds after that call began."""
    calls = iter(range(1, 1_000_000))

    def killed(*args: Any, **kwargs: Any) -> Any:
        if next(calls) == call:
            threading.Timer(seconds, kill, [home]).start()
        return action(*args, **kwargs)

    return killed


def refused(action: Callable[[], object]) -> str:
    with pytest.raises(server.ServerError) as error:
        action()
    SAID.append(str(error.value))
    return SAID[-1]


def rows_of(articles: list[Article], sheet: str, email: str) -> dict[str, list[Row]]:
    found = [layers(article, sheet, email) for article in articles]
    return {layer: [rows[layer][0] for rows in found] for layer in LAYERS}


def held(client: LabelStudio, email: str) -> dict[str, Counter[tuple[str, int]]]:
    """How often each article stands in each project, with its number of annotations."""
    return {
        layer: Counter(
            (task["data"]["article"], len(task["annotations"]))
            for task in tasks_of(client, project_of(client, layer, email).id)
        )
        for layer in LAYERS
    }


def test_a_push_whose_server_is_killed_is_completed(
    own: Path, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the import of the second project, which takes about 0.3 seconds."""
    owner, _ = up(own, environment)
    monkeypatch.setattr(owner.projects, "import_tasks", killing(own, owner.projects.import_tasks, 2, 0.1))
    assert "the server did not answer" in refused(lambda: push(owner, CONFIGS, ANA, ARTICLES))
    owner, _ = up(own, environment)
    done = push(owner, CONFIGS, ANA, ARTICLES)
    assert done["entities"] == (0, 60)
    assert {created + present for created, present in done.values()} == {60}
    assert held(owner, ANA) == {layer: Counter((article.id, 0) for article in ARTICLES) for layer in LAYERS}


def test_annotating_on_a_server_that_is_killed_is_completed(
    own: Path, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before the fifth annotation is created, and while the fifth is changed."""
    owner, _ = up(own, environment)
    push(owner, CONFIGS, ANA, ARTICLES)
    for sheet, action, seconds in ((SECOND, "create", 0.0), (FIRST, "update", 0.04)):
        _, ana = up(own, environment)
        rows = rows_of(WORKED_ON, sheet, ANA)
        monkeypatch.setattr(ana.annotations, action, killing(own, getattr(ana.annotations, action), 5, seconds))
        assert "the server did not answer" in refused(partial(submit, ana, ANA, rows, ARTICLES))
        _, ana = up(own, environment)
        assert submit(ana, ANA, rows, ARTICLES) in (4, 5), "of nine, four were written, and the fifth perhaps"
        once = Counter((article.id, int(article in WORKED_ON)) for article in ARTICLES)
        assert held(ana, ANA) == dict.fromkeys(LAYERS, once)
        assert pull(ana, ANA, ARTICLES, "0.1") == rows


def pushed(own: Path, environment: Path, out: Path) -> tuple[LabelStudio, dict[str, bytes]]:
    """Ana's client, and the content of `out`'s parent once her first work was pulled and she has changed it since."""
    owner, ana = up(own, environment)
    push(owner, CONFIGS, ANA, ARTICLES)
    submit(ana, ANA, rows_of(WORKED_ON, FIRST, ANA), ARTICLES)
    pull_into(out, ana, ANA, ARTICLES, "1.0")
    submit(ana, ANA, rows_of(WORKED_ON, SECOND, ANA), ARTICLES)
    return ana, content(out.parent)


def came(folder: Path) -> dict[str, list[Row]]:
    """The rows of a pass, whatever version of the guidelines they were pulled by."""
    return {layer: [row | {"guidelines": "0.1"} for _, row in read_layer(folder, layer)] for layer in LAYERS}


def came_whole(out: Path) -> None:
    """The pass is Ana's second work, the former one her first, and nothing else lies there."""
    assert {path.name for path in out.parent.iterdir()} == {"first", "first.former"}
    for folder, sheet in ((out, SECOND), (out.with_name("first.former") / "1", FIRST)):
        assert came(folder) == rows_of(WORKED_ON, sheet, ANA)
        assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)


@pytest.mark.parametrize("moment", ["create", "download"])
def test_a_pull_whose_server_is_killed_leaves_the_pass_as_it_was(
    own: Path, environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """While the second snapshot is made, and after the first piece of it has arrived."""
    out = tmp_path / "passes" / "first"
    ana, before = pushed(own, environment, out)
    action = getattr(ana.projects.exports, moment)
    calls = iter(range(1, 9))

    def cut(*args: Any, **kwargs: Any) -> Iterator[bytes]:
        second = next(calls) == 2
        for number, piece in enumerate(action(*args, **kwargs)):
            yield piece
            if second and number == 0:
                kill(own)

    killed = cut if moment == "download" else killing(own, action, 2, 0.02)
    monkeypatch.setattr(ana.projects.exports, moment, killed)
    assert "the server did not answer" in refused(lambda: pull_into(out, ana, ANA, ARTICLES, "1.0"))
    assert content(out.parent) == before
    _, ana = up(own, environment)
    pull_into(out, ana, ANA, ARTICLES, "1.0")
    came_whole(out)


def door(home: Path, out: Path, email: str = ANA) -> list[str]:
    """The command that pulls into a folder; the texts are in `articles.jsonl` beside the server's data."""
    path = home / "articles.jsonl"
    path.write_bytes(json_lines({"id": article.id, "text": article.text} for article in ARTICLES))
    return [sys.executable, "scripts/pull.py", email, str(out), "--articles", str(path), "--home", str(home)]


def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, **options)
    SAID.append(done.stdout + done.stderr)
    assert "Traceback" not in done.stderr
    return done


def test_a_full_disk_leaves_the_pass_as_it_was(
    own: Path, environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file may grow beyond 8 kB, which stops a download; and the disk is full when the last layer is written."""
    out = tmp_path / "passes" / "first"
    ana, before = pushed(own, environment, out)
    done = run(door(own, out), preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, 8_000)))
    assert done.returncode == 1
    assert "nothing was written\n[Errno 27] File too large" in done.stderr
    assert content(out.parent) == before
    sync, left = os.fsync, [1, 2]

    def full(handle: int) -> None:
        if not left:
            raise OSError(errno.ENOSPC, "No space left on device")
        left.pop()
        sync(handle)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            pull_into(out, ana, ANA, ARTICLES, "1.0")
    assert content(out.parent) == before
    pull_into(out, ana, ANA, ARTICLES, "1.0")
    came_whole(out)


def test_a_token_that_was_revoked_is_told_and_the_door_gets_a_new_one(
    own: Path, environment: Path, tmp_path: Path
) -> None:
    out = tmp_path / "passes" / "first"
    _, before = pushed(own, environment, out)
    token = server.ensure_account(own, ANA).token
    found = server.running(own)
    assert found is not None
    with httpx.Client(base_url=found.url, trust_env=False) as client:
        access = client.post("/api/token/refresh/", json={"refresh": token}).json()["access"]
        header = {"Authorization": f"Bearer {access}"}
        assert client.post("/api/token/blacklist/", json={"refresh": token}, headers=header).status_code == 204
    revoked = LabelStudio(base_url=found.url, api_key=token)
    assert "the server answered 401" in refused(lambda: pull_into(out, revoked, ANA, ARTICLES, "1.0"))
    assert content(out.parent) == before
    assert run(door(own, out)).returncode == 0
    came_whole(out)
    assert server.ensure_account(own, ANA).token != token
    SECRETS.update({token, access})


def test_an_expired_token_is_told_plainly(own: Path, environment: Path) -> None:
    server.start(own, environment)
    claims = [{"alg": "HS256", "typ": "JWT"}, {"token_type": "refresh", "exp": 1}]
    parts = [base64.urlsafe_b64encode(json.dumps(claim).encode()).rstrip(b"=").decode() for claim in claims]
    expired = server.Account(ANA, "", ".".join([*parts, "c2ln"]))
    assert "the server answered 401" in refused(lambda: connect(own, expired))
    SECRETS.add(expired.token)


def test_two_pulls_at_once_give_one_whole_pass_and_keep_the_other(own: Path, environment: Path, tmp_path: Path) -> None:
    """Of two annotators into one folder: the pass is all of one, the former one all of the other."""
    owner, ana = up(own, environment)
    ben = connect(own, server.ensure_account(own, BEN))
    wanted = {}
    for client, email, sheet in ((ana, ANA, FIRST), (ben, BEN, SECOND)):
        push(owner, CONFIGS, email, ARTICLES)
        wanted[email] = rows_of(WORKED_ON, sheet, email)
        submit(client, email, wanted[email], ARTICLES)
    out = tmp_path / "passes" / "first"
    commands = [door(own, out, email) for email in (ANA, BEN)]
    with ThreadPoolExecutor() as pool:
        assert [done.returncode for done in pool.map(run, commands)] == [0, 0]
    assert {path.name for path in out.parent.iterdir()} == {"first", "first.former"}
    authors = []
    for folder in (out, out.with_name("first.former") / "1"):
        rows = came(folder)
        (author,) = {row["annotator"] for layer in LAYERS for row in rows[layer]}
        assert rows == wanted[author]
        authors.append(author)
    assert sorted(authors) == [ANA, BEN]


def test_no_secret_is_in_what_was_said_logged_or_written(own: Path, environment: Path, tmp_path: Path) -> None:
    up(own, environment)
    accounts = own / "accounts.json"
    assert stat.S_IMODE(accounts.stat().st_mode) == 0o600
    secrets = SECRETS | {
        entry[name] for entry in json.loads(accounts.read_text()).values() for name in ("password", "token")
    }
    done = run(door(own, tmp_path / "passes" / "first"))
    assert done.returncode == 0, done.stderr
    texts = [*SAID, *(path.read_text("utf-8", "replace") for path in own.glob("server.log*"))]
    texts += [path.read_text() for path in (tmp_path / "passes" / "first").iterdir()]
    assert all(len(secret) > 20 for secret in secrets)
    assert not [secret[:8] for secret in secrets for text in texts if secret in text]
    ignored = subprocess.run(["git", "check-ignore", "-q", ".studio/accounts.json"], cwd=ROOT, check=False)
    assert ignored.returncode == 0 or not (ROOT / ".git").exists()
