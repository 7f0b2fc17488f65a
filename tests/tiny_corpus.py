"""Ten invented articles, annotated: enough to learn something from, and rows in which there is nothing to learn."""

from communique.articles import Article
from communique.schema import Row
from communique.sheet import resolve
from support import joined, make_article

STATES = (("Peloumt", "Garreimb"), ("Tsaquna", "Izeevo"), ("Hurreim", "Dournelb"), ("Oruvat", "Meqolane"))
PEOPLE = ("Harrimb Teirult", "Aviqee Luzimo", "Doulet Skoumer", "Izanti Muureqo", "Noumi Heskoum", "Ruzaqo Vaqunte")


def written(number: int, split: str = "train") -> tuple[Article, str]:
    """One invented article and its sheet: a visit, an accusation, a denial, an embargo; four quotes."""
    (state, capital), (other, _) = STATES[number % 4], STATES[(number + 1) % 4]
    person, second = PEOPLE[number % 6], PEOPLE[(number + 2) % 6]
    day = ("Monday", "Tuesday", "Friday")[number % 3]
    text = "\n".join(
        [
            f"{state} imposes embargo on {other}",
            f"{capital} - President {person} visited {other} on {day}, and will meet {second} in {capital}.",
            f"“We have waited long enough,” {person} said. “The ships of {other} must leave.”",
            f"{other} accused {state} of shelling a harbour. Minister {second} said that the harbour was empty.",
            "“Nobody was there,” he added.",
            "“And nobody will be.”",
            f"{state} has imposed an embargo on {other}.",
        ]
    )
    entity = person.lower().replace(" ", "-")
    minister = second.lower().replace(" ", "-")
    sheet = f"""
    P 0
    M {state} | GPE | {state.lower()}
    M {other} | GPE | {other.lower()}
    E embargo | SANCTION | asserted | positive | agent={state} | target={other}
    P 1
    M {capital}#1 | GPE | {capital.lower()}
    M President | ROLE | {entity}
    M {person} | PERSON | {entity}
    M {other} | GPE | {other.lower()}
    M {day} | DATE
    M {second} | PERSON | {minister}
    M {capital}#2 | GPE | {capital.lower()}
    E visited | MEET | asserted | positive | agent={person} | place={other} | time={day}
    E meet | MEET | planned | positive | participant={person} | participant={second} | place={capital}#2
    P 2
    M {person} | PERSON | {entity}
    M {other} | GPE | {other.lower()}
    Q direct | named | content=“We ~ enough,” | content=“The ~ leave.” | cue=said | source={person} | speaker={entity}
    P 3
    M {other} | GPE | {other.lower()}
    M {state} | GPE | {state.lower()}
    M a harbour | FAC | harbour | nominal
    M Minister | ROLE | {minister}
    M {second} | PERSON | {minister}
    E accused | ACCUSE | asserted | positive | agent={other} | target={state} | theme=shelling
    E shelling | ATTACK | alleged | positive | agent={state} | target=a harbour | source_entity={other.lower()}
    Q indirect | named | content=the harbour was empty | cue=said | source={second} | speaker={minister}
    P 4
    M he | PERSON | {minister} | pronoun
    Q direct | named | content=“Nobody ~ there,” | content=“And ~ be.”@5 | cue=added | source=he | speaker={minister}
    P 6
    M {state} | GPE | {state.lower()}
    M {other} | GPE | {other.lower()}
    E embargo | SANCTION | asserted | positive | agent={state} | target={other}
    """
    return make_article(text, f"a{number}", split=split), sheet


def resolved(article: Article, sheet: str) -> dict[str, Row]:
    return resolve(sheet, article, "ana", "0.1")


def gold_row(article: Article, sheet: str = "") -> Row:
    """The joined gold row of an article and its sheet."""
    return joined(article, resolved(article, sheet))


CORPUS = [gold_row(*written(number)) for number in range(8)]
UNSEEN = gold_row(*written(9))
"""Of persons and states that the corpus has, on a day and in a pairing of its own."""

BARE = gold_row(make_article("Nothing happened\nA quiet day, with no news.", "bare"))
QUOTELESS = gold_row(
    make_article("Peloumt imposes embargo on Hurreim", "quoteless"),
    "P 0\nM Peloumt | GPE | peloumt\nM Hurreim | GPE | hurreim\n"
    "E embargo | SANCTION | asserted | positive | agent=Peloumt | target=Hurreim",
)
EVENTLESS = gold_row(
    make_article("Silence\n“Nothing,” Luzimo said.", "eventless"),
    "P 1\nM Luzimo | PERSON | luzimo\n"
    "Q direct | named | content=“Nothing,” | cue=said | source=Luzimo | speaker=luzimo",
)
EMPTY = {name: [] if isinstance(value, list) else value for name, value in BARE.items()} | {"id": "empty", "text": ""}
