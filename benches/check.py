#!/usr/bin/env python3
"""Times what looks at SQL without running it: `check`, `lineage` and their kin.

    cargo build --release && python3 benches/check.py --models 10000
    python3 benches/check.py --project my_project

Each command runs from nothing (no `target/` folder, no database) and once more
on what it has left; the round that took the least processor time counts. Then
`check --watch` is told of a saved model, again and again: the time is that from
the save to the answer, and the median counts. The table goes to standard output,
as Markdown.

The project is generated (`make_project.py`), or a copy of one whose
`profiles.yml` lies in its folder and has `bench.duckdb` as its path.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from against_dbt import Took, from_nothing, timed
from make_project import make

COMMANDS = ["check", "lineage --output json", "compile", "docs generate --empty-catalog", "phi report"]


def row(command: str, when: str, took: Took) -> None:
    numbers = f"{took.cpu:.2f} | {took.wall:.2f} | {took.memory:.0f}"
    print(f"| `{command}` | {when} | {numbers} |", flush=True)


def best(rounds: int, run, before) -> Took:
    all_took = []
    for _ in range(rounds):
        before()
        all_took.append(run())
    return min(all_took, key=lambda took: took.cpu)


def saved(hcdbt: str, folder: Path, model: Path, times: int) -> list[float]:
    """Saves a model and waits for the answer of `check --watch`; gives seconds."""
    process = subprocess.Popen(
        [hcdbt, "check", "--watch"],
        cwd=folder,
        env={**os.environ, "DBT_PROFILES_DIR": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None

    def answered() -> None:
        for line in process.stderr:
            if line.rstrip().endswith("waiting for changes"):
                return
        raise SystemExit("`check --watch` has ended")

    took = []
    text = model.read_text(encoding="utf-8")
    try:
        answered()
        for i in range(times):
            # Another column for those who read it, and back.
            changed = text.replace("claim_type,", "claim_type, 1 as added,", 1) if i % 2 == 0 else text
            started = time.monotonic()
            model.write_text(changed, encoding="utf-8")
            answered()
            took.append(time.monotonic() - started)
            # Writing may be told in several parts.
            time.sleep(0.3)
    finally:
        process.terminate()
        process.wait()
        model.write_text(text, encoding="utf-8")
    return took


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--models", type=int, default=1000)
    arguments.add_argument("--project", type=Path, help="a project to copy, in place of a generated one")
    arguments.add_argument("--model", help="the model that is saved, below the project's folder")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--saves", type=int, default=20)
    arguments.add_argument("--commands", default=",".join(COMMANDS))
    arguments.add_argument("--hcdbt", default="target/release/hcdbt")
    given = arguments.parse_args()
    hcdbt = str(Path(given.hcdbt).absolute())
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "project"
        if given.project:
            ignored = shutil.ignore_patterns("target", "logs", "*.duckdb")
            shutil.copytree(given.project, folder, symlinks=True, ignore=ignored)
        else:
            make(folder, given.models)
        print(f"Best of {given.rounds}, {os.cpu_count()} processors.\n")
        print("| command | | CPU s | s | peak MB |")
        print("|---|---|---|---|---|")
        for command in filter(None, given.commands.split(",")):
            run = lambda: timed([hcdbt, *command.split()], folder)
            row(command, "from nothing", best(given.rounds, run, lambda: from_nothing(folder)))
            row(command, "again", best(given.rounds, run, lambda: None))
        model = given.model or (None if given.project else "models/intermediate/000/intermediate_00000.sql")
        if model and given.saves:
            from_nothing(folder)
            took = saved(hcdbt, folder, folder / model, given.saves)
            print(f"\nA saved model is checked after {statistics.median(took) * 1000:.0f} ms.")


if __name__ == "__main__":
    main()
