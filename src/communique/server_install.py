"""The pinned Label Studio in an environment of its own."""

import subprocess
import venv
from pathlib import Path

from communique.server_home import ServerError, locked, tail

LABEL_STUDIO_VERSION = "1.23.2"

_MARKER = "label-studio-version"


def install(environment: Path) -> None:
    """Make a virtual environment with the pinned Label Studio in it: about 1 GB, about 70 seconds.

    Does nothing when it is there. One that was cut short, or holds another version, is made anew. Raises `ServerError`
    when the folder is something else than a virtual environment, or pip fails (with the last lines of its output).
    """
    environment = environment.absolute()
    environment.parent.mkdir(parents=True, exist_ok=True)
    with locked(environment.with_name(f"{environment.name}.lock")):
        if installed(environment):
            return
        if environment.exists() and any(environment.iterdir()) and not (environment / "pyvenv.cfg").exists():
            raise ServerError(f"{environment} is not a virtual environment: empty it, or choose another folder")
        requirement = f"label-studio=={LABEL_STUDIO_VERSION}"
        pip = [str(environment / "bin" / "python"), "-I", "-m", "pip", "install", "--no-input", requirement]
        try:
            venv.EnvBuilder(clear=True, symlinks=True, with_pip=True).create(environment)
            subprocess.run(pip, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True)
        except (subprocess.CalledProcessError, OSError) as error:
            output = getattr(error, "output", None) or str(error).encode()
            message = f"{requirement} could not be installed in {environment}:\n{tail(output)}\n"
            raise ServerError(f"{message}check the network and the disk, then run this again") from None
        (environment / _MARKER).write_text(LABEL_STUDIO_VERSION, encoding="utf-8")


def installed(environment: Path) -> bool:
    """Whether `install` has completed there, with this version."""
    marker = environment / _MARKER
    return marker.is_file() and marker.read_text(encoding="utf-8") == LABEL_STUDIO_VERSION
