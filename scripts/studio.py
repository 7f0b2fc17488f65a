"""Run the Label Studio server that the annotation is made in, on this machine only, and make its accounts."""

import argparse
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from communique import server

ROOT = Path(__file__).parents[1]
ENVIRONMENT = ROOT / ".studio" / "environment"
EXAMPLE = """example:
  python scripts/studio.py start
  python scripts/studio.py start --home team --database postgresql://studio@localhost:5432/studio
  python scripts/studio.py account ana@example.org
  python scripts/studio.py stop
"""


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Say what is going on; on a terminal count the seconds in the same line."""
    began, over = time.monotonic(), threading.Event()

    def count() -> None:
        while not over.wait(1):
            print(f"\r{what} ... {time.monotonic() - began:.0f} s", end="", file=sys.stderr, flush=True)

    print(what, end="" if sys.stderr.isatty() else "\n", file=sys.stderr, flush=True)
    counter = threading.Thread(target=count, daemon=True)
    if sys.stderr.isatty():
        counter.start()
    try:
        yield
    finally:
        over.set()
        if sys.stderr.isatty():
            counter.join()
            print(file=sys.stderr)


def install() -> None:
    with waiting(f"installing Label Studio {server.LABEL_STUDIO_VERSION} if needed (about 1 GB, about 70 s)"):
        server.install(ENVIRONMENT)


def run(given: argparse.Namespace) -> int:
    home: Path = given.home
    password = f"the password is in {home / 'accounts.json'}"
    if given.command == "install":
        install()
        print(f"Label Studio {server.LABEL_STUDIO_VERSION} is in {ENVIRONMENT}")
    elif given.command == "start":
        install()
        with waiting("starting the server (about a minute the first time, then a few seconds)"):
            found = server.start(home, ENVIRONMENT, given.port, given.database)
        print(f"{found.url}\nlog in as {server.OWNER_EMAIL}; {password}")
    elif given.command == "stop":
        print("stopped" if server.stop(home) else f"no server ran from {home}")
    elif given.command == "status":
        running = server.running(home)
        print(f"{running.url} (process {running.pid})" if running else f"no server runs from {home}")
        return 0 if running else 1
    else:
        print(f"{server.ensure_account(home, given.email).email} can log in; {password}")
    return 0


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--home", type=Path, default=ROOT / ".studio", help="the server's folder (default: .studio)")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, what in (
        ("install", "install the server without starting it"),
        ("start", "start the server (after installing it, if needed) and print its address"),
        ("stop", "stop the server; what it stored stays"),
        ("status", "print the server's address; exit code 1 when none runs"),
        ("account", "make an annotator's account on the running server"),
    ):
        command = commands.add_parser(name, help=what, description=what, parents=[common])
        if name == "start":
            command.add_argument("--port", type=int, help="port to serve on 127.0.0.1 (default: a free one)")
            command.add_argument(
                "--database",
                metavar="postgresql://USER@HOST:PORT/NAME",
                help="an empty PostgreSQL database to keep the data in, named at the first start (default: SQLite in "
                "the server's folder); its password is read from PGPASSWORD or ~/.pgpass (mode 0600) at every start",
            )
        if name == "account":
            command.add_argument("email", help="the annotator's email; the server sends nothing to it")
    try:
        return run(parser.parse_args(argv))
    except server.ServerError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; running this again completes it", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
