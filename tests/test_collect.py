"""A plan's work comes back as passes: each article's annotators dealt to the folders, other articles left alone."""

from pathlib import Path

import pytest

from communique import server
from communique.annotation import read_layer, write_layer
from communique.problems import ProblemsError
from communique.schema import LAYERS, Row
from communique.sheet import resolve
from communique.workshop.assign import assign, assigned
from communique.workshop.connection import connect
from communique.workshop.pull import collect
from communique.workshop.push import push
from communique.workshop.submit import submit
from support import make_article
from test_workshop import CONFIGS

TEAM = ["deal-ana@example.org", "deal-ben@example.org", "deal-cy@example.org"]
ARTICLES = [make_article(f"Harbour {number}\nPeloumt joined the Shelf Bank.", f"deal-{number}") for number in range(3)]
OLDER = make_article("Harbour\nPeloumt left.", "deal-older")
SHEET = "P 1\nM Peloumt | GPE | peloumt\n"


def layers(article_id: str, annotator: str) -> dict[str, Row]:
    article = next(article for article in [*ARTICLES, OLDER] if article.id == article_id)
    return resolve(SHEET, article, annotator, "0.1")


def who(folder: Path) -> dict[str, str]:
    """The annotator of each article of a pass, the same in all layers."""
    (found,) = {tuple((row["id"], row["annotator"]) for _, row in read_layer(folder, layer)) for layer in LAYERS}
    return dict(found)


def test_three_annotators_fill_two_passes(studio: Path, tmp_path: Path) -> None:
    plan = assign([], ARTICLES, TEAM, 2, 7)
    clients = {email: connect(studio, server.ensure_account(studio, email)) for email in TEAM}
    folders = [tmp_path / "first", tmp_path / "second"]
    for layer, row in layers(OLDER.id, "old@example.org").items():
        write_layer(folders[0], layer, [row])
    for email, theirs in assigned(plan, ARTICLES).items():
        push(connect(studio, server.owner(studio)), CONFIGS, email, theirs)
        rows = [layers(article.id, email) for article in theirs]
        submit(clients[email], email, {layer: [row[layer] for row in rows] for layer in LAYERS}, theirs)

    def bring() -> list[Path | None]:
        return [found.former for found in collect(folders, clients.__getitem__, plan, ARTICLES, "0.1")]

    assert bring() == [tmp_path / "first.former" / "1", None]
    both = {
        article.id: sorted(row["annotator"] for row in plan if row["article"] == article.id) for article in ARTICLES
    }
    assert who(folders[0]) == {OLDER.id: "old@example.org"} | {id_: pair[0] for id_, pair in both.items()}
    assert who(folders[1]) == {id_: pair[1] for id_, pair in both.items()}
    assert bring() == [None, None]


def test_an_overlap_of_another_number_is_refused_before_the_server_is_asked(tmp_path: Path) -> None:
    plan = assign([], ARTICLES, TEAM, 2, 7)
    with pytest.raises(ProblemsError, match="2 annotators for each article"):
        collect([tmp_path / "first"], {}.__getitem__, plan, ARTICLES, "0.1")
    assert not (tmp_path / "first").exists()
