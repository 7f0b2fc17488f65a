"""Proportions and overlaps of the corpus, each expected figure worked by hand."""

import json
from pathlib import Path

import pytest

from communique.overlap import leakage, opening, repetition_problems, sequences
from communique.profile import BOUNDS, figures, profile_table, real_figures
from communique.sheet import resolve
from support import joined, make_article

TEXT = """Peloumt denies shelling
Luzimo said Izeevo “would not” pay. She added, on Monday, that Garreimb had never shelled it.
No ship sailed, according to nobody. “Never,” he said, “never.”"""
SHEET = """P 0
M Peloumt | GPE | peloumt
E shelling | ATTACK | denied | positive | agent=Peloumt | source_entity=peloumt
P 1
M Luzimo | PERSON | luzimo
M Izeevo | GPE | tsaquna | metonym
M She | PERSON | luzimo | pronoun
M Monday | DATE
M Garreimb | GPE | garreimb
E pay | AID | hypothetical | negative | agent=Izeevo
E shelled | ATTACK | alleged | negative | agent=Garreimb | source_entity=luzimo
Q mixed | named | content=Izeevo ~ pay | cue=said | source=Luzimo | speaker=luzimo | id=a
Q indirect | named | content=Garreimb ~ it | cue=added | source=She | speaker=luzimo | parent=a
P 2
M he | PERSON | him | pronoun
Q indirect | none | content=No ship sailed | cue=according to
Q direct | named | content=“Never,” | content=“never.” | cue=said | source=he | speaker=him
"""


def test_figures_by_hand() -> None:
    """31 words; 4 quotes, 2 of them indirect, 2 with a pronoun, 1 without source, 1 split, 1 nested; cues said, added,
    according to, said; 3 events, 2 negative; 3 place names, 1 metonym; sentences of 3, 6, 10, 6 and 4 words."""
    article = make_article(TEXT)
    row = joined(article, resolve(SHEET, article, "ana", "1.0"))
    found = figures([row])
    lengths = [len(TEXT[span.start : span.end].split()) for span in article.sentences]
    assert found["words"] == len(TEXT.split()) == sum(lengths)
    expected = {
        "articles": 1,
        "quotes per 100 words": 400 / len(TEXT.split()),
        "direct, % of quotes": 25,
        "mixed, % of quotes": 25,
        "indirect, % of quotes": 50,
        "pronoun source, % of quotes": 50,
        "without source, % of quotes": 25,
        "split content, % of quotes": 25,
        "nested quotes": 1,
        "said, % of cues": 50,
        "distinct cues": 3,
        "negative, % of events": 200 / 3,
        "denied, % of events": 100 / 3,
        "alleged, % of events": 100 / 3,
        "hypothetical, % of events": 100 / 3,
        "planned, % of events": 0,
        "metonyms, % of place names": 100 / 3,
        "rarest event type": 0,
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)
    assert set(BOUNDS) <= set(found)


def test_no_articles_no_division_by_zero() -> None:
    assert set(figures([]).values()) == {0}


def test_the_table_says_what_is_out_of_bounds() -> None:
    path = Path(__file__).parents[1] / "seeds" / "real_news_profile.json"
    profile = json.loads(path.read_text(encoding="utf-8"))
    article = make_article(TEXT)
    table = profile_table([joined(article, resolve(SHEET, article, "ana", "1.0"))], profile).set_index("figure")
    assert not table.loc["direct, % of quotes", "within"]
    assert table.loc["negative, % of events", "within"]
    assert table.loc["articles", "within"] is None
    assert table.loc["direct, % of quotes", "real_news"] == pytest.approx(11.5)
    assert real_figures(profile)["said, % of cues"] == pytest.approx(20.9)


LONG = "the cutter turned across the bow of the survey ship"


def test_sequences_leave_out_names_and_boilerplate_and_copies() -> None:
    article = make_article(
        f"Title\n{LONG}\nSecretary General Pelleit Vournam of the Ports Convention Organisation spoke\nshare this page "
        f"with all of your many friends\n{LONG}",
        kinds=((3, "boilerplate"),),
    )
    found = sequences(article)
    assert len(found) == 3
    assert ("cutter", "turned", "across", "the", "bow", "of", "the", "survey") in found


def test_openings_are_compared_without_their_dateline() -> None:
    dated = make_article("T\nGARREIMB, March 10 (Longshore) - A ship was hit twice.", dateline="GARREIMB")
    plain = make_article("T\nA ship was hit by nobody.", "a2")
    assert opening(dated) == opening(plain) == ("a", "ship", "was", "hit")
    (problem,) = repetition_problems([dated, plain])
    assert "a1, a2 all open with 'a ship was hit'" in problem.message


def test_a_clock_time_is_no_opening() -> None:
    pages = [make_article(f"LIVE\n20:15\n{words} on the pier.", words) for words in ("Nobody waits", "Two boats wait")]
    assert opening(pages[0]) == ("nobody", "waits", "on", "the")
    assert repetition_problems(pages) == []
    assert opening(make_article("T\n20:15")) == ()


def test_a_sequence_may_stand_in_three_storylines_not_in_four() -> None:
    articles = [make_article(f"T{n}\n{word} saw that {LONG} again", f"a{n}") for n, word in enumerate("WXYZ")]
    assert repetition_problems(articles[:3]) == []
    assert len(repetition_problems(articles)) == 6  # 13 words in common
    together = [make_article(article.text, article.id, storyline="rock") for article in articles]
    assert repetition_problems(together) == []


def test_leakage_by_hand() -> None:
    """The other paragraph has 19 words, so 12 sequences; 3 of them lie in the sentence of 10 words that is train's."""
    train = make_article(f"T\nFirst, {LONG}. {LONG.capitalize()}.")
    other = make_article(f"U\n{LONG.capitalize()}. Nobody on the pier had seen it come back.", "a2")
    found = leakage([train], [other])
    assert found["sentences"] == 1
    assert found["containment"] == found["most"] == pytest.approx(3 / 12)
    assert leakage([train], []) == {"sentences": 0, "containment": 0.0, "most": 0.0}
