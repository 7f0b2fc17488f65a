"""How far the authored articles have the proportions of real news: quotes, events, names, sentence lengths.

Every figure is computed from gold (joined rows of authored articles) and stands beside the one of real news and the
bounds that the corpus sets itself. Words are stretches between white space; shares of quotes count every quote, in
every copy of a repeated paragraph.
"""

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from communique.annotation import contents_by_quote
from communique.schema import EVENT_TYPES, Row

BOUNDS: dict[str, tuple[float, float | None]] = {
    "quotes per 100 words": (2.0, 3.8),
    "direct, % of quotes": (8, 20),
    "mixed, % of quotes": (8, 18),
    "indirect, % of quotes": (62, 82),
    "pronoun source, % of quotes": (12, 26),
    "without source, % of quotes": (5, 14),
    "split content, % of quotes": (8, 22),
    "nested quotes": (25, None),
    "said, % of cues": (12, 30),
    "distinct cues": (50, None),
    "sentence length, standard deviation in words": (9, None),
    "negative, % of events": (2.5, None),
    "planned, % of events": (4, None),
    "hypothetical, % of events": (4, None),
    "alleged, % of events": (4, None),
    "denied, % of events": (4, None),
    "metonyms, % of place names": (4, None),
    "rarest event type": (25, None),
}
"""What the corpus is to keep within, by figure; None is no upper bound."""

_PLACES = ("GPE", "LOC", "FAC")


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0


def figures(rows: Sequence[Row]) -> dict[str, float]:
    """The figures of `BOUNDS` and some more, for joined gold rows; without rows all are 0."""
    quotes: Counter[str] = Counter()
    cues: Counter[str] = Counter()
    events: Counter[str] = Counter()
    types: Counter[str] = Counter(dict.fromkeys(EVENT_TYPES, 0))
    places: Counter[bool] = Counter()
    for row in rows:
        text = row["text"]
        pronouns = {(item["start"], item["end"]) for item in row["mentions"] if item["level"] == "pronoun"}
        parts = contents_by_quote(row)
        for quote in row["quotes"]:
            quotes.update(["all", quote["type"]])
            quotes["pronoun"] += (quote["source_start"], quote["source_end"]) in pronouns
            quotes["none"] += quote["source_start"] is None
            quotes["split"] += len(parts[quote["id"]]) > 1
            quotes["nested"] += quote["parent"] is not None
            if quote["cue_start"] is not None:
                cues[text[quote["cue_start"] : quote["cue_end"]].casefold()] += 1
        for event in row["events"]:
            events.update(["all", event["modality"], event["polarity"]])
            types[event["type"]] += 1
        names = (item for item in row["mentions"] if item["level"] == "name" and item["type"] in _PLACES)
        places.update(item["metonym"] for item in names)
    words = [len(row["text"].split()) for row in rows]
    lengths = [len(row["text"][item["start"] : item["end"]].split()) for row in rows for item in row["sentences"]]
    return {
        "articles": len(rows),
        "words": sum(words),
        "words per article, median": statistics.median(words) if words else 0,
        "quotes per 100 words": _percent(quotes["all"], sum(words)),
        **{f"{kind}, % of quotes": _percent(quotes[kind], quotes["all"]) for kind in ("direct", "mixed", "indirect")},
        "pronoun source, % of quotes": _percent(quotes["pronoun"], quotes["all"]),
        "without source, % of quotes": _percent(quotes["none"], quotes["all"]),
        "split content, % of quotes": _percent(quotes["split"], quotes["all"]),
        "nested quotes": quotes["nested"],
        "said, % of cues": _percent(cues["said"], cues.total()),
        "distinct cues": len(cues),
        "sentence length, median in words": statistics.median(lengths) if lengths else 0,
        "sentence length, standard deviation in words": statistics.pstdev(lengths) if lengths else 0,
        **{
            f"{kind}, % of events": _percent(events[kind], events["all"])
            for kind in ("negative", "planned", "hypothetical", "alleged", "denied")
        },
        "metonyms, % of place names": _percent(places[True], places.total()),
        "rarest event type": min(types.values()),
    }


def real_figures(profile: Mapping[str, Any]) -> dict[str, float]:
    """The same figures of real news, as far as a profile (`seeds/real_news_profile.json`) has them."""
    shares = profile["quote_shares"]
    return {
        "articles": profile["articles"],
        "words": profile["words"],
        "words per article, median": profile["words_per_article"]["p50"],
        "quotes per 100 words": profile["quotes_per_100_words"],
        **{f"{kind}, % of quotes": 100 * shares[kind] for kind in ("direct", "mixed", "indirect")},
        "pronoun source, % of quotes": 100 * shares["pronoun_source"],
        "without source, % of quotes": 100 * shares["without_source"],
        "split content, % of quotes": 100 * shares["split_content"],
        "said, % of cues": 100 * profile["cue_shares"]["said"],
        "sentence length, median in words": profile["sentence_words"]["p50"],
        "sentence length, standard deviation in words": profile["sentence_words"]["sd"],
    }


def profile_table(rows: Sequence[Row], profile: Mapping[str, Any]) -> pd.DataFrame:
    """Columns figure, corpus, real_news, low, high and within (None where the corpus sets no bound)."""
    real = real_figures(profile)
    table = []
    for name, value in figures(rows).items():
        low, high = BOUNDS.get(name, (None, None))
        within = None if low is None else low <= value <= (float("inf") if high is None else high)
        table.append((name, value, real.get(name), low, high, within))
    return pd.DataFrame(table, columns=["figure", "corpus", "real_news", "low", "high", "within"], dtype=object)
