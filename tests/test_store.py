"""Saved models: every baseline's state comes back as it was, and files that should not be trusted are refused."""

import importlib.util
import io
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
import skops.io
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from communique import DATA_VERSION
from communique.baseline import System
from communique.files import json_lines
from communique.models import SequenceLabeller, store
from communique.models.columns import casing, words
from communique.problems import ProblemsError
from communique.schema import ENTITY_TYPES, Row
from tiny_corpus import BARE, CORPUS, EMPTY, UNSEEN

BASELINES = Path(__file__).parents[1] / "baselines"
PROGRAMS = sorted(path.stem for path in BASELINES.glob("*.py"))
ORIGIN = store.origin_of(BASELINES / "entities.py", "entities")


def system(name: str) -> System:
    spec = importlib.util.spec_from_file_location(f"stored_{name}", BASELINES / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: System = module.SYSTEM
    return found


def round_trip(path: Path, state: dict[str, Any]) -> dict[str, Any]:
    store.save(path, state, ORIGIN)
    return store.load(path, ORIGIN)


def refusal(path: Path, expected: Row = ORIGIN) -> str:
    with pytest.raises(ProblemsError) as error:
        store.load(path, expected)
    return str(error.value)


def forged(path: Path, change: Callable[[Row], None]) -> Path:
    """The model file with its skops schema changed, as somebody would who wants code to be run."""
    with ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    schema = json.loads(members[store.SCHEMA])
    change(schema)
    members[store.SCHEMA] = json.dumps(schema).encode()
    with ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


# What comes back


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("training", [CORPUS, [BARE]], ids=["corpus", "nothing-to-learn"])
def test_a_loaded_state_predicts_byte_for_byte_what_the_trained_one_did(
    name: str, training: list[Row], tmp_path: Path
) -> None:
    found = system(name)
    origin = store.origin_of(BASELINES / f"{name}.py", found.task)
    trained = found.train(training)
    store.save(tmp_path / "model.skops", trained, origin)
    loaded = store.load(tmp_path / "model.skops", origin)
    rows = [*CORPUS, UNSEEN, BARE, EMPTY]
    assert json_lines(found.predict(loaded, row) for row in rows) == json_lines(
        found.predict(trained, row) for row in rows
    )


def test_saving_changes_nothing_in_the_state(tmp_path: Path) -> None:
    found = system("entities_floor")
    state = found.train(CORPUS)
    before = dict(state["lexicon"].label_)
    store.save(tmp_path / "model.skops", state, ORIGIN)
    assert before
    assert state["lexicon"].label_ == before
    assert type(state["lexicon"].label_) is dict


def test_plain_values_keep_their_types_and_order(tmp_path: Path) -> None:
    state = {
        "keys": {("a", "b"): 1, 2: "two", True: [False], False: None, None: 0.1},
        "order": {"z": 1, "a": 2},
        "nested": [({"x": {(1, 2): (3, "é\ud800")}},), []],
        "numbers": [float("inf"), -0.0, 2**70, 1e-308],
        "names": {"__class__": "os.system", "file": "x", "__id__": 3},
        "functions": (words, casing),
        "set": {"a"},
        "array": np.arange(6, dtype=np.int64).reshape(2, 3),
        "strings": np.array(["a", "bcd"]),
        "objects": np.array(["a", None], dtype=object),
        "scalar": np.float64(0.1),
        "empty": {},
    }
    loaded = round_trip(tmp_path / "model.skops", state)
    for name, value in state.items():
        assert type(loaded[name]) is type(value), name
        assert repr(loaded[name]) == repr(value), name
    assert list(loaded) == list(state)
    assert [type(key) for key in loaded["keys"]] == [tuple, int, bool, bool, type(None)]


def test_equal_states_give_equal_bytes_in_every_process(tmp_path: Path) -> None:
    source = (
        "import sys; from pathlib import Path; sys.path[:0] = ['baselines', 'tests'];"
        "import events; from tiny_corpus import CORPUS; from communique.models import store;"
        "store.save(Path(sys.argv[1]), events.train(CORPUS), {'program': 'events', 'code': ''})"
    )
    contents = set()
    for seed in ("1", "2"):
        path = tmp_path / f"{seed}.skops"
        environment = os.environ | {"PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", source, path], cwd=BASELINES.parent, env=environment, check=True)
        contents.add(path.read_bytes())
    assert len(contents) == 1


def test_the_file_says_where_it_comes_from(tmp_path: Path) -> None:
    store.save(tmp_path / "model.skops", {}, ORIGIN)
    origin = store.read_origin(tmp_path / "model.skops")
    assert origin == ORIGIN
    assert (origin["program"], origin["task"], origin["data_version"]) == ("entities", "entities", DATA_VERSION)
    assert origin["scheme"]["mentions.type"] == list(ENTITY_TYPES)
    assert set(origin) == {"program", "task", "data_version", "package_version", "scheme", "code"}


# What is refused


def test_files_that_are_no_models_are_told_plainly(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    assert "no such file" in refusal(path)
    assert "no such file" in refusal(tmp_path)
    path.write_bytes(b"\x80\x04K\x01.")  # a pickle
    assert "not a model file: File is not a zip file (save a model with baselines/NAME.py --save" in refusal(path)
    skops.io.dump({"lexicon": {}}, path)
    assert "it holds no communique.json" in refusal(path)
    store.save(path, {"array": np.arange(1000)}, ORIGIN)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert "not a model file" in refusal(path)
    for place in range(40, len(content) - 400, 97):  # a byte changed anywhere
        path.write_bytes(content[:place] + bytes([content[place] ^ 255]) + content[place + 1 :])
        with suppress(ProblemsError):
            store.load(path, ORIGIN)


def test_models_of_another_program_task_scheme_or_code_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    store.save(path, {}, ORIGIN)
    floor = store.origin_of(BASELINES / "entities_floor.py", "entities")
    assert "a model of 'entities' for 'entities', not of 'entities_floor'" in refusal(path, floor)
    assert "load it with baselines/entities.py" in refusal(path, floor)
    for changed in ({"data_version": "9.0.0"}, {"scheme": {"mentions.type": ["PER"]}}):
        store.save(path, {}, ORIGIN | changed)
        told = refusal(path)
        assert "scheme of data version" in told
        assert "train again: baselines/entities.py --save" in told
    store.save(path, {}, ORIGIN | {"data_version": f"{DATA_VERSION.split('.', maxsplit=1)[0]}.99.0"})
    assert store.load(path, ORIGIN) == {}  # new articles, the same scheme
    store.save(path, {}, ORIGIN | {"code": "0" * 64})
    assert "other code of entities or of communique.models" in refusal(path)


def test_the_code_of_a_model_is_that_of_its_program_and_of_the_estimators(tmp_path: Path) -> None:
    changed = tmp_path / "entities.py"
    changed.write_bytes((BASELINES / "entities.py").read_bytes() + b"\n")
    assert store.origin_of(changed, "entities")["code"] != ORIGIN["code"]


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (LogisticRegression(), "sklearn.linear_model._logistic.LogisticRegression"),
        (os.path.join, "posixpath.join"),
        (np.add, "numpy.add"),
        (Counter("aab"), "collections.Counter"),
        (json.JSONDecoder, "json.decoder.JSONDecoder"),
        (store.save, "communique.models.store.save"),
        (SequenceLabeller((words,)).predict, "through MethodNode"),
        (b"bytes", "builtins.bytes"),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_types_off_the_closed_list_are_neither_saved_nor_loaded(value: Any, named: str, tmp_path: Path) -> None:
    """skops itself trusts scikit-learn's estimators and NumPy's functions; this list is closed."""
    path = tmp_path / "model.skops"
    with pytest.raises(TypeError, match=r"a state cannot hold .*" + named.rsplit(".", maxsplit=1)[-1]):
        store.save(path, {"value": value}, ORIGIN)
    assert not path.exists()
    buffer = io.BytesIO(skops.io.dumps({"value": value}))
    with ZipFile(buffer, "a") as file:
        file.writestr(store.ORIGIN, json.dumps(ORIGIN))
    path.write_bytes(buffer.getvalue())
    told = refusal(path)
    assert "names types that are not trusted" in told
    assert named in told


def test_forged_files_run_nothing(tmp_path: Path) -> None:
    """Names that are trusted as one kind of node used as another, and old kinds of nodes that name what they call."""
    path = tmp_path / "model.skops"
    mark = tmp_path / "mark"

    def old_function(schema: Row) -> None:
        schema["protocol"] = 0
        node = schema["content"]["columns"]
        node["content"] = {"module_path": "os", "function": "system"}

    def reducing(schema: Row) -> None:
        schema["content"]["columns"]["__loader__"] = "ConstructorFromReduceNode"
        schema["content"]["columns"]["content"] = schema["content"]["command"]

    def built(schema: Row) -> None:
        schema["content"]["columns"]["__loader__"] = "ObjectNode"

    def called(schema: Row) -> None:
        schema["content"]["columns"] |= {"__module__": "os", "__class__": "system"}

    for change, told in (
        (old_function, "os.system"),
        (reducing, "communique.models.columns.words through ConstructorFromReduceNode"),
        (built, "not a model file"),
        (called, "os.system"),
        (lambda schema: schema.clear(), "not a model file"),
        (lambda schema: schema.update(content=[]), "not a model file"),
    ):
        store.save(path, {"columns": words, "command": (f"touch {mark}",)}, ORIGIN)
        assert told in refusal(forged(path, change))
    assert not mark.exists()


def test_a_file_that_unpacks_to_too_much_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model.skops"
    store.save(path, {"array": np.zeros(100_000)}, ORIGIN)
    assert path.stat().st_size < 10_000
    monkeypatch.setattr(store, "MAX_BYTES", 100_000)
    assert "[too-large] unpacks to 8" in refusal(path)


def test_the_closed_list_holds_the_estimators_and_the_column_functions_alone() -> None:
    names = store.trusted_types()
    assert {"communique.models.labeller.SequenceLabeller", "communique.models.columns.words"} <= names
    assert f"{LinearSVC.__module__}.LinearSVC" in names
    others = {name for name in names if not name.startswith(("communique.models.", "builtins.", "numpy."))}
    assert others == {"sklearn.svm._classes.LinearSVC"}
    assert not {name for name in names if name.rsplit(".", maxsplit=1)[-1] in ("eval", "exec", "getattr", "type")}
    assert "communique.models.columns._shape" not in names
