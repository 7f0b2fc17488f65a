"""Names of GUM's CoNLL-U files, and the comparison with a system's. The file is written here, by hand."""

import subprocess
import sys
from pathlib import Path

import pytest

from communique.gum import read_gum, transfer_table
from communique.problems import ProblemsError

ROOT = Path(__file__).parents[1]
HEADER = "# newdoc id = GUM_news_made\n# global.Entity = GRP-etype-infstat-salience-centering-minspan-link-identity\n"


def sentence(text: str, *words: str, new: bool = True) -> str:
    """A sentence of words written `form upos xpos head deprel [Entity]`."""
    lines = ["# newpar"] * new + [f"# text = {text}"]
    for number, word in enumerate(words, start=1):
        form, upos, xpos, head, relation, *entity = word.split(" ")
        misc = f"Entity={entity[0]}" if entity else "_"
        lines.append("\t".join([str(number), form, form, upos, xpos, "_", head, relation, "_", misc]))
    return "\n".join(lines) + "\n\n"


TITLE = sentence("Orba's student Ana Kaya leaves",
    "Orba PROPN NNP 3 nmod:poss (1-person-new-s-cf1-3,4-coref(2-place-new-s-cf1-1-sgl", "'s PART POS 1 case 2)",
    "student NOUN NN 6 nsubj", "Ana PROPN NNP 3 flat", "Kaya PROPN NNP 3 flat 1)", "leaves VERB VBZ 0 root",
)  # fmt: skip
BODY = sentence("The President met U.S. President Lung-bin Hau of the Orba Society of the Bells.",
    "The DET DT 2 det (3-person-giv-s-cf1-2-coref", "President PROPN NNP 3 nsubj 3)", "met VERB VBD 0 root",
    "U.S. PROPN NNP 5 compound (4-person-new-s-cf1-2-sgl(5-place-new-s-cf1-1-sgl)", "President PROPN NNP 3 obj",
    "Lung PROPN NNP 5 flat", "- PUNCT HYPH 8 punct", "bin PROPN NNP 5 flat", "Hau PROPN NNP 5 flat",
    "of ADP IN 13 case", "the DET DT 13 det (6-organization-new-s-cf1-3-sgl",
    "Orba PROPN NNP 13 compound (2-place-giv-s-cf1-1-coref)",
    "Society PROPN NNP 5 nmod", "of ADP IN 16 case", "the DET DT 16 det", "Bells PROPN NNPS 13 nmod 6)4)",
    ". PUNCT . 3 punct",
)  # fmt: skip
LAST = sentence("Afghans saw the town.", "Afghans PROPN NNPS 2 nsubj (7-person-new-s-cf1-1-sgl)", "saw VERB VBD 0 root",
    "the DET DT 4 det (8-place-new-s-cf1-2-sgl", "town NOUN NN 2 obj 8)", ". PUNCT . 2 punct", new=False,
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "gum").mkdir()
    (tmp_path / "gum" / "GUM_news_made.conllu").write_text(HEADER + TITLE + BODY + LAST, encoding="utf-8")
    return tmp_path / "gum"


def test_names_are_the_proper_nouns_around_the_heads(folder: Path) -> None:
    ((article, layers),) = read_gum(folder)
    assert article.text == (
        "Orba's student Ana Kaya leaves\n"
        "The President met U.S. President Lung-bin Hau of the Orba Society of the Bells. Afghans saw the town."
    )
    names = [(item["text"], item["type"]) for item in layers["entities"]["mentions"]]
    # "The President" has a determiner, "Afghans" is a plural, "the town" a common noun; "Orba" stands in a longer name
    assert names == [
        ("Orba", "GPE"),
        ("Ana Kaya", "PERSON"),
        ("U.S.", "GPE"),
        ("President Lung-bin Hau", "PERSON"),
        ("Orba Society of the Bells", "ORG"),
    ]
    assert all(article.text[m["start"] : m["end"]] == m["text"] for m in layers["entities"]["mentions"])


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProblemsError, match=r"missing-file.*no \*\.conllu file"):
        read_gum(tmp_path)


def row(*names: tuple[int, int, str]) -> dict[str, object]:
    return {"mentions": [{"start": start, "end": end, "type": label, "level": "name"} for start, end, label in names]}


def test_the_table_by_hand() -> None:
    gold = [row((0, 4, "GPE"), (10, 20, "PERSON")), row((0, 4, "ORG"))]
    predicted = [row((0, 4, "FAC"), (15, 20, "PERSON"), (6, 9, "ROLE")), row((1, 5, "ORG"), (0, 4, "DATE"))]
    table = transfer_table(gold, predicted).set_index("type")
    # FAC counts as a place; the person is right by its last word alone; ROLE and DATE do not count
    assert table.loc["GPE", ["gold", "predicted", "exact F1", "last F1"]].tolist() == [1, 1, 100, 100]
    assert table.loc["PERSON", ["exact P", "last P", "last R"]].tolist() == [0, 100, 100]
    assert table.loc["ORG", ["gold", "predicted", "last F1"]].tolist() == [1, 1, 0]
    assert table.loc["all", ["gold", "predicted"]].tolist() == [3, 3]
    assert table.loc["all", ["exact F1", "last F1"]].tolist() == pytest.approx([100 / 3, 200 / 3])


def test_nothing_predicted_scores_nothing() -> None:
    table = transfer_table([row((0, 4, "GPE"))], [row()]).set_index("type")
    assert table.loc["all", ["exact P", "exact R", "exact F1"]].tolist() == [0, 0, 0]


def test_the_script_trains_and_prints(folder: Path) -> None:
    command = [sys.executable, "scripts/transfer.py", str(folder), "--baseline", "baselines/entities_floor.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert [line.split()[:2] for line in done.stdout.splitlines()[-4:]] == [
        ["PERSON", "2"],
        ["ORG", "1"],
        ["GPE", "2"],
        ["all", "5"],
    ]
