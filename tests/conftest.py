"""A cache of its own for `datasets`; a real browser; a real Label Studio server on SQLite and one on PostgreSQL."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

_CACHE = tempfile.TemporaryDirectory(prefix="communique-tests-")
os.environ["HF_HOME"] = _CACHE.name  # before anything imports `datasets`, which reads it once
os.environ["HF_DATASETS_OFFLINE"] = "1"

from communique import server  # noqa: E402
from postgres import PASSWORD, Cluster, cluster  # noqa: E402

ENVIRONMENT = Path(__file__).parents[1] / ".studio" / "environment"
"""The environment that scripts/studio.py uses: installed once, about 1 GB."""


CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
QUIET = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync", "--disable-background-networking",
         "--disable-component-update")  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium; skips where there is none."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield started
        started.close()


@pytest.fixture(scope="session")
def environment() -> Path:
    server.install(ENVIRONMENT)
    return ENVIRONMENT


@pytest.fixture(scope="session")
def studio(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of a running server with an empty database."""
    home = tmp_path_factory.mktemp("studio")
    server.start(home, environment)
    yield home
    server.stop(home)


@pytest.fixture(scope="session")
def postgres(environment: Path) -> Iterator[Cluster]:
    """A PostgreSQL server; skips where its programs are not there."""
    with cluster(environment / "bin" / "python") as started:
        yield started


@pytest.fixture(scope="session")
def studio_on_postgres(
    environment: Path, postgres: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """The home of a running server with its data in PostgreSQL."""
    home = tmp_path_factory.mktemp("studio-on-postgres")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGPASSWORD", PASSWORD)
        server.start(home, environment, database=postgres.create("studio"))
    yield home
    server.stop(home)


@pytest.fixture(params=["studio", "studio_on_postgres"])
def each_studio(request: pytest.FixtureRequest) -> Path:
    """The home of a running server, on each database in turn."""
    home: Path = request.getfixturevalue(request.param)
    return home
