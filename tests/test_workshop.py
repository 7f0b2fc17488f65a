"""Article -> real server -> annotations by two accounts -> back: equal, bit for bit; and what is refused on the way."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from label_studio_sdk import LabelStudio

from communique import server
from communique.annotation import canonical, read_layer, write_layer
from communique.articles import Article
from communique.problems import ProblemsError
from communique.schema import LAYERS, Row
from communique.sheet import resolve
from communique.workshop.connection import connect, project_title
from communique.workshop.pull import pull
from communique.workshop.push import push
from communique.workshop.submit import submit
from strategies import annotated
from support import make_article

CONFIGS = {
    layer: (Path(__file__).parents[1] / "annotations" / "label_studio" / f"{layer}.xml").read_text(encoding="utf-8")
    for layer in LAYERS
}
TEXT = """🙂 Garreimb’s envoy left 👩🏽\u200d🚀
“We keep our word… 🚢 always,” Harrimb Teirult said, Tsaquna’s Zeevaq state media reported.
Izeevo denied “e\u0301very charge” 🇫🇷 and joined the Shelf Bank."""
FIRST = """P 0
M Garreimb | GPE | peloumt | metonym
M envoy | ROLE | envoy
P 1
M Harrimb Teirult | PERSON | harrimb-teirult
M We | GPE | peloumt | pronoun
M Tsaquna | GPE | tsaquna
M Zeevaq | ORG | zeevaq
Q direct | named | content=“We keep ~ always,” | cue=said | source=Harrimb Teirult | speaker=harrimb-teirult | medium=Zeevaq | medium_entity=zeevaq
P 2
M Izeevo | GPE | tsaquna | metonym
M Shelf Bank | ORG | shelf-bank
E joined | MEMBERSHIP | asserted | positive | agent=Izeevo | target=Shelf Bank
"""  # noqa: E501
SECOND = """P 0
M Garreimb | GPE | garreimb
P 1
M Harrimb Teirult | PERSON | harrimb-teirult
M Zeevaq | ORG | zeevaq
Q direct | named | content=“We keep our word… | content=🚢 always,” | cue=said | source=Harrimb Teirult | speaker=harrimb-teirult
P 2
M Izeevo | GPE | tsaquna | metonym
E joined | MEMBERSHIP | denied | negative | agent=Izeevo | theme=charge | source_entity=tsaquna
E denied | REJECT | alleged | positive | agent=Izeevo
Q mixed | collective | content=“éver ~ charge” | cue=denied | source=Izeevo | speaker=tsaquna | co_speaker=zeevaq
""".replace("“éver ~ charge”", "“e\u0301very ~ charge”")  # noqa: E501


def layers(article: Article, sheet: str, annotator: str) -> dict[str, list[Row]]:
    return {layer: [row] for layer, row in resolve(sheet, article, annotator, "0.1").items()}


def prepare(studio: Path, email: str, articles: list[Article]) -> tuple[LabelStudio, LabelStudio]:
    """Clients of the owner and of an annotator whose projects hold the articles."""
    annotator = connect(studio, server.ensure_account(studio, email))
    owner = connect(studio, server.owner(studio))
    push(owner, CONFIGS, email, articles)
    return owner, annotator


def only_task(owner: LabelStudio, layer: str, email: str) -> tuple[int, int]:
    """Ids of the annotator's project of a layer and of the one task in it."""
    title = project_title(layer, email)
    project = next(project for project in owner.projects.list(title=title) if project.title == title)
    (task,) = owner.tasks.list(project=project.id)
    return project.id, task.id


def test_two_annotators_get_back_exactly_what_they_wrote(each_studio: Path, tmp_path: Path) -> None:
    article = make_article(TEXT)
    passes = {"ana@example.org": FIRST, "ben@example.org": SECOND}
    authors = set()
    for email, sheet in passes.items():
        owner, annotator = prepare(each_studio, email, [article])
        assert submit(annotator, email, layers(article, sheet, email), [article]) == 3
        project, _ = only_task(owner, "entities", email)
        (task,) = owner.projects.exports.as_json(project)
        authors.add(task["annotations"][0]["completed_by"])
    assert len(authors) == 2
    for email, sheet in passes.items():
        annotator = connect(each_studio, server.ensure_account(each_studio, email))
        expected, came = layers(article, sheet, email), pull(annotator, email, [article], "0.1")
        assert came == expected
        for layer in LAYERS:
            write_layer(tmp_path / "expected", layer, expected[layer])
            write_layer(tmp_path / "came", layer, came[layer])
            file = f"{layer}.jsonl"
            assert (tmp_path / "came" / file).read_bytes() == (tmp_path / "expected" / file).read_bytes()
            assert [row for _, row in read_layer(tmp_path / "came", layer)] == expected[layer]


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(sample=annotated())
def test_any_valid_annotation_comes_back(studio: Path, sample: tuple[Article, dict[str, Row]]) -> None:
    """Through the server's own storage; the conversion alone is tested with many more samples elsewhere."""
    drawn, rows = sample
    email = "any@example.org"
    article = make_article(drawn.text, f"a-{drawn.sha256}")
    used = {
        row[key] for layer in rows.values() for table in layer.values() if isinstance(table, list)
        for row in table for key in ("entity", "source_entity", "speaker", "medium") if isinstance(row.get(key), str)
    }  # fmt: skip
    known = {mention["entity"] for mention in rows["entities"]["mentions"]}
    assume(used <= known)  # ids that no mention has are refused by pull, and rightly
    _, annotator = prepare(studio, email, [article])
    renamed = {layer: [row | {"id": article.id, "annotator": email}] for layer, row in rows.items()}
    submit(annotator, email, renamed, [article])
    everything = pull_one(studio, email, article)
    assert everything == {layer: canonical(row[0]) for layer, row in renamed.items()}


def pull_one(studio: Path, email: str, article: Article) -> dict[str, Row]:
    """Pull with the other articles' tasks out of the way."""
    owner = connect(studio, server.owner(studio))
    annotator = connect(studio, server.ensure_account(studio, email))
    try:
        rows = pull(annotator, email, [article], "0.1")
        return {layer: row for layer, (row,) in rows.items()}
    finally:
        for layer in LAYERS:
            title = project_title(layer, email)
            for project in owner.projects.list(title=title):
                owner.projects.delete(project.id)


def test_a_rerun_creates_nothing_and_an_edit_is_an_update(studio: Path) -> None:
    article, email = make_article(TEXT), "again@example.org"
    owner, annotator = prepare(studio, email, [article])
    assert push(owner, CONFIGS, email, [article]) == dict.fromkeys(LAYERS, (0, 1))
    assert submit(annotator, email, layers(article, FIRST, email), [article]) == 3
    assert submit(annotator, email, layers(article, FIRST, email), [article]) == 0
    edited = layers(article, FIRST.replace("joined | MEMBERSHIP | asserted", "joined | MEMBERSHIP | planned"), email)
    assert submit(annotator, email, edited, [article]) == 1
    assert pull(annotator, email, [article], "0.1") == edited


def test_push_completes_what_was_cut_off(studio: Path) -> None:
    first, second, email = make_article(TEXT), make_article("Talks.", "a2"), "cut-push@example.org"
    owner, _ = prepare(studio, email, [first])
    assert push(owner, CONFIGS, email, [first, second]) == dict.fromkeys(LAYERS, (1, 1))


def codes(error: pytest.ExceptionInfo[ProblemsError]) -> set[str]:
    return {problem.code for problem in error.value.problems}


def region(number: int, start: int, end: int, label: str) -> list[Row]:
    """A region that quotes the text as a browser would, whatever its offsets say."""
    value = {"start": start, "end": end, "text": "Garreimb"}
    same = {"id": f"r{number}", "to_name": "text"}
    return [
        {**same, "from_name": "type", "type": "labels", "value": value | {"labels": [label]}},
        {**same, "from_name": "level", "type": "choices", "value": value | {"choices": ["nominal"]}},
        {**same, "from_name": "entity", "type": "textarea", "value": value | {"text": ["peloumt"]}},
    ]


AT = TEXT.index("Garreimb")
DANGLING = {"type": "relation", "from_id": "r1", "to_id": "gone", "direction": "right", "labels": ["agent"]}


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        (region(1, AT, AT + 8, "PLANET"), {"unknown-label"}),
        (region(1, AT + 1, AT + 9, "GPE"), {"text-mismatch"}),
        (region(1, AT, len(TEXT) + 5, "GPE"), {"offset-out-of-range"}),
        ([*region(1, AT, AT + 8, "GPE"), DANGLING], {"unknown-label"}),
        ([region(1, AT, AT + 8, "GPE")[1]], {"bad-result"}),
    ],
    ids=["label", "shifted", "out of range", "relation", "no label"],
)
def test_faults_that_the_server_accepts_are_refused_on_the_way_back(
    studio: Path, request: pytest.FixtureRequest, results: list[Row], expected: set[str]
) -> None:
    """Label Studio answers 201 to all of these."""
    article = make_article(TEXT)
    email = f"faulty-{request.node.callspec.id.replace(' ', '-')}@example.org"
    owner, annotator = prepare(studio, email, [article])
    _, task = only_task(owner, "entities", email)
    annotator.annotations.create(task, result=results, was_cancelled=False, ground_truth=False)
    with pytest.raises(ProblemsError) as error:
        pull(annotator, email, [article], "0.1")
    assert codes(error) == expected


def test_a_changed_task_text_is_refused(studio: Path) -> None:
    article, email = make_article(TEXT), "changed@example.org"
    owner, annotator = prepare(studio, email, [article])
    submit(annotator, email, layers(article, FIRST, email), [article])
    _, task = only_task(owner, "events", email)
    owner.tasks.update(task, data={"article": article.id, "text": TEXT.replace("left", "fled")})
    for action in (lambda: pull(annotator, email, [article], "0.1"), lambda: push(owner, CONFIGS, email, [article])):
        with pytest.raises(ProblemsError) as error:
            action()
        assert codes(error) == {"text-changed"}


def test_work_of_another_account_in_the_project_is_refused(studio: Path) -> None:
    article, email = make_article(TEXT), "mine@example.org"
    owner, annotator = prepare(studio, email, [article])
    _, task = only_task(owner, "quotes", email)
    stranger = connect(studio, server.ensure_account(studio, "theirs@example.org"))
    stranger.annotations.create(task, result=[], was_cancelled=False, ground_truth=False)
    with pytest.raises(ProblemsError) as error:
        pull(annotator, email, [article], "0.1")
    assert codes(error) == {"other-annotator"}


def test_submit_checks_before_it_writes(studio: Path) -> None:
    article, email = make_article(TEXT), "checked@example.org"
    _, annotator = prepare(studio, email, [article])
    rows = layers(article, FIRST, email)
    rows["quotes"][0]["contents"][0]["text"] = "other words"
    with pytest.raises(ProblemsError) as error:
        submit(annotator, email, rows, [article])
    assert codes(error) == {"text-mismatch"}
    assert all(found == [] for found in pull(annotator, email, [article], "0.1").values())


def test_an_annotator_without_projects_is_told_to_push(studio: Path) -> None:
    annotator = connect(studio, server.ensure_account(studio, "new@example.org"))
    with pytest.raises(ProblemsError, match=r"run scripts/push\.py"):
        pull(annotator, "new@example.org", [make_article(TEXT)], "0.1")


def test_an_email_too_long_for_a_title_is_refused_with_the_limit(studio: Path) -> None:
    """The server's own limit, and ours, from both sides of the border."""
    fits = "a" * (41 - len("@example.org")) + "@example.org"
    owner = connect(studio, server.owner(studio))
    assert push(owner, CONFIGS, fits, [])["entities"] == (0, 0)
    with pytest.raises(ProblemsError, match="at most 50: use a shorter email, of 41 or less"):
        push(owner, CONFIGS, "a" + fits, [])


def test_what_the_server_refuses_is_told_without_its_headers(studio: Path) -> None:
    owner = connect(studio, server.owner(studio))
    with pytest.raises(server.ServerError, match="the server answered 400") as error:
        push(owner, {"entities": "<View><Labels/></View>"}, "broken@example.org", [])
    assert "cookie" not in str(error.value)


def test_a_server_that_went_away_is_told_plainly(studio: Path) -> None:
    account = server.owner(studio)
    client = LabelStudio(base_url="http://127.0.0.1:9", api_key=account.token)
    with pytest.raises(server.ServerError, match="did not answer"):
        push(client, CONFIGS, "ana@example.org", [])


def test_an_email_that_begins_like_another_has_projects_of_its_own(studio: Path) -> None:
    """The server finds titles by what they contain."""
    article, longer, shorter = make_article(TEXT), "begin@example.org.uk", "begin@example.org"
    _, annotator = prepare(studio, longer, [article])
    submit(annotator, longer, layers(article, FIRST, longer), [article])
    _, other = prepare(studio, shorter, [article])
    assert all(found == [] for found in pull(other, shorter, [article], "0.1").values())
    assert pull(annotator, longer, [article], "0.1") == layers(article, FIRST, longer)
