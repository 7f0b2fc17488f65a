"""Layers to Label Studio results and back, without a server (see test_workshop.py for the real one)."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from communique import label_studio
from communique.annotation import canonical
from communique.articles import Article
from communique.controls import ARGUMENT, QUOTE_PARTS, QUOTE_RELATIONS
from communique.schema import (
    ENTITY_TYPES,
    EVENT_TYPES,
    LAYERS,
    LEVELS,
    MODALITIES,
    POLARITIES,
    QUOTE_TYPES,
    ROLES,
    SOURCE_CLASSES,
)
from communique.sheet import resolve
from test_guidelines import examples

CONFIGS = Path(__file__).parents[1] / "annotations" / "label_studio"


@pytest.mark.parametrize("block", examples())
def test_results_say_what_the_layer_says(block: str) -> None:
    text = "\n".join(line[2:] for line in block.splitlines() if line.startswith("> "))
    sheet = "\n".join(line for line in block.splitlines() if not line.startswith("> "))
    article = Article("example", text, None, None, "none", "none", "none", "example", "authored", "none", "train")
    for layer, row in resolve(sheet if sheet.startswith("P ") else f"P 0\n{sheet}", article, "ana", "0.1").items():
        results = label_studio.make_results(layer, row, text)
        back, problems = label_studio.read_results(layer, results, article, "ana", "0.1", "here")
        assert problems == []
        assert canonical(back) == row
        # Direction is a matter of drawing: a relation drawn leftwards says the same.
        for result in results:
            if result["type"] == "relation":
                result.update(from_id=result["to_id"], to_id=result["from_id"], direction="left")
        again, problems = label_studio.read_results(layer, results[::-1], article, "ana", "0.1", "here")
        assert problems == []
        assert canonical(again) == row


def controls(layer: str) -> dict[str, tuple[str, ...]]:
    """Values that each control of a labelling config offers; `relations` for the relations."""
    root = ET.parse(CONFIGS / f"{layer}.xml").getroot()
    found: dict[str, tuple[str, ...]] = {}
    for element in root.iter():
        if element.tag in ("Labels", "Choices", "TextArea"):
            found[element.attrib["name"]] = tuple(child.attrib["value"] for child in element)
        if element.tag == "Relations":
            found["relations"] = tuple(child.attrib["value"] for child in element)
    return found


def test_labelling_configs_offer_the_schema() -> None:
    assert {*LAYERS, "adjudicate"} == {path.stem for path in CONFIGS.glob("*.xml")}
    assert controls("entities") == {"type": ENTITY_TYPES, "level": LEVELS, "metonym": ("metonym",), "entity": ()}
    assert controls("events") == {
        "type": EVENT_TYPES,
        "argument": (ARGUMENT,),
        "modality": MODALITIES,
        "polarity": POLARITIES,
        "source_entity": (),
        "relations": ROLES,
    }
    assert controls("quotes") == {
        "part": QUOTE_PARTS,
        "type": QUOTE_TYPES,
        "source_class": SOURCE_CLASSES,
        "speaker": (),
        "co_speaker": (),
        "medium": (),
        "relations": QUOTE_RELATIONS,
    }


@pytest.mark.parametrize("layer", LAYERS)
def test_hot_keys_are_distinct(layer: str) -> None:
    keys = [element.attrib["hotkey"] for element in ET.parse(CONFIGS / f"{layer}.xml").iter("Label")]
    assert len(keys) == len(set(keys)) > 0
