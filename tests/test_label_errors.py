"""A wrong label among many right ones is the first suspect."""

from communique.models import Labelled, SequenceLabeller
from communique.models.columns import words
from communique.models.label_errors import suspicious_tokens
from tiny_corpus import gold_row, written


def test_a_planted_error_comes_first() -> None:
    rows = [
        row | {"storyline": f"s{number // 2}"} for number, row in enumerate(gold_row(*written(n)) for n in range(10))
    ]
    spans = [
        [Labelled(m["start"], m["end"], m["type"]) for m in row["mentions"] if m["level"] == "name"] for row in rows
    ]
    wrong = next(span for span in spans[3] if span.label == "DATE")
    spans[3] = [span._replace(label="MONEY") if span == wrong else span for span in spans[3]]
    table = suspicious_tokens(rows, spans, SequenceLabeller(columns=(words,)))
    first = table.iloc[0]
    assert (first["article"], first["token"]) == (rows[3]["id"], rows[3]["text"][wrong.start : wrong.end])
    assert first["gold"] == "U-MONEY"
    assert first["predicted"] == "U-DATE"
    assert len(table) == sum(len(row["tokens"]) for row in rows)
    assert table["confidence"].is_monotonic_increasing
