#!/usr/bin/env python3
"""Times `hcdbt diff` beside the same comparison written by hand in SQL.

    cargo build --release && benches/diff.py --rows 100000000

Two tables are made in a database file, the second with known differences: rows
added, removed and changed. Both are run by turns on DuckDB with the same
threads and memory; what hcdbt counts must be what was planted. It needs the
Python package `duckdb`.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

import duckdb

COLUMNS = ["person", "code", "amount", "day", "note"]


def make(path, rows, connect):
    """Makes `before` and `after`, and returns the differences between them."""
    database = connect(path)
    database.execute(f"""
        create or replace table before as select
            range as id, range % 1000003 as person, 'C' || (range % 5000) as code,
            (range % 99991) / 4.0 as amount, date '2020-01-01' + (range % 2000)::int as day,
            case when range % 10 = 0 then null else 'note ' || (range % 300) end as note
        from range({rows})""")
    step = rows // 1000
    database.execute(f"""
        create or replace table after as select
            id, person, case when id % {step} = 3 then 'changed' else code end as code,
            case when id % {step} in (3, 4) then amount + 1 else amount end as amount, day, note
        from before where id % {step} <> 5
        union all
        select range, 0, 'new', 0, date '2030-01-01', null from range({rows}, {rows} + 777)""")
    database.execute("checkpoint")
    database.close()
    return {"added": 777, "removed": 1000, "changed": 2000, "code": 1000, "amount": 2000}


def by_hand(path, connect):
    """Compares as a person would who knows the key and the columns."""
    differs = [f"b.{c} is distinct from a.{c}" for c in COLUMNS]
    both = "b.id is not null and a.id is not null"
    counts = [
        "count(*) filter (b.id is null)",
        "count(*) filter (a.id is null)",
        f"count(*) filter ({both} and ({' or '.join(differs)}))",
        *(f"count(*) filter ({both} and {d})" for d in differs),
    ]
    sql = f"select {', '.join(counts)} from before b full join after a on b.id = a.id"
    sql = sql.replace("filter (", "filter (where ")
    database = connect(path)
    row = database.execute(sql).fetchone()
    database.close()
    return row


def by_hcdbt(program, path, folder):
    command = [program, "diff", "--quiet", "before", "after", "--key", "id", "--output", "json"]
    found = subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE)
    return json.loads(found.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--memory", default="8GB", help="DuckDB's memory_limit")
    parser.add_argument("--program", default="target/release/hcdbt")
    parser.add_argument("--folder", help="where the database is made, and is used again")
    args = parser.parse_args()
    program = os.path.abspath(args.program)
    settings = {"threads": args.threads, "memory_limit": args.memory}
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.folder or temporary
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, "diff.duckdb")

        def connect(path):
            return duckdb.connect(path, config=settings)

        planted = make(path, args.rows, connect)
        with open(os.path.join(folder, "dbt_project.yml"), "w") as file:
            file.write("name: diff\nprofile: diff\n")
        with open(os.path.join(folder, "profiles.yml"), "w") as file:
            file.write(json.dumps({"diff": {"target": "dev", "outputs": {"dev": {
                "type": "duckdb", "path": path, "settings": settings}}}}))
        times = {"by hand": [], "hcdbt": []}
        for _ in range(args.rounds):
            started = time.perf_counter()
            by_hand(path, connect)
            times["by hand"].append(time.perf_counter() - started)
            started = time.perf_counter()
            found = by_hcdbt(program, path, folder)
            times["hcdbt"].append(time.perf_counter() - started)
            changed = {c["column"]: c["changed"] for c in found["columns"]}
            counted = {k: found[k] for k in ("added", "removed", "changed")}
            counted.update(code=changed["code"], amount=changed["amount"])
            if counted != planted:
                sys.exit(f"counted {counted}, planted {planted}")
        for name, seconds in times.items():
            print(f"{name:8} {min(seconds):8.2f} s")
        ratio = min(times["hcdbt"]) / min(times["by hand"])
        print(f"{args.rows:,} rows, counts exact, {ratio:.2f} times the time by hand")


if __name__ == "__main__":
    main()
