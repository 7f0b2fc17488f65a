"""Trained states as files: in the format of skops, which holds values and names of types and runs nothing.

Only types of a closed list are written and read: this package's classes and column functions, scikit-learn's
`LinearSVC`, NumPy arrays and numbers, plain Python values. Beside the state the file says where it comes from, and it
is read only by the program that wrote it: what a model's columns mean stands in code, not in the file. Equal states
give equal bytes.
"""

import copy
import hashlib
import inspect
import io
import json
import pkgutil
import zlib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any, NoReturn
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

import skops.io
from sklearn.base import BaseEstimator
from sklearn.svm import LinearSVC

import communique
from communique import DATA_VERSION, __version__, models
from communique.files import parse_json, write_bytes
from communique.models import columns
from communique.problems import Problem, ProblemsError, refuse
from communique.schema import PREDICTED, PREDICTED_TABLES, Row

ORIGIN = "communique.json"
SCHEMA = "schema.json"
MAX_BYTES = 4 << 30
"""How much a model file may unpack to."""
LOADERS = frozenset("DictNode ListNode TupleNode SetNode ObjectNode NdArrayNode FunctionNode TypeNode JsonNode".split())
"""The kinds of skops nodes that a state needs; those left out call methods or constructors that the file names."""
PLAIN = (
    *(f"builtins.{name}" for name in ("bool", "dict", "float", "int", "list", "set", "str", "tuple")),
    *(f"numpy.{name}" for name in ("bool", "bool_", "float32", "float64", "int32", "int64", "ndarray", "str_")),
)


class Pairs:
    """A dictionary whose keys are not strings, as a list of its pairs: what JSON objects cannot hold."""

    def __init__(self, items: list[tuple[Any, Any]]) -> None:
        self.items = items


@cache
def trusted_types() -> frozenset[str]:
    """Full names of the types and functions that a model file may hold."""
    modules = [import_module(f"{models.__name__}.{found.name}") for found in pkgutil.iter_modules(models.__path__)]
    classes = [
        value
        for module in modules
        for value in vars(module).values()
        if inspect.isclass(value) and value.__module__ == module.__name__
    ]
    functions = [
        value
        for name, value in vars(columns).items()
        if inspect.isfunction(value) and value.__module__ == columns.__name__ and not name.startswith("_")
    ]
    return frozenset(
        {f"{value.__module__}.{value.__name__}" for value in (*classes, *functions, LinearSVC)} | set(PLAIN)
    )


def _packed(value: Any) -> Any:
    """A copy of a state with every dictionary whose keys are not strings as `Pairs`, within estimators too."""
    if type(value) is dict:
        if all(type(key) is str for key in value):
            return {key: _packed(item) for key, item in value.items()}
        return Pairs([(_packed(key), _packed(item)) for key, item in value.items()])
    if type(value) in (list, tuple):
        return type(value)(map(_packed, value))
    if isinstance(value, BaseEstimator):
        copied = copy.copy(value)
        vars(copied).update(_packed(vars(value)))
        return copied
    return value


def _unpacked(value: Any) -> Any:
    """What `_packed` was given."""
    if type(value) is Pairs:
        return {_unpacked(key): _unpacked(item) for key, item in value.items}
    if type(value) is dict:
        return {key: _unpacked(item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(_unpacked, value))
    if isinstance(value, BaseEstimator):
        vars(value).update(_unpacked(vars(value)))
    return value


def _nodes(schema: Any) -> Iterator[Row]:
    """All JSON objects of a skops schema, outer before inner, that are nodes: that name a class."""
    waiting = [schema]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if isinstance(value.get("__class__"), str):
                yield value
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _untrusted(schema: Any) -> list[str]:
    """Names in a skops schema that are not on the closed list; skops itself also trusts all of scikit-learn."""
    found = set()
    for node in _nodes(schema):
        name = f"{node.get('__module__')}.{node['__class__']}"
        if name not in trusted_types():
            found.add(name)
        elif node.get("__loader__") not in LOADERS:
            found.add(f"{name} through {node.get('__loader__')}")
    return sorted(found)


def _canonical(dumped: bytes, origin: Row) -> bytes:
    """A skops file with the origin beside its state, and numbers in the place of memory addresses and times."""
    target = io.BytesIO()
    with ZipFile(io.BytesIO(dumped)) as source, ZipFile(target, "w", ZIP_DEFLATED) as file:
        schema = json.loads(source.read(SCHEMA))
        numbers: dict[int, int] = {}
        arrays: dict[str, str] = {}
        for node in _nodes(schema):
            node["__id__"] = numbers.setdefault(node["__id__"], len(numbers) + 1)
            if isinstance(node.get("file"), str):
                node["file"] = arrays.setdefault(node["file"], f"{len(arrays)}.npy")
        file.writestr(ZipInfo(ORIGIN), json.dumps(origin, indent=1, ensure_ascii=False), ZIP_DEFLATED)
        file.writestr(ZipInfo(SCHEMA), json.dumps(schema), ZIP_DEFLATED)
        for name, renamed in arrays.items():
            file.writestr(ZipInfo(renamed), source.read(name), ZIP_DEFLATED)
    return target.getvalue()


def origin_of(program: Path, task: str) -> Row:
    """Where a model of this program comes from, as its file says it.

    `program` is the name of the file in `baselines/` without its ending, `scheme` the labels of the task's predicted
    tables, `code` a sha256 over the sources that give a state its meaning: the program's, tokenisation's and those of
    `communique.models`.
    """
    engine = sorted((path for path in files(models).iterdir() if path.name.endswith(".py")), key=lambda path: path.name)
    sources = [source.read_bytes() for source in (program, files(communique).joinpath("text.py"), *engine)]
    scheme = {
        f"{table}.{field.name}": list(field.labels)
        for table in PREDICTED_TABLES[task]
        for field in PREDICTED[table]
        if field.kind == "label"
    }
    return {
        "program": program.stem,
        "task": task,
        "data_version": DATA_VERSION,
        "package_version": __version__,
        "scheme": scheme,
        "code": hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in sources)).hexdigest(),
    }


def save(path: Path, state: Mapping[str, Any], origin: Row) -> None:
    """Write a trained state and its origin, atomically. Raises `TypeError` for a type that could not be read back."""
    content = _canonical(skops.io.dumps(_packed(dict(state))), origin)
    with ZipFile(io.BytesIO(content)) as file:
        untrusted = _untrusted(json.loads(file.read(SCHEMA)))
    if untrusted:
        raise TypeError(f"a state cannot hold {', '.join(untrusted)}")
    write_bytes(path, content)


def _no_model(path: Path, why: str) -> NoReturn:
    hint = "save a model with baselines/NAME.py --save FILE.skops"
    raise ProblemsError([Problem(str(path), "bad-value", f"not a model file: {why}", hint)])


def read_origin(path: Path) -> Row:
    """What a model file says about where it comes from. Raises `ProblemsError` for a file that is no model."""
    try:
        with ZipFile(path) as file:
            size = sum(member.file_size for member in file.infolist())
            if size > MAX_BYTES:
                hint = "load models that you or somebody you trust has saved"
                raise ProblemsError([Problem(str(path), "too-large", f"unpacks to {size:,} bytes", hint)])
            origin = parse_json(file.read(ORIGIN).decode(), f"{path.name}/{ORIGIN}")
    except (FileNotFoundError, IsADirectoryError):
        raise ProblemsError([Problem(str(path), "missing-file", "no such file", "check the path")]) from None
    except KeyError:
        _no_model(path, f"it holds no {ORIGIN}")
    except (BadZipFile, zlib.error, EOFError, RuntimeError, UnicodeDecodeError) as error:
        _no_model(path, str(error))
    if not isinstance(origin, dict) or not all(isinstance(origin.get(name), str) for name in ("program", "code")):
        _no_model(path, f"{ORIGIN} does not say where it comes from")
    return origin


def _origin_problems(place: str, found: Row, expected: Row) -> list[Problem]:
    program = expected["program"]
    again = f"train again: baselines/{program}.py --save FILE.skops"
    if (found["program"], found.get("task")) != (program, expected["task"]):
        message = f"a model of {found['program']!r} for {found.get('task')!r}, not of {program!r}"
        return [Problem(place, "bad-value", message, f"load it with baselines/{found['program']}.py")]
    version = found.get("data_version")
    if found.get("scheme") != expected["scheme"] or str(version).split(".")[0] != DATA_VERSION.split(".")[0]:
        message = f"made for the scheme of data version {version}, and this is {DATA_VERSION}"
        return [Problem(place, "unknown-label", message, again)]
    if found["code"] != expected["code"]:
        message = f"saved by other code of {program} or of communique.models (package {found.get('package_version')})"
        return [Problem(place, "bad-value", message, again)]
    return []


def load(path: Path, expected: Row) -> dict[str, Any]:
    """Read the state of a model file, which predicts what the saved one did.

    Args:
        path: the file.
        expected: the origin that its program now has, `origin_of`.

    Raises:
        ProblemsError: for a file that is no model, one of another program or of another scheme, one saved by other
            code, and one that names any type that is not on the closed list; then nothing of it was built.
    """
    refuse(_origin_problems(str(path), read_origin(path), expected))
    try:
        content = path.read_bytes()
        with ZipFile(io.BytesIO(content)) as file:
            untrusted = _untrusted(json.loads(file.read(SCHEMA)))
        if not untrusted:
            state = _unpacked(skops.io.loads(content, trusted=sorted(trusted_types())))
    except Exception as error:  # a broken or forged file can fail anywhere in zipfile, skops and NumPy
        _no_model(path, f"{type(error).__name__}: {error}")
    if untrusted:
        message = "names types that are not trusted: " + ", ".join(untrusted)
        raise ProblemsError([Problem(str(path), "bad-value", message, "do not use it: no program here saved it")])
    if not isinstance(state, dict):
        _no_model(path, f"its state is a {type(state).__name__}")
    return state
