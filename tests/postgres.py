"""A real PostgreSQL server for the tests, where its programs are there: on loopback, with password authentication."""

import json
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

USER = "studio"
PASSWORD = "pa ss:w/o@r%20d'é\\"
"""Of the role that the tests use and that owns its databases, as a careful administrator would make it."""
_RUN = """
import json, os, psycopg, sys
with psycopg.connect(host="127.0.0.1", autocommit=True) as connection:
    for statement in json.load(sys.stdin):
        connection.execute(statement)
"""


@dataclass(frozen=True)
class Cluster:
    """A running PostgreSQL server; `python` is one that has psycopg."""

    port: int
    python: Path
    admin_password: str = field(repr=False)

    def url(self, name: str, user: str = USER) -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{name}"

    def run(self, *statements: str) -> None:
        """Run SQL as the administrator."""
        address = {"PGPORT": str(self.port), "PGUSER": "admin", "PGDATABASE": "postgres"}
        subprocess.run(
            [self.python, "-I", "-c", _RUN],
            env=address | {"PGPASSWORD": self.admin_password},
            input=json.dumps(statements).encode(),
            check=True,
        )

    def create(self, name: str) -> str:
        """Make an empty database of the role `USER`; its address."""
        self.run(f'create database "{name}" owner {USER}')
        return self.url(name)


def _programs() -> Path:
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))[::-1]
    for folder in folders:
        if (folder / "initdb").is_file() and (folder / "pg_ctl").is_file():
            return folder
    pytest.skip("PostgreSQL's initdb and pg_ctl are not on this machine")


def _identity() -> dict[str, Any]:
    """Who runs PostgreSQL, which refuses to be run by root."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in known:
            return {"user": known[name].pw_uid, "group": known[name].pw_gid, "extra_groups": []}
    pytest.skip("PostgreSQL refuses to be run by root, and there is no user postgres or nobody")


@contextmanager
def cluster(python: Path) -> Iterator[Cluster]:
    """Start a server with an empty folder of its own, and stop it. Skips the test where it cannot run."""
    programs, identity = _programs(), _identity()
    with tempfile.TemporaryDirectory(prefix="communique-postgres-") as name, socket.socket() as probe:
        folder, admin_password = Path(name), os.urandom(16).hex()
        (folder / "password").write_text(admin_password)
        if identity:
            for path in (folder, folder / "password"):
                os.chown(path, identity["user"], identity["group"])
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()

        def program(*command: str) -> subprocess.CompletedProcess[str]:
            log = folder / "out"
            with log.open("w") as output:
                done = subprocess.run(
                    [programs / command[0], *command[1:], "-D", folder / "data"],
                    cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False, **identity,
                )  # fmt: skip
            return subprocess.CompletedProcess(done.args, done.returncode, log.read_text())

        options = f"-c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c port={port}"
        for command in (
            ("initdb", "--no-sync", "--encoding=UTF8", "--locale=C", "--auth=scram-sha-256", "--username=admin",
             f"--pwfile={folder / 'password'}"),
            ("pg_ctl", "start", "-w", "-l", str(folder / "log"), "-o", options),
        ):  # fmt: skip
            done = program(*command)
            if done.returncode != 0:
                pytest.skip(f"PostgreSQL cannot run here: {done.stdout}")
        try:
            started = Cluster(port, python, admin_password)
            literal = PASSWORD.replace("'", "''")
            started.run(f"create role {USER} login password '{literal}'")
            yield started
        finally:
            program("pg_ctl", "stop", "-w", "-m", "immediate")
