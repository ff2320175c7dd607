"""Times commands of hcdbt and of dbt-core on the same generated project.

    python benches/against_dbt.py --models 1000 --dbt dbt --hcdbt target/release/hcdbt

Each command runs from nothing (no `target/` folder, no database), the tools by
turns so that both meet the same machine, and the best of the rounds counts. The
table goes to standard output, as Markdown.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from make_project import make


def timed(tool: str, command: str, folder: Path) -> tuple[float, float, float]:
    """Runs a command from nothing: wall and CPU seconds, peak memory in MB."""
    shutil.rmtree(folder / "target", ignore_errors=True)
    (folder / "bench.duckdb").unlink(missing_ok=True)
    environment = {
        **os.environ,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_PROFILES_DIR": str(folder),
    }
    log = folder / "bench.log"
    with log.open("w") as output:
        started = time.monotonic()
        process = subprocess.Popen(
            [tool, *command.split()],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"`{tool} {command}` ended with {process.returncode}:\n{log.read_text()[-3000:]}")
    # Linux counts kilobytes, macOS bytes.
    per_mb = 1024 * 1024 if sys.platform == "darwin" else 1024
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / per_mb


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--models", type=int, default=1000)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--commands", default="--version,parse,compile,build")
    arguments.add_argument("--dbt", default="dbt")
    arguments.add_argument("--hcdbt", default="target/release/hcdbt")
    given = arguments.parse_args()
    # What names a path is looked up from here, not from the project.
    tools = {
        name: str(Path(tool).absolute()) if os.sep in tool else tool
        for name, tool in [("dbt", given.dbt), ("hcdbt", given.hcdbt)]
    }

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        make(folder, given.models)
        print(f"{given.models} models, best of {given.rounds}, {os.cpu_count()} processors\n")
        print("| command | dbt s | hcdbt s | times as fast | dbt CPU s | hcdbt CPU s | MB | MB |")
        print("|---|---|---|---|---|---|---|---|")
        for command in given.commands.split(","):
            best: dict[str, tuple[float, float, float]] = {}
            for _ in range(given.rounds):
                for name, tool in tools.items():
                    best[name] = min(best.get(name, (float("inf"),) * 3), timed(tool, command, folder))
            dbt, ours = best["dbt"], best["hcdbt"]
            print(
                f"| `{command}` | {dbt[0]:.2f} | {ours[0]:.3f} | {dbt[0] / ours[0]:.0f} "
                f"| {dbt[1]:.2f} | {ours[1]:.3f} | {dbt[2]:.0f} | {ours[2]:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
