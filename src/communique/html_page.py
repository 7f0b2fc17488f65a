"""One self-contained HTML file out of a template: its styles inside and named by hash, everything else escaped."""

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup


def rendered(template: str, styles: Sequence[str], **values: Any) -> str:
    """The page of a template of this package with its style sheets and values.

    The template gets `style` and, for its content security policy, `style_hash`. Values are escaped but for `Markup`;
    a value that the template names and does not get is an error.
    """
    folder = files("communique")
    style = "".join(folder.joinpath(name).read_text(encoding="utf-8") for name in styles)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    found = environment.from_string(folder.joinpath(template).read_text(encoding="utf-8"))
    return str(found.render(style=Markup(style), style_hash=f"sha256-{digest}", **values))
