#!/usr/bin/env python3
"""Builds the reference project with dbt and with hcdbt and compares what they made.

Each tool works in its own copy of the project, through the same four steps:

  early     the claims of the last deliveries are not there yet
  late      they have arrived; the incremental model takes them in
  refresh   everything is built anew, which must change nothing
  defects   the target with planted defects, where exactly the tests named in
            project/defects.yml must fail

After each step both databases must hold the same relations with the same columns,
types and rows, in whatever order, and both tools must report the same status for
every node.

dbt is given the package `healthcare` as a folder, and `delete+insert` in place of
`insert_overwrite`, which it does not have on DuckDB.

Needs the Python package `duckdb` in the version that both tools use. dbt is taken
from the variable DBT, else from PATH; hcdbt from HCDBT, else from target/debug.
Exits with 0 when all is equal, or when there is no dbt to compare with, else with 1.
"""

import os
import pathlib
import re
import shutil
import sys
import tempfile

from databases import Database, differences
from tools import ROOT, Tool, default_hcdbt, differing_statuses

DATABASES = {"dev": "claims_warehouse.duckdb", "defects": "claims_warehouse_defects.duckdb"}
LATE_DELIVERIES = ["claims_2024_12.csv", "claims_2025_01.csv", "claims_2025_02.csv", "claims_2025_03.csv"]


def main():
    dbt = os.environ.get("DBT") or shutil.which("dbt")
    if not dbt:
        print("skipped: there is no dbt to compare with (set DBT, or put dbt on PATH)")
        return 0
    hcdbt = os.environ.get("HCDBT") or default_hcdbt()
    if not shutil.which(hcdbt):
        print(f"there is no hcdbt at {hcdbt}: run `cargo build`, or set HCDBT")
        return 1
    try:
        import duckdb  # noqa: F401
    except ImportError:
        print("skipped: the Python package `duckdb`, which reads both databases, is not installed")
        return 0

    with tempfile.TemporaryDirectory(prefix="hcdbt-parity-") as folder:
        tools = [Builder("dbt", dbt, pathlib.Path(folder)), Builder("hcdbt", hcdbt, pathlib.Path(folder))]
        problems = []
        for step in (early, late, refresh, defects):
            problems += step(tools)
            if problems:
                # What follows builds on this step and would repeat its mistakes.
                break
    for problem in problems:
        print(f"  {problem}")
    print("different" if problems else "equal")
    return 1 if problems else 0


def early(tools):
    for tool in tools:
        tool.hold_back(LATE_DELIVERIES)
        tool.build("dev", expect=0)
    return compare("early", tools, "dev")


def late(tools):
    for tool in tools:
        tool.deliver(LATE_DELIVERIES)
        tool.build("dev", expect=0)
    return compare("late", tools, "dev")


def refresh(tools):
    problems = []
    for tool in tools:
        incremental = tool.folder / "incremental" / DATABASES["dev"]
        incremental.parent.mkdir()
        # A view names the catalog, so that the copy keeps the name of the file.
        shutil.copy(tool.folder / DATABASES["dev"], incremental)
        tool.build("dev", "--full-refresh", expect=0)
        # The log of loads has one more row for each load.
        found, _ = differences(
            Database(incremental, tool.folder), tool.database("dev"), "incremental", "rebuilt",
            ignored=lambda name: name == "bronze.load_audit",
        )
        problems += [f"{tool.name}: {difference}" for difference in found]
    return problems + compare("refresh", tools, "dev")


def defects(tools):
    planted = set(re.findall(r"^ *test: *(\S+)$", (ROOT / "project/defects.yml").read_text(), re.M))
    problems = []
    for tool in tools:
        tool.build("defects", expect=1)
        failed = {name for name, status in tool.statuses().items() if status == "fail"}
        failed = {name.split(".")[2] for name in failed}
        problems += [f"{tool.name} did not find the defect of {name}" for name in sorted(planted - failed)]
        problems += [f"{tool.name}: {name} failed unexpectedly" for name in sorted(failed - planted)]
    return problems + compare("defects", tools, "defects")


class Builder(Tool):
    """A tool and its copy of the reference project."""

    def __init__(self, name, program, folder):
        super().__init__(name, program, folder)
        self.project = self.folder / "project"
        self.held_back = folder / f"{name}-held-back"
        self.held_back.mkdir()
        for part in ("project", "models", "seeds", "tests/sql"):
            self.copy(ROOT / part, part)
        self.arguments = []
        if name == "dbt":
            self.copy(ROOT / "src/healthcare", "src/healthcare")
            (self.project / "packages.yml").write_text("packages:\n  - local: ../src/healthcare\n")
            if self.run(["deps", "--project-dir", "project"]) != 0:
                sys.exit(f"dbt deps failed:\n{self.output}")
            self.arguments = ["--vars", "{partition_strategy: delete+insert}"]

    def claims(self):
        return self.project / "data" / "landing" / "claims"

    def hold_back(self, names):
        for name in names:
            shutil.move(self.claims() / name, self.held_back / name)

    def deliver(self, names):
        for name in names:
            shutil.move(self.held_back / name, self.claims() / name)

    def build(self, target, *arguments, expect):
        command = ["build", "--target", target, *arguments, *self.arguments, "--project-dir", "project", "--profiles-dir", "project"]
        code = self.run(command)
        if code != expect:
            print(self.output)
            sys.exit(f"{self.name} exited with {code} instead of {expect}: {' '.join(command)}")

    def database(self, target):
        return Database(self.folder / DATABASES[target], self.folder)


def compare(step, tools, target):
    one, other = tools
    left, right = (tool.database(target) for tool in tools)
    problems, relations = differences(left, right, one.name, other.name)
    problems += differing_statuses(one, other)
    rows = sum(relation.row_count for relation in relations.values())
    print(
        f"{step:8} {len(relations)} relations, {rows} rows, {len(one.statuses())} results; "
        f"{one.name} {one.seconds:.1f} s, {other.name} {other.seconds:.1f} s",
        flush=True,
    )
    return [f"{step}: {problem}" for problem in problems]


if __name__ == "__main__":
    sys.exit(main())
