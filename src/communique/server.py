"""A pinned Label Studio Community server on this machine, in an environment of its own, and its accounts.

All of one server stands in its `home`: `data/` (SQLite, unless `database.json` names a PostgreSQL database),
`server.log` (`server.log.former` is of the start before), `server.json` (which process it is), `accounts.json`
(passwords and tokens, mode 0600). Calls on one home wait for each other. Needs a POSIX system.
"""

import html
import os
import re
import secrets
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from communique.server_database import Database, choose, holds_data, remember, remembered, settings
from communique.server_home import ServerError, locked, read_json, read_private, tail, write_json
from communique.server_install import LABEL_STUDIO_VERSION, install, installed

__all__ = [
    "LABEL_STUDIO_VERSION",
    "OWNER_EMAIL",
    "START_LIMIT",
    "Account",
    "Running",
    "ServerError",
    "ensure_account",
    "install",
    "owner",
    "running",
    "start",
    "stop",
]

OWNER_EMAIL = "owner@communique.local"
"""The account that `start` makes; it owns the projects."""
START_LIMIT = 300.0
"""Seconds that a server may take until it answers."""

_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR")
"""What the server sees of our environment: a stray DJANGO_DB or SECRET_KEY would make another server of it."""
_children: dict[int, subprocess.Popen[bytes]] = {}
"""Servers started by this very process, which has to collect them when they end."""


@dataclass(frozen=True)
class Running:
    """A live server: its address, without a slash at the end, and its process id."""

    url: str
    pid: int


@dataclass(frozen=True)
class Account:
    """An account of the server; `token` is what `LabelStudio(api_key=...)` takes."""

    email: str
    password: str = field(repr=False)
    token: str = field(repr=False)


def _birth(pid: int) -> str:
    """When this process began, which with the pid names one process, also once the pid is used again; "" when dead."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].decode().split()
        began = fields[18]
    except OSError:
        if Path("/proc/self/stat").exists():
            return ""
        command = ["ps", "-o", "stat=", "-o", "lstart=", "-p", str(pid)]
        told = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"LC_ALL": "C"})
        state, _, began = told.stdout.strip().partition(" ")
    return "" if state[:1] in ("Z", "X", "") else began.strip()


def _lives(pid: int, birth: str) -> bool:
    return birth != "" and _birth(pid) == birth


def running(home: Path) -> Running | None:
    """The server that was started from `home` and lives, or None. It may still be starting: `start` waits for that."""
    state = read_json(home / "server.json")
    return Running(state["url"], state["pid"]) if state and _lives(state["pid"], state["birth"]) else None


def _end(pid: int, birth: str) -> None:
    """End the server's process group, gently for 20 seconds and then by force; nothing when that process is gone."""
    for number, seconds in ((signal.SIGTERM, 20), (signal.SIGKILL, 10)):
        limit = time.monotonic() + seconds
        if _lives(pid, birth):
            with suppress(ProcessLookupError):
                os.killpg(pid, number)
        while _lives(pid, birth) and time.monotonic() < limit:
            time.sleep(0.05)
    if _lives(pid, birth):
        raise ServerError(f"process {pid} does not end: end it yourself, then run this again")
    if pid in _children:
        _children.pop(pid).wait()


def stop(home: Path) -> bool:
    """Stop the server of `home`, keep its data, and tell whether one ran.

    A process that only got the pid of a dead server is left alone. Raises `ServerError` when the process does not end.
    """
    if not home.is_dir():
        return False
    with locked(home / "server.lock"):
        found = running(home)
        if found is not None:
            _end(found.pid, read_json(home / "server.json")["birth"])
        (home / "server.json").unlink(missing_ok=True)
    return found is not None


def _port(port: int | None) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port or 0))
        except (OSError, OverflowError) as error:
            raise ServerError(f"port {port} cannot be had ({error}): choose another one, or none") from None
        return int(probe.getsockname()[1])


def _settings(home: Path, password: str, database: Database | None) -> dict[str, str]:
    """The server's environment: the owner's account, no telemetry, no sign-up but by invitation, nothing of ours."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    if database is not None:
        kept |= settings(database)
    return kept | {
        "HOME": str(home / "data"),
        "PYTHONUNBUFFERED": "1",
        "LABEL_STUDIO_BASE_DATA_DIR": str(home / "data"),
        "LABEL_STUDIO_USERNAME": OWNER_EMAIL,
        "LABEL_STUDIO_PASSWORD": password,
        "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
        "COLLECT_ANALYTICS": "false",
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
        "LATEST_VERSION_CHECK": "false",
    }


def start(home: Path, environment: Path, port: int | None = None, database: str | None = None) -> Running:
    """Start the server, on 127.0.0.1 only, and wait until it answers; it goes on when this process ends.

    The first start of a home takes about a minute, later ones a few seconds.

    Args:
        home: the server's folder; made when it is not there. The owner's password is drawn at the first start.
        environment: where `install` put Label Studio.
        port: the port to serve; a free one when None. When the server runs already, its own port stays.
        database: address of an empty PostgreSQL database, without the password (see `server_database`), to keep the
            data in; needed at the first start only, for the home remembers it. None means SQLite there.

    Returns:
        The server, which may have run before.

    Raises:
        ServerError: when Label Studio is not installed, the port is taken, the database cannot be used, is another
            one than the home's or holds another home's data, or the server ends or does not answer within
            `START_LIMIT` seconds (with the last lines of its log). Then no process is left behind.
    """
    home, environment = home.absolute(), environment.absolute()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / "data").mkdir(mode=0o700, exist_ok=True)
    with locked(home / "server.lock"):
        chosen = choose(home, database)
        found = running(home)
        if found is not None:
            birth = _birth(found.pid)
            try:
                _wait(home, found, birth, "")
                return found
            except ServerError:
                if _lives(found.pid, birth):
                    raise  # else it was just being killed: start another one
        process, url = _spawn(home, environment, _port(port), chosen)
        birth = _birth(process.pid)
        try:
            write_json(home / "server.json", {"url": url, "pid": process.pid, "birth": birth})
            _wait(home, Running(url, process.pid), birth, f"server at {url}/")
        except BaseException:
            _end(process.pid, birth)
            (home / "server.json").unlink(missing_ok=True)
            raise
    return Running(url, process.pid)


def _spawn(home: Path, environment: Path, port: int, database: Database | None) -> tuple[subprocess.Popen[bytes], str]:
    if not installed(environment):
        raise ServerError(f"Label Studio {LABEL_STUDIO_VERSION} is not in {environment}: run scripts/studio.py install")
    accounts = read_private(home / "accounts.json")
    used = any((home / "data").glob("*.sqlite3")) if database is None else holds_data(environment, database)
    if database is not None and remembered(home) is None:
        if used:
            raise ServerError(f"{database.url} has the data of another home: use that --home, or an empty database")
        remember(home, database)
    if OWNER_EMAIL not in accounts:
        if used:
            raise ServerError(f"{home} has data but no password of its owner: restore its accounts.json")
        accounts[OWNER_EMAIL] = {"password": secrets.token_urlsafe(24), "token": ""}
        write_json(home / "accounts.json", accounts)
    log = home / "server.log"
    if log.exists():
        log.replace(home / "server.log.former")
    binaries = environment / "bin"
    options = ["start", "--no-browser", "--internal-host", "127.0.0.1", "--port", str(port)]
    try:
        with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as output:
            process = subprocess.Popen(
                [binaries / "python", binaries / "label-studio", *options],
                env=_settings(home, accounts[OWNER_EMAIL]["password"], database),
                cwd=home / "data",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                umask=0o077,
            )
    except OSError as error:
        raise ServerError(f"{environment} is broken ({error}): delete it, then run scripts/studio.py install") from None
    _children[process.pid] = process
    return process, f"http://127.0.0.1:{port}"


def _wait(home: Path, found: Running, birth: str, line: str) -> None:
    """Wait until the log has `line` (another server may have got the port meanwhile) and the server says it is up."""
    log = home / "server.log"
    limit = time.monotonic() + START_LIMIT
    what = f"did not answer within {START_LIMIT:g} seconds"
    with _client(found.url) as client:
        while time.monotonic() < limit:
            if not _lives(found.pid, birth):
                what = "ended while it started"
                break
            if not line or line.encode() in log.read_bytes():
                with suppress(httpx.HTTPError, ValueError):
                    if client.get("/health", timeout=5).json().get("status") == "UP":
                        return
            time.sleep(0.2)
    hint = "run this again; if it stays so, delete the environment and run scripts/studio.py install"
    raise ServerError(f"the server {what}; {log} ends with:\n{tail(log.read_bytes() if log.exists() else b'')}\n{hint}")


def owner(home: Path) -> Account:
    """The account that owns the projects, with a token that works. Raises `ServerError` like `ensure_account`."""
    return ensure_account(home, OWNER_EMAIL)


def ensure_account(home: Path, email: str) -> Account:
    """The account with this email on the running server, made by invitation and sign-up when it is not there.

    The same account and token come back each time; what a cut call left half done is completed. The invitation is
    revoked as soon as it was used, since the server writes it into its log.

    Raises:
        ServerError: when no server runs from `home`, does not answer as it should, or refuses the account (a bad
            address, or one that has an account with a password not in `accounts.json`).
    """
    with locked(home / "server.lock"):
        server = running(home)
        if server is None:
            raise ServerError(f"no server runs from {home}: run scripts/studio.py start")
        try:
            with _client(server.url) as client:
                return _account(client, home / "accounts.json", email.strip().lower())
        except httpx.HTTPError as error:
            message = f"{server.url} did not answer ({type(error).__name__})"
            raise ServerError(f"{message}: see {home / 'server.log'}, then run this again") from None


def _account(client: httpx.Client, path: Path, email: str) -> Account:
    """Take the steps that are left; the password is stored before the first one, so that none is taken in vain."""
    accounts = read_private(path)
    known = email in accounts
    entry = accounts.setdefault(email, {"password": secrets.token_urlsafe(24), "token": ""})
    password, token = entry["password"], entry.get("token", "")
    if token:
        answer = client.post("/api/token/refresh/", json={"refresh": token})
        if _expect(answer, 200, 401).status_code == 200:
            return Account(email, password, token)
    write_json(path, accounts)
    if not known or _form(client, "/user/login/", email, password):
        refusal = _sign_up(client, accounts.get(OWNER_EMAIL, {}).get("password", ""), email, password)
        if refusal:
            if not known:
                del accounts[email]
                write_json(path, accounts)
            raise ServerError(f"the server refuses an account for {email!r}: {refusal}; use another address")
    entry["token"] = _make_token(client)
    write_json(path, accounts)
    return Account(email, password, entry["token"])


def _client(url: str) -> httpx.Client:
    """A client that goes to the server directly, whatever proxy the environment names."""
    return httpx.Client(base_url=url, trust_env=False, timeout=60)


def _expect(answer: httpx.Response, *allowed: int) -> httpx.Response:
    if answer.status_code not in allowed:
        place = f"{answer.request.method} {answer.request.url.path}"
        raise ServerError(f"the server answered {answer.status_code} to {place}: see its log, then run this again")
    return answer


def _form(client: httpx.Client, path: str, email: str, password: str) -> str:
    """Send the log-in or sign-up form; "" when the client is logged in afterwards, else why not."""
    _expect(client.get(path), 200)
    fields = {"email": email, "password": password, "csrfmiddlewaretoken": client.cookies["csrftoken"]}
    answer = _expect(client.post(path, data=fields), 200, 302)
    if answer.status_code == 302:
        return ""
    reasons = re.findall(r'class="field_errors">\s*<li>([^<]*)</li>', answer.text)
    return html.unescape("; ".join(reasons)) or "no reason given"


def _sign_up(client: httpx.Client, owner_password: str, email: str, password: str) -> str:
    """Sign up by an invitation of the owner's, revoked afterwards; as `_form`."""
    with _client(str(client.base_url)) as host:
        if _form(host, "/user/login/", OWNER_EMAIL, owner_password):
            raise ServerError("the server does not know the owner's password: restore accounts.json beside its data")
        invitation = str(_expect(host.get("/api/invite"), 200).json()["invite_url"])
        try:
            return _form(client, invitation, email, password)
        finally:
            _expect(host.post("/api/invite/reset-token", json={}), 201)


def _make_token(client: httpx.Client) -> str:
    """A new token of the account that is logged in. It may have one only, so one that we do not know is revoked."""
    answer = client.post("/api/token/", json={})
    if answer.status_code == 409:
        for old in _expect(client.get("/api/token/"), 200).json():
            _expect(client.post("/api/token/blacklist/", json={"refresh": old["token"]}), 204, 404)
        answer = client.post("/api/token/", json={})
    return str(_expect(answer, 201).json()["token"])
