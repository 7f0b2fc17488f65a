"""Columns: what a token looks like, as categories. Each function gives codes of shape (tokens, columns).

Strings are looked at once per word type; a token's columns are gathered from the table of its document's types, and
its neighbours' are the same columns shifted. Neighbours stop at the paragraph, where the code is 0.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from communique.models.document import Codes, Document, code

Columns = Callable[[Document], Codes]

WINDOW = (-2, -1, 0, 1, 2)

SHARES = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95)
"""Borders of the bins of shares and probabilities."""

REPORTING = frozenset(
    "said say says saying added add adds told tell tells stated states stating announced announces asked asks "
    "according argued argues called calling claimed claims concluded confirmed confirms declared declares denied "
    "denies described describes explained insisted insists noted notes pledged replied reported reports repeated "
    "responded stressed stresses suggested urged vowed warned warns wrote writes accused accuses acknowledged admitted "
    "emphasised emphasized remarked quoted".split()
)
"""Words that commonly introduce reported speech, in lower case."""

MODAL = frozenset(
    "will would shall should could can may might must if unless whether not no never without n't t failed fail refused "
    "denied denies deny rejected accused accuses accusing alleged allegedly claims claimed according reportedly "
    "suspected said to plans planned planning due expected intends ready agreed promised pledged scheduled urged "
    "demanded called threatened warned asked offered willing proposed possible".split()
)
"""Words that commonly tell how an event is presented, in lower case."""


LINKING = frozenset(
    "of to with by in on at from for against over between and or that who which after before into as about".split()
)
"""Prepositions and conjunctions that tell what a phrase is to a verb, in lower case."""

EVENT_WORDS = {
    "MEET": "meet met visit receive reception host call summit session sitting congress convene audience",
    "NEGOTIATE": "negotiate discuss talks consult mediate",
    "AGREEMENT": "agree agreement conclude sign ratify adopt renew treaty deal resolution amend assent extend "
    "vote pass",
    "ENDORSE": "praise welcome back support recognise uphold endorse",
    "REQUEST": "ask urge demand appeal order summon apply request instruct invite propose suggest recommend advise "
    "file",
    "ACCUSE": "accuse blame condemn criticise charge sue investigate inquiry",
    "REJECT": "refuse reject veto turn cancel suspend boycott postpone dismiss annul decline object objection walk",
    "THREATEN": "threaten threat warn ultimatum",
    "AID": "give gave supply fund deliver lend lent arm train support grant loan pay paid send sent offer donate "
    "aid help",
    "SANCTION": "sanction embargo tariff freeze froze expel expulsion recall break suspend withhold withheld close",
    "DEESCALATE": "truce withdraw withdrew release lift reopen apologise apology compensate restore return "
    "exchange let",
    "MEMBERSHIP": "join leave left quit found establish admit suspend expel seat accede",
    "PROTEST": "demonstrate strike riot protest boycott march",
    "MOBILIZE": "deploy reinforce drill test alert exercise patrol mobilise",
    "ATTACK": "attack strike struck shell invade kill ram war fire destroy burn blow cut",
    "COERCE": "arrest detain seize board blockade ban hack convict deport sentence impound hold held steal jam spy "
    "force compel foil stop shut bar",
    "OFFICE": "elect appoint nominate swear resign dismiss replace succeed remove",
}
"""Words that commonly name an event, by its type. Written by hand: those of the guidelines' definitions and their kin,
with an eye on what triggers of train and validation were missed; never on test, shift or real."""

_SUFFIXES = (
    "ations ation ments ment ings ing ions ion ied ies ers er ors or als al ed es en s e y"
).split()  # of two that end a word the one to strip comes first


@lru_cache(maxsize=1 << 18)
def _shape(word: str) -> tuple[str, str]:
    """The word with its letters and digits made alike, and the same without repetitions: `Putin` -> `Aaaaa`, `Aa`."""
    kinds = "".join(
        "A" if char.isupper() else "a" if char.islower() else "0" if char.isdigit() else char for char in word
    )
    short = "".join(char for number, char in enumerate(kinds) if number == 0 or kinds[number - 1] != char)
    return kinds, short


@lru_cache(maxsize=1 << 18)
def _word_codes(word: str) -> tuple[int, ...]:
    """Word, lower case, prefix, two suffixes, shape, short shape."""
    lower = word.lower()
    return tuple(map(code, (word, lower, lower[:3], lower[-2:], lower[-3:], *_shape(word))))


def _table(document: Document) -> Codes:
    """The codes of each token's type, shape (tokens, 7)."""
    types, inverse = np.unique(np.array(document.words, dtype=object), return_inverse=True)
    table = np.array([_word_codes(word) for word in types], dtype=np.int64).reshape(len(types), 7)
    return table[inverse]


def shifted(document: Document, codes: Codes, offset: int) -> Codes:
    """The codes of the token `offset` places on, 0 where that leaves the paragraph. Same shape as `codes`."""
    size = len(codes)
    wanted = np.arange(size) + offset
    at = np.clip(wanted, 0, max(size - 1, 0))
    inside = (wanted == at) & (document.paragraph[at] == document.paragraph)
    return np.where(inside.reshape(-1, *[1] * (codes.ndim - 1)), codes[at], 0)


def cross(*codes: Codes) -> Codes:
    """One code for the conjunction of several."""
    mixed = np.zeros_like(codes[0])
    for part in codes:
        mixed = (mixed * 1_000_003) ^ (part + 0x9E3779B9)
    return mixed


def binned(distance: Codes) -> Codes:
    """Distances, of either sign, in bins that widen: 0, 1, 2, 3, 4-5, 6-9, 10-19, 20 and more."""
    return np.sign(distance) * np.digitize(np.abs(distance), [1, 2, 3, 4, 6, 10, 20])


def words(document: Document) -> Codes:
    """Word, lower case, affixes and shapes of the two words on either side and the word itself; pairs of neighbours."""
    table = _table(document)
    around = [shifted(document, table, offset) for offset in WINDOW]
    before, here, after = around[1:4]
    pairs = [
        cross(before[:, 1], here[:, 1]),
        cross(here[:, 1], after[:, 1]),
        cross(before[:, 1], after[:, 1]),
        cross(before[:, 6], here[:, 6]),
        cross(here[:, 6], after[:, 6]),
        cross(before[:, 6], here[:, 6], after[:, 6]),
        cross(before[:, 1], here[:, 6]),
        cross(here[:, 6], after[:, 1]),
    ]
    return np.column_stack([*around, *pairs])


def _edges(numbers: Codes) -> tuple[Codes, Codes]:
    """How many tokens stand before and after each token in its stretch of equal numbers."""
    places = np.arange(len(numbers))
    return places - np.searchsorted(numbers, numbers, "left"), np.searchsorted(numbers, numbers, "right") - places - 1


def place(document: Document) -> Codes:
    """Where the token stands: in the sentence, by its shape; in the headline; inside quote marks."""
    before, after = _edges(document.sentence)
    shape = _table(document)[:, 6]
    headline = (document.paragraph == 0).astype(np.int64)
    quoted = document.quoted.astype(np.int64)
    return np.column_stack([cross(binned(before), shape), binned(after), cross(headline, shape), quoted])


def casing(document: Document) -> Codes:
    """How the article writes the same word elsewhere, and the share of capitals in the sentence in quarters."""
    lower = {word for word in document.words if word.islower()}
    capital = np.array([word[0].isupper() for word in document.words], dtype=np.int64)
    known = np.array([word.lower() in lower for word in document.words], dtype=np.int64)
    size = int(document.sentence.max(initial=0)) + 1
    share = np.bincount(document.sentence, capital, size) / np.maximum(
        np.bincount(document.sentence, minlength=size), 1
    )
    quarters = np.floor(4 * share).astype(np.int64)[document.sentence]
    return np.column_stack([cross(capital, known), cross(capital, quarters)])


def _within(document: Document, marked: NDArray[np.bool_]) -> tuple[Codes, Codes]:
    """Numbers of the last marked token up to each token and of the first from it on in its sentence, -1 for none."""
    numbers = np.arange(len(document.words))
    before = np.maximum.accumulate(np.where(marked, numbers, -1))
    after = np.minimum.accumulate(np.where(marked, numbers, len(numbers))[::-1])[::-1]
    after = np.where(after == len(numbers), -1, after)
    return tuple(  # type: ignore[return-value]
        np.where((found >= 0) & (document.sentence[found] == document.sentence), found, -1) for found in (before, after)
    )


def _listed(document: Document, listed: frozenset[str]) -> tuple[Codes, Codes]:
    """The same of listed words."""
    return _within(document, np.array([word.lower() in listed for word in document.words], dtype=bool))


def _near(document: Document, listed: frozenset[str]) -> list[Codes]:
    """Which listed word is nearest on either side in the sentence, and how far."""
    numbers = np.arange(len(document.words))
    columns = []
    for found in _listed(document, listed):
        absent = found < 0
        columns.append(np.where(absent, 0, document.lower[found]))
        columns.append(np.where(absent, 99, binned(found - numbers)))
    return columns


def modality(document: Document) -> Codes:
    """The nearest words that tell how an event is presented, and words further off than the window of `words`."""
    far = [shifted(document, document.lower, offset) for offset in (-5, -4, -3, 3)]
    near = _near(document, MODAL)
    return np.column_stack([*near, cross(near[0], near[1]), *far])


def quotation(document: Document) -> Codes:
    """Quote marks and reporting verbs around the token: inside or not, how far the edges, which verb and where."""
    inside = document.quoted.astype(np.int64)
    stretch = np.cumsum(np.diff(inside, prepend=inside[:1]) != 0)
    before, after = _edges(stretch)
    sentence_before, sentence_after = _edges(document.sentence)
    sentences = int(document.sentence.max(initial=0)) + 1
    share = np.bincount(document.sentence, inside, sentences)[document.sentence] > 0
    verb_before, gap_before, verb_after, gap_after = _near(document, REPORTING)
    return np.column_stack(
        [
            cross(inside, binned(before)),
            cross(inside, binned(after)),
            cross(inside, share.astype(np.int64)),
            *(shifted(document, inside + 1, offset) for offset in WINDOW),
            cross(inside, binned(sentence_before)),
            cross(inside, binned(sentence_after)),
            cross(verb_before, gap_before),
            cross(verb_after, gap_after),
            cross(gap_before, gap_after, inside),
            cross(verb_before, binned(sentence_before)),
        ]
    )


def _since(marked: NDArray[np.bool_], at: Codes, sign: int) -> Codes:
    """How many marked tokens, at most 3, stand from each token on back (sign 1) to that in `at` or on (-1) to it; 9
    where `at` is -1.
    """
    counts = np.cumsum(marked.astype(np.int64))
    return np.where(at < 0, 9, np.minimum(sign * (counts - padded(counts, at)), 3))


def clauses(document: Document) -> Codes:
    """The clause and sentence around the token: their first and last words, how far their edges, which and how many
    commas and "that" lie between it and the reporting verbs on either side, what stands beside those.
    """
    lower, numbers = document.lower, np.arange(len(document.words))
    sentence_before, sentence_after = _edges(document.sentence)
    first, last = numbers - sentence_before, numbers + sentence_after
    comma = np.isin(lower, [code(mark) for mark in ",;:—–-"])
    that = lower == code("that")
    opened, closed = _within(document, comma)
    opened, closed = np.where(opened < 0, first, opened), np.where(closed < 0, last, closed)
    verb_before, verb_after = _listed(document, REPORTING)
    commas_before, commas_after = _since(comma, verb_before, 1), _since(comma, verb_after, -1)
    after_before = np.where(verb_before < 0, 0, padded(lower, verb_before + 1))
    before_after = np.where(verb_after < 0, 0, padded(lower, verb_after - 1))
    after_after = np.where(verb_after < 0, 0, padded(lower, verb_after + 1))
    verbs = np.array([word.lower() in REPORTING for word in document.words], dtype=bool)
    sentences = int(document.sentence.max(initial=0)) + 1
    number = document.sentence - padded(document.sentence, np.searchsorted(document.paragraph, document.paragraph))
    return np.column_stack(
        [
            padded(lower, opened + 1),
            cross(padded(lower, opened + 1), padded(lower, opened + 2)),
            padded(lower, closed + 1),
            cross(padded(lower, closed + 1), padded(lower, closed + 2)),
            cross(padded(lower, closed + 2), padded(lower, closed + 3)),
            cross(_since(comma, first, 1), _since(comma, last, -1)),
            cross(binned(numbers - opened), binned(closed - numbers)),
            padded(lower, first),
            cross(padded(lower, first), padded(lower, first + 1)),
            padded(lower, last - 1),
            cross(padded(lower, last - 1), padded(lower, last - 2)),
            np.minimum(np.bincount(document.sentence, verbs, sentences).astype(np.int64), 3)[document.sentence],
            cross(commas_before, _since(that, verb_before, 1)),
            cross(commas_before, padded(lower, verb_before), binned(numbers - verb_before)),
            cross(commas_after, padded(lower, verb_after), binned(verb_after - numbers)),
            cross(commas_after, commas_before, _since(that, verb_before, 1)),
            after_before,
            cross(after_before, commas_before),
            before_after,
            cross(after_after, commas_after),
            np.minimum(number, 4),
        ]
    )


def forms(document: Document) -> Codes:
    """Word, lower case, prefix, suffixes of two and three letters, shape, short shape of each token."""
    return _table(document)


@lru_cache(maxsize=1 << 18)
def stem(word: str) -> str:
    """The word in lower case without its longest common suffix, of which three letters are left, and without a final
    double letter: `ratified` -> `ratif`, `banned` -> `ban`. Crude on purpose, after Lovins 1968.
    """
    lower = word.lower()
    suffix = next((suffix for suffix in _SUFFIXES if lower.endswith(suffix) and len(lower) >= len(suffix) + 3), "")
    left = lower.removesuffix(suffix)
    return left[:-1] if len(left) > 3 and left[-1] == left[-2] else left


def stems(document: Document) -> Codes:
    """The stem of each word, and its first four and five letters in lower case."""
    rows = [(code(stem(word)), code(word[:4].lower()), code(word[:5].lower())) for word in document.words]
    return np.array(rows, dtype=np.int64).reshape(-1, 3)


_EVENT_STEMS = [frozenset(map(stem, listed.split())) for listed in EVENT_WORDS.values()]


@lru_cache(maxsize=1 << 18)
def _event_codes(word: str) -> tuple[int, ...]:
    """For each event type whether it lists the word, by its stem; all of these in one; whether any does."""
    listed = [int(stem(word) in those) for those in _EVENT_STEMS]
    return (*listed, code("".join(map(str, listed))), int(any(listed)))


def event_words(document: Document) -> Codes:
    """The event types that list the word, as one column each and in one; whether any does, by the word's ending."""
    codes = np.array([_event_codes(word) for word in document.words], dtype=np.int64).reshape(-1, len(EVENT_WORDS) + 2)
    return np.column_stack([codes, cross(codes[:, -1], _table(document)[:, 3])])


def linking(document: Document) -> Codes:
    """The last preposition or conjunction before each token in its sentence, 0 for none; one column."""
    found, _ = _listed(document, LINKING)
    last = np.where(found < 0, 0, document.lower[found])
    opens = np.diff(document.sentence, prepend=-1) != 0
    return np.where(opens, 0, shifted(document, last, -1))[:, None]


def gather(document: Document, columns: tuple[Columns, ...]) -> Codes:
    """The columns of several functions side by side, shape (tokens, columns)."""
    return np.column_stack([function(document) for function in columns])


def padded(codes: Codes, at: NDArray[np.int64]) -> Codes:
    """`codes[at]`, 0 where `at` leaves the article."""
    inside = (at >= 0) & (at < len(codes))
    return np.where(inside, codes[np.where(inside, at, 0)], 0)


def shares(values: NDArray[np.float64], of: NDArray[np.float64]) -> Codes:
    """Values, shape (items, choices), as parts of `of`, shape (items,), in bins from 1 to 11; 0 where `of` is 0."""
    parts = values / np.where(of > 0, of, 1.0)[:, None]
    return np.where((of > 0)[:, None], np.digitize(parts, SHARES) + 1, 0)


def majority(votes: NDArray[np.float64]) -> Codes:
    """The choice with most votes, of shape (items, choices), numbered from 1, of equal ones the first; and the same
    crossed with the binned number of votes. Shape (items, 2), 0 without votes.
    """
    count = votes.sum(axis=1)
    best = votes.argmax(axis=1) + 1
    columns = np.column_stack([best, cross(best, binned(count.astype(np.int64)))])
    return np.where((count > 0)[:, None], columns, 0)


def others(keys: Codes, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each item the sum of `values`, shape (items, width), over the other items that share its key; 0 for key 0."""
    known, inverse = np.unique(keys, return_inverse=True)
    totals = np.zeros((len(known), values.shape[1]))
    np.add.at(totals, inverse, values)
    return np.where((keys == 0)[:, None], 0.0, totals[inverse] - values)


def elsewhere(keys: Codes, likely: NDArray[np.float64], classes: Codes) -> Codes:
    """What a labeller makes of the other tokens of the article that share a token's key.

    Args:
        keys: a code for each token, 0 for none.
        likely: posteriors, shape (tokens, classes).
        classes: the number of each token's predicted class.

    Returns:
        Shape (tokens, classes + 2): binned mean posteriors, majority class, and that crossed with the binned count.
        0 where no other token shares the key.
    """
    votes = others(keys, np.eye(likely.shape[1])[classes])
    return np.column_stack([shares(others(keys, likely), votes.sum(axis=1)), majority(votes)])
