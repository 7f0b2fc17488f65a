"""The dataset folder: loads offline as the contract says, same input same bytes, no stale rows, no half results."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import mlcroissant
import pyarrow.parquet as pq
import pytest
import yaml
from datasets import ClassLabel, List, Value, load_dataset

from communique import export as export_module
from communique.articles import Article
from communique.dataset import CANARY, Rows, content_hash, read_all, read_gold, read_parquet
from communique.export import bio_tags, build_rows, export
from communique.files import replaced_folder
from communique.schema import CONFIGS, LAYERS, TABLES, Row, decode_labels
from communique.sheet import resolve
from communique.tasks import TASKS
from support import make_article

TEXT = "🙂 Talks\nIran-Russia talks went on Friday.\n“We will sign,” Luzimo said.\nNo."
SHEET = """P 1
M Iran | GPE | iran
M Russia | GPE | russia
M Friday | DATE
E talks | NEGOTIATE | asserted | positive | participant=Iran | participant=Russia | time=Friday
P 2
M Luzimo | PERSON | local:luzimo
Q direct | named | content=“We ~ sign,” | cue=said | source=Luzimo | speaker=local:luzimo
"""
ENTITY = {
    "id": "iran", "name": "Iran", "type": "GPE", "aliases": ["Iranian"], "description": "a state", "region": None,
    "fictional": False, "wikidata": "Q794",
}  # fmt: skip


def make_rows(text: str = TEXT, sheet: str = SHEET, split: str = "real") -> Rows:
    article = make_article(text, split=split, published="2025-01-17")
    return build_rows([article], {"a1": resolve(sheet, article, "gold", "0.1")}, [ENTITY])


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    export(make_rows(), tmp_path / "dataset", "0.1.0")
    return tmp_path / "dataset"


@pytest.mark.parametrize("config", CONFIGS)
def test_load_dataset_gives_the_rows_of_the_contract(dataset: Path, config: str) -> None:
    split = "train" if config == "knowledge_base" else "real"
    loaded = load_dataset(str(dataset), config, split=split)
    assert list(loaded.column_names) == [field.name for field in CONFIGS[config]]
    expected = make_rows()[config][split]
    came = [decode_labels(row) for row in loaded]
    for row in came:
        if config == "articles":
            row["published"] = row["published"].isoformat()
    assert came == list(expected)


def test_labels_load_as_class_labels_and_offsets_as_integers(dataset: Path) -> None:
    entities = load_dataset(str(dataset), "entities", split="real").features
    assert isinstance(entities["ner_tags"], List)
    assert isinstance(entities["ner_tags"].feature, ClassLabel)
    assert entities["ner_tags"].feature.names[:3] == ["O", "B-PERSON", "I-PERSON"]
    mentions = entities["mentions"].feature
    labels = {field.name: field.labels for field in TABLES["mentions"] if field.kind == "label"}
    assert {name: tuple(mentions[name].names) for name in labels} == labels
    assert mentions["start"] == Value("int32")


def test_rows_of_load_dataset_can_be_scored_as_they_come(dataset: Path) -> None:
    """Labels are integers there; joined by hand, as a user would."""
    loaded = [load_dataset(str(dataset), config, split="real")[0] for config in LAYERS]
    row: Row = {key: value for part in loaded for key, value in part.items()}
    assert isinstance(row["mentions"][0]["type"], int)
    (gold,) = read_gold(dataset, "real")
    for module in TASKS.values():
        assert module.evaluate([row], [module.as_prediction(gold)])["f1"] == 1.0


def test_the_default_config_is_articles(dataset: Path) -> None:
    assert load_dataset(str(dataset), split="real").column_names[:2] == ["id", "title"]


def test_a_new_content_is_never_served_from_the_cache(tmp_path: Path) -> None:
    """Folders of the same name with other rows; `load_dataset` caches by the card's YAML alone."""
    texts = {}
    for number, text in enumerate((TEXT, TEXT.replace("No.", "So."))):
        folder = tmp_path / str(number) / "dataset"
        export(make_rows(text), folder, "0.1.0")
        texts[text] = load_dataset(str(folder), "articles", split="real")[0]["text"]
    assert all(text == loaded for text, loaded in texts.items())
    folder = tmp_path / "1" / "dataset"
    export(make_rows(), folder, "0.1.0")
    assert load_dataset(str(folder), "articles", split="real")[0]["text"] == TEXT


def test_every_config_of_the_card_carries_version_and_hash(dataset: Path) -> None:
    block = yaml.safe_load((dataset / "README.md").read_text(encoding="utf-8").split("---")[1])
    stamp = f"content sha256 {content_hash(make_rows())}"
    assert [(c["version"], c["description"]) for c in block["configs"]] == [("0.1.0", stamp)] * len(CONFIGS)
    assert block["annotations_creators"] == ["machine-generated"]


def test_the_same_input_gives_the_same_bytes_in_another_process(dataset: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    program = (
        "import sys; sys.path.insert(0, sys.argv[2]); from pathlib import Path; from test_export import *;"
        "export(make_rows(), Path(sys.argv[1]), '0.1.0')"
    )
    subprocess.run(
        [sys.executable, "-c", program, again, Path(__file__).parent], check=True, env={"PYTHONHASHSEED": "7"}
    )
    assert contents(again) == contents(dataset)


def test_unchanged_content_leaves_the_files_untouched(dataset: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in dataset.rglob("*.parquet")}
    assert export(make_rows(), dataset, "0.1.0") is False
    assert {path: path.stat().st_mtime_ns for path in dataset.rglob("*.parquet")} == before
    assert export(make_rows(), dataset, "0.1.1") is True  # the card alone
    assert {path: path.stat().st_mtime_ns for path in dataset.rglob("*.parquet")} == before


def test_a_split_that_went_is_gone_from_the_folder(dataset: Path) -> None:
    export(make_rows(split="test"), dataset, "0.1.0")
    assert {path.stem for path in (dataset / "articles").iterdir()} == {"test"}


class CutOffError(Exception):
    pass


def fail_at(monkeypatch: pytest.MonkeyPatch, name: str, call: int) -> None:
    """Make the n-th call of one of the export's functions fail, as a full disk would."""
    real: Callable[..., object] = getattr(export_module, name)
    calls = 0

    def cut(*given: object, **named: object) -> object:
        nonlocal calls
        calls += 1
        if calls == call:
            raise CutOffError
        return real(*given, **named)

    monkeypatch.setattr(export_module, name, cut)


@pytest.mark.parametrize(("name", "call"), [("write_parquet", 1), ("write_parquet", 4), ("write_bytes", 1)])
def test_a_crash_halfway_leaves_the_former_dataset_whole(
    dataset: Path, monkeypatch: pytest.MonkeyPatch, name: str, call: int
) -> None:
    before = contents(dataset)
    with monkeypatch.context() as patch:
        fail_at(patch, name, call)
        with pytest.raises(CutOffError):
            export(make_rows("Other\nNews.", ""), dataset, "0.1.0")
    assert contents(dataset) == before
    assert list(dataset.parent.iterdir()) == [dataset]
    export(make_rows("Other\nNews.", ""), dataset, "0.1.0")
    assert read_gold(dataset, "real")[0]["title"] == "Other"


def test_a_process_killed_between_the_renames_is_mended_by_the_next_run(tmp_path: Path) -> None:
    folder = tmp_path / "dataset"
    folder.mkdir()
    (folder / "a").write_text("former")

    program = (
        "import os, sys; from pathlib import Path; from communique.files import replaced_folder\n"
        "def rename(old, new):\n    old.rename(new); os._exit(9)\n"
        "with replaced_folder(Path(sys.argv[1]), rename) as aside: (aside / 'b').write_text('new')"
    )
    assert subprocess.run([sys.executable, "-c", program, folder], check=False).returncode == 9
    assert not folder.exists()
    with pytest.raises(CutOffError), replaced_folder(folder):
        raise CutOffError
    assert (folder / "a").read_text() == "former"


def test_bio_tags_follow_the_names(tmp_path: Path) -> None:
    article: Article = make_article("Ports Convention Organisation talks, PCO-led")
    layers = resolve("P 0\nM Ports Convention Organisation | ORG | pco\nM PCO | ORG | pco", article, "ana", "0.1")
    tags = bio_tags(article, layers["entities"]["mentions"])
    tokens = [article.text[token.start : token.end] for token in article.tokens]
    assert list(zip(tokens, tags, strict=True)) == [
        ("Ports", "B-ORG"), ("Convention", "I-ORG"), ("Organisation", "I-ORG"), ("talks", "O"), (",", "O"),
        ("PCO", "B-ORG"), ("-", "O"), ("led", "O"),
    ]  # fmt: skip


def test_parquet_and_json_lines_say_the_same(dataset: Path) -> None:
    """The release identity does not depend on the container."""
    assert content_hash(read_all(dataset)) == content_hash(make_rows())
    (row,) = pq.read_table(dataset / "quotes" / "real.parquet").to_pylist()
    assert json.loads(json.dumps(row)) == make_rows()["quotes"]["real"][0]


def test_the_canary_is_in_every_file_and_in_no_text(tmp_path: Path) -> None:
    rows = make_rows()
    export(rows, tmp_path / "dataset", "0.1.0")
    files = sorted((tmp_path / "dataset").rglob("*.parquet"))
    assert len(files) == 5
    assert {pq.read_schema(path).metadata[b"canary"].decode() for path in files} == {CANARY}
    assert CANARY in (tmp_path / "dataset" / "README.md").read_text(encoding="utf-8")
    assert all(CANARY not in row["text"] for row in read_parquet(tmp_path / "dataset", "articles", "real"))


def test_the_croissant_file_validates_and_reads_back(dataset: Path) -> None:
    """Every record set, read by mlcroissant, which checks the files' sha256, gives the rows of the Parquet file."""
    described = mlcroissant.Dataset(str(dataset / "croissant.json"))
    assert described.metadata.ctx.issues.errors == set()
    rows = read_all(dataset)
    assert {record_set.uuid for record_set in described.metadata.record_sets} == {
        f"{config}/{split}" for config, splits in rows.items() for split in splits
    }
    (quotes,) = described.records("quotes/real")
    (expected,) = rows["quotes"]["real"]
    assert quotes["quotes/real/text"].decode() == expected["text"]
    assert [part["quotes/real/contents/start"] for part in quotes["quotes/real/contents"]] == [
        part["start"] for part in expected["contents"]
    ]
    told = json.loads((dataset / "croissant.json").read_text(encoding="utf-8"))
    for name in ("dataLimitations", "dataBiases", "personalSensitiveInformation", "dataUseCases", "dataSocialImpact"):
        assert told[f"rai:{name}"]
    assert told["rai:hasSyntheticData"] is True
