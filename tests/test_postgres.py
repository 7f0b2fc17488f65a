"""A server on PostgreSQL: what is refused before it starts, what its home remembers, where the password never is."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from communique import server, server_install
from communique.server_database import Database, parse
from postgres import PASSWORD, USER, Cluster

SCRIPT = Path(__file__).parents[1] / "scripts" / "studio.py"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://ana@localhost/studio", Database("ana", "localhost", 5432, "studio")),
        ("postgres://ana@db.example.org:6543/a-b", Database("ana", "db.example.org", 6543, "a-b")),
        ("postgresql://a%40b@[::1]:6543/a%2Fb", Database("a@b", "::1", 6543, "a/b")),
    ],
)
def test_an_address_is_read_and_written_alike(url: str, expected: Database) -> None:
    assert parse(url) == expected
    assert parse(expected.url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "studio.sqlite3",
        "mysql://ana@localhost/studio",
        "postgresql://localhost/studio",
        "postgresql://ana@/studio",
        "postgresql://ana@localhost",
        "postgresql://ana@localhost/",
        "postgresql://ana@localhost/studio/more",
        "postgresql://ana@localhost/studio?sslmode=disable",
        "postgresql://ana@localhost/studio#1",
        "postgresql://ana@localhost/st%00udio",
        "postgresql://ana@localhost:port/studio",
        "postgresql://ana@localhost:65536/studio",
        "postgresql://ana@[localhost/studio",
    ],
)
def test_what_is_no_address_is_refused_with_the_form(url: str) -> None:
    with pytest.raises(server.ServerError, match="write postgresql://USER@HOST:PORT/NAME"):
        parse(url)


def test_a_password_on_the_command_line_is_refused_and_not_repeated(tmp_path: Path) -> None:
    command = [sys.executable, SCRIPT, "start", "--home", tmp_path, "--database", "postgresql://ana:xyzzy@localhost/s"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert "a password in an address is seen by others" in told.stderr
    assert "Traceback" not in told.stderr
    assert "xyzzy" not in told.stdout + told.stderr


def refusal(home: Path, environment: Path, url: str) -> str:
    """Why the server is not started; nothing is remembered of the try, and no process was started."""
    with pytest.raises(server.ServerError) as error:
        server.start(home, environment, database=url)
    assert not (home / "server.log").exists()
    assert not (home / "accounts.json").exists()
    assert not (home / "database.json").exists()
    return str(error.value)


def test_a_database_that_cannot_be_used_is_refused_before_anything_is_started(
    postgres: Cluster, environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    postgres.run(f"create database latin owner {USER} encoding 'LATIN1' template template0")
    closed = f"postgresql://{USER}@127.0.0.1:9/studio"
    for url, expected in (
        (postgres.url("absent"), 'database "absent" does not exist'),
        (closed, "Connection refused"),
        (postgres.url("latin"), "is encoded in LATIN1: make one with createdb --encoding UTF8"),
        (postgres.url("postgres"), f"may not make tables there: make it with createdb --owner {USER}"),
    ):
        assert expected in refusal(tmp_path, environment, url)


def test_the_password_is_that_of_the_environment_or_of_the_password_file(
    postgres: Cluster, environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database postgres refuses tables, which shows that the password was taken."""
    path = tmp_path / "pgpass"
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("PGPASSFILE", str(path))
    url = postgres.url("postgres")
    assert "no password supplied" in refusal(tmp_path / "home", environment, url)
    escaped = PASSWORD.replace("\\", "\\\\").replace(":", "\\:")
    path.write_text(f"127.0.0.1:{postgres.port}:*:{USER}:{escaped}\n", encoding="utf-8")
    path.chmod(0o644)
    assert "no password supplied" in refusal(tmp_path / "home", environment, url)
    path.chmod(0o600)
    assert "may not make tables" in refusal(tmp_path / "home", environment, url)
    monkeypatch.setenv("PGPASSWORD", "xyzzy")
    told = refusal(tmp_path / "home", environment, url)
    assert "password authentication failed" in told
    assert "xyzzy" not in told


def test_a_broken_environment_is_told_without_a_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "installed", lambda _: True)
    told = refusal(tmp_path / "home", tmp_path, "postgresql://ana@localhost/studio")
    assert "is broken" in told
    assert "run scripts/studio.py install" in told


def test_a_home_with_sqlite_does_not_become_one_with_postgresql(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "label_studio.sqlite3").write_bytes(b"")
    assert "has its data in SQLite: choose another --home" in refusal(
        tmp_path, tmp_path, "postgresql://ana@localhost/studio"
    )


def test_a_database_with_data_belongs_to_one_home(
    studio_on_postgres: Path, postgres: Cluster, environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    assert "has the data of another home" in refusal(tmp_path, environment, postgres.url("studio"))
    (tmp_path / "database.json").write_bytes((studio_on_postgres / "database.json").read_bytes())
    with pytest.raises(server.ServerError, match=r"no password of its owner: restore its accounts\.json"):
        server.start(tmp_path, environment)
    assert not (tmp_path / "accounts.json").exists()


def test_a_home_keeps_to_its_database(studio_on_postgres: Path, postgres: Cluster, environment: Path) -> None:
    found = server.running(studio_on_postgres)
    assert found is not None
    assert server.start(studio_on_postgres, environment) == found
    assert server.start(studio_on_postgres, environment, database=postgres.url("studio")) == found
    with pytest.raises(server.ServerError, match=r"(?s)has its data in \S+/studio, not in \S+/other: choose another"):
        server.start(studio_on_postgres, environment, database=postgres.url("other"))
    assert server.running(studio_on_postgres) == found
    assert list((studio_on_postgres / "data").glob("*.sqlite3")) == []


def test_the_database_is_named_at_the_first_start_only(
    postgres: Cluster, environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a stand-in for Label Studio that writes down its environment and ends."""
    binaries, seen = tmp_path / "environment" / "bin", tmp_path / "seen"
    binaries.mkdir(parents=True)
    (binaries.parent / server_install._MARKER).write_text(server.LABEL_STUDIO_VERSION)
    (binaries / "python").write_text(f'#!/bin/sh\nexec "{environment}/bin/python" "$@"\n')
    (binaries / "python").chmod(0o755)
    (binaries / "label-studio").write_text(
        f"import json, os\njson.dump(dict(os.environ), open({str(seen)!r}, 'w'))\nraise SystemExit('seen')\n"
    )
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    for url in (postgres.create("twice"), None):
        seen.unlink(missing_ok=True)
        with pytest.raises(server.ServerError, match="ended while it started"):
            server.start(tmp_path / "home", binaries.parent, database=url)
        given = json.loads(seen.read_text())
        address = [given[f"POSTGRE_{name}"] for name in ("USER", "HOST", "PORT", "NAME")]
        assert address == [USER, "127.0.0.1", str(postgres.port), "twice"]
        assert given["DJANGO_DB"] == "default"
        assert given["PGPASSWORD"] == PASSWORD
    assert stat.S_IMODE((tmp_path / "home" / "database.json").stat().st_mode) == 0o600
    assert json.loads((tmp_path / "home" / "database.json").read_text()) == {"url": postgres.url("twice")}


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="reads the command lines of Linux")
def test_the_password_is_in_no_file_and_no_command_line(studio_on_postgres: Path) -> None:
    password = PASSWORD.encode()
    files = [path for path in studio_on_postgres.rglob("*") if path.is_file()]
    assert {"server.log", "database.json", "accounts.json"} <= {path.name for path in files}
    assert not [path for path in files if password in path.read_bytes()]
    found = server.running(studio_on_postgres)
    assert found is not None
    lines = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(entry.name)) == found.pid:
                lines.append((entry / "cmdline").read_bytes())
        except (ProcessLookupError, FileNotFoundError):
            continue
    assert any(b"label-studio" in line for line in lines)
    assert not [line for line in lines if password in line]
