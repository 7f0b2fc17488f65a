"""Label Studio's JSON: the only module that knows it. Layers become annotation results, and results layers.

Offsets of a `<Text>` region are code points, half-open, as ours. A region is every result with the same id: its label,
and one result for each attribute. The labelling configs are `annotations/label_studio/{entities,events,quotes}.xml`:

- entities: a region per mention, labelled with its type; `level`, `metonym`, `entity`.
- events: a region per trigger, labelled with the event type, with `modality`, `polarity`, `source_entity`; an ARGUMENT
  region per span; a relation from trigger to argument, labelled with the roles.
- quotes: CONTENT, CUE, SOURCE and MEDIUM regions. A quote is its first CONTENT region, which carries `type`,
  `source_class`, `speaker`, `co_speaker`, `medium`, and from which relations lead to its `cue`, `source`, `medium`, to
  the content that `continues` it, and to the first content of its `parent`.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from communique.annotation import contents_by_quote, empty_layer
from communique.articles import Article, text_hash
from communique.controls import ARGUMENT, CONTROLS, QUOTE_PARTS, RELATIONS
from communique.problems import Problem
from communique.schema import Row

_ALLOWED = {
    layer: {(kind, name) for name, (kind, _) in controls.items()} for layer, controls in CONTROLS.items()
}  # fmt: skip
"""The kinds of results and their controls, by layer."""
_DEFAULTS = {"level": "name", "modality": "asserted", "polarity": "positive"}


def make_task(article: Article, context: str | None = None) -> Row:
    """The task of an article: its text, id and the text's hash. Nothing else, so that passes stay blind; a project with
    a panel for context needs some, if only "".
    """
    data = {"text": article.text, "article": article.id, "sha256": article.sha256}
    return {"data": data if context is None else data | {"context": context}}


def _region(region: str, control: str, row: Row, label: str, prefix: str = "") -> Row:
    value = {"start": row[f"{prefix}start"], "end": row[f"{prefix}end"], "labels": [label]}
    return {"id": region, "from_name": control, "to_name": "text", "type": "labels", "value": value}


def _attribute(region: str, control: str, span: Row, kind: str, values: Sequence[str], prefix: str = "") -> Row:
    key = "choices" if kind == "choices" else "text"
    value = {"start": span[f"{prefix}start"], "end": span[f"{prefix}end"], key: list(values)}
    return {"id": region, "from_name": control, "to_name": "text", "type": kind, "value": value}


def _relation(source: str, target: str, labels: Sequence[str]) -> Row:
    return {"type": "relation", "from_id": source, "to_id": target, "direction": "right", "labels": list(labels)}


def _mention_results(row: Row) -> list[Row]:
    results = []
    for item in row["mentions"]:
        results.append(_region(item["id"], "type", item, item["type"]))
        results.append(_attribute(item["id"], "level", item, "choices", [item["level"]]))
        if item["metonym"]:
            results.append(_attribute(item["id"], "metonym", item, "choices", ["metonym"]))
        if item["entity"] is not None:
            results.append(_attribute(item["id"], "entity", item, "textarea", [item["entity"]]))
    return results


def _event_results(row: Row) -> list[Row]:
    results = []
    for item in row["events"]:
        results.append(_region(item["id"], "type", item, item["type"]))
        for control in ("modality", "polarity"):
            results.append(_attribute(item["id"], control, item, "choices", [item[control]]))
        if item["source_entity"] is not None:
            results.append(_attribute(item["id"], "source_entity", item, "textarea", [item["source_entity"]]))
    roles: dict[tuple[str, str], list[str]] = defaultdict(list)
    regions: dict[tuple[int, int], str] = {}
    for item in row["arguments"]:
        span = item["start"], item["end"]
        if span not in regions:
            regions[span] = f"a{len(regions) + 1}"
            results.append(_region(regions[span], "argument", item, ARGUMENT))
        roles[item["event"], regions[span]].append(item["role"])
    return results + [_relation(*pair, sorted(labels)) for pair, labels in roles.items()]


def _quote_results(row: Row) -> list[Row]:
    results, relations = [], []
    contents = contents_by_quote(row)
    co_speakers = defaultdict(list)
    for item in row["co_speakers"]:
        co_speakers[item["quote"]].append(item["entity"])
    shared: dict[tuple[str, int, int], str] = {}
    for item in row["quotes"]:
        region = item["id"]
        first, *others = contents[region]
        results.append(_region(region, "part", first, "CONTENT"))
        results.append(_attribute(region, "type", first, "choices", [item["type"]]))
        results.append(_attribute(region, "source_class", first, "choices", [item["source_class"]]))
        for control, values in (
            ("speaker", [item["speaker"]]),
            ("co_speaker", sorted(co_speakers[region])),
            ("medium", [item["medium"]]),
        ):
            if values and values != [None]:
                results.append(_attribute(region, control, first, "textarea", values))
        for number, other in enumerate(others, start=1):
            results.append(_region(f"{region}-{number}", "part", other, "CONTENT"))
            relations.append(_relation(region, f"{region}-{number}", ["continues"]))
        for part in ("cue", "source", "medium"):
            if item[f"{part}_start"] is None:
                continue
            key = (part, item[f"{part}_start"], item[f"{part}_end"])
            if key not in shared:
                shared[key] = f"{part}{len(shared) + 1}"
                results.append(_region(shared[key], "part", item, part.upper(), f"{part}_"))
            relations.append(_relation(region, shared[key], [part]))
        if item["parent"] is not None:
            relations.append(_relation(region, item["parent"], ["parent"]))
    return results + relations


def make_results(layer: str, row: Row, text: str) -> list[Row]:
    """The results of one annotation that says what a valid layer row says; `text` is the article's."""
    results = {"entities": _mention_results, "events": _event_results, "quotes": _quote_results}[layer](row)
    for result in results:
        if result["type"] in ("labels", "choices"):
            value = result["value"]
            value["text"] = text[value["start"] : value["end"]]
    return results


@dataclass(slots=True)
class _Region:
    id: str
    start: Any
    end: Any
    text: Any = None
    control: str = ""
    label: Any = None
    values: dict[str, list[Any]] = field(default_factory=dict)

    def one(self, control: str) -> Any:
        """The single value of an attribute, its default, or None."""
        given = self.values.get(control)
        return given[0] if given else _DEFAULTS.get(control)

    def span(self, text_name: str = "text") -> Row:
        return {"start": self.start, "end": self.end, text_name: self.text}


@dataclass
class _Results:
    """One annotation's results, sorted into regions and relations, with the problems met on the way."""

    layer: str
    place: str
    regions: dict[str, _Region] = field(default_factory=dict)
    relations: list[tuple[str, str, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def complain(self, code: str, message: str, hint: str) -> None:
        self.problems.append(Problem(self.place, code, message, hint))

    def add(self, result: Any) -> None:
        kind, control = (result.get("type"), result.get("from_name")) if isinstance(result, dict) else (None, None)
        if kind == "relation":
            self._add_relation(result)
            return
        if not (isinstance(kind, str) and isinstance(control, str) and (kind, control) in _ALLOWED[self.layer]):
            message = f"a {kind!r} result of the control {control!r}"
            self.complain("bad-result", message, f"controls: {', '.join(CONTROLS[self.layer])}, relations")
            return
        region_id = result.get("id")
        value = result.get("value")
        if not isinstance(value, dict):
            value = {}
        values = value.get("text" if kind == "textarea" else kind)
        if not isinstance(region_id, str) or not isinstance(values, list) or not values:
            self.complain("bad-result", f"{control} result {region_id!r} without a value", "an id and a list of values")
            return
        region = self.regions.get(region_id)
        if region is None:
            region = self.regions[region_id] = _Region(region_id, value.get("start"), value.get("end"))
        if kind == "labels":
            self._add_label(region, control, value, values)
        elif control in region.values:
            self.complain("bad-result", f"region {region_id} has {control} twice", "keep one")
        elif len(values) > 1 and control != "co_speaker":
            self.complain("bad-result", f"region {region_id} has {len(values)} values of {control}", "keep one")
        else:
            region.values[control] = [item.strip() if isinstance(item, str) else item for item in values]

    def _add_label(self, region: _Region, control: str, value: Row, labels: list[Any]) -> None:
        if region.label is not None or len(labels) > 1:
            given = [label for label in (region.label, *labels) if label is not None]
            self.complain("bad-result", f"region {region.id} has the labels {given}", "one label per region")
        region.control, region.label = control, labels[0]
        region.start, region.end, region.text = value.get("start"), value.get("end"), value.get("text")

    def _add_relation(self, result: Row) -> None:
        ends = result.get("from_id"), result.get("to_id")
        direction, labels = result.get("direction"), result.get("labels")
        if direction not in ("right", "left") or not isinstance(labels, list) or not labels:
            message = f"a relation from {ends[0]!r} to {ends[1]!r}, direction {direction!r}, labels {labels!r}"
            self.complain("bad-result", message, "direct it one way and give it a label")
            return
        source, target = ends if direction == "right" else ends[::-1]
        allowed = RELATIONS[self.layer]
        for label in labels:
            if label not in allowed:
                self.complain("unknown-label", f"a relation {label!r}", "allowed: " + (", ".join(allowed) or "none"))
            else:
                self.relations.append((str(source), str(target), label))

    def finish(self) -> None:
        """Complain about regions without a label and relations without ends."""
        for region in list(self.regions.values()):
            if region.label is None:
                self.complain("bad-result", f"region {region.id} has attributes but no label", "label or delete it")
                del self.regions[region.id]
        for source, target, label in self.relations:
            for end in (source, target):
                if end not in self.regions:
                    self.complain("dangling-reference", f"a relation {label} with {end!r}", "both ends must be regions")
        self.relations = [
            relation for relation in self.relations if relation[0] in self.regions and relation[1] in self.regions
        ]


def _read_mentions(results: _Results) -> Row:
    for region in results.regions.values():
        if region.values.get("metonym", ["metonym"]) != ["metonym"]:
            results.complain("unknown-label", f"metonym {region.values['metonym']}", "allowed: metonym")
    mentions = [
        {"id": region.id, **region.span(), "type": region.label, "level": region.one("level"),
         "entity": region.one("entity"), "metonym": region.values.get("metonym") == ["metonym"]}
        for region in results.regions.values()
    ]  # fmt: skip
    return {"mentions": mentions}


def _read_events(results: _Results) -> Row:
    regions = results.regions
    events = [
        {"id": region.id, "type": region.label, **region.span("trigger"), "modality": region.one("modality"),
         "polarity": region.one("polarity"), "source_entity": region.one("source_entity")}
        for region in regions.values()
        if region.control == "type"
    ]  # fmt: skip
    arguments = []
    related = set()
    for source, target, role in results.relations:
        if regions[source].control != "type" or regions[target].control != "argument":
            hint = "roles lead from a trigger to an ARGUMENT region"
            results.complain("bad-result", f"{role} from {regions[source].label} to {regions[target].label}", hint)
            continue
        related.add(target)
        arguments.append({"event": source, "role": role, **regions[target].span()})
    for region in regions.values():
        if region.control == "argument" and region.id not in related:
            message = f"ARGUMENT {region.text!r} belongs to no event"
            results.complain("bad-result", message, "draw a relation from its trigger, or delete it")
    return {"events": events, "arguments": arguments}


def _read_quotes(results: _Results) -> Row:
    regions = results.regions
    wanted = {"cue": "CUE", "source": "SOURCE", "medium": "MEDIUM", "continues": "CONTENT", "parent": "CONTENT"}
    linked: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    used, continued = set(), set()
    for source, target, name in results.relations:
        if regions[source].label != "CONTENT" or regions[target].label != wanted[name]:
            message = f"{name} from {regions[source].label} to {regions[target].label}"
            results.complain("bad-result", message, f"{name} leads from a quote's first CONTENT to a {wanted[name]}")
            continue
        used.add(target)
        linked[source][name].append(target)
        if name == "continues":
            continued.add(target)
    quotes, contents, co_speakers = [], [], []
    for region in regions.values():
        if region.label in QUOTE_PARTS[1:] and region.id not in used:
            message = f"{region.label} {region.text!r} belongs to no quote"
            results.complain("bad-result", message, "draw a relation from the quote's first CONTENT, or delete it")
        if region.label != "CONTENT" or region.id in continued:
            continue
        quote: Row = {"id": region.id, "type": region.one("type"), "source_class": region.one("source_class"),
                      "speaker": region.one("speaker"), "medium": region.one("medium")}  # fmt: skip
        links = linked[region.id]
        for name in ("cue", "source", "medium", "parent"):
            if len(links[name]) > 1:
                results.complain("bad-result", f"quote {region.text!r} has {len(links[name])} {name}s", "keep one")
        for name in ("cue", "source", "medium"):
            part = regions[links[name][0]] if links[name] else None
            quote[f"{name}_start"], quote[f"{name}_end"] = (part.start, part.end) if part else (None, None)
        quote["parent"] = links["parent"][0] if links["parent"] else None
        quotes.append(quote)
        contents += [{"quote": region.id, **regions[part].span()} for part in (region.id, *links["continues"])]
        co_speakers += [{"quote": region.id, "entity": entity} for entity in region.values.get("co_speaker", ())]
    return {"quotes": quotes, "contents": contents, "co_speakers": co_speakers}


def read_results(
    layer: str, results: Sequence[Any], article: Article, annotator: str, guidelines: str, place: str
) -> tuple[Row, list[Problem]]:
    """The layer row that an annotation's results say, and what is wrong with them.

    The row is not canonical and its labels and offsets are not checked: `communique.check` does that. Problems are
    those that only the results can have: unknown controls, regions without label, dangling or misdirected relations.
    """
    sorted_results = _Results(layer, place)
    for result in results:
        sorted_results.add(result)
    sorted_results.finish()
    tables = {"entities": _read_mentions, "events": _read_events, "quotes": _read_quotes}[layer](sorted_results)
    return empty_layer(article, layer, annotator, guidelines) | tables, sorted_results.problems


def author_of(annotation: Any) -> Any:
    """The id of the account that an exported annotation was made under."""
    author = annotation.get("completed_by") if isinstance(annotation, dict) else None
    return author.get("id") if isinstance(author, dict) else author


def first_author(task: Row) -> Any:
    """The author of a task's first annotation, or None."""
    annotations = task.get("annotations")
    return author_of(annotations[0]) if isinstance(annotations, list) and annotations else None


def read_task(
    layer: str, task: Any, article: Article, annotator: str, annotator_id: int | None, guidelines: str
) -> tuple[Row | None, list[Problem]]:
    """The annotation of one exported task by one annotator, and everything wrong with the task.

    Cancelled, doubled, foreign and not submitted annotations, and a task text that is not the article's, are problems,
    and so is what is wrong with the results of each annotation by the annotator. The row is None unless there is just
    one of these, of the article's text; see `read_results` for what is left to check in it.
    """
    place = f"{annotator}/{layer} {article.id}"
    data, annotations = (task.get("data"), task.get("annotations", [])) if isinstance(task, dict) else (None, None)
    if (
        not isinstance(data, dict)
        or not isinstance(annotations, list)
        or not all(isinstance(a, dict) for a in annotations)
    ):
        hint = "export the project as JSON, with all tasks and annotations"
        return None, [Problem(place, "bad-result", "not a task with its data and annotations", hint)]
    problems = _text_problems(data, article, place)
    readable = not problems
    if task.get("drafts"):
        message = f"task {task.get('id')} has a draft that was not submitted"
        problems.append(Problem(place, "cancelled-annotation", message, "submit it, or discard it, in the server"))
    made: list[Row] = []
    for annotation in annotations:
        author = author_of(annotation)
        if annotation.get("was_cancelled"):
            message = f"annotation {annotation.get('id')} was skipped"
            problems.append(Problem(place, "cancelled-annotation", message, "finish it, or delete it in the server"))
        elif author != annotator_id:
            message = f"annotation {annotation.get('id')} was made by user {author}, not {annotator_id}"
            problems.append(Problem(place, "other-annotator", message, "each annotator works in their own project"))
        else:
            made.append(annotation)
    if len(made) > 1:
        ids = ", ".join(str(annotation.get("id")) for annotation in made)
        problems.append(Problem(place, "double-annotation", f"annotations {ids}", "keep one of them"))
    row = None
    for annotation in made:
        results = annotation.get("result") or []
        if not isinstance(results, list):
            problems.append(Problem(place, "bad-result", f"the result is {results!r}", "a list of results"))
            continue
        where = place if len(made) == 1 else f"{place} annotation {annotation.get('id')}"
        row, faults = read_results(layer, results, article, annotator, guidelines, where)
        problems += faults
    return (row if readable and len(made) == 1 else None), problems


def _text_problems(data: Row, article: Article, place: str) -> list[Problem]:
    """Is the task's text the article's, and the one that was pushed? Both may have been changed since."""
    text, pushed = data.get("text"), data.get("sha256", article.sha256)
    if text == article.text and pushed == article.sha256:
        return []
    found = text_hash(text) if isinstance(text, str) else None
    if found == article.sha256:
        message = f"the task records sha256 {pushed!r}, its text has {found}"
        hint = "restore its sha256, once it is certain that its spans were made on this text"
    elif found == pushed:
        message = f"the article has sha256 {article.sha256}, and had {pushed} when it was pushed"
        hint = "restore the article's text; another text is another article"
    else:
        message = f"the task's text has sha256 {found}, the article's has {article.sha256}"
        hint = "restore the task's text, or delete the task and push it again"
    return [Problem(place, "text-changed", message, hint)]
