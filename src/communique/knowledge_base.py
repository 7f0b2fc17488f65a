"""The knowledge base: one row per entity that articles may share, of the real world and of the fictional one."""

from pathlib import Path

from communique.files import read_json_lines
from communique.problems import Problem, refuse
from communique.rows import duplicates, row_problems
from communique.schema import CONFIGS, Row
from communique.world import knowledge_base_rows, load_world


def load_knowledge_base(seeds: Path) -> list[Row]:
    """Read `seeds/knowledge_base.jsonl` (real entities) and `seeds/world`, sorted by id.

    Raises `ProblemsError` that lists every fault. Without a folder `world` there are only the real entities.
    """
    rows = read_json_lines(seeds / "knowledge_base.jsonl")
    if (seeds / "world").is_dir():
        rows += [(f"world {row['id']}", row) for row in knowledge_base_rows(load_world(seeds / "world"))]
    fields = tuple(field for field in CONFIGS["knowledge_base"] if not field.listed)
    problems: list[Problem] = []
    for place, row in rows:
        aliases = row.get("aliases")
        problems += row_problems(place, {key: value for key, value in row.items() if key != "aliases"}, fields)
        if not isinstance(aliases, list) or not all(isinstance(alias, str) and alias for alias in aliases):
            problems.append(Problem(place, "wrong-type", f"aliases is {aliases!r}", "a list of non-empty strings"))
    refuse(problems)
    keys = [(number, row.get("id"), f"the id {row.get('id')!r}") for number, (_, row) in enumerate(rows)]
    refuse(duplicates("knowledge base", keys, "duplicate-id", "one row per entity"))
    return sorted((row for _, row in rows), key=lambda row: str(row["id"]))
