"""Labels of the schema, the labelling configs and the guidelines are the same; every example resolves."""

import re
from pathlib import Path

import pytest

from communique.articles import Article
from communique.problems import ProblemsError
from communique.schema import (
    ENTITY_TYPES,
    EVENT_TYPES,
    LEVELS,
    MODALITIES,
    POLARITIES,
    QUOTE_TYPES,
    ROLES,
    SOURCE_CLASSES,
)
from communique.sheet import resolve

ROOT = Path(__file__).parents[1]
GUIDELINES = ROOT / "annotations" / "guidelines"
LABELS = {
    "entities": (*ENTITY_TYPES, *LEVELS),
    "events": (*EVENT_TYPES, *ROLES, *MODALITIES, *POLARITIES),
    "quotes": (*QUOTE_TYPES, *SOURCE_CLASSES),
}


def sections(layer: str) -> dict[str, str]:
    """Third-level headings of a guideline page that name a label, with their text."""
    page = (GUIDELINES / f"{layer}.md").read_text(encoding="utf-8")
    parts = re.split(r"^#{2,3} (.+)$", page, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("layer", LABELS)
def test_each_label_has_a_definition_a_rule_and_an_example(layer: str) -> None:
    found = sections(layer)
    for label in LABELS[layer]:
        assert label in found, f"{layer}.md has no section {label}"
        for part in ("**Definition.**", "**Rule.**", "**Example.**"):
            assert part in found[label], f"{layer}.md, {label}: no {part}"


@pytest.mark.parametrize("layer", LABELS)
def test_the_guidelines_define_no_label_that_the_schema_lacks(layer: str) -> None:
    page = (GUIDELINES / f"{layer}.md").read_text(encoding="utf-8")
    headings = set(re.findall(r"^### (.+)$", page, flags=re.MULTILINE))
    assert headings - {"entity", "metonym"} == set(LABELS[layer])


def examples() -> list[object]:
    found = []
    for page in sorted(GUIDELINES.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        for match in re.finditer(r"^```sheet\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL):
            line = text.count("\n", 0, match.start()) + 1
            found.append(pytest.param(match[1], id=f"{page.stem}:{line}"))
    return found


@pytest.mark.parametrize("block", examples())
def test_each_example_resolves(block: str) -> None:
    text = "\n".join(line[2:] for line in block.splitlines() if line.startswith("> "))
    sheet = "\n".join(line for line in block.splitlines() if not line.startswith("> "))
    article = Article("example", text, None, None, "none", "none", "none", "example", "authored", "none", "train")
    if not sheet.startswith("P "):
        sheet = f"P 0\n{sheet}"
    try:
        layers = resolve(sheet, article, "guidelines", "0.1")
    except ProblemsError as error:
        pytest.fail(str(error))
    assert sum(len(rows) for row in layers.values() for rows in row.values() if isinstance(rows, list)) > 0
