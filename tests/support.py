"""What several test modules need: an article made of a text, and a row filled up to a layer."""

from typing import Any

from communique.annotation import empty_layer
from communique.articles import Article
from communique.export import article_rows
from communique.schema import Row


def make_article(text: str, article_id: str = "a1", **given: Any) -> Article:
    """An article with harmless metadata."""
    metadata: dict[str, Any] = {
        "published": None,
        "dateline": None,
        "outlet": "Longshore",
        "genre": "brief",
        "region": "Shelf",
        "storyline": article_id,
        "origin": "authored",
        "license": "CC-BY-4.0",
        "split": "train",
    }
    return Article(id=article_id, text=text, **(metadata | given))


def fill(article: Article, layer: str, tables: Row) -> Row:
    """A layer row with the given tables; what is not given is empty."""
    return empty_layer(article, layer, "ana", "0.1") | tables


def joined(article: Article, layers: dict[str, Row]) -> Row:
    """The joined gold row, as `read_gold` gives it."""
    return {name: value for row in article_rows(article, layers).values() for name, value in row.items()}
