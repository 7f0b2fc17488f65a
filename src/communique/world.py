"""The fictional world that authored articles report: one bible of entities, offices, outlets and storylines.

The folder holds `bodies.yaml` (entities and offices that belong to no region), `regions/*.yaml` (a region with its
states, entities, offices and outlets) and `storylines/*.yaml` (lists of storylines). Reading checks the shape of all of
it; `world_problems` checks what the names and dates say.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from communique.articles import Article
from communique.files import read_text
from communique.problems import Problem, ProblemsError, refuse
from communique.rows import duplicates
from communique.schema import ENTITY_TYPES, SPLITS, UNLINKED_TYPES, Row

PRONOUNS = ("he", "she")
OUTLET_KINDS = (
    "agency",
    "state agency",
    "independent daily",
    "financial paper",
    "regional site",
    "broadcaster",
    "broadcaster live page",
    "government press office",
)
KNOWN_TYPES = tuple(label for label in ENTITY_TYPES if label not in (*UNLINKED_TYPES, "ROLE"))
"""Types of the knowledge base's rows: a role's entity is its holder, dates and sums are no entities."""
WORLD_SPLITS = tuple(split for split in SPLITS if split != "real")

_TEXT, _MAYBE, _TEXTS, _DAY, _FLAG = "text", "text or null", "list of texts", "date", "true or false"
_SHAPES: dict[str, dict[str, str]] = {
    "region": {"id": _TEXT, "name": _TEXT, "phonology": _TEXT, "description": _TEXT},
    "state": dict.fromkeys(
        ("id", "description", "capital", "seat", "parliament", "foreign_ministry", "military", "currency"), _TEXT
    ),
    "entity": {"id": _TEXT, "name": _TEXT, "type": _TEXT, "state": _MAYBE, "aliases": _TEXTS, "description": _TEXT},
    "office": {"post": _TEXT, "of": _TEXT, "holder": _TEXT, "from": _DAY, "to": "date or null"},
    "outlet": dict.fromkeys(("id", "name", "entity", "kind", "style"), _TEXT),
    "storyline": {"id": _TEXT, "title": _TEXT, "region": _TEXT, "split": _TEXT, "actors": _TEXTS, "summary": _TEXT},
    "account": {"side": _TEXT, "claims": _TEXT},
    "event": {"date": _DAY, "what": _TEXT, "disputed": _FLAG},
}
_PLACES = ("capital", "seat", "parliament", "foreign_ministry", "military")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*$")


@dataclass
class World:
    """The bible. Every row keeps the file and the id it came from in `place`; entities and outlets have a `region`."""

    regions: list[Row] = field(default_factory=list)
    states: list[Row] = field(default_factory=list)
    entities: list[Row] = field(default_factory=list)
    offices: list[Row] = field(default_factory=list)
    outlets: list[Row] = field(default_factory=list)
    storylines: list[Row] = field(default_factory=list)


def _fits(kind: str, value: Any) -> bool:
    if kind.endswith(" or null"):
        return value is None or _fits(kind.removesuffix(" or null"), value)
    if kind == _DAY:
        return isinstance(value, date)
    if kind == _FLAG:
        return isinstance(value, bool)
    if kind == _TEXTS:
        return isinstance(value, list) and all(_fits(_TEXT, item) for item in value)
    return isinstance(value, str) and bool(value.strip())


def _shape_problems(place: str, kind: str, row: Any, more: Sequence[str] = ()) -> list[Problem]:
    """Everything wrong with the fields of one row; `more` names fields that somebody else looks at."""
    shape = _SHAPES[kind]
    hint = f"fields of a {kind}: " + ", ".join([*shape, *more])
    if not isinstance(row, dict):
        return [Problem(place, "wrong-type", f"a {type(row).__name__} where a {kind} belongs", hint)]
    problems = [Problem(place, "missing-field", f"no field {name!r}", hint) for name in shape if name not in row]
    problems += [
        Problem(place, "unknown-field", f"the field {name!r}", hint) for name in row if name not in (*shape, *more)
    ]
    problems += [
        Problem(place, "wrong-type", f"{name} is {row[name]!r}", f"a {wanted}")
        for name, wanted in shape.items()
        if name in row and not _fits(wanted, row[name])
    ]
    if isinstance(row.get("id"), str) and not _ID.match(row["id"]):
        problems.append(Problem(place, "bad-value", f"id is {row['id']!r}", "lower-case ASCII words joined by hyphens"))
    return problems


def _read(path: Path) -> Any:
    try:
        return yaml.safe_load(read_text(path))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ProblemsError([Problem(path.name, "bad-yaml", str(error), "write plain YAML")]) from None


def load_world(folder: Path) -> World:
    """Read the bible. Raises `ProblemsError` with every fault of shape, repeated id and reference to nothing."""
    world = World()
    problems: list[Problem] = []

    def take(path: Path, kind: str, rows: Any, into: list[Row], more: Sequence[str] = (), **added: str | None) -> None:
        if not isinstance(rows, list):
            problems.append(Problem(path.name, "wrong-type", f"a {type(rows).__name__}", f"a list of {kind} rows"))
            return
        for number, row in enumerate(rows):
            name = (row.get("id") or row.get("post")) if isinstance(row, dict) else number
            place = f"{path.name} {kind} {name}"
            faults = _shape_problems(place, kind, row, more)
            problems.extend(faults)
            if not faults:
                into.append(row | added | {"place": place})

    for path in [folder / "bodies.yaml", *sorted((folder / "regions").glob("*.yaml"))]:
        content = _read(path)
        if not isinstance(content, dict):
            problems.append(Problem(path.name, "wrong-type", f"a {type(content).__name__}", "keys and values"))
            continue
        region = content.get("id") if path.name != "bodies.yaml" else None
        if region is not None:
            head = {name: value for name, value in content.items() if name in _SHAPES["region"]}
            take(path, "region", [head], world.regions)
            take(path, "state", content.get("states"), world.states, region=region)
        take(path, "entity", content.get("entities"), world.entities, ["pronoun"], region=region)
        take(path, "office", content.get("offices"), world.offices)
        take(path, "outlet", content.get("outlets"), world.outlets, region=region)
    for path in sorted((folder / "storylines").glob("*.yaml")):
        take(path, "storyline", _read(path), world.storylines, ["accounts", "events"])
    for row in world.storylines:
        for kind, name in (("account", "accounts"), ("event", "events")):
            parts: list[Row] = []
            take(Path(row["place"]), kind, row.get(name), parts)
            row[name] = parts
    refuse(problems)
    refuse(_reference_problems(world))
    return world


def _reference_problems(world: World) -> list[Problem]:
    """Labels outside their sets, ids used twice, and references to what the bible does not have."""
    problems: list[Problem] = []
    types = {row["id"]: row["type"] for row in world.entities}
    for kind in ("regions", "states", "entities", "outlets", "storylines"):
        rows = getattr(world, kind)
        keys = [(number, row["id"], f"the id {row['id']!r} again") for number, row in enumerate(rows)]
        problems += duplicates(kind, keys, "duplicate-id", "ids are unique in the whole world")

    def label(row: Row, name: str, value: Any, allowed: Iterable[str]) -> None:
        if value not in (allowed := tuple(allowed)):
            problems.append(
                Problem(row["place"], "unknown-label", f"{name} is {value!r}", "allowed: " + ", ".join(allowed))
            )

    def known(row: Row, name: str, value: str, wanted: str | None = None) -> None:
        if value not in types or (wanted and types[value] != wanted):
            problems.append(Problem(row["place"], "unknown-entity", f"{name} is {value!r}",
                                    f"the id of {'a ' + wanted if wanted else 'an entity'} of the world"))  # fmt: skip

    states = {row["id"] for row in world.states}
    for row in world.states:
        for name in _PLACES:
            known(row, name, row[name])
        known(row, "id", row["id"], "GPE")
    for row in world.entities:
        label(row, "type", row["type"], KNOWN_TYPES)
        label(row, "pronoun", row.get("pronoun"), PRONOUNS if row["type"] == "PERSON" else (None,))  # type: ignore[arg-type]
        if row["state"] is not None:
            label(row, "state", row["state"], sorted(states))
    for row in world.offices:
        known(row, "of", row["of"])
        known(row, "holder", row["holder"], "PERSON")
    for row in world.outlets:
        known(row, "entity", row["entity"], "ORG")
        label(row, "kind", row["kind"], OUTLET_KINDS)
    regions = [row["id"] for row in world.regions]
    for row in world.storylines:
        label(row, "region", row["region"], regions)
        label(row, "split", row["split"], WORLD_SPLITS)
        for actor in row["actors"]:
            known(row, "an actor", actor)
    return problems


def knowledge_base_rows(world: World) -> list[Row]:
    """The world's entities as rows of the `knowledge_base` config."""
    return [
        {
            "id": row["id"],
            "name": row["name"],
            "type": row["type"],
            "aliases": row["aliases"],
            "description": row["description"],
            "region": row["region"],
            "fictional": True,
            "wikidata": None,
        }
        for row in world.entities
    ]


def printed_names(world: World) -> dict[str, set[str]]:
    """Every name and alias the press prints, with the ids of the entities that bear it."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in world.entities:
        for name in (row["name"], *row["aliases"]):
            found[name].add(row["id"])
    return dict(found)


def shift_problems(world: World) -> list[Problem]:
    """Storylines that carry the `shift` region into other splits, or other regions into `shift`.

    The region of the `shift` split is that of its storylines. Bodies without a region, courts and blocs, are excepted.
    """
    region_of: Mapping[str, str | None] = {row["id"]: row["region"] for row in world.entities}
    shifted = {row["region"] for row in world.storylines if row["split"] == "shift"}
    problems = []
    for row in world.storylines:
        inside = row["split"] == "shift"
        if row["region"] in shifted and not inside:
            message = f"a storyline of {row['region']} in {row['split']}"
            problems.append(Problem(row["place"], "bad-value", message, "all storylines of that region are shift"))
        for actor in row["actors"]:
            region = region_of[actor]
            if region is not None and (region in shifted) != inside:
                message = f"{actor} of {region} in a storyline of {row['split']}"
                problems.append(Problem(row["place"], "bad-value", message, "keep the shift region apart"))
    return problems


def office_problems(world: World) -> list[Problem]:
    """Posts that end before they begin, or that two people hold on one day. A term's last day is its `to`."""
    posts: dict[tuple[str, str], list[Row]] = defaultdict(list)
    problems = []
    for row in world.offices:
        posts[row["post"], row["of"]].append(row)
        if row["to"] is not None and row["to"] < row["from"]:
            message = f"{row['post']} of {row['of']}: {row['holder']} until {row['to']}, from {row['from']}"
            problems.append(Problem(row["place"], "bad-value", message, "terms end after they begin"))
    for (post, of), rows in posts.items():
        rows.sort(key=lambda row: row["from"])
        for former, later in pairwise(rows):
            if former["to"] is None or former["to"] > later["from"]:
                message = (
                    f"{post} of {of}: {former['holder']} until {former['to']}, {later['holder']} from {later['from']}"
                )
                problems.append(
                    Problem(later["place"], "double-office", message, "one holder at a time: end the first")
                )
    return problems


def storyline_problems(world: World) -> list[Problem]:
    """Storylines without two accounts and three events, or with events out of order."""
    problems = []
    for row in world.storylines:
        if len(row["accounts"]) < 2 or len(row["events"]) < 3:
            message = f"{len(row['accounts'])} accounts, {len(row['events'])} events"
            problems.append(Problem(row["place"], "bad-value", message, "at least two accounts and three dated events"))
        days = [event["date"] for event in row["events"]]
        if days != sorted(days):
            problems.append(Problem(row["place"], "bad-value", f"events on {days}", "write them in order of date"))
    return problems


def placement_problems(world: World, articles: Sequence[Article]) -> list[Problem]:
    """Authored articles whose index row does not fit the bible: storyline, its split and region, or the outlet."""
    storylines = {row["id"]: row for row in world.storylines}
    outlets = {row["name"]: row["region"] for row in world.outlets}
    shifted = {row["region"] for row in world.storylines if row["split"] == "shift"}
    problems = []
    for article in articles:
        if article.origin != "authored":
            continue
        place, row = f"index.jsonl {article.id}", storylines.get(article.storyline)
        if row is None:
            message = f"storyline is {article.storyline!r}"
            problems.append(Problem(place, "bad-value", message, "a storyline of seeds/world/storylines"))
            continue
        for name in ("split", "region"):
            if getattr(article, name) != row[name]:
                message = f"{name} is {getattr(article, name)!r}"
                problems.append(Problem(place, "bad-value", message, f"that of its storyline: {row[name]}"))
        if article.outlet not in outlets:
            message = f"outlet is {article.outlet!r}"
            problems.append(Problem(place, "bad-value", message, "the name of an outlet of the world"))
        elif (outlets[article.outlet] in shifted) != (row["split"] == "shift"):
            message = f"{article.outlet} reports a storyline of {row['split']}"
            problems.append(Problem(place, "bad-value", message, "outlets of the shift region report it alone"))
    return problems


def world_problems(world: World) -> list[Problem]:
    """Everything that one can see from the bible alone; `communique.names` has what needs lists of real names."""
    return [*office_problems(world), *storyline_problems(world), *shift_problems(world)]
