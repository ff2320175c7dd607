#!/usr/bin/env python3
"""Selects from one project in some 300 ways with dbt and with hcdbt, and compares.

The project is tests/fixtures/selection, which has every kind of resource. The ways
are the lines of its selections.txt: flags of `ls`. What dbt picks for each is
recorded in selections.json, so that the tests need no dbt; `--record` writes it anew.

Run it with the Python that has dbt-core and dbt-duckdb: dbt is called in this
process, which reads the project once. hcdbt is taken from HCDBT, else from
target/debug. Exits with 0 when all is equal, else with 1.
"""

import contextlib
import io
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

from tools import ROOT, default_hcdbt

FIXTURE = ROOT / "tests" / "fixtures" / "selection"
OUTPUT = ["--quiet", "--output", "json", "--output-keys", "unique_id"]


def main():
    lines = [line for line in (FIXTURE / "selections.txt").read_text().splitlines() if line and line[0] != "#"]
    with tempfile.TemporaryDirectory(prefix="hcdbt-selections-") as made:
        folders = {name: pathlib.Path(made) / name for name in ("dbt", "hcdbt")}
        for folder in folders.values():
            shutil.copytree(FIXTURE, folder)
        dbt = with_dbt(folders["dbt"], lines)
        if "--record" in sys.argv:
            lines_of = (f"{json.dumps(line)}: {json.dumps(ids)}" for line, ids in sorted(dbt.items()))
            (FIXTURE / "selections.json").write_text("{\n" + ",\n".join(lines_of) + "\n}\n")
        hcdbt = with_hcdbt(folders["hcdbt"], lines)
    different = 0
    for line in lines:
        if dbt[line] != hcdbt[line]:
            different += 1
            print(f"ls {line}")
            print(f"  dbt alone:   {only(dbt[line], hcdbt[line])}")
            print(f"  hcdbt alone: {only(hcdbt[line], dbt[line])}")
    print(f"{len(lines)} selections, {different} with a difference")
    return 1 if different else 0


def only(one, other):
    """What one has and the other has not; "error" is that the selection is refused."""
    if not isinstance(one, list):
        return one
    return [id for id in one if not isinstance(other, list) or id not in other]


def ids(output):
    lines = output.splitlines()
    return sorted(json.loads(line)["unique_id"] for line in lines if line.startswith("{"))


def with_dbt(folder, lines):
    from dbt.cli.main import dbtRunner

    os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
    before = os.getcwd()
    os.chdir(folder)
    try:
        manifest = dbtRunner().invoke(["--quiet", "parse", "--no-partial-parse"]).result
        runner = dbtRunner(manifest=manifest)
        picked = {}
        for line in lines:
            with contextlib.redirect_stdout(io.StringIO()):
                ran = runner.invoke(["ls", *shlex.split(line), *OUTPUT])
            picked[line] = ids("\n".join(ran.result or [])) if ran.exception is None else "error"
        return picked
    finally:
        os.chdir(before)


def with_hcdbt(folder, lines):
    program = os.environ.get("HCDBT") or default_hcdbt()
    picked = {}
    for line in lines:
        ran = subprocess.run(
            [program, "ls", *shlex.split(line), *OUTPUT], cwd=folder, capture_output=True, text=True, check=False
        )
        picked[line] = ids(ran.stdout) if ran.returncode == 0 else "error"
    return picked


if __name__ == "__main__":
    sys.exit(main())
