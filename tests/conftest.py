"""A cache of its own for `datasets`, and one real Label Studio server for the tests that need it."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_CACHE = tempfile.TemporaryDirectory(prefix="communique-tests-")
os.environ["HF_HOME"] = _CACHE.name  # before anything imports `datasets`, which reads it once
os.environ["HF_DATASETS_OFFLINE"] = "1"

from communique import server  # noqa: E402

ENVIRONMENT = Path(__file__).parents[1] / ".studio" / "environment"
"""The environment that scripts/studio.py uses: installed once, about 1 GB."""


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
