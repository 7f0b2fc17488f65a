"""The PostgreSQL database that a server may keep its data in, instead of SQLite in its home.

The address never holds the password. As with PostgreSQL's own programs it comes from the environment (`PGPASSWORD`) or
from a file of mode 0600 (`PGPASSFILE`, by default `~/.pgpass`), at every start: nothing here stores it.
"""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from communique.server_home import ServerError, read_json, tail, write_json

PROBE_LIMIT = 10
"""Seconds that each of the database's network addresses may take to answer."""
FORM = "postgresql://USER@HOST:PORT/NAME"

_FILE = "database.json"
_PROBE = f"""
import json, os, psycopg
query = '''
    select pg_encoding_to_char(encoding), has_schema_privilege(current_schema(), 'create'),
        to_regclass('htx_user')::text
    from pg_database where datname = current_database()
'''
try:
    with psycopg.connect(host=os.environ["PGHOST"], connect_timeout={PROBE_LIMIT}) as connection:
        print(json.dumps(connection.execute(query).fetchone()))
except psycopg.Error as error:
    print(json.dumps(str(error)))
"""
"""Runs in Label Studio's environment, which has the client; htx_user is the table of its users."""


@dataclass(frozen=True)
class Database:
    """A database of a PostgreSQL server, and the user (role) that Label Studio is there."""

    user: str
    host: str
    port: int
    name: str

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"postgresql://{quote(self.user, safe='')}@{host}:{self.port}/{quote(self.name, safe='')}"


def parse(url: str) -> Database:
    """Read an address of the form `FORM`; the port is 5432 where none is given.

    Raises `ServerError`, which does not repeat the address, for any other form and for one with a password: the command
    line is seen by everybody on the machine.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 5432
    except ValueError:
        raise ServerError(f"this is no address of a database: write {FORM}") from None
    if parts.password is not None:
        where = "the environment variable PGPASSWORD or the file ~/.pgpass (mode 0600)"
        raise ServerError(f"a password in an address is seen by others: leave it out, and put it into {where}")
    user, name = unquote(parts.username or ""), unquote(parts.path[1:])
    known = parts.scheme in ("postgresql", "postgres") and not parts.query and not parts.fragment
    if not (known and user and host and name and (user + name).isprintable()) or "/" in parts.path[1:]:
        raise ServerError(f"this is no address of a PostgreSQL database: write {FORM}")
    return Database(user, host, port, name)


def remembered(home: Path) -> Database | None:
    """The database that the home's server was started on; None for SQLite, and before the first start."""
    url = read_json(home / _FILE).get("url")
    return None if url is None else parse(str(url))


def remember(home: Path, database: Database) -> None:
    """Make this the home's database for good."""
    write_json(home / _FILE, {"url": database.url})


def choose(home: Path, url: str | None) -> Database | None:
    """The database to start the home's server on: the remembered one, at the first start the one at `url`; None for
    SQLite. Raises `ServerError` when `url` is none or another one than the home has its data in.
    """
    known, asked = remembered(home), None if url is None else parse(url)
    if known and asked and known != asked:
        moved = f"if the database has moved, write its new address into {home / _FILE}"
        raise ServerError(f"{home} has its data in {known.url}, not in {asked.url}: choose another --home; {moved}")
    if asked and not known and any((home / "data").glob("*.sqlite3")):
        raise ServerError(f"{home} has its data in SQLite: choose another --home for {asked.url}")
    return known or asked


def settings(database: Database) -> dict[str, str]:
    """Label Studio's environment for the database. The password goes to PostgreSQL's client, beside Label Studio."""
    return _password() | {
        "DJANGO_DB": "default",
        "POSTGRE_USER": database.user,
        "POSTGRE_PASSWORD": "",
        "POSTGRE_HOST": database.host,
        "POSTGRE_PORT": str(database.port),
        "POSTGRE_NAME": database.name,
    }


def _password() -> dict[str, str]:
    given = {"PGPASSWORD": os.environ["PGPASSWORD"]} if "PGPASSWORD" in os.environ else {}
    return given | {"PGPASSFILE": os.environ.get("PGPASSFILE", str(Path.home() / ".pgpass"))}


def holds_data(environment: Path, database: Database) -> bool:
    """Ask the database, through Label Studio's `environment`, whether a server has used it before.

    Raises `ServerError` when it does not answer, is not there, refuses the user or the password, or is not fit: its
    encoding is not UTF-8, or the user may not make tables.
    """
    address = {
        "PGUSER": database.user,
        "PGHOST": database.host,
        "PGPORT": str(database.port),
        "PGDATABASE": database.name,
    }
    command: list[str | Path] = [environment / "bin" / "python", "-I", "-c", _PROBE]
    try:
        done = subprocess.run(
            command, env=_password() | address, stdin=subprocess.DEVNULL, capture_output=True, check=True
        )
    except (subprocess.CalledProcessError, OSError) as error:
        output = getattr(error, "stderr", None) or str(error).encode()
        hint = "delete it, then run scripts/studio.py install"
        raise ServerError(f"{environment} is broken:\n{tail(output)}\n{hint}") from None
    answer = json.loads(done.stdout)
    if isinstance(answer, str):
        hint = "check the address, that the database is there, and the password in PGPASSWORD or ~/.pgpass (mode 0600)"
        raise ServerError(f"{database.url} cannot be used:\n{tail(answer.encode())}\n{hint}")
    encoding, may_create, users = answer
    if encoding != "UTF8":
        raise ServerError(f"{database.url} is encoded in {encoding}: make one with createdb --encoding UTF8")
    if not may_create:
        hint = f"make it with createdb --owner {database.user}"
        raise ServerError(f"{database.url}: the user {database.user} may not make tables there: {hint}")
    return users is not None
