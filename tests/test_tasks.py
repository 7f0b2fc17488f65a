"""Scores of the three tasks: numbers worked by hand, and what must hold for any gold and any predictions."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import classification_report as seqeval_report
from seqeval.scheme import IOB2

from communique.problems import ProblemsError
from communique.schema import Row
from communique.scoring import f1_score
from communique.sheet import resolve
from communique.tasks import TASKS, entities, events, quotes
from strategies import annotated, spans
from support import joined, make_article

TEXT = """Talks
Peloumt accused Izeevo on Friday, and Luzimo said: “We will sign.”
“No,” the envoy told Zeevaq.
“No,” the envoy told Zeevaq."""
SHEET = """P 1
M Peloumt | GPE | peloumt
M Izeevo | GPE | tsaquna | metonym
M Friday | DATE
M Luzimo | PERSON | aviqee-luzimo
M We | GPE | peloumt | pronoun
E accused | ACCUSE | asserted | positive | agent=Peloumt | target=Izeevo | time=Friday
E sign | AGREEMENT | planned | positive | participant=We
Q direct | named | content=“We ~ sign.” | cue=said | source=Luzimo | speaker=aviqee-luzimo
P 2
M envoy | ROLE | envoy
M Zeevaq | ORG | zeevaq
Q direct | role | content=“No,” | cue=told | source=envoy | speaker=envoy | medium=Zeevaq | medium_entity=zeevaq
P 3 = P 2
"""


def gold() -> Row:
    article = make_article(TEXT)
    return joined(article, resolve(SHEET, article, "ana", "0.1"))


def span(string: str, number: int = 1) -> dict[str, int]:
    start = -1
    for _ in range(number):
        start = TEXT.index(string, start + 1)
    return {"start": start, "end": start + len(string)}


def mention(string: str, kind: str, level: str = "name", number: int = 1) -> Row:
    return {"id": f"{string}{number}", **span(string, number), "type": kind, "level": level}


def event(number: int, string: str, kind: str) -> Row:
    return {"id": f"e{number}", "type": kind, **span(string), "modality": "asserted", "polarity": "positive",
            "source_entity": None}  # fmt: skip


def argument(number: int, role: str, string: str) -> Row:
    return {"event": f"e{number}", "role": role, **span(string)}


def quote(number: int, *parts: dict[str, int], speaker: Any = None, cue: Any = None, kind: str = "direct") -> Row:
    def ends(name: str, at: Any) -> Row:
        return {f"{name}_start": at["start"] if at else None, f"{name}_end": at["end"] if at else None}

    row = {"id": f"q{number}", "type": kind, "source_class": "none", "parent": None}
    row |= ends("cue", cue) | ends("source", None) | ends("speaker", speaker) | ends("medium", None)
    return {"quotes": [row], "contents": [{"quote": f"q{number}", **part} for part in parts]}


def quoted(*tables: Row) -> Row:
    return {"id": "a1"} | {name: [row for table in tables for row in table[name]] for name in ("quotes", "contents")}


@pytest.mark.parametrize("task", TASKS)
def test_gold_as_prediction_scores_exactly_one(task: str) -> None:
    module = TASKS[task]
    result = module.evaluate([gold()], [module.as_prediction(gold())])
    assert result["f1"] == 1.0
    assert all(found["recall"] == 1.0 for found in result["slices"].values())
    assert all(found["f1"] in (1.0, None) for found in result["slices"].values())
    assert set(result["macro"].values()) <= {1.0}


@pytest.mark.parametrize("task", TASKS)
def test_nothing_predicted_scores_zero(task: str) -> None:
    module = TASKS[task]
    empty = {name: [] if name != "id" else "a1" for name in module.as_prediction(gold())}
    assert module.evaluate([gold()], [empty])["f1"] == 0.0


def test_entities_by_hand() -> None:
    """Gold names: Peloumt, Izeevo, Friday, Luzimo, and envoy and Zeevaq twice: 8. Predicted names: 4, of which right
    Peloumt and the second Zeevaq; Izeevo has a wrong type, Luzimo a wrong end. P 2/4, R 2/8, F1 4/12.
    """
    wrong_end = mention("Luzimo said", "PERSON")
    found = [mention("Peloumt", "GPE"), mention("Izeevo", "ORG"), wrong_end, mention("Zeevaq", "ORG", number=2)]
    result = entities.evaluate([gold()], [{"id": "a1", "mentions": [*found, mention("We", "GPE", "pronoun")]}])
    assert (result["precision"], result["recall"], result["f1"]) == (2 / 4, 2 / 8, 4 / 12)
    assert result["slices"]["boundaries"]["tp"] == 3  # Izeevo's too
    assert result["slices"]["mentions"] | {"f1": 0} == {
        "f1": 0, "precision": 3 / 5, "recall": 3 / 9, "tp": 3, "predicted": 5, "gold": 9
    }  # fmt: skip
    # without the second copy gold has 6 names, and the predicted Zeevaq, which stands there, is gone as well
    assert result["slices"]["names, first copies"] | {"precision": 0, "recall": 0, "f1": 0} == {
        "f1": 0, "precision": 0, "recall": 0, "tp": 1, "predicted": 3, "gold": 6
    }  # fmt: skip


def test_events_by_hand() -> None:
    """Gold: accused (agent, target, time) and sign (participant): 4 arguments. Predicted: agent right, target with a
    wrong span, time under an event of the wrong type on another trigger: 1 of 3. P 1/3, R 1/4, F1 2/7.
    """
    predicted = {
        "id": "a1",
        "events": [event(1, "accused", "ACCUSE"), event(2, "sign", "MEET")],
        "arguments": [argument(1, "agent", "Peloumt"), argument(1, "target", "Izeevo on"), argument(2, "time", "We")],
    }
    result = events.evaluate([gold()], [predicted])
    assert (result["precision"], result["recall"], result["f1"]) == (1 / 3, 1 / 4, 2 / 7)
    assert result["slices"]["trigger identification"]["f1"] == 1.0
    assert result["slices"]["trigger classification"]["f1"] == 0.5  # 1 of 2


def test_quotes_by_hand() -> None:
    """Gold: “We will sign.” by Luzimo, and twice “No,” by the envoy. Tokens of the first: “ We will sign . ” (6).

    Predicted: "will sign" (2 tokens, F1 2*2/(2+6) = 0.5, just enough) by Luzimo: right. “No,” by Zeevaq: content right,
    speaker wrong. P 1/2, R 1/3, F1 2/5; content F1 4/5.
    """
    predicted = quoted(
        quote(1, span("will sign"), speaker=span("Luzimo"), cue=span("said")),
        quote(2, span("“No,”"), speaker=span("Zeevaq")),
    )
    result = quotes.evaluate([gold()], [predicted])
    assert (result["precision"], result["recall"], result["f1"]) == (1 / 2, 1 / 3, 2 / 5)
    assert result["slices"]["content"]["f1"] == 4 / 5
    assert result["slices"]["exact content"]["tp"] == 1
    assert result["slices"]["cue"]["tp"] == 1
    assert result["slices"]["medium"]["tp"] == 1  # the first has none, and none was predicted


def test_content_under_half_is_no_match() -> None:
    """ "sign" is one of six tokens: F1 2/7."""
    result = quotes.evaluate([gold()], [quoted(quote(1, span("sign"), speaker=span("Luzimo")))])
    assert result["slices"]["content"]["tp"] == 0


def test_a_speaker_is_right_only_where_it_is_a_name_of_the_speaker() -> None:
    """“We” is a mention of Peloumt, which the article names, so only the name counts for it; null is never right."""
    article = make_article("“No,” Peloumt said. We left.")
    sheet = """P 0
    M Peloumt | GPE | peloumt
    M We | GPE | peloumt | pronoun
    E left | MEET | asserted | positive | agent=We
    Q direct | collective | content=“No,” | cue=said | source=Peloumt | speaker=peloumt"""
    row = joined(article, resolve(sheet, article, "ana", "0.1"))
    scores = {}
    for string in ("Peloumt", "We", ""):
        start = article.text.index(string)
        speaker = {"start": start, "end": start + len(string)} if string else None
        predicted = quoted(quote(1, {"start": 0, "end": 5}, speaker=speaker))
        scores[string] = quotes.evaluate([row], [predicted])["f1"]
    assert scores == {"Peloumt": 1.0, "We": 0.0, "": 0.0}


def test_null_is_right_only_against_null() -> None:
    article = make_article("It was said to be old. Luzimo slept.")
    sheet = """P 0
    M Luzimo | PERSON | luzimo
    Q indirect | none | content=to be old | cue=said"""
    row = joined(article, resolve(sheet, article, "ana", "0.1"))
    at, luzimo = article.text.index("to be"), article.text.index("Luzimo")
    content = {"start": at, "end": at + 9}
    assert quotes.evaluate([row], [quoted(quote(1, content))])["f1"] == 1.0
    wrong = quoted(quote(1, content, speaker={"start": luzimo, "end": luzimo + 6}))
    assert quotes.evaluate([row], [wrong])["f1"] == 0.0


def test_a_quote_matches_once() -> None:
    """Three copies of one right quote are one hit and two false positives: P 1/3, R 1/3."""
    copies = [quote(number, {**span("“We will sign.”"), "end": span("“We will sign.”")["end"] - number},
                    speaker=span("Luzimo")) for number in range(3)]  # fmt: skip
    result = quotes.evaluate([gold()], [quoted(*copies)])
    assert (result["precision"], result["recall"]) == (1 / 3, 1 / 3)
    assert result["slices"]["exact content"]["tp"] == 1  # the best of the three


def test_nothing_to_find_and_nothing_found_is_one() -> None:
    article = make_article("Rain.")
    row = joined(article, resolve("", article, "ana", "0.1"))
    for module in TASKS.values():
        assert module.evaluate([row], [module.as_prediction(row)])["f1"] == 1.0


def test_of_predicted_quotes_alike_in_content_the_match_does_not_depend_on_their_order() -> None:
    """Both have the content of the first gold quote, and only one of them its type."""
    first, second = (
        quote(number, span("“We will sign.”"), kind=kind) for number, kind in ((1, "mixed"), (2, "direct"))
    )
    scores = [quotes.evaluate([gold()], [quoted(*pair)]) for pair in ((first, second), (second, first))]
    assert scores[0] == scores[1]


@st.composite
def gold_and_predictions(draw: st.DrawFn) -> tuple[Row, dict[str, Row]]:
    """A valid gold row, and for each task gold with some spans moved, so that some of it is right."""
    article, layers = draw(annotated())
    row = joined(article, layers)
    predicted = {}
    for task, module in TASKS.items():
        guess = module.as_prediction(row)
        for table in ("mentions", "arguments", "contents"):
            for item in guess.get(table, []):
                if draw(st.booleans()):
                    item["start"], item["end"] = draw(spans(article))
        for table, keys in (("mentions", ("start", "end", "type", "level")), ("arguments", ("event", "role", "start")),
                            ("contents", ("quote", "start", "end"))):  # fmt: skip
            if table in guess:
                seen = {tuple(item[key] for key in keys): {k: v for k, v in item.items() if k != "text"}
                        for item in guess[table]}  # fmt: skip
                guess[table] = list(seen.values())
        predicted[task] = guess
    return row, predicted


@settings(deadline=None, max_examples=300)
@given(sample=gold_and_predictions(), seed=st.integers(0, 99))
def test_order_and_ids_never_change_a_score(sample: tuple[Row, dict[str, Row]], seed: int) -> None:
    row, predicted = sample
    shuffle = random.Random(seed).shuffle
    for task, module in TASKS.items():
        before = module.evaluate([row], [predicted[task]])
        again: Row = {name: [dict(item) for item in value] if name != "id" else value
                      for name, value in predicted[task].items()}  # fmt: skip
        for name, value in again.items():
            if name != "id":
                shuffle(value)
                for item in value:
                    for key in ("id", "event", "quote", "parent"):
                        if isinstance(item.get(key), str):
                            item[key] = f"other-{item[key]}"
        assert module.evaluate([row], [again]) == before


@settings(deadline=None, max_examples=300)
@given(sample=gold_and_predictions())
def test_scores_stay_in_range_and_counts_add_up(sample: tuple[Row, dict[str, Row]]) -> None:
    row, predicted = sample
    for task, module in TASKS.items():
        for found in module.evaluate([row], [predicted[task]])["slices"].values():
            if found["predicted"] is None:
                assert 0 <= found["tp"] <= found["gold"]
                assert found["f1"] is None
            else:
                assert 0 <= found["tp"] <= min(found["predicted"], found["gold"])
                assert found["f1"] == f1_score(found["tp"], found["predicted"], found["gold"])
        assert module.evaluate([row], [module.as_prediction(row)])["f1"] == 1.0


def bio(row: Row, mentions: list[Row]) -> list[str]:
    """BIO tags of flat, token-aligned names."""
    tags = ["O"] * len(row["tokens"])
    for item in mentions:
        inside = [
            number for number, (start, token) in enumerate(zip(row["token_starts"], row["tokens"], strict=True))
            if item["start"] <= start and start + len(token) <= item["end"]
        ]  # fmt: skip
        for number in inside:
            tags[number] = f"{'B' if number == inside[0] else 'I'}-{item['type']}"
    return tags


def flat(mentions: list[Row]) -> list[Row]:
    kept: list[Row] = []
    for item in mentions:
        if item["level"] == "name" and all(item["end"] <= k["start"] or k["end"] <= item["start"] for k in kept):
            kept.append(item)
    return kept


@settings(deadline=None, max_examples=200)
@given(samples=st.lists(gold_and_predictions(), min_size=1, max_size=3))
def test_names_are_scored_as_seqeval_does(samples: list[tuple[Row, dict[str, Row]]]) -> None:
    """Second source: seqeval 1.2.2, strict, IOB2, over the article's tokens; per type and macro as well."""
    rows = [row | {"id": f"a{number}"} for number, (row, _) in enumerate(samples)]
    predicted = [{"id": f"a{number}", "mentions": flat(guess["entities"]["mentions"])}
                 for number, (_, guess) in enumerate(samples)]  # fmt: skip
    right = [bio(row, [item for item in row["mentions"] if item["level"] == "name"]) for row in rows]
    given_tags = [bio(row, guess["mentions"]) for row, guess in zip(rows, predicted, strict=True)]
    result = entities.evaluate(rows, predicted)
    if not any(tag != "O" for tags in right + given_tags for tag in tags):
        assert result["f1"] == 1.0
        return
    theirs = seqeval_report(right, given_tags, mode="strict", scheme=IOB2, output_dict=True, zero_division=0)
    assert result["f1"] == pytest.approx(theirs["micro avg"]["f1-score"])
    for label, scores in theirs.items():
        if not label.endswith("avg"):
            assert result["slices"][f"type: {label}"]["f1"] == pytest.approx(scores["f1-score"])
    assert result["macro"]["type"] == pytest.approx(theirs["macro avg"]["f1-score"])


def test_slices_of_entities_by_hand() -> None:
    """Gold names: Peloumt, Izeevo (metonym), Friday, Luzimo, envoy and Zeevaq twice. Found: Izeevo exactly; "Peloumt
    accused" as GPE and "Friday, and" as ORG. By overlap Peloumt counts too, Friday's type is wrong: 2 of 3, 2 of 8."""
    found = [mention("Izeevo", "GPE"), mention("Peloumt accused", "GPE"), mention("Friday, and", "ORG"),
             mention("We", "GPE", "pronoun")]  # fmt: skip
    names = [mention(name, "GPE") | {"text": name} for name in ("Izeevo", "Zeevaq")]
    (marked,) = entities.with_seen([gold()], [{"mentions": names}])
    slices = entities.evaluate([marked], [{"id": "a1", "mentions": found}])["slices"]
    counts = {name: (row["tp"], row["predicted"], row["gold"]) for name, row in slices.items()}
    assert counts["overlap"] == (2, 3, 8)
    assert counts["pronouns"] == (1, 1, 1)
    assert counts["nominals"] == (0, 0, 0)
    assert counts["type: GPE"] == (1, 2, 2)
    assert counts["metonym: yes"] == (1, None, 1)
    assert counts["metonym: no"] == (0, None, 7)
    assert counts["seen: yes"] == (1, None, 1)  # Zeevaq is a GPE in training and an ORG here
    assert counts["seen: no"] == (0, None, 7)
    assert counts["genre: brief"] == counts["names"] == (1, 3, 8)
    assert counts["flaw: repeated paragraphs"] == (1, 3, 8)
    assert "flaw: none" not in counts
    assert "seen: yes" not in entities.evaluate([gold()], [{"id": "a1", "mentions": []}])["slices"]


def test_the_overlap_of_names_is_one_to_one() -> None:
    """Two predictions on "Peloumt" are one hit; one prediction over two gold names is one hit."""
    article = make_article("Peloumt Izeevo")
    sheet = "P 0\nM Peloumt | GPE | peloumt\nM Izeevo | GPE | izeevo"
    row = joined(article, resolve(sheet, article, "ana", "0.1"))

    def hits(*found: tuple[int, int]) -> int:
        mentions = [{"start": start, "end": end, "type": "GPE", "level": "name"} for start, end in found]
        tp = entities.evaluate([row], [{"id": "a1", "mentions": mentions}])["slices"]["overlap"]["tp"]
        assert isinstance(tp, int)
        return tp

    assert hits((0, 3), (3, 6)) == 1
    assert hits((0, 14)) == 1
    assert hits((0, 14), (2, 5)) == 2  # the first has to leave Peloumt to the second
    assert hits((8, 9), (0, 14)) == 2


def test_slices_of_events_by_hand() -> None:
    """Gold: accused ACCUSE (agent Peloumt, target Izeevo, time Friday), sign AGREEMENT planned (participant We).
    Predicted: accused ACCUSE alleged (target by its last letters "eevo", time "Friday" as place), sign AGREEMENT
    planned (participant Peloumt, whose entity We is, mediator Zeevaq of the next paragraph)."""
    predicted = {
        "id": "a1",
        "events": [event(1, "accused", "ACCUSE") | {"modality": "alleged"},
                   event(2, "sign", "AGREEMENT") | {"modality": "planned"}],
        "arguments": [argument(1, "target", "eevo"), argument(1, "place", "Friday"),
                      argument(2, "participant", "Peloumt"), argument(2, "mediator", "Zeevaq")],
    }  # fmt: skip
    result = events.evaluate([gold()], [predicted])
    counts = {name: (row["tp"], row["predicted"], row["gold"]) for name, row in result["slices"].items()}
    assert counts["Arg-C+"] == (0, 4, 4)
    assert counts["Arg-I"] == (1, 4, 4)  # Friday with ACCUSE
    assert counts["Arg-C"] == (0, 4, 4)
    assert counts["same end"] == (1, 4, 4)
    assert counts["same entity"] == (1, 4, 4)
    assert counts["of matched triggers"] == (0, 4, 4)
    assert counts["trigger classification"] == (2, 2, 2)
    assert counts["role: target"] == (0, 1, 1)
    assert counts["type: ACCUSE"] == (0, 2, 3)
    assert counts["sentence: same"] == (0, 3, 4)
    assert counts["sentence: other"] == (0, 1, 0)  # Zeevaq
    assert counts["modality: planned"] == (1, 1, 1)
    assert counts["modality: asserted"] == (0, 0, 1)
    assert counts["trigger modality: asserted"] == (1, None, 1)
    # modality: planned 1, asserted 0, alleged 0; polarity: positive 1
    assert result["macro"] == {"modality": pytest.approx(1 / 3), "polarity": 1.0}


def test_naming_an_entity_again_and_again_gains_nothing() -> None:
    """Gold's arguments and, for the agent, "We" as well, which is Peloumt's pronoun: 4 right of 5."""
    predicted = events.as_prediction(gold())
    accused = next(item["id"] for item in predicted["events"] if item["type"] == "ACCUSE")
    predicted["arguments"].append({"event": accused, "role": "agent", **span("We")})
    row = events.evaluate([gold()], [predicted])["slices"]["same entity"]
    assert (row["tp"], row["predicted"], row["gold"]) == (4, 5, 4)


def test_slices_of_quotes_by_hand() -> None:
    """Gold: a direct quote by Luzimo (PERSON, named), and “No,” twice by the envoy, relayed by Zeevaq. Found: the first
    with its second half alone, and one “No,” by the envoy."""
    predicted = quoted(
        quote(1, span("will sign"), speaker=span("Luzimo")), quote(2, span("“No,”"), speaker=span("envoy"))
    )
    slices = quotes.evaluate([gold()], [predicted])["slices"]
    counts = {name: (row["tp"], row["predicted"], row["gold"]) for name, row in slices.items()}
    assert counts["content tokens"] == (6, 6, 14)  # “ We will sign . ” and twice “ No , ”; of them will, sign, “ No , ”
    assert counts["type: direct"] == (2, None, 3)
    assert counts["source class: named"] == (1, None, 1)
    assert counts["source class: role"] == (1, None, 2)
    assert counts["relayed: yes"] == (1, None, 2)
    assert counts["nested: yes"] == (0, None, 0)
    assert counts["pronoun source: no"] == (2, None, 3)
    assert counts["split content: no"] == (2, None, 3)
    assert counts["label"] == (2, 2, 3)


def test_relays_and_nesting_by_hand() -> None:
    """Gold: Luzimo says, through Zeevaq, that the envoy said “No,” and a second quote through Zeevaq. Predicted: the
    outer one through nobody; “No,” inside it with Luzimo's outlet, which gold does not give it; the second through
    Zeevaq, inside the outer one. Right: one of two media in gold and two found; one of one parent and two found.
    """
    article = make_article("Luzimo told Zeevaq that the envoy said “No,” once. “Go,” she told Zeevaq.")
    first, second = (f"medium=Zeevaq#{number} | medium_entity=zeevaq" for number in (1, 2))
    sheet = f"""P 0
    M Luzimo | PERSON | luzimo
    M Zeevaq#1 | ORG | zeevaq
    M envoy | ROLE | envoy
    M she | PERSON | luzimo | pronoun
    M Zeevaq#2 | ORG | zeevaq
    Q indirect | named | content=the envoy ~ once | cue=told#1 | source=Luzimo | speaker=luzimo | id=o | {first}
    Q direct | role | content=“No,” | cue=said | source=envoy | speaker=envoy | parent=o
    Q direct | named | content=“Go,” | cue=told#2 | source=she | speaker=luzimo | {second}
    """
    row = joined(article, resolve(sheet, article, "ana", "0.1"))

    def at(string: str, after: int = 0) -> dict[str, int]:
        start = article.text.index(string, after)
        return {"start": start, "end": start + len(string)}

    predicted = quoted(
        quote(1, at("the envoy said “No,” once")), quote(2, at("“No,”")), quote(3, at("“Go,”")),
    )  # fmt: skip
    for number, outlet in ((1, at("Zeevaq")), (2, at("Zeevaq", 30))):
        medium = {"medium_start": outlet["start"], "medium_end": outlet["end"]}
        predicted["quotes"][number] |= {"parent": "q1"} | medium
    slices = quotes.evaluate([row], [predicted])["slices"]
    counts = {name: (found["tp"], found["predicted"], found["gold"]) for name, found in slices.items()}
    assert counts["content"] == (3, 3, 3)
    assert counts["relays"] == (1, 2, 2)
    assert counts["nesting"] == (1, 2, 1)
    predicted["quotes"][1]["parent"] = "q3"  # a parent, but not the one
    assert quotes.evaluate([row], [predicted])["slices"]["nesting"]["tp"] == 0


def test_many_spans_with_one_shift_are_told_once() -> None:
    words = ["Peloumt", "accused", "Izeevo", "Friday", "Luzimo", "envoy"]
    shifted = [mention(word, "GPE") | {"start": span(word)["start"] + 1, "end": span(word)["end"] + 1, "text": word}
               for word in words]  # fmt: skip
    with pytest.raises(ProblemsError) as error:
        entities.evaluate([gold()], [{"id": "a1", "mentions": shifted}])
    first = error.value.problems[0]
    assert first.message == "of 6 spans that do not match, 6: it matches if shifted by -1"
    assert len(error.value.problems) == 7


def test_article_order_never_changes_a_score() -> None:
    first, second = gold(), gold() | {"id": "a2"}
    predicted = [entities.as_prediction(first), {"id": "a2", "mentions": []}]
    assert entities.evaluate([first, second], predicted) == entities.evaluate([first, second], predicted[::-1])
    assert entities.evaluate([first, second], predicted)["recall"] == 0.5


def test_bad_predictions_are_refused_all_at_once() -> None:
    rows = [{"id": "a1", "mentions": [mention("Peloumt", "PLANET"), mention("Izeevo", "GPE") | {"end": 10_000}]},
            {"id": "elsewhere", "mentions": []}]  # fmt: skip
    with pytest.raises(ProblemsError) as error:
        entities.evaluate([gold()], rows)
    assert [problem.code for problem in error.value.problems] == [
        "unknown-label", "offset-out-of-range", "unknown-article"
    ]  # fmt: skip
