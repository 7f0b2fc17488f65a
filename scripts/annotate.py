"""Label any texts with a model that a baseline saved, in shards, by several processes, taking up what was left off."""

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from communique.annotate import PLAN, REJECTED, Job, label, prepared, result_hash
from communique.inputs import Record, column_problems, records
from communique.models.store import read_origin
from communique.problems import Problem, ProblemsError, refuse

ROOT = Path(__file__).parents[1]
EXAMPLE = """example:
  python baselines/entities.py --save names.skops
  python scripts/annotate.py texts/ labels/ --model names.skops
  python scripts/annotate.py articles.parquet labels/ --model names.skops --workers 8

INPUT is a folder of .txt files, a .txt file, JSON Lines (.jsonl) or Parquet (.parquet) with `id` and `text`, or a
folder that `datasets` saved. OUTPUT gets NNNNN.jsonl with a row for each article, in the order of the input: `id` and
the model's tables, offsets in code points, half-open. The same command goes on where a run was stopped.

Ends with 0 when every row is labelled, 3 when all but the rejected ones are, 1 when something failed.
"""


def arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("input", type=Path, metavar="INPUT", help="the texts")
    parser.add_argument("output", type=Path, metavar="OUTPUT", help="folder for the labels")
    parser.add_argument(
        "--model", type=Path, required=True, metavar="FILE.skops", help="what a baseline wrote with --save"
    )
    parser.add_argument(
        "--workers", type=int, default=os.cpu_count() or 1, help="processes at a time (default: CPUs, %(default)s)"
    )
    parser.add_argument("--articles", type=int, default=500, help="most articles in a shard (default: %(default)s)")
    given = parser.parse_args(argv)
    if given.workers < 1 or given.articles < 1:
        parser.error("--workers and --articles count from 1")
    return given


def program_of(model: Path) -> Path:
    """The baseline that saved a model."""
    name = read_origin(model)["program"]
    programs = {program.stem: program for program in sorted((ROOT / "baselines").glob("*.py"))}
    if name not in programs:
        hint = "programs: " + ", ".join(programs)
        refuse([Problem(str(model), "bad-value", f"a model of {name!r}, which baselines/ does not have", hint)])
    return programs[name]


def saved_dataset(folder: Path) -> Iterator[Record]:
    """The rows of all splits of a folder that `datasets` saved."""
    from datasets import Dataset, load_from_disk

    try:
        found = load_from_disk(str(folder))
    except (ValueError, OSError) as error:
        raise ProblemsError([Problem(str(folder), "bad-value", f"no saved dataset: {error}", "check it")]) from None
    splits = {folder.name: found} if isinstance(found, Dataset) else {f"{folder.name}/{x}": found[x] for x in found}
    refuse(problem for place, rows in splits.items() for problem in column_problems(place, rows.column_names))
    return (
        (f"{place} row {number}", row)
        for place, rows in splits.items()
        for number, row in enumerate(rows.select_columns(["id", "text"]))
    )


def main(argv: list[str] | None = None) -> int:
    given = arguments(argv)
    saved = any((given.input / name).exists() for name in ("state.json", "dataset_dict.json"))
    try:
        job = Job(given.input, given.output, given.model, program_of(given.model), given.articles)
        plan = prepared(job, saved_dataset(given.input) if saved else records(given.input))
        failed = label(job, plan, given.workers)
        total = "" if failed else result_hash(job, plan)
    except (ProblemsError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"stopped; the same command goes on, or delete {given.output} to begin again", file=sys.stderr)
        return 130
    shards = plan["shards"]
    for name, told in failed.items():
        print(f"shard {name} failed: {told}", file=sys.stderr)
    if failed:
        print(f"{len(failed)} of {len(shards)} shards failed; the same command tries them again", file=sys.stderr)
        return 1
    articles = sum(shard["articles"] for shard in shards)
    print(f"{articles:,} articles labelled in {len(shards):,} shards, listed in {given.output / PLAN}")
    if plan["rejected"]:
        print(f"{plan['rejected']:,} rows rejected, told in {given.output / REJECTED}", file=sys.stderr)
    print(f"sha256 {total}")
    return 3 if plan["rejected"] else 0


if __name__ == "__main__":
    sys.exit(main())
