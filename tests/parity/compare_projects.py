#!/usr/bin/env python3
"""Runs the commands on a project with dbt and with hcdbt and compares what they made.

Each tool works in its own copy of the project. After each command, both must have
exited alike and report the same status for every node; in the end the databases
must hold the same relations with the same columns, types and rows, in whatever order.

The project keeps its `profiles.yml` and its packages in its folder, and one
DuckDB file, found by looking for it after the run. A profile that reads the
variable DBT_DUCKDB_PATH is given a path in the copy.

Needs the Python package `duckdb` in the version that both tools use.
Exits with 0 when all is equal, else with 1.
"""

import argparse
import fnmatch
import pathlib
import shlex
import shutil
import sys
import tempfile

from databases import EXAMPLES, Database, differences
from tools import Tool, default_hcdbt, differing_statuses


def main():
    arguments = read_arguments()
    with tempfile.TemporaryDirectory(prefix="hcdbt-compare-") as made:
        folder = (arguments.keep or pathlib.Path(made)).resolve()
        tools = [
            Tool(name, program, folder)
            for name, program in (("dbt", arguments.dbt), ("hcdbt", arguments.hcdbt))
        ]
        for tool in tools:
            if not shutil.which(tool.program):
                sys.exit(f"there is no program {tool.program}")
            shutil.rmtree(tool.folder, ignore_errors=True)
            tool.copy(arguments.project)
            tool.environment = {
                "DBT_DUCKDB_PATH": str(tool.folder / "warehouse.duckdb"),
                "DBT_PROFILES_DIR": str(tool.folder),
            }
        problems = []
        for command in arguments.commands.split(";"):
            problems += run(command.strip(), tools)
        problems += compare(tools, arguments)
    for problem in problems:
        print(f"  {problem}")
    print("different" if problems else "equal")
    return 1 if problems else 0


def read_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("project", type=pathlib.Path)
    parser.add_argument("--commands", default="seed;run;test", help="commands, separated by `;`")
    parser.add_argument("--dbt", default="dbt")
    parser.add_argument("--hcdbt", default=default_hcdbt())
    parser.add_argument("--ignore", default="", help="globs of `schema.relation` to leave out, separated by `,`")
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="how many differing rows to print")
    parser.add_argument("--keep", type=pathlib.Path, help="where to put both copies, and leave them")
    arguments = parser.parse_args()
    if not (arguments.project / "dbt_project.yml").exists():
        parser.error(f"there is no dbt_project.yml in {arguments.project}")
    return arguments


def run(command, tools):
    problems = []
    codes = [tool.run(shlex.split(command)) for tool in tools]
    one, other = tools
    if codes[0] != codes[1]:
        problems.append(f"{command}: {one.name} exited with {codes[0]}, {other.name} with {codes[1]}")
        # Where one could not start at all, its words are all there is to go by.
        problems += [f"  {tool.name}: {line}" for tool in tools if not tool.statuses() for line in tool.output.splitlines()[-10:]]
    problems += [f"{command}: {problem}" for problem in differing_statuses(one, other)]
    count = len(one.statuses())
    print(f"{command:20} {count} results; {one.name} {one.seconds:.1f} s, {other.name} {other.seconds:.1f} s", flush=True)
    return problems


def compare(tools, arguments):
    files = [sorted(path.relative_to(tool.folder) for path in database_files(tool)) for tool in tools]
    if files[0] != files[1]:
        return [f"{tool.name} made these databases: {', '.join(map(str, made)) or 'none'}" for tool, made in zip(tools, files)]
    patterns = [pattern for pattern in arguments.ignore.split(",") if pattern]
    problems = []
    for file in files[0]:
        left, right = (Database(tool.folder / file, tool.folder) for tool in tools)
        found, relations = differences(
            left, right, *(tool.name for tool in tools),
            ignored=lambda name: any(fnmatch.fnmatch(name, pattern) for pattern in patterns),
            examples=arguments.examples,
        )
        rows = sum(relation.row_count for relation in relations.values())
        print(f"{file}: {len(relations)} relations, {rows} rows")
        problems += found
    return problems


def database_files(tool):
    return [path for path in tool.folder.rglob("*") if path.suffix in (".duckdb", ".db") and path.is_file()]


if __name__ == "__main__":
    sys.exit(main())
