"""Runs the SQL of a compiled project straight in DuckDB: the least that a build can take.

    hcdbt compile --project-dir FOLDER
    python benches/direct.py FOLDER

Seeds are loaded with `read_csv`, models are created under the names that they have in the
manifest, tests are counted: one statement for each node, in the order of the graph, on one
connection to a new database file. Needs the Python package `duckdb` in hcdbt's version.
Prints how many statements there were.
"""

import json
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb


def statement(node: dict, folder: Path) -> str | None:
    """Returns what a node comes down to in SQL."""
    kind, code = node["resource_type"], node.get("compiled_code")
    materialized = node["config"].get("materialized")
    if kind == "seed":
        path = folder / node["original_file_path"]
        return f"create table {node['relation_name']} as from read_csv('{path}', header = true)"
    if kind == "model" and materialized == "view":
        return f"create view {node['relation_name']} as {code}"
    if kind == "model" and materialized in ("table", "incremental"):
        return f"create table {node['relation_name']} as {code}"
    if kind == "test":
        return f"select count(*) from (\n{code}\n)"
    return None


def main() -> None:
    folder = Path(sys.argv[1]).absolute()
    nodes = json.loads((folder / "target/manifest.json").read_text(encoding="utf-8"))["nodes"]
    reads = {
        name: [id for id in node["depends_on"].get("nodes", []) if id in nodes]
        for name, node in nodes.items()
    }
    first = next(iter(nodes.values()))
    # The names in the SQL begin with the database's, which DuckDB takes from its file.
    file = folder / "target" / f"{first['database']}.duckdb"
    file.unlink(missing_ok=True)
    connection = duckdb.connect(str(file))
    for schema in sorted({node["schema"] for node in nodes.values()}):
        connection.execute(f'create schema if not exists "{first["database"]}"."{schema}"')
    count = 0
    for name in TopologicalSorter(reads).static_order():
        sql = statement(nodes[name], folder)
        if sql is not None:
            connection.execute(sql).fetchall()
            count += 1
    print(count)


if __name__ == "__main__":
    main()
