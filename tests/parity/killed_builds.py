#!/usr/bin/env python3
"""Kills builds of the reference project at random moments, runs them again, and compares
what is there then with what an undisturbed run makes.

Built are `models/visit_events` and `models/revenue_cycle`, which load files
incrementally: the first delivery is there, and the second is killed while it is loaded.
Compared is every row of every table, without the columns that tell which run loaded it
and when; of the audit log, how many rows the incremental loads brought in all.

    tests/parity/killed_builds.py --kills 50 [--seed 1] [--vars '{...}']

`--vars` names other data, of which there is one delivery; then an empty database is
what the first build begins with. hcdbt is taken from HCDBT, else from target/debug.
Exits with 0 when every run ended in the same state.
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from tools import ROOT, default_hcdbt

SELECT = ["--select", "path:../models/visit_events", "path:../models/revenue_cycle"]
SECOND = "{revenue_cycle_dir: data/revenue_cycle/delivery_2}"
DATABASE = "claims_warehouse.duckdb"
# Which run loaded a row, and when.
OF_THE_RUN = ("load_id", "loaded_at")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--vars", default=None)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="hcdbt-kills-") as folder:
        folder = pathlib.Path(folder)
        before = folder / "before"
        before.mkdir()
        if not options.vars:
            run(before, "build", *SELECT)
        variables = options.vars or SECOND
        undisturbed = copy(before, folder / "undisturbed")
        seconds = timed(undisturbed, variables)
        expected = state(undisturbed)
        print(f"{len(expected)} tables; an undisturbed build takes {seconds:.1f} s")
        different = killed = 0
        while killed < options.kills:
            trial = copy(before, folder / "trial")
            after = chance.uniform(0, seconds)
            # A machine that was busy before may be faster now: a build that ended is no kill.
            was_killed = kill(trial, after, "build", *SELECT, "--vars", variables)
            seconds = min(seconds, timed(trial, variables)) if was_killed else 0.8 * seconds
            found = state(trial)
            wrong = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
            killed += was_killed
            different += bool(wrong)
            if wrong:
                print(f"  kill {killed}, after {after:.2f} s: {', '.join(wrong)}")
            shutil.rmtree(trial)
        print(f"{killed} builds were killed while they ran; {different} ended in another state")
    return 1 if different else 0


def timed(folder, variables):
    """Builds, and returns how many seconds it took."""
    started = time.monotonic()
    run(folder, "build", *SELECT, "--vars", variables)
    return time.monotonic() - started


def copy(before, to):
    shutil.copytree(before, to)
    return to


def command(folder, *args):
    hcdbt = os.environ.get("HCDBT") or default_hcdbt()
    project = ["--project-dir", str(ROOT / "project"), "--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]
    return [hcdbt, *args, *project]


def environment():
    return {**os.environ, "CLAIMS_WAREHOUSE_DIR": str(ROOT / "project")}


def run(folder, *args):
    done = subprocess.run(command(folder, *args), cwd=folder, env=environment(), capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"hcdbt {' '.join(args)} failed:\n{done.stderr[-3000:]}")
    return done.stdout


def kill(folder, after, *args):
    """Starts a build and kills it; says whether it was still running then."""
    process = subprocess.Popen(
        command(folder, *args), cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        process.wait(timeout=after)
        return False
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True


def rows(folder, sql):
    out = run(folder, "show", "--quiet", "--inline", sql, "--output", "json", "--limit", "-1")
    return json.loads(out)["show"]


def state(folder):
    """Returns a digest of each table."""
    names = rows(
        folder,
        "select schema_name, table_name from duckdb_tables() "
        "where schema_name in ('visit_events', 'bronze', 'silver', 'gold') order by all",
    )
    names = [(row["schema_name"], row["table_name"]) for row in names]
    hidden = ", ".join(f"'{name}'" for name in OF_THE_RUN)
    parts = []
    for schema, table in names:
        relation = f'"{schema}"."{table}"'
        if table == "load_audit":
            relation = (
                f"(select table_name, datasource, sum(rows_loaded) as n from {relation} "
                "where load_type = 'incremental' group by all)"
            )
        shown = f"select columns(name -> name not in ({hidden})) from {relation}"
        parts.append(
            f"select '{schema}.{table}' as name, count(*) as n, "
            f"coalesce(md5(string_agg(md5(cast(r as varchar)), '' order by md5(cast(r as varchar)))), '') as digest from ({shown}) as r"
        )
    found = rows(folder, " union all ".join(parts))
    return {row["name"]: (row["n"], row["digest"]) for row in found}


if __name__ == "__main__":
    sys.exit(main())
