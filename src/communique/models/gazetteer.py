"""The knowledge base as a linker reads it: its entities by name, and what their descriptions say."""

import re
from collections.abc import Container, Iterable

from communique.schema import Row

HOPS = 3
"""How many descriptions are read in turn to find the state of an entity."""

_ARTICLES = ("the ", "a ", "an ")


def bare(text: str) -> str:
    """A mention in lower case without its article."""
    lower = " ".join(text.split()).casefold()
    return next((lower.removeprefix(article) for article in _ARTICLES if lower.startswith(article)), lower)


def words_of(text: str) -> list[str]:
    """The runs of letters, digits and underscores of a text, in order."""
    return re.findall(r"\w+", text)


class Gazetteer:
    """The knowledge base by name, and what its descriptions say of states and offices.

    Args:
        rows: rows with `id`, `name`, `type`, `aliases`, `description` and `region`; none give an empty gazetteer.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        rows = list(rows)
        printed = {row["id"]: [row["name"], *row["aliases"]] for row in rows}
        self.type: dict[str, str] = {row["id"]: row["type"] for row in rows}
        self.region: dict[str, str] = {row["id"]: row["region"] or "" for row in rows}
        self.office: dict[str, list[str]] = {row["id"]: words_of(row["description"].casefold()) for row in rows}
        self.ids: dict[str, list[str]] = {}
        self.parts: dict[str, list[str]] = {}
        for id_, names in printed.items():
            for name in dict.fromkeys(bare(name) for name in names):
                self.ids.setdefault(name, []).append(id_)
            for word in dict.fromkeys(word for name in names for word in words_of(name) if word[0].isupper()):
                self.parts.setdefault(word.casefold(), []).append(id_)
        said = {row["id"]: row["description"] for row in rows}
        self.state: dict[str, str] = {row["id"]: row["id"] for row in rows if self._is_state(row)}
        named = {id_: self._named(text, id_) for id_, text in said.items() if id_ not in self.state}
        for _ in range(HOPS):
            known = dict(self.state)
            for id_, others in named.items():
                state = next((other for other in others if other in known and known[other] == other), None)
                state = state or next((known[other] for other in others if other in known), None)
                if id_ not in known and state:
                    self.state[id_] = state

    @staticmethod
    def _is_state(row: Row) -> bool:
        return row["type"] == "GPE" and "government" in row["description"] and "capital" not in row["description"]

    def _named(self, text: str, own: str) -> list[str]:
        """The entities that a description names in capitals without doubt, in order, the longest name first."""
        found, tokens, first = [], words_of(text), 0
        while first < len(tokens):
            for last in range(min(first + 5, len(tokens)), first, -1):
                ids = self.ids.get(" ".join(tokens[first:last]).casefold(), []) if tokens[first][0].isupper() else []
                if len(ids) == 1 and ids[0] != own:
                    found.append(ids[0])
                    first = last - 1
                    break
            first += 1
        return found

    def full(self, text: str) -> list[str]:
        """Entities with just this name, but for its case, an article and the `s` of a plural."""
        return self.ids.get(bare(text)) or self.ids.get(bare(text).removesuffix("s"), [])

    def ending(self, text: str) -> list[str]:
        """Entities whose name ends the text, the longest such name: those of "Peloumt's coast guard"."""
        parts = bare(text).split()
        return next((ids for n in range(len(parts)) if (ids := self.ids.get(" ".join(parts[n:])))), [])

    def partial(self, text: str) -> list[str]:
        """Entities that have every word of the text in their names."""
        sets = [set(self.parts.get(word, ())) for word in words_of(bare(text))]
        return sorted(set.intersection(*sets)) if sets else []

    def sure(self, text: str, kind: str) -> str | None:
        """The entity of a type that alone has this name; that of a demonym may be a place or group. None in doubt."""
        found = self.full(text)
        if len(found) != 1:
            return None
        return found[0] if self.type[found[0]] in ((kind, "GPE", "LOC") if kind == "NORP" else (kind,)) else None

    def holders(self, role: str, states: Container[str]) -> list[str]:
        """Persons of the states whose description has every word of a role."""
        wanted = set(words_of(role.casefold()))
        return [
            id_
            for id_, kind in self.type.items()
            if kind == "PERSON" and self.state.get(id_) in states and wanted and wanted <= set(self.office[id_])
        ]
