"""What the labelling configs offer, layer by layer, and whether a project's config still does.

Anybody may edit a project's config on the server, also under annotations that were made by the former one.
"""

import xml.etree.ElementTree as ET

from communique.problems import Problem
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

ARGUMENT = "ARGUMENT"
QUOTE_PARTS = ("CONTENT", "CUE", "SOURCE", "MEDIUM")
QUOTE_RELATIONS = ("cue", "source", "medium", "continues", "parent")

Control = tuple[str, tuple[str, ...]]
"""The kind of a control's results (labels, choices or textarea), and the values it offers."""
_TEXT: Control = ("textarea", ())
CONTROLS: dict[str, dict[str, Control]] = {
    "entities": {
        "type": ("labels", ENTITY_TYPES),
        "level": ("choices", LEVELS),
        "metonym": ("choices", ("metonym",)),
        "entity": _TEXT,
    },
    "events": {
        "type": ("labels", EVENT_TYPES),
        "argument": ("labels", (ARGUMENT,)),
        "modality": ("choices", MODALITIES),
        "polarity": ("choices", POLARITIES),
        "source_entity": _TEXT,
    },
    "quotes": {
        "part": ("labels", QUOTE_PARTS),
        "type": ("choices", QUOTE_TYPES),
        "source_class": ("choices", SOURCE_CLASSES),
        "speaker": _TEXT,
        "co_speaker": _TEXT,
        "medium": _TEXT,
    },
}
"""The controls by layer and name."""
RELATIONS: dict[str, tuple[str, ...]] = {"entities": (), "events": ROLES, "quotes": QUOTE_RELATIONS}
"""The labels of relations by layer."""

_KINDS = {"Labels": "labels", "Choices": "choices", "TextArea": "textarea", "Relations": "relations"}


def config_problems(layer: str, config: str, place: str) -> list[Problem]:
    """Where a labelling config (XML) offers other controls, labels, choices or relations than the layer has.

    How it looks is free, and so is what only shows something.
    """
    hint = "restore annotations/label_studio in the project's settings, and mend what was annotated meanwhile"
    try:
        root = ET.fromstring(config)
    except ET.ParseError as error:
        return [Problem(place, "config-changed", f"the labelling config is no XML: {error}", hint)]
    wanted = {(name, kind): set(values) for name, (kind, values) in CONTROLS[layer].items()}
    wanted["", "relations"] = set(RELATIONS[layer])
    found: dict[tuple[str, str], set[str]] = {("", "relations"): set()}
    for element in root.iter():
        if element.tag in _KINDS:
            values = found.setdefault((element.get("name", ""), _KINDS[element.tag]), set())
            values |= {child.get("value", "") for child in element.iter() if child is not element}
    said = []
    for key in sorted(wanted.keys() | found.keys()):
        what = " ".join(key).strip()
        if key not in found:
            said.append(f"no {what}")
        elif key not in wanted:
            said.append(f"{what} beside the layer's controls")
        else:
            said += [f"{what} without {value!r}" for value in sorted(wanted[key] - found[key])]
            said += [f"{what} with {value!r}" for value in sorted(found[key] - wanted[key])]
    return [Problem(place, "config-changed", f"the labelling config has {message}", hint) for message in said]
