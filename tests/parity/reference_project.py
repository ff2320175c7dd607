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

Needs the Python package `duckdb` in the version that both tools use. dbt is taken
from the variable DBT, else from PATH; hcdbt from HCDBT, else from target/debug.
Exits with 0 when all is equal, or when there is no dbt to compare with, else with 1.
"""

import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATABASES = {"dev": "claims_warehouse.duckdb", "defects": "claims_warehouse_defects.duckdb"}
LATE_DELIVERIES = ["claims_2024_12.csv", "claims_2025_01.csv", "claims_2025_02.csv", "claims_2025_03.csv"]
EXAMPLES = 3


def main():
    dbt = os.environ.get("DBT") or shutil.which("dbt")
    if not dbt:
        print("skipped: there is no dbt to compare with (set DBT, or put dbt on PATH)")
        return 0
    hcdbt = os.environ.get("HCDBT") or str(ROOT / "target" / "debug" / "hcdbt")
    if not shutil.which(hcdbt):
        print(f"there is no hcdbt at {hcdbt}: run `cargo build`, or set HCDBT")
        return 1
    try:
        import duckdb  # noqa: F401
    except ImportError:
        print("skipped: the Python package `duckdb`, which reads both databases, is not installed")
        return 0

    with tempfile.TemporaryDirectory(prefix="hcdbt-parity-") as folder:
        tools = [Tool("dbt", dbt, pathlib.Path(folder)), Tool("hcdbt", hcdbt, pathlib.Path(folder))]
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
        incremental = read_database(tool.folder / DATABASES["dev"])
        tool.build("dev", "--full-refresh", expect=0)
        rebuilt = read_database(tool.folder / DATABASES["dev"])
        for difference in differences(incremental, rebuilt, "incremental", "rebuilt"):
            problems.append(f"{tool.name}: {difference}")
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


class Tool:
    """A program that runs dbt projects, and its copy of the project."""

    def __init__(self, name, program, folder):
        self.name = name
        self.program = program
        self.folder = folder / name
        self.held_back = folder / f"{name}-held-back"
        self.held_back.mkdir()
        ignore = shutil.ignore_patterns("target", "logs", "*.duckdb")
        for part in ("project", "models", "seeds", "tests/sql"):
            shutil.copytree(ROOT / part, self.folder / part, ignore=ignore)

    def claims(self):
        return self.folder / "project" / "data" / "landing" / "claims"

    def hold_back(self, names):
        for name in names:
            shutil.move(self.claims() / name, self.held_back / name)

    def deliver(self, names):
        for name in names:
            shutil.move(self.held_back / name, self.claims() / name)

    def build(self, target, *arguments, expect):
        command = [self.program, "build", "--target", target, *arguments]
        command += ["--project-dir", "project", "--profiles-dir", "project"]
        # Variables of the surrounding shell must not reach only one of them.
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DBT_", "HCDBT_", "CLAIMS_"))
        }
        start = time.monotonic()
        run = subprocess.run(
            command, cwd=self.folder, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        self.seconds = time.monotonic() - start
        if run.returncode != expect:
            print(run.stdout)
            sys.exit(f"{self.name} exited with {run.returncode} instead of {expect}: {' '.join(command)}")

    def statuses(self):
        results = json.loads((self.folder / "project/target/run_results.json").read_text())
        return {result["unique_id"]: result["status"] for result in results["results"]}


def compare(step, tools, target):
    one, other = tools
    left, right = (read_database(tool.folder / DATABASES[target]) for tool in tools)
    problems = differences(left, right, one.name, other.name)
    mine, theirs = one.statuses(), other.statuses()
    for unique_id in sorted(mine.keys() | theirs.keys()):
        a, b = mine.get(unique_id, "absent"), theirs.get(unique_id, "absent")
        if a != b:
            problems.append(f"{unique_id} is {a} in {one.name}, {b} in {other.name}")
    rows = sum(sum(relation.rows.values()) for relation in left.values())
    print(
        f"{step:8} {len(left)} relations, {rows} rows, {len(mine)} results; "
        f"{one.name} {one.seconds:.1f} s, {other.name} {other.seconds:.1f} s"
    )
    return [f"{step}: {problem}" for problem in problems]


class Relation:
    def __init__(self, kind, columns, rows):
        self.kind = kind
        self.columns = columns
        self.rows = rows


def read_database(path):
    import duckdb

    relations = {}
    with duckdb.connect(str(path), read_only=True) as connection:
        listed = connection.execute(
            "select table_schema, table_name, table_type from information_schema.tables order by all"
        ).fetchall()
        for schema, name, kind in listed:
            quoted = f'"{schema}"."{name}"'
            described = connection.execute(f"describe {quoted}").fetchall()
            columns = [(column[0], column[1]) for column in described]
            rows = connection.execute(f"select * from {quoted}").fetchall()
            relations[f"{schema}.{name}"] = Relation(kind, columns, collections.Counter(rows))
    return relations


def differences(left, right, left_name, right_name):
    problems = []
    for name in sorted(left.keys() - right.keys()):
        problems.append(f"{name} is missing in {right_name}")
    for name in sorted(right.keys() - left.keys()):
        problems.append(f"{name} is missing in {left_name}")
    for name in sorted(left.keys() & right.keys()):
        a, b = left[name], right[name]
        if a.kind != b.kind:
            problems.append(f"{name} is a {a.kind} in {left_name}, a {b.kind} in {right_name}")
        if a.columns != b.columns:
            problems.append(f"{name} has other columns: {differing_columns(a, b)}")
        elif a.rows != b.rows:
            only_a, only_b = a.rows - b.rows, b.rows - a.rows
            problems.append(
                f"{name} has other rows: {sum(only_a.values())} only in {left_name}, "
                f"{sum(only_b.values())} only in {right_name}"
            )
            for side, rows in ((left_name, only_a), (right_name, only_b)):
                problems += [f"  {side}: {row}" for row in list(rows)[:EXAMPLES]]
    return problems


def differing_columns(a, b):
    pairs = [pair for pair in zip(a.columns, b.columns) if pair[0] != pair[1]]
    if pairs:
        return f"{' '.join(pairs[0][0])} against {' '.join(pairs[0][1])}"
    return f"{len(a.columns)} against {len(b.columns)}"


if __name__ == "__main__":
    sys.exit(main())
