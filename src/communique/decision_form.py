"""Decisions as plain text: the open disagreements of two passes as a form that whoever adjudicates fills in.

    A lohae-007
    P 4
    D 3
    first   M Waewu | GPE | yaepoh | metonym
    second  M Waewu | GPE | waewu
    gold    first | slip-second | the cabinet is meant, not the town

`A` names the article, `P` the paragraph that all strings below it are looked for in, `D` the disagreement. `first` and
`second` are what the passes say, as lines of a sheet (`-` where a pass has nothing; `parent=` is the first content of
the parent; JSON where no words name a span). The line `gold` is filled in: `first`, `second`, `none` or `own`, then
the reason and a note. After `own` stand one or more lines

    +       M Waewu | GPE | yaepoh | metonym

What both passes miss is added with `D new` (no `first`, no `second`), and what both say wrongly is changed with
`D same`, `both` and the line they agree on. Only lines that begin with `gold`, `+`, `D new`, `D same` and `both` are
the adjudicator's.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from communique.adjudication import REASONS, decision_key, items_of
from communique.articles import Article
from communique.files import json_line
from communique.problems import Problem, ProblemsError, refuse
from communique.schema import Row
from communique.sheet import find_span, read_line
from communique.sheet_writer import SpanError, event_line, mention_line, paragraph_of, quote_line, string_of
from communique.text import Span

_CHOICES = ("first", "second", "none", "own")

Block = tuple[int, str, str]
"""A disagreement as it is shown: its paragraph, and what each pass says as a line of a sheet (`-` for nothing)."""


def _start(item: Row) -> int:
    return int(item["contents"][0]["start"] if "contents" in item else item["start"])


def item_line(article: Article, layer: str, item: Row, paragraph: int) -> str:
    """One item (see `communique.adjudication.items_of`) as a line of a sheet."""
    if layer == "entities":
        return mention_line(article, item, paragraph)
    if layer == "events":
        return event_line(article, item, item["arguments"], paragraph)
    more = [f"parent={string_of(article, Span(*item['parent'][0]), paragraph)}"] if item["parent"] else []
    return quote_line(article, item, item["contents"], item["co_speakers"], paragraph, *more)


def _shown(article: Article, layer: str, item: Row, paragraph: int) -> str:
    """The item as a line of a sheet; as JSON where no words name its spans (one that ends inside a word)."""
    try:
        return item_line(article, layer, item, paragraph)
    except SpanError:
        return json_line(item).strip()


def blocks(article: Article, rows: Sequence[Row]) -> list[Block]:
    """Each of some disagreements of the article as the form shows it."""
    shown = []
    for row in rows:
        sides = [row["first"], row["second"]]
        paragraph = paragraph_of(article, min(_start(item) for item in sides if item))
        lines = [_shown(article, row["layer"], item, paragraph) if item else "-" for item in sides]
        shown.append((paragraph, lines[0], lines[1]))
    return shown


def write_form(articles: Iterable[Article], still_open: Sequence[Row]) -> str:
    """The form for the open disagreements (templates of `communique.adjudication.adjudicate`); empty without any."""
    form = ""
    for article in articles:
        rows = [row for row in still_open if row["article"] == article.id]
        form += f"A {article.id}\n" if rows else ""
        current = None
        for number, (paragraph, first, second) in enumerate(blocks(article, rows), start=1):
            form += f"P {paragraph}\n" if paragraph != current else ""
            form += f"D {number}\nfirst   {first}\nsecond  {second}\ngold    \n"
            current = paragraph
    return form


def line_items(article: Article, paragraph: int, line: str, place: str) -> tuple[str, list[Row]]:
    """The layer and the items that a line of a sheet stands for; of a quote's parent the first content span alone.

    Raises `ProblemsError` when the line cannot be read or its strings are not in the paragraph.
    """
    layer, tables = read_line(article, paragraph, line, place)
    for quote in tables.get("quotes", ()):
        if quote["parent"] is not None:
            span = find_span(article, quote["parent"], paragraph)
            if span is None:
                hint = "the first content span of the parent, as the text has it"
                raise ProblemsError([Problem(place, "absent-string", f"parent={quote['parent']}", hint)])
            quote["parent"] = None
            (item,) = items_of(layer, tables)
            return layer, [item | {"parent": [list(span)]}]
    return layer, items_of(layer, tables)


class _Form:
    """A filled-in form while it is read: the block that is open, and the decisions and problems so far."""

    def __init__(self, articles: Mapping[str, Article], still_open: Sequence[Row]) -> None:
        self.articles, self.still_open = articles, still_open
        self.decisions: list[Row] = []
        self.problems: list[Problem] = []
        self.article: Article | None = None
        self.rows: list[Row] = []
        self.offered: list[Block] = []
        self.paragraph = 0
        self.block: Row | None = None
        self.place = ""

    def complain(self, code: str, message: str, hint: str) -> None:
        self.problems.append(Problem(self.place, code, message, hint))

    def open_article(self, given: str) -> None:
        self.close()
        self.article = self.articles.get(given)
        if self.article is None:
            self.complain("unknown-article", given, "an article of the index")
            return
        self.rows = [row for row in self.still_open if row["article"] == given]
        self.offered = blocks(self.article, self.rows)

    def open_paragraph(self, given: str) -> None:
        self.close()
        if not given.isdigit():
            self.complain("bad-line", f"P {given}", "P and the number of a paragraph")
            return
        self.paragraph = int(given)

    def open_block(self, given: str) -> None:
        self.close()
        numbered = given.isdigit() and 0 < int(given) <= len(self.rows)
        if self.article is None or not (numbered or given in ("new", "same")):
            self.complain("bad-line", f"D {given}", f"D 1 to D {len(self.rows)}, D new or D same, below A")
            return
        self.block = {"number": int(given) if numbered else given, "lines": {}, "gold": None, "own": [],
                      "place": self.place}  # fmt: skip

    def take(self, key: str, value: str) -> None:
        if self.block is None:
            self.complain("bad-line", f"{key} {value}", "it belongs below a line D")
        elif key == "+":
            self.block["own"].append((self.place, value))
        elif key == "gold":
            self.block["gold"] = value
        else:
            self.block["lines"][key] = value

    def close(self) -> None:
        """Turn the open block into a decision."""
        block, self.block = self.block, None
        if block is None or self.article is None:
            return
        self.place = block["place"]
        choice, reason, note = ([part.strip() for part in (block["gold"] or "").split("|", 2)] + ["", ""])[:3]
        if choice not in _CHOICES or reason not in REASONS:
            hint = f"gold {' or '.join(_CHOICES)} | {' or '.join(REASONS)} | note"
            self.complain("undecided", f"gold {block['gold'] or ''}", hint)
            return
        own: list[Row] = []
        layers = set()
        for place, line in block["own"]:
            try:
                layer, items = line_items(self.article, self.paragraph, line, place)
            except ProblemsError as error:
                self.problems += error.problems
                return
            layers.add(layer)
            own += items
        if (choice == "own") != bool(own) or len(layers) > 1:
            self.complain("bad-line", f"gold {choice} with {len(own)} lines +", "lines + of one layer after own alone")
            return
        decision = self.sides(block, layers)
        if decision is not None:
            if choice in ("first", "second") and decision[choice] is None:
                self.complain("bad-line", f"gold {choice}, which has nothing", "gold none, or the other pass")
                return
            chosen = {"first": [decision["first"]], "second": [decision["second"]], "none": [], "own": own}[choice]
            self.decisions.append(decision | {"gold": chosen, "reason": reason, "note": note})

    def sides(self, block: Row, layers: set[str]) -> Row | None:
        """What the passes say in a block: article, layer, first, second."""
        assert self.article is not None  # `close` looks
        if isinstance(block["number"], int):
            row, offered = self.rows[block["number"] - 1], self.offered[block["number"] - 1]
            given = (self.paragraph, block["lines"].get("first"), block["lines"].get("second"))
            if given != offered:
                message = f"D {block['number']} is not what the passes say now"
                self.complain("stale-decision", message, f"P {offered[0]}, first {offered[1]}, second {offered[2]}")
                return None
            return {name: row[name] for name in ("article", "layer", "first", "second")}
        if block["number"] == "new":
            if not layers:
                self.complain("bad-line", "D new without lines +", "what both passes miss")
                return None
            return {"article": self.article.id, "layer": layers.pop(), "first": None, "second": None}
        try:
            layer, (item,) = line_items(self.article, self.paragraph, block["lines"].get("both", ""), self.place)
        except ProblemsError as error:
            self.problems += error.problems
            return None
        return {"article": self.article.id, "layer": layer, "first": item, "second": item}


def read_form(form: str, articles: Sequence[Article], still_open: Sequence[Row]) -> list[Row]:
    """Decisions (rows of `decisions.jsonl`) out of a filled-in form.

    Raises `ProblemsError` with every line that cannot be read, decision left open or without a reason, and block that
    the passes do not have. Disagreements that the form does not mention stay open.
    """
    lines = ((f"line {number}", line) for number, line in enumerate(form.splitlines(), start=1))
    return read_form_lines(lines, articles, still_open)


def read_form_lines(
    lines: Iterable[tuple[str, str]], articles: Sequence[Article], still_open: Sequence[Row]
) -> list[Row]:
    """As `read_form`, of lines that each come with the place by which problems name them."""
    reader = _Form({article.id: article for article in articles}, still_open)
    opens: dict[str, Callable[[str], None]] = {
        "A": reader.open_article,
        "P": reader.open_paragraph,
        "D": reader.open_block,
    }
    for place, raw in lines:
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        reader.place = place
        key, _, value = line.partition(" ")
        if key in opens:
            opens[key](value.strip())
        elif key in ("first", "second", "both", "gold", "+"):
            reader.take(key, value.strip())
        else:
            reader.complain("bad-line", line, "lines begin with A, P, D, first, second, both, gold or +")
    reader.close()
    keys = [decision_key(row) for row in reader.decisions if row["first"] or row["second"]]
    if len(set(keys)) < len(keys):
        reader.complain("bad-line", "a disagreement is decided twice", "keep one of the blocks")
    refuse(reader.problems)
    return reader.decisions
