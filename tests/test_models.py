"""The estimators under the baselines: valid decoding, columns, links, and what they do with nothing."""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from communique.articles import Article
from communique.models import (
    LINKED,
    PRONOUN,
    Attributed,
    BiasedLabeller,
    Document,
    EagerLabeller,
    Labelled,
    Lexicon,
    LinkClassifier,
    Pairs,
    RoleLabeller,
    SequenceLabeller,
    SpeakerRanker,
    StackedLabeller,
    Surroundings,
    held_out,
)
from communique.models.biased import GRID, best_bias, folds
from communique.models.bilou import decode, encode, tags_of, viterbi
from communique.models.classifier import CategoricalSVC, OneHot
from communique.models.columns import (
    EVENT_WORDS,
    binned,
    casing,
    clauses,
    cross,
    elsewhere,
    event_words,
    forms,
    linking,
    majority,
    modality,
    others,
    place,
    quotation,
    shares,
    shifted,
    stem,
    stems,
    words,
)
from communique.models.document import Codes, code, nearest
from communique.schema import EVENT_TYPES
from strategies import articles
from support import make_article
from tiny_corpus import CORPUS, EMPTY, gold_row

BASELINES = Path(__file__).parents[1] / "baselines"
PROGRAMS = ("entities_floor", "entities", "events_floor", "events", "quotes_floor", "quotes")
ALLOWED_FIELDS = ("id", "text", "tokens", "token_starts", "sentences", "paragraphs")
COLUMNS = (words, place, casing, quotation, clauses, modality)
COLUMNS = (words, place, casing, quotation, modality, forms, stems, event_words, linking)


# The engine

TAGS = tags_of(["X", "Y"])


def valid(tags: Sequence[str]) -> bool:
    """BILOU by its definition: B, I and L make closed chains of one label, O and U stand alone."""
    inside: str | None = None
    for tag in tags:
        if inside is None and tag[0] in "IL":
            return False
        if inside is not None and (tag[0] not in "IL" or tag[2:] != inside):
            return False
        inside = tag[2:] if tag[0] in "BI" else None
    return inside is None


@settings(deadline=None)
@given(data=st.data(), lengths=st.lists(st.integers(0, 4), max_size=3), labels=st.integers(0, 2))
def test_viterbi_gives_valid_sequences_with_the_largest_sum(
    data: st.DataObject, lengths: list[int], labels: int
) -> None:
    names = ["X", "Y"][:labels]
    tags, tokens = tags_of(names), sum(lengths)
    margin = st.integers(-4, 4) | st.just(-1_000_000)
    shape = st.lists(st.lists(margin, min_size=len(tags), max_size=len(tags)), min_size=tokens, max_size=tokens)
    margins = np.array(data.draw(shape), dtype=float).reshape(tokens, len(tags))
    found = viterbi(margins, lengths, names)
    assert list(map(len, found)) == lengths
    for end, path in zip(itertools.accumulate(lengths), found, strict=True):
        own = margins[end - len(path) : end]

        def total(path: Sequence[str], own: Any = own) -> float:
            return float(sum(own[number, tags.index(tag)] for number, tag in enumerate(path)))

        assert valid(path)
        assert total(path) == max(total(one) for one in itertools.product(tags, repeat=len(path)) if valid(one))
        assert viterbi(own, [len(path)], names) == [path]


@given(data=st.data(), article=articles())
def test_tags_keep_flat_spans(data: st.DataObject, article: Article) -> None:
    document = Document.of(gold_row(article))
    size = len(document.words)
    borders = sorted(data.draw(st.sets(st.integers(0, size), max_size=6)))
    spans = [
        document.labelled(first, last, data.draw(st.sampled_from("XY")))
        for first, last in itertools.pairwise(borders)
        if data.draw(st.booleans())
    ]
    tags = encode(document, spans)
    assert valid(tags)
    assert decode(document, tags) == spans


def test_of_overlapping_spans_the_longest_is_learnt() -> None:
    document = Document.of(gold_row(make_article("Luzimo and Vaqunte said so.")))
    spans = [Labelled(0, 6, "X"), Labelled(0, 18, "Y"), Labelled(11, 18, "X")]
    assert encode(document, spans) == ["B-Y", "I-Y", "L-Y", "O", "O", "O"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A “b c” d", "0 1 1 1 1 0"),
        ('A "b" c "d" e', "0 1 1 1 0 1 1 1 0"),
        (
            "A “b\nc” d",
            "0 1 1 0 0 0",
        ),  # a mark left open holds to the end of its paragraph; a lone closing mark is nothing
        ("a “b", "0 1 1"),
        ("“a “b” c", "1 1 1 1 1 0"),
        ("a", "0"),
    ],
)
def test_tokens_inside_quote_marks(text: str, expected: str) -> None:
    document = Document.of(gold_row(make_article(text)))
    assert " ".join(str(int(inside)) for inside in document.quoted) == expected


def test_capitalised_spans_leave_out_words_that_the_article_writes_small() -> None:
    text = "The Osmolt Hall\nThe hall of Peloumt, the Shelf Bank and U.S. ports opened. Luzimo left."
    document = Document.of(gold_row(make_article(text)))
    found = [text[span.start : span.end] for span in document.capitalised()]
    assert found == ["Osmolt", "Peloumt", "Shelf Bank", "U.S.", "Luzimo"]


def test_the_nearest_span_is_the_earlier_of_two_and_none_of_none() -> None:
    left, right = Labelled(0, 3, "a"), Labelled(8, 9, "b")
    assert nearest(5, 6, [right, left]) == left
    assert nearest(6, 7, [left, right]) == right
    assert nearest(0, 1, []) is None


@pytest.mark.parametrize("function", COLUMNS)
@settings(max_examples=30, deadline=None)
@given(article=articles())
def test_columns_have_a_row_per_token_and_stop_at_the_article(function: Any, article: Article) -> None:
    row = gold_row(article)
    columns = function(Document.of(row))
    assert columns.shape[0] == len(row["tokens"])
    assert columns.dtype == np.int64
    empty = function(Document.of(EMPTY))
    assert empty.shape == (0, columns.shape[1])


def test_neighbours_stop_at_the_paragraph() -> None:
    one = words(Document.of(gold_row(make_article("Talks\nLuzimo left"))))
    other = words(Document.of(gold_row(make_article("Silence\nLuzimo left"))))
    assert (one[1:] == other[1:]).all()
    assert (one[0] != other[0]).any()


def test_a_labeller_of_one_class_predicts_that_class_validly() -> None:
    document = Document.of(gold_row(make_article("Luzimo Vaqunte Teirult")))
    every = [document.labelled(number, number + 1, "PERSON") for number in range(3)]
    assert SequenceLabeller((words,)).fit([document], [every]).predict([document]) == [every]
    assert SequenceLabeller((words,)).fit([document], [[]]).predict([document]) == [[]]


def test_evidence_of_others_leaves_out_the_token_itself_and_the_key_of_nothing() -> None:
    keys = np.array([7, 8, 7, 7, 0, 0])
    values = np.array([[1.0, 0.0], [5.0, 5.0], [2.0, 1.0], [4.0, 2.0], [9.0, 9.0], [9.0, 9.0]])
    assert others(keys, values).tolist() == [[6, 3], [0, 0], [5, 2], [3, 1], [0, 0], [0, 0]]


def test_shares_are_binned_from_one_and_zero_of_nothing() -> None:
    # 0 and 0.01 stand below the first border, 1/2 between 0.5 and 0.65, 1 above the last.
    found = shares(np.array([[0.0, 4.0], [2.0, 2.0], [0.0, 0.0]]), np.array([4.0, 4.0, 0.0]))
    assert found.tolist() == [[1, 11], [7, 7], [0, 0]]


def test_the_majority_is_the_first_of_equal_choices_and_zero_without_votes() -> None:
    found = majority(np.array([[0.0, 2.0], [1.0, 1.0], [0.0, 0.0]]))
    both = cross(np.array([2, 1]), binned(np.array([2, 2])))
    assert found.tolist() == [[2, both[0]], [1, both[1]], [0, 0]]


def test_a_word_elsewhere_is_seen_by_its_mean_posterior_and_its_majority() -> None:
    likely = np.array([[0.84, 0.16], [0.32, 0.68], [0.12, 0.88], [0.5, 0.5]])
    found = elsewhere(np.array([7, 7, 7, 8]), likely, np.array([0, 1, 1, 0]))
    # The first token's others: mean 0.22 and 0.78, both of class 1. The third's: 0.58 and 0.42, one of each class.
    assert found[0, :3].tolist() == [5, 8, 2]
    assert found[2, :3].tolist() == [7, 6, 1]
    assert found[3].tolist() == [0, 0, 0, 0]


def test_the_second_pass_finds_a_name_by_its_other_mention_in_the_article() -> None:
    # Only "Mr" and "aged" tell a person; "X left" says nothing, but in training X left is a name where Mr X is.
    people = ["Teirult", "Luzimo", "Vaqunte", "Skoumer", "Muureqo", "Heskoum", "Bremoult", "Vournam"]
    things = ["Trains", "Ships", "Buses", "Ferries", "Trucks", "Lorries", "Carts", "Barges"]
    articles_ = [f"Mr {person} slept\n{person} left" for person in people] + [
        f"No {thing} slept\n{thing} left" for thing in things
    ]
    documents = [Document.of(gold_row(make_article(text))) for text in articles_]
    spans = [
        [document.labelled(1, 2, "PERSON"), document.labelled(3, 4, "PERSON")] if number < len(people) else []
        for number, document in enumerate(documents)
    ]
    unseen = [
        Document.of(gold_row(make_article(text)))
        for text in ("Mr Coulmb slept\nCoulmb left", "No Wagons slept\nWagons left")
    ]
    expected = [[unseen[0].labelled(1, 2, "PERSON"), unseen[0].labelled(3, 4, "PERSON")], []]
    columns = (neighbours,)
    assert StackedLabeller(columns, 1.0).fit(documents, spans).predict(unseen) == expected
    assert SequenceLabeller(columns, 1.0).fit(documents, spans).predict(unseen) != expected


def neighbours(document: Document) -> Codes:
    """The words on either side, and not the word itself."""
    return np.column_stack([shifted(document, document.lower, offset) for offset in (-1, 1)])


def test_the_first_pass_that_teaches_the_second_has_not_seen_the_group() -> None:
    documents = [Document.of(row) for row in CORPUS]
    spans = [
        [Labelled(item["start"], item["end"], item["type"]) for item in row["mentions"] if item["level"] == "name"]
        for row in CORPUS
    ]
    groups = ["a", "a", "b", "b", "c", "c", "d", "d"]
    stacked = StackedLabeller((words,)).fit(documents, spans, groups)
    apart = stacked._held_out(documents, spans, groups)
    for group in "abcd":
        kept = [number for number, known in enumerate(groups) if known != group]
        first = SequenceLabeller((words,)).fit([documents[i] for i in kept], [spans[i] for i in kept])
        for number in set(range(8)) - set(kept):
            assert (apart[number] == first.margins(documents[number])[1]).all()


def test_with_a_single_group_the_labeller_still_learns() -> None:
    document = Document.of(CORPUS[0])
    spans = [Labelled(i["start"], i["end"], i["type"]) for i in CORPUS[0]["mentions"] if i["level"] == "name"]
    found = StackedLabeller((words,), 1.0).fit([document], [spans]).predict([document])
    assert found == [spans]
    nothing = StackedLabeller((words,)).fit([document], [[]]).predict([document])
    assert nothing == [[]]
    empty = Document.of(EMPTY)
    assert StackedLabeller((words,)).fit([empty], [[]]).predict([empty, document]) == [[], []]


def test_the_state_of_a_stacked_labeller_is_plain() -> None:
    document = Document.of(CORPUS[0])
    model = StackedLabeller((words,)).fit([document] * 2, [[document.labelled(0, 1, "GPE")]] * 2)
    state = {name: type(value).__name__ for name, value in vars(model).items()}
    assert state == {
        "columns": "tuple",
        "cost": "float",
        "first_": "SequenceLabeller",
        "labels_": "list",
        "words_": "ndarray",
        "counts_": "ndarray",
        "classifier_": "CategoricalSVC",
    }


def test_a_lexicon_takes_the_longest_match_and_the_majority() -> None:
    document = Document.of(gold_row(make_article("Shelf Bank left the Shelf. Shelf stayed.")))
    bank, shelf, last = (document.labelled(*ends) for ends in ((0, 2, "ORG"), (4, 5, "LOC"), (6, 7, "LOC")))
    spans = [bank, shelf, last._replace(label="ORG"), document.labelled(6, 7, "LOC")]
    assert Lexicon().fit([document], [spans]).predict([document]) == [[bank, shelf, last]]
    assert Lexicon().fit([document], [[]]).predict([document]) == [[]]


def test_pairs_keep_their_reach_and_never_pair_a_span_with_itself() -> None:
    document = Document.of(gold_row(make_article("Teirult met Luzimo\nVaqunte left\nHeskoum stayed")))
    first, second, third, fourth = (document.labelled(at, at + 1, "PERSON") for at in (0, 2, 3, 5))
    spans = [first, second, third, fourth]
    assert Pairs(document, [first], spans).index.tolist() == [[0, 1]]
    assert Pairs(document, [first], spans, reach=1).index.tolist() == [[0, 1], [0, 2]]
    assert Pairs(document, [], spans).index.tolist() == []
    assert Pairs(document, spans, []).columns().shape == (0, Pairs(document, [first], spans).columns().shape[1])


def test_the_best_candidate_is_none_where_none_looks_linked() -> None:
    document = Document.of(gold_row(make_article("Teirult met Luzimo\nLuzimo met Teirult\nVaqunte met Heskoum")))
    met = [document.labelled(number, number + 1, "MEET") for number in (1, 4, 7)]
    before, after = ([document.labelled(at, at + 1, "PERSON") for at in places] for places in ((0, 3, 6), (2, 5, 8)))
    pairs = Pairs(document, met, [*before, *after])
    model = LinkClassifier(1.0).fit([pairs], [{(number, number): LINKED for number in range(3)}])
    assert model.best(pairs) == {0: 0, 1: 1, 2: 2}
    assert model.best(Pairs(document, met, after)) == {}


def test_pairs_none_of_which_training_showed_are_not_linked() -> None:
    document = Document.of(gold_row(make_article("Teirult met Luzimo")))
    spans = [document.labelled(0, 1, "PERSON"), document.labelled(2, 3, "PERSON")]
    untaught = LinkClassifier().fit([Pairs(document, [], [])], [{}])
    assert untaught.best(Pairs(document, spans, spans)) == {}


def test_rare_and_unknown_categories_share_a_feature_per_column() -> None:
    # Kept: 5 of the first column and 9 of the second, in some order; then one feature for the rest of each column.
    encoder = OneHot(min_count=2).fit(np.array([[5, 9], [5, 9], [6, 5]]))
    dense = encoder.transform(np.array([[5, 9], [6, 5], [7, 9]])).toarray()
    assert dense.shape == (3, 4)
    assert dense.sum(axis=1).tolist() == [2, 2, 2]
    assert dense[:, 2:].tolist() == [[0, 0], [1, 1], [1, 0]]
    assert encoder.transform(np.zeros((0, 2), dtype=np.int64)).shape == (0, 4)


def test_margins_have_a_column_per_class_also_of_two() -> None:
    columns = np.array([[1], [1], [2], [2]])
    two = CategoricalSVC(1.0).fit(columns, ["a", "a", "b", "b"])
    assert two.decision_function(columns).shape == (4, 2)
    assert two.predict(columns).tolist() == ["a", "a", "b", "b"]
    one = CategoricalSVC().fit(columns, ["a"] * 4)
    assert one.decision_function(columns).tolist() == [[0.0]] * 4
    assert one.predict(columns).tolist() == ["a"] * 4


def test_clauses_count_commas_and_that_up_to_the_reporting_verbs() -> None:
    """Tokens 0-9: It , he said that now , two left ."""
    columns = clauses(Document.of(gold_row(make_article("It, he said that now, two left."))))

    def same(column: int, *groups: Sequence[int]) -> bool:
        """Whether the tokens of a group, and no others, share their category."""
        found = [{int(columns[token, column]) for token in group} for group in groups]
        return all(len(codes) == 1 for codes in found) and len(set.union(*found)) == len(groups)

    # Words that open the clause: those after the comma up to a token, of the first clause after the sentence's first.
    assert same(0, (0,), (1, 2, 3, 4, 5), (6, 7, 8, 9))
    assert same(11, range(10))  # reporting verbs in the sentence: one
    # Commas and "that" since the verb: none before it; neither, "that", one comma and "that" after it.
    assert same(12, (0, 1, 2), (3,), (4, 5), (6, 7, 8, 9))
    assert same(18, (0, 1, 2, 3), (4, 5, 6, 7, 8, 9))  # the word before the next verb: "he", then none


def test_an_eager_labeller_takes_what_falls_short_by_less_than_its_bias() -> None:
    document = Document.of(gold_row(make_article("Luzimo left. Vaqunte left. Talks went on.")))
    spans = [document.labelled(0, 1, "PERSON"), document.labelled(3, 4, "PERSON")]
    shy, eager = (EagerLabeller((words,), bias=bias).fit([document], [spans]) for bias in (-100.0, 100.0))
    assert shy.predict([document]) == [[]]
    assert len(eager.predict([document])[0]) == len(document.words)
    tags, margins = eager.margins(document)
    plain = SequenceLabeller((words,)).fit([document], [spans]).margins(document)[1]
    assert tags[0] == "O"
    assert np.allclose(margins - plain, np.where(np.array(tags) == "O", -100.0, 0.0))


def test_an_eager_linker_takes_the_best_of_every_anchor_down_to_its_bias() -> None:
    document = Document.of(gold_row(make_article("Teirult met Luzimo\nLuzimo met Teirult\nVaqunte met Heskoum")))
    met = [document.labelled(number, number + 1, "MEET") for number in (1, 4, 7)]
    before, after = ([document.labelled(at, at + 1, "PERSON") for at in places] for places in ((0, 3, 6), (2, 5, 8)))
    pairs = Pairs(document, met, [*before, *after])
    links = [{(number, number): LINKED for number in range(3)}]
    assert LinkClassifier(1.0).fit([pairs], links).best(pairs) == {0: 0, 1: 1, 2: 2}
    eager = LinkClassifier(1.0, bias=100.0).fit([pairs], links)
    assert eager.best(pairs) == {0: 0, 1: 1, 2: 2}
    assert eager.best(Pairs(document, met, after)) == {0: 0, 1: 1, 2: 2}
    assert LinkClassifier(bias=100.0).fit([pairs], [{}]).best(pairs) == {}


def test_what_is_held_out_is_found_by_a_model_of_the_other_documents() -> None:
    texts = ("Teirult left", "Teirult left", "Teirult left", "Teirult left", "Luzimo left", "Luzimo left")
    documents = [Document.of(gold_row(make_article(text))) for text in texts]
    names = [[document.labelled(0, 1, "PERSON")] for document in documents]
    labeller = SequenceLabeller((words,))
    assert held_out(labeller, documents, names) == names
    # The last of three blocks alone has names: its model has seen none, those of the other blocks have.
    assert held_out(labeller, documents, [[], [], [], [], *names[4:]])[4:] == [[], []]
    assert held_out(labeller, documents[:2], names[:2]) == [[], []]
    assert not hasattr(labeller, "classifier_")


def spoken(text: str, source: str, cue: str, *names: str) -> tuple[Document, list[Attributed], list[Labelled]]:
    """An article, its one quote, and its mentions: the names as persons, the source as a pronoun unless a name."""
    document = Document.of(gold_row(make_article(text)))

    def at(word: str, label: str) -> Labelled:
        start = text.rindex(word)
        return Labelled(start, start + len(word), label)

    said = at(source, "PERSON" if source in names else PRONOUN)
    mentions = sorted({*(at(name, "PERSON") for name in names), said})
    return document, [Attributed(at(cue, "cue"), said)], mentions


def test_a_pronoun_speaks_for_the_subject_of_the_sentence_before_where_training_shows_it() -> None:
    people = ("Teirult", "Luzimo", "Vaqunte", "Heskoum")
    taught = [
        spoken(f"{one} met {other}. It rained, he said.", "he", "said", one, other)
        for one, other in itertools.permutations(people[:3], 2)
    ]
    documents, quotes, mentions = zip(*taught, strict=True)
    ranker = SpeakerRanker(1.0).fit(documents, quotes, mentions, [[[named[0][:2]]] for named in mentions])
    document, asked, named = spoken("Heskoum met Teirult. It rained, he said.", "he", "said", "Heskoum", "Teirult")
    assert ranker.predict(document, asked, named) == [named[0]]
    assert ranker.predict(document, [], named) == []


def test_a_name_speaks_for_itself_and_untaught_so_does_every_source() -> None:
    ranker = SpeakerRanker().fit([], [], [], [])
    named = spoken("Teirult met Luzimo. It rained, Luzimo said.", "Luzimo", "said", "Teirult", "Luzimo")
    pronoun = spoken("Teirult met Luzimo. It rained, he said.", "he", "said", "Teirult", "Luzimo")
    for document, (quote,), mentions in (named, pronoun):
        assert ranker.predict(document, [quote], mentions) == [quote.source]
        assert ranker.predict(document, [quote._replace(source=None)], mentions) == [None]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("ratified", "ratif"),
        ("ratifies", "ratif"),
        ("banned", "ban"),
        ("Talks", "talk"),
        ("war", "war"),
        ("yes", "yes"),
    ],
)
def test_stems_leave_three_letters_and_no_double_one(word: str, expected: str) -> None:
    assert stem(word) == expected


def test_event_words_are_listed_by_stem_for_every_type() -> None:
    assert set(EVENT_WORDS) == set(EVENT_TYPES)
    columns = event_words(Document.of(gold_row(make_article("Suspends visiting harbours"))))
    kinds = list(EVENT_WORDS)
    listed = [[kind for kind, flag in zip(kinds, row, strict=False) if flag] for row in columns]
    assert listed == [["REJECT", "SANCTION", "MEMBERSHIP"], ["MEET"], []]


def test_linking_words_are_the_last_before_the_token_in_its_sentence() -> None:
    found = linking(Document.of(gold_row(make_article("Talks with Luzimo in Skeimb . Dockers left"))))[:, 0]
    assert found.tolist() == [0, 0, code("with"), code("with"), code("in"), code("in"), 0, 0]


# Biased labelling


def test_folds_hold_every_document_out_once_with_its_group() -> None:
    groups = ["b", "a", "b", "c", "a", "b"]
    parts = folds(groups)
    assert len(parts) == 3
    assert sorted(number for _, held in parts for number in held) == list(range(6))
    for known, held in parts:
        assert sorted(known + held) == list(range(6))
        assert not {groups[number] for number in known} & {groups[number] for number in held}
    assert folds(["a", "a"]) == []
    assert folds([]) == []


def test_the_bias_is_the_first_of_those_with_the_largest_f1() -> None:
    # F1 of 1 right of 1 found, 4 in gold: 2/5. Of 2 right of 3: 4/7. Of 3 right of 8: 6/12.
    found = {0.0: {1}, 0.2: {1, 2, 9}, 0.4: {1, 2, 3, 5, 6, 7, 8, 9}, 0.6: {1, 2, 8}}
    assert best_bias(found, {1, 2, 3, 4}) == 0.2
    assert best_bias({0.0: set(), 0.2: {1}}, set()) == 0.0
    assert best_bias({0.0: set(), 0.2: set()}, {1}) == 0.0


def ambiguous() -> tuple[list[Document], list[list[Labelled]]]:
    """Ten alike documents, four of which have their second word as a span: to find all is F1 8/14, to find none 0."""
    documents = [Document.of(gold_row(make_article("Luzimo left Skeimb early"))) for _ in range(10)]
    return documents, [
        [document.labelled(1, 2, "X")] if number % 5 < 2 else [] for number, document in enumerate(documents)
    ]


def test_a_biased_labeller_finds_what_a_plain_one_misses() -> None:
    documents, spans = ambiguous()
    plain = SequenceLabeller((words,)).fit(documents, spans)
    biased = BiasedLabeller((words,)).fit(documents, spans)
    left = documents[0].labelled(1, 2, "X")
    assert plain.predict(documents) == [[]] * 10
    assert biased.predict(documents) == [[left]] * 10
    (tags, margins), (_, moved) = plain.margins(documents[0]), biased.margins(documents[0])
    assert tags[0] == "O"
    assert np.allclose(margins[:, 0] - moved[:, 0], biased.bias_)
    assert np.allclose(margins[:, 1:], moved[:, 1:])
    assert biased.bias_ in GRID[1:]


def test_a_single_group_leaves_nothing_to_choose_a_bias_on() -> None:
    documents, spans = ambiguous()
    biased = BiasedLabeller((words,)).fit(documents, spans, ["one"] * 10)
    assert biased.bias_ == 0.0
    assert biased.predict(documents) == [[]] * 10


# Roles


def test_surroundings_are_the_sentence_of_each_anchor() -> None:
    document = Document.of(gold_row(make_article("Teirult met Luzimo. Vaqunte left.")))
    met, left = document.labelled(1, 2, "MEET"), document.labelled(5, 6, "OFFICE")
    found = Surroundings(document, [left, met], [])
    assert found.index.tolist() == [[0, 4], [0, 5], [0, 6], [1, 0], [1, 1], [1, 2], [1, 3]]
    assert found.columns().shape[0] == 7
    nothing = Surroundings(document, [], [])
    assert nothing.index.shape == (0, 2)
    assert nothing.columns().shape == (0, found.columns().shape[1])


def test_each_anchor_of_a_sentence_gets_its_own_arguments() -> None:
    texts = ("Teirult met Luzimo and Heskoum left Skeimb", "Vaqunte met Skoumer and Muureqo left Dournelb")
    documents = [Document.of(gold_row(make_article(text))) for text in (*texts, *texts)]
    anchors = [[document.labelled(1, 2, "MEET"), document.labelled(5, 6, "OFFICE")] for document in documents]
    arguments = [
        [
            [document.labelled(0, 1, "participant"), document.labelled(2, 3, "participant")],
            [document.labelled(4, 5, "agent"), document.labelled(6, 7, "theme")],
        ]
        for document in documents
    ]
    surroundings = [Surroundings(*found, []) for found in zip(documents, anchors, strict=True)]
    model = RoleLabeller(1.0).fit(surroundings, arguments, [0, 1, 2, 3])
    assert [model.predict(found) for found in surroundings] == arguments
    assert model.predict(Surroundings(documents[0], [], [])) == []


def test_arguments_outside_the_sentence_teach_nothing() -> None:
    document = Document.of(gold_row(make_article("Teirult left. Luzimo stayed.")))
    surroundings = Surroundings(document, [document.labelled(1, 2, "OFFICE")], [])
    model = RoleLabeller().fit([surroundings], [[[document.labelled(3, 4, "agent")]]], [0])
    assert model.labels_ == []
    assert model.predict(surroundings) == [[]]


def test_roles_learnt_from_no_anchors_are_none() -> None:
    document = Document.of(gold_row(make_article("Teirult left.")))
    model = RoleLabeller().fit([Surroundings(document, [], [])] * 2, [[], []], [0, 1])
    assert model.bias_ == 0.0
    assert model.predict(Surroundings(document, [document.labelled(1, 2, "OFFICE")], [])) == [[]]
