"""Which entity a mention means: an entity of the knowledge base, or one of the article's own."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from sklearn.base import BaseEstimator

from communique.check import LOCAL
from communique.models.classifier import CategoricalSVC
from communique.models.columns import clauses, cross, gather, padded, words
from communique.models.document import Codes, Document, Labelled, code
from communique.models.gazetteer import Gazetteer, bare, words_of
from communique.schema import UNLINKED_TYPES, Row

PLACES = ("GPE", "LOC", "FAC")
"""Types of mentions that may stand for an institution."""

REACH = 30
"""How many entities of the article, those mentioned nearest first, a mention may mean."""

_NEW = LOCAL
_RIGHT, _WRONG = "right", "wrong"
_METONYM, _LITERAL = "metonym", "literal"


class Linked(NamedTuple):
    """What a mention means: the id of an entity, None for dates and sums of money, and whether it is a metonym."""

    entity: str | None
    metonym: bool


def _initials(words: Sequence[str]) -> str:
    return "".join(word[0] for word in words)


def slug(text: str) -> str:
    """The words of a text in lower case, joined by hyphens; "entity" for a text without a word."""
    return "-".join(words_of(text.casefold())) or "entity"


class _Scene:
    """An article, its mentions in text order, and what of them is linked so far."""

    def __init__(self, document: Document, mentions: Sequence[Labelled], gazetteer: Gazetteer) -> None:
        self.document = document
        self.gazetteer = gazetteer
        self.mentions = mentions
        self.texts = [document.text[span.start : span.end] for span in mentions]
        self.kinds = [span.label.split("/")[0] for span in mentions]
        self.levels = [span.label.split("/")[1] for span in mentions]
        ends = [document.tokens(span.start, span.end) for span in mentions]
        self.tokens: Codes = np.array(ends, dtype=np.int64).reshape(-1, 2)
        self.linked: dict[str, list[int]] = {}
        self.names: dict[str, Counter[str]] = {}
        self.states: Counter[str] = Counter()
        self.state_at: dict[int, str] = {}

    def order(self, metonyms: Sequence[bool]) -> list[int]:
        """The linkable mentions, the easy ones first: names without doubt, other names, roles, nominals, pronouns."""

        def rank(number: int) -> tuple[int, int]:
            if self.levels[number] != "name":
                return 3 + (self.levels[number] == "pronoun"), number
            if self.kinds[number] == "ROLE":
                return 2, number
            return int(metonyms[number] or not self.gazetteer.sure(self.texts[number], self.kinds[number])), number

        return sorted((n for n, kind in enumerate(self.kinds) if kind not in UNLINKED_TYPES), key=rank)

    def link(self, number: int, entity: str) -> None:
        """Remember what a mention means."""
        self.linked.setdefault(entity, []).append(number)
        self.names.setdefault(entity, Counter())[bare(self.texts[number])] += 1
        state = self.gazetteer.state.get(entity)
        if state and self.levels[number] == "name":
            self.states[state] += 1
            self.state_at[number] = state

    def local(self, number: int) -> str:
        """An id that the article does not have yet, made of the mention's words."""
        base = LOCAL + slug(bare(self.texts[number]))
        return next(id_ for n in range(1, len(self.mentions) + 2) if (id_ := base if n == 1 else f"{base}-{n}")
                    not in self.linked)  # fmt: skip

    def candidates(self, number: int) -> list[str]:
        """What a mention may mean, each id once: entities of the knowledge base by name or office, the article's
        entities by distance, and `LOCAL` for a new one.
        """
        text, level, kind = self.texts[number], self.levels[number], self.kinds[number]
        found: list[str] = []
        if level == "name":
            found += self.gazetteer.full(text) or self.gazetteer.partial(text)
            if kind == "ROLE":
                found += self.gazetteer.holders(text, self.states)
        elif level == "nominal":
            found += self.gazetteer.ending(text)
        near = {id_: min(abs(other - number) for other in those) for id_, those in self.linked.items()}
        if level == "pronoun":
            near = {id_: gap for id_, gap in near.items() if self.linked[id_] and min(self.linked[id_]) < number}
        found += sorted(near, key=lambda id_: (near[id_], id_))[:REACH]
        return [*dict.fromkeys(found), _NEW]

    def matches(self, number: int, candidates: Sequence[str]) -> list[str]:
        """How the mention's text and the names of each candidate are alike."""
        text, gazetteer = self.texts[number], self.gazetteer
        short = bare(text)
        own = words_of(short)
        known: dict[str, str] = {}
        for how, ids in (("ending", gazetteer.ending), ("partial", gazetteer.partial), ("full", gazetteer.full)):
            known |= dict.fromkeys(ids(text), how)

        def among(names: Iterable[str]) -> str:
            split = [words_of(name) for name in names]
            if any(_initials(theirs) == short or _initials(own) == "".join(theirs) for theirs in split):
                return "initials"
            if any(set(own) <= set(theirs) or set(theirs) <= set(own) for theirs in split):
                return "contained"
            return "head" if any(own[-1:] == theirs[-1:] for theirs in split) else "none"

        names = [self.names.get(entity, Counter()) for entity in candidates]
        return [
            "same" if short in here else known.get(entity) or among(here)
            for entity, here in zip(candidates, names, strict=True)
        ]

    def columns(self, number: int, candidates: Sequence[str]) -> Codes:
        """What each candidate looks like, shape (candidates, columns)."""
        document, gazetteer = self.document, self.gazetteer
        text, kind, level = self.texts[number], self.kinds[number], self.levels[number]
        first, last = self.tokens[number]
        own = " ".join((kind, level))
        head = (words_of(text.casefold()) or [""])[-1]
        wanted = set(words_of(text.casefold()))
        common = [state for state, _ in self.states.most_common(4)]
        home = gazetteer.region.get(common[0], "") if common else ""
        before = [n for n in range(number - 1, -1, -1) if n in self.state_at]
        near_state = self.state_at[before[0]] if before else ""
        adjoining = bool(before) and int(self.tokens[before[0], 1]) >= first - 2
        quoted = bool(document.quoted[first])
        previous = document.words[first - 1].lower() if first else ""
        following = document.words[last].lower() if last < len(document.words) else ""
        several = min(len(gazetteer.full(text) or gazetteer.partial(text)), 3) if level == "name" else 0
        matches = self.matches(number, candidates)
        matches[-1] = str(any(match != "none" for match in matches[:-1]))
        seen: Counter[str] = Counter()
        rows = []
        for entity, match in zip(candidates, matches, strict=True):
            origin = "new" if entity == _NEW else "local" if entity.startswith(LOCAL) else "base"
            those = self.linked.get(entity, [])
            type_ = gazetteer.type.get(entity) or (self.kinds[those[0]] if those else "")
            back = max((n for n in those if n < number), default=None)
            on = min((n for n in those if n > number), default=None)
            gap_back = 99 if back is None else int(document.sentence[first] - document.sentence[self.tokens[back, 0]])
            gap_on = 99 if on is None else int(document.sentence[self.tokens[on, 0]] - document.sentence[first])
            between = self._between(None if back is None else int(self.tokens[back, 1]), int(first))
            beyond = self._between(int(last), None if on is None else int(self.tokens[on, 0]))
            back_level = "" if back is None else f"{self.levels[back]} {self.kinds[back]}"
            state = gazetteer.state.get(entity, "")
            place = "home" if state and state == near_state else str(common.index(state)) if state in common else "none"
            office = gazetteer.office.get(entity, [])
            holds = "" if type_ != "PERSON" or kind != "ROLE" else str(sorted(wanted & set(office)) == sorted(wanted))
            former = str(bool({"former", "until"} & set(office))) if type_ == "PERSON" else ""
            rank = seen[type_]
            seen[type_] += 1
            pronouns = {self.texts[n].lower() for n in those if self.levels[n] == "pronoun"}
            agrees = "" if not pronouns else str(text.lower() in pronouns)
            group = f"{origin} {type_} {own}"
            rows.append(
                [
                    group,
                    f"{match} {group}",
                    f"{match} {origin} {kind == type_} {several}",
                    f"{match} {place} {several}",
                    f"{match} {place} {adjoining} {kind}",
                    f"{match} {min(len(those), 4)} {own}",
                    f"{match} {min(gap_back, 5)} {own}",
                    f"{min(gap_back, 5)} {min(gap_on, 3)} {group}",
                    f"{between} {own} {type_}",
                    f"{beyond} {own} {type_}",
                    f"{beyond} {between} {holds} {match}",
                    f"{holds} {place} {adjoining} {former} {match}",
                    f"{holds} {len(wanted)} {place} {min(len(those), 3)}",
                    f"{gazetteer.region.get(entity, '') == home} {origin} {kind}",
                    f"{head} {origin} {match}",
                    f"{head} {type_} {place}",
                    f"{head} {origin} {min(gap_back, 3)}",
                    f"{rank} {group}",
                    f"{rank} {min(gap_back, 5)} {type_} {head}",
                    f"{agrees} {head} {type_}",
                    f"{back_level} {min(gap_back, 3)} {own}",
                    f"{min(len(those), 6)} {group}",
                    f"{previous} {origin} {match}",
                    f"{following} {origin} {match}",
                    f"{quoted} {head} {origin} {type_} {min(gap_back, 3)}",
                    f"{former} {match} {kind}",
                    f"{len(wanted)} {origin} {match} {own}",
                ]
            )
        return np.array([[code(value) for value in row] for row in rows], dtype=np.int64)

    def _between(self, low: int | None, high: int | None) -> str:
        """What stands between two tokens if that is at most two others."""
        if low is None or high is None or not 0 <= high - low <= 2:
            return "far"
        return "beside " + " ".join(self.document.words[low:high]).lower()


class EntityLinker(BaseEstimator):  # type: ignore[misc]
    """The entity of each mention, and which places stand for an institution.

    Metonyms are told first, from the words around a place and from what the knowledge base says it is; a metonym means
    the state that the place belongs to. Then mentions are linked from the easy ones to the hard: names that one entity
    alone has; other names; roles; nominals; pronouns. For each the candidates (entities of the knowledge base by name,
    persons by office, entities that the article has mentioned, a new one of the article's own) are ranked, and the one
    with the largest margin is taken: mention ranking (Denis and Baldridge 2008) over entities, easy ones first
    (Raghunathan et al. 2010). The columns say how candidate and mention are alike and where they stand, never which
    entity it is, so entities without training articles are linked like others. Untaught, only equal names mean the
    same.

    Args:
        knowledge_base: its rows; none make every entity one of the article's own.
        cost: the weight of training errors.
    """

    def __init__(self, knowledge_base: Sequence[Row] = (), cost: float = 0.03) -> None:
        self.knowledge_base = knowledge_base
        self.cost = cost

    def fit(
        self,
        documents: Sequence[Document],
        mentions: Sequence[Sequence[Labelled]],
        linked: Sequence[Sequence[Linked]],
    ) -> "EntityLinker":
        """Learn from the mentions of at least one document.

        Args:
            documents: the documents.
            mentions: the mentions of each, in text order, labelled `TYPE/level`.
            linked: what each of them means; ids outside the knowledge base begin with `LOCAL`.
        """
        self.gazetteer_ = Gazetteer(self.knowledge_base)
        scenes = [_Scene(document, spans, self.gazetteer_) for document, spans in zip(documents, mentions, strict=True)]
        self._fit_metonyms(scenes, linked)
        rows: dict[str, list[Codes]] = {}
        labels: dict[str, list[str]] = {}
        for scene, answers in zip(scenes, linked, strict=True):
            for number in scene.order([answer.metonym for answer in answers]):
                right, metonym = answers[number]
                if right is None:
                    continue
                if not (metonym or self._sure(scene, number)):
                    candidates = scene.candidates(number)
                    hits = [entity == (right if right in candidates else _NEW) for entity in candidates]
                    group = _group(scene, number)
                    rows.setdefault(group, []).append(scene.columns(number, candidates))
                    labels.setdefault(group, []).extend(_RIGHT if hit else _WRONG for hit in hits)
                scene.link(number, right)
        self.rankers_ = {
            group: CategoricalSVC(self.cost).fit(np.vstack(found), labels[group]) for group, found in rows.items()
        }
        return self

    def predict(self, document: Document, mentions: Sequence[Labelled]) -> list[Linked]:
        """What each mention means, in the order of the mentions, which is that of the text."""
        scene = _Scene(document, mentions, self.gazetteer_)
        metonyms = self._metonyms(scene)
        found: list[str | None] = [None] * len(mentions)
        for number in scene.order(metonyms):
            entity = self._institution(scene, number) if metonyms[number] else self._sure(scene, number)
            entity = entity or self._ranked(scene, number)
            scene.link(number, entity)
            found[number] = entity
        return [Linked(entity, metonym) for entity, metonym in zip(found, metonyms, strict=True)]

    def _sure(self, scene: _Scene, number: int) -> str | None:
        name = scene.levels[number] == "name"
        return self.gazetteer_.sure(scene.texts[number], scene.kinds[number]) if name else None

    def _institution(self, scene: _Scene, number: int) -> str:
        """The state of a place that stands for it; for a place without one an institution of the article's own."""
        places = self.gazetteer_.full(scene.texts[number])
        state = self.gazetteer_.state.get(places[0]) if len(places) == 1 else None
        return state or f"{LOCAL}{slug(scene.texts[number])}-government"

    def _ranked(self, scene: _Scene, number: int) -> str:
        candidates = scene.candidates(number)
        ranker = self.rankers_.get(_group(scene, number))
        if ranker is not None and _RIGHT in ranker.classes_:
            margins = ranker.decision_function(scene.columns(number, candidates))
            best = candidates[int(margins[:, list(ranker.classes_).index(_RIGHT)].argmax())]
        else:
            alike = zip(candidates, scene.matches(number, candidates), strict=True)
            best = next((entity for entity, match in alike if match == "same"), _NEW)
        return scene.local(number) if best == _NEW else best

    def _fit_metonyms(self, scenes: Sequence[_Scene], linked: Sequence[Sequence[Linked]]) -> None:
        columns = [self._place_columns(scene) for scene in scenes]
        labels = [
            _METONYM if answers[number].metonym else _LITERAL
            for scene, answers in zip(scenes, linked, strict=True)
            for number in _places(scene)
        ]
        self.metonyms_ = CategoricalSVC(0.1).fit(np.vstack(columns), labels)

    def _metonyms(self, scene: _Scene) -> list[bool]:
        marked = [False] * len(scene.mentions)
        if _METONYM in self.metonyms_.classes_:
            labels = self.metonyms_.predict(self._place_columns(scene))
            for number, label in zip(_places(scene), labels, strict=True):
                marked[number] = label == _METONYM
        return marked

    def _place_columns(self, scene: _Scene) -> Codes:
        """What the places of an article look like, shape (places, columns): the words around each, what it is."""
        numbers = _places(scene)
        columns = gather(scene.document, (words, clauses))
        ends = scene.tokens[numbers]
        kinds = np.array([code(self._kind(scene.texts[number])) for number in numbers], dtype=np.int64)
        lower = scene.document.lower
        previous, following = padded(lower, ends[:, 0] - 1), padded(lower, ends[:, 1])
        edges = columns[ends[:, 0]], columns[ends[:, 1] - 1]
        return np.column_stack([*edges, kinds, cross(kinds, previous), cross(kinds, following)])

    def _kind(self, text: str) -> str:
        """What the knowledge base says a place is: a state, or the first word of its description."""
        places = self.gazetteer_.full(text)
        if len(places) != 1:
            return ""
        state = self.gazetteer_.state.get(places[0])
        return "state" if state == places[0] else " ".join(self.gazetteer_.office[places[0]][:1])


def _places(scene: _Scene) -> list[int]:
    """Numbers of the names of places."""
    return [n for n, kind in enumerate(scene.kinds) if kind in PLACES and scene.levels[n] == "name"]


def _group(scene: _Scene, number: int) -> str:
    """Which ranker a mention is for."""
    return "role" if scene.kinds[number] == "ROLE" else scene.levels[number]
