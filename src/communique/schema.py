"""The closed sets and the shape of every row: the one place that says what the data looks like.

Everything that needs to know the shape of a row (the validators, the Parquet files, the card's YAML, the prediction
format, the labelling configs' test) reads it here. Offsets everywhere are Unicode code points, half-open, over the
article's stored text.
"""

from dataclasses import dataclass
from typing import Any, Literal

Row = dict[str, Any]
"""One JSON object: a mention, an event, an article's row of a config."""

SPLITS = ("train", "validation", "test", "shift", "real")

ORIGINS = ("authored", "real")
PARAGRAPH_KINDS = ("title", "byline", "body", "heading", "turn", "boilerplate", "correction")

ENTITY_TYPES = (
    "PERSON",
    "ROLE",
    "NORP",
    "ORG",
    "GPE",
    "LOC",
    "FAC",
    "LAW",
    "EVENT",
    "PRODUCT",
    "DATE",
    "MONEY",
)
UNLINKED_TYPES = ("DATE", "MONEY")
"""Entity types whose mentions name a value, not a thing: their `entity` is null."""

LEVELS = ("name", "nominal", "pronoun")

EVENT_TYPES = (
    "MEET",
    "NEGOTIATE",
    "AGREEMENT",
    "ENDORSE",
    "REQUEST",
    "ACCUSE",
    "REJECT",
    "THREATEN",
    "AID",
    "SANCTION",
    "DEESCALATE",
    "MEMBERSHIP",
    "PROTEST",
    "MOBILIZE",
    "ATTACK",
    "COERCE",
    "OFFICE",
)
ROLES = ("agent", "participant", "target", "theme", "instrument", "mediator", "place", "time")
MODALITIES = ("asserted", "planned", "hypothetical", "alleged", "denied")
POLARITIES = ("positive", "negative")

QUOTE_TYPES = ("direct", "indirect", "mixed")
SOURCE_CLASSES = ("named", "role", "collective", "anonymous", "document", "none")

NER_TAGS = ("O", *(f"{prefix}-{label}" for label in ENTITY_TYPES for prefix in "BI"))

Kind = Literal["string", "offset", "boolean", "date", "label"]


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its name, what it holds, and whether it may be null.

    An `offset` is a non-negative integer counted in code points; a `label` is one of `labels`; a `date` is an ISO 8601
    string (YYYY-MM-DD); `listed` makes the column a flat list of such values; `table` makes it a list of objects.
    """

    name: str
    kind: Kind = "string"
    labels: tuple[str, ...] = ()
    nullable: bool = False
    listed: bool = False
    table: str | None = None


def _label(name: str, labels: tuple[str, ...]) -> Field:
    return Field(name, "label", labels)


def _span(prefix: str = "", *, nullable: bool = False) -> tuple[Field, Field]:
    return (
        Field(f"{prefix}start", "offset", nullable=nullable),
        Field(f"{prefix}end", "offset", nullable=nullable),
    )


TABLES: dict[str, tuple[Field, ...]] = {
    "paragraphs": (*_span(), _label("kind", PARAGRAPH_KINDS), Field("duplicate_of", "offset", nullable=True)),
    "sentences": _span(),
    "mentions": (
        Field("id"),
        *_span(),
        Field("text"),
        _label("type", ENTITY_TYPES),
        _label("level", LEVELS),
        Field("entity", nullable=True),
        Field("metonym", "boolean"),
    ),
    "events": (
        Field("id"),
        _label("type", EVENT_TYPES),
        *_span(),
        Field("trigger"),
        _label("modality", MODALITIES),
        _label("polarity", POLARITIES),
        Field("source_entity", nullable=True),
    ),
    "arguments": (Field("event"), _label("role", ROLES), *_span(), Field("text"), Field("entity", nullable=True)),
    "quotes": (
        Field("id"),
        _label("type", QUOTE_TYPES),
        *_span("cue_", nullable=True),
        *_span("source_", nullable=True),
        _label("source_class", SOURCE_CLASSES),
        Field("speaker", nullable=True),
        *_span("medium_", nullable=True),
        Field("medium", nullable=True),
        Field("parent", nullable=True),
    ),
    "contents": (Field("quote"), *_span(), Field("text")),
    "co_speakers": (Field("quote"), Field("entity")),
}

CONFIGS: dict[str, tuple[Field, ...]] = {
    "articles": (
        Field("id"),
        Field("title"),
        Field("text"),
        Field("published", "date", nullable=True),
        Field("dateline", nullable=True),
        Field("outlet"),
        Field("genre"),
        Field("region"),
        Field("storyline"),
        _label("origin", ORIGINS),
        Field("license"),
        Field("paragraphs", table="paragraphs"),
        Field("sentences", table="sentences"),
        Field("sha256"),
    ),
    "entities": (
        Field("id"),
        Field("text"),
        Field("tokens", listed=True),
        Field("token_starts", "offset", listed=True),
        Field("ner_tags", "label", NER_TAGS, listed=True),
        Field("mentions", table="mentions"),
    ),
    "events": (
        Field("id"),
        Field("text"),
        Field("events", table="events"),
        Field("arguments", table="arguments"),
    ),
    "quotes": (
        Field("id"),
        Field("text"),
        Field("quotes", table="quotes"),
        Field("contents", table="contents"),
        Field("co_speakers", table="co_speakers"),
    ),
    "knowledge_base": (
        Field("id"),
        Field("name"),
        _label("type", ENTITY_TYPES),
        Field("aliases", listed=True),
        Field("description"),
        Field("region", nullable=True),
        Field("fictional", "boolean"),
        Field("wikidata", nullable=True),
    ),
}

DESCRIPTIONS: dict[str, str] = {
    "articles.id": "id of the article, the same in all configs",
    "articles.title": "line 1 of the text",
    "articles.text": "the raw article: line 1 the title, one newline between paragraphs; all offsets stand over it",
    "articles.published": "day of publication, null where it is not known",
    "articles.dateline": "place name that opens the report as the text has it, null without one",
    "articles.outlet": "who published it",
    "articles.genre": "brief, report, analysis, communiqué, briefing transcript, interview, live page ...",
    "articles.region": "region of the world it comes from, `real` for real articles",
    "articles.storyline": "the story it tells; its articles are in one split, and not independent",
    "articles.origin": "whether it was authored for this dataset or is a real article",
    "articles.license": "licence of the text",
    "articles.sha256": "hash of the text's UTF-8 bytes",
    "paragraphs.kind": "what the paragraph is; `turn` is one of a transcript or an interview",
    "paragraphs.duplicate_of": "number of the first earlier paragraph with the same text, else null",
    "entities.tokens": "words, numbers and marks; hyphens and apostrophes stand alone",
    "entities.token_starts": "where each token begins",
    "entities.ner_tags": "BIO tags over names",
    "mentions.id": "id of the mention in its article",
    "mentions.text": "the words of the span",
    "mentions.type": "one of twelve entity types",
    "mentions.level": "name, nominal or pronoun; names are exhaustive, the others stand where needed",
    "mentions.entity": "what is meant: a row of `knowledge_base`, or `local:…`; null for DATE and MONEY",
    "mentions.metonym": "a place or building that stands for an institution; `entity` is the institution then",
    "events.id": "id of the event in its article",
    "events.type": "one of seventeen event types",
    "events.trigger": "the word or words that name the event",
    "events.modality": "how the article presents it: asserted, planned, hypothetical, alleged or denied",
    "events.polarity": "negative where it did not or will not happen",
    "events.source_entity": "who alleges or denies it, else null",
    "arguments.event": "id of the event",
    "arguments.role": "one of eight roles",
    "arguments.text": "the words of the span",
    "arguments.entity": "entity of the mention with this span, null where the argument is none",
    "quotes.id": "id of the quote in its article",
    "quotes.type": "direct, indirect or mixed",
    "quotes.cue_start": "the words that introduce it (said, according to); null without any",
    "quotes.source_start": "the words that name who speaks; null without any",
    "quotes.source_class": "named, role, collective, anonymous, document or none",
    "quotes.speaker": "entity that speaks, null if nobody is named",
    "quotes.medium_start": "the words that name the outlet or channel that relays it; null without any",
    "quotes.medium": "entity of the medium",
    "quotes.parent": "id of the quote that it stands in, else null",
    "contents.quote": "id of the quote",
    "contents.text": "what is said, quote marks inside; several spans where the quote is interrupted",
    "co_speakers.quote": "id of the quote",
    "co_speakers.entity": "a speaker after the first, where several speak as one",
    "knowledge_base.id": "id of the entity",
    "knowledge_base.name": "its full name",
    "knowledge_base.type": "its entity type",
    "knowledge_base.aliases": "other names",
    "knowledge_base.description": "what it is, in a sentence",
    "knowledge_base.region": "region of the world, null for what has none",
    "knowledge_base.fictional": "whether it is invented",
    "knowledge_base.wikidata": "id in Wikidata of what is real, else null",
}
"""What the columns hold, by config or table and name. `start` and `end` are code points, half-open, everywhere, and an
`_end` belongs to its `_start`."""

LAYERS: dict[str, tuple[str, ...]] = {
    "entities": ("mentions",),
    "events": ("events", "arguments"),
    "quotes": ("quotes", "contents", "co_speakers"),
}
"""The annotation layers, each with its tables. A layer is also a config and a scored task."""

ANNOTATED: dict[str, tuple[Field, ...]] = {
    name: tuple(field for field in fields if (name, field.name) != ("arguments", "entity"))
    for name, fields in TABLES.items()
    if name not in ("paragraphs", "sentences")
}
"""The tables as annotators make them: an argument's `entity` is derived from the mention with the same span."""

OPTIONAL_IN_PREDICTIONS = {
    ("mentions", "id"),
    ("mentions", "text"),
    ("mentions", "entity"),
    ("mentions", "metonym"),
    ("events", "trigger"),
    ("events", "source_entity"),
    ("arguments", "text"),
    ("arguments", "entity"),
    ("contents", "text"),
}
PREDICTED: dict[str, tuple[Field, ...]] = {
    "mentions": TABLES["mentions"],
    "events": TABLES["events"],
    "arguments": TABLES["arguments"],
    "quotes": (
        *(field for field in TABLES["quotes"] if field.name not in ("speaker", "medium")),
        *_span("speaker_", nullable=True),
    ),
    "contents": TABLES["contents"],
}
"""The tables a system predicts. A predicted speaker is a span, not an entity id."""

PREDICTED_TABLES: dict[str, tuple[str, ...]] = {
    "entities": ("mentions",),
    "events": ("events", "arguments"),
    "quotes": ("quotes", "contents"),
}

SPAN_TEXT = {"mentions": "text", "events": "trigger", "arguments": "text", "contents": "text"}
"""Tables whose rows quote the text between their `start` and `end`, and the field that does."""

REFERENCES = {"arguments": ("event", "events"), "contents": ("quote", "quotes"), "co_speakers": ("quote", "quotes")}
"""Tables whose rows point at a row of another table: the pointing field and the table pointed at."""


_COLUMNS = {field.name: field for fields in CONFIGS.values() for field in fields}


def decode_labels(row: Row) -> Row:
    """Return a row of any config, or joined of several, with ClassLabel integers turned back into label strings.

    `load_dataset` gives integers; rows that hold strings already come back equal. An integer without a label raises
    `IndexError`. Columns that no config has are left as they are.
    """

    def value(field: Field | None, given: Any) -> Any:
        if field and field.kind == "label" and isinstance(given, int) and not isinstance(given, bool):
            return field.labels[given]
        return given

    def item(table: str, given: Row) -> Row:
        fields = {field.name: field for field in TABLES[table]}
        return {name: value(fields.get(name), entry) for name, entry in given.items()}

    decoded = dict(row)
    for name, given in row.items():
        column = _COLUMNS.get(name)
        if column and column.table:
            decoded[name] = [item(column.table, entry) for entry in given]
        elif column and column.listed:
            decoded[name] = [value(column, entry) for entry in given]
        else:
            decoded[name] = value(column, given)
    return decoded
