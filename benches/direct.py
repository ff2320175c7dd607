"""Runs the SQL of a compiled project straight in DuckDB: the least that a build can take.

    hcdbt deps --project-dir FOLDER      # writes out packages that come with the program
    hcdbt compile --full-refresh --project-dir FOLDER
    python benches/direct.py FOLDER

Seeds are loaded with `read_csv`, models and snapshots are created under the names that they
have in the manifest, external models are copied to Parquet, tests are counted: one
statement for each node, in the order of the graph, on one connection to a new database
file. Needs the Python package `duckdb` in hcdbt's version. Prints how many statements there
were and how long they took.
"""

import json
import os
import sys
import time
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb


def statement(node: dict, folder: Path) -> str | None:
    """Returns what a node comes down to in SQL."""
    kind, code = node["resource_type"], node.get("compiled_code")
    materialized = node["config"].get("materialized")
    if kind == "seed":
        package = folder / "dbt_packages" / node["package_name"]
        path = (package if package.exists() else folder) / node["original_file_path"]
        types = node["config"].get("column_types") or {}
        typed = ", ".join(f"'{name}': '{data_type}'" for name, data_type in types.items())
        options = f"header = true, types = {{{typed}}}" if typed else "header = true"
        return f"create table {node['relation_name']} as from read_csv('{path}', {options})"
    if materialized == "external":
        file = folder / "target" / f"{node['name']}.parquet"
        view = f"create view {node['relation_name']} as from read_parquet('{file}')"
        return f"copy (\n{code}\n) to '{file}' (format parquet); {view}"
    if kind == "snapshot":
        since = node["config"].get("updated_at") or "current_timestamp"
        added = f"'' as dbt_scd_id, {since} as dbt_updated_at, {since} as dbt_valid_from, null::timestamp as dbt_valid_to"
        return f"create table {node['relation_name']} as select *, {added} from (\n{code}\n)"
    if kind == "model" and materialized == "view":
        return f"create view {node['relation_name']} as {code}"
    if kind == "model" and materialized in ("table", "incremental"):
        return f"create table {node['relation_name']} as {code}"
    if kind == "test":
        return f"select count(*) from (\n{code}\n)"
    return None


def main() -> None:
    folder = Path(sys.argv[1]).absolute()
    # Files that models read are found from the project's folder.
    os.chdir(folder)
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
    start = time.perf_counter()
    for name in TopologicalSorter(reads).static_order():
        sql = statement(nodes[name], folder)
        if sql is not None:
            connection.execute(sql).fetchall()
            count += 1
    print(f"{count} statements, {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
