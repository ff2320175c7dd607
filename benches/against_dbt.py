"""Times commands of hcdbt, of dbt-core and of DuckDB alone on the same project.

    python benches/against_dbt.py --models 1000 --dbt dbt --hcdbt target/release/hcdbt
    python benches/against_dbt.py --project my_project --dbt dbt
    python benches/against_dbt.py --models 1000 --dbt '' --commands parse,compile,build

Each command runs from nothing (no `target/` folder, no database), the tools by
turns so that all meet the same machine, and the round that took the least
processor time counts: on a busy machine the wall clock measures the others.
For `build` the same SQL is run straight in DuckDB as well (`direct.py`), and the
difference is told for each node. The tables go to standard output, as Markdown.

The project is generated (`make_project.py`), or a copy of one whose
`profiles.yml` lies in its folder and has `bench.duckdb` as its path.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from make_project import make


@dataclass
class Took:
    """What a command took: seconds of processor and clock, peak megabytes."""

    cpu: float
    wall: float
    memory: float


def timed(arguments: list[str], folder: Path) -> Took:
    """Runs a command in the project's folder, which must succeed."""
    environment = {
        **os.environ,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_PROFILES_DIR": str(folder),
    }
    log = folder / "bench.log"
    with log.open("w") as output:
        started = time.monotonic()
        process = subprocess.Popen(
            arguments, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        command = " ".join(arguments)
        sys.exit(f"`{command}` ended with {process.returncode}:\n{log.read_text()[-3000:]}")
    # Linux counts kilobytes, macOS bytes.
    per_mb = 1024 * 1024 if sys.platform == "darwin" else 1024
    return Took(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / per_mb)


def from_nothing(folder: Path) -> None:
    """Takes away what a command has left. The folder of a large project is moved
    aside, not deleted: ext4 gives out no inode that was freed a moment ago, and
    looking for others is what the next command would be timed at."""
    target = folder / "target"
    if target.exists():
        target.rename(folder.parent / f"target-{time.monotonic_ns()}")
    for file in folder.glob("bench.duckdb*"):
        file.unlink()


def best_of(rounds: int, tools: dict[str, str], command: str, folder: Path) -> dict[str, Took]:
    best: dict[str, Took] = {}
    for _ in range(rounds):
        for name, tool in tools.items():
            from_nothing(folder)
            took = timed([tool, *command.split()], folder)
            best[name] = min(best.get(name, took), took, key=lambda took: took.cpu)
    return best


def row(command: str, tool: str, took: Took, times: str) -> None:
    print(
        f"| `{command}` | {tool} | {took.cpu:.3f} | {took.wall:.3f} | {took.memory:.0f} | {times} |",
        flush=True,
    )


def direct(rounds: int, hcdbt: str, folder: Path) -> tuple[Took, int]:
    """Runs the project's SQL straight in DuckDB; gives the number of statements too."""
    from_nothing(folder)
    timed([hcdbt, "compile"], folder)
    script = [sys.executable, str(Path(__file__).with_name("direct.py")), str(folder)]
    best = min((timed(script, folder) for _ in range(rounds)), key=lambda took: took.cpu)
    return best, int((folder / "bench.log").read_text())


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--models", type=int, default=1000)
    arguments.add_argument("--project", type=Path, help="a project to copy, in place of a generated one")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--commands", default="--version,parse,compile,build")
    arguments.add_argument("--dbt", default="dbt", help="empty to leave dbt out")
    arguments.add_argument("--hcdbt", default="target/release/hcdbt")
    given = arguments.parse_args()
    # What names a path is looked up from here, not from the project.
    tools = {
        name: str(Path(tool).absolute()) if os.sep in tool else tool
        for name, tool in [("dbt", given.dbt), ("hcdbt", given.hcdbt)]
        if tool
    }
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "project"
        if given.project:
            ignored = shutil.ignore_patterns("target", "logs", "*.duckdb")
            shutil.copytree(given.project, folder, symlinks=True, ignore=ignored)
        else:
            make(folder, given.models)
        print(f"Best of {given.rounds}, {os.cpu_count()} processors.\n")
        print("| command | tool | CPU s | s | peak MB | times the CPU of hcdbt |")
        print("|---|---|---|---|---|---|")
        for command in given.commands.split(","):
            best = best_of(given.rounds, tools, command, folder)
            for name, took in best.items():
                row(command, name, took, f"{took.cpu / best['hcdbt'].cpu:.1f}")
            if command != "build":
                continue
            alone, count = direct(given.rounds, tools["hcdbt"], folder)
            row("the same SQL", "DuckDB", alone, f"{alone.cpu / best['hcdbt'].cpu:.2f}")
            more = (best["hcdbt"].cpu - alone.cpu) / count * 1000
            print(f"\n{count} nodes: {more:.2f} ms of CPU for each beyond what DuckDB takes.")


if __name__ == "__main__":
    main()
