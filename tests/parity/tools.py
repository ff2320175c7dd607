"""The two programs that are compared, each with its own copy of a project."""

import json
import os
import pathlib
import shutil
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Tool:
    """A program that runs dbt projects, in `folder`, where its copy lies."""

    def __init__(self, name, program, folder):
        self.name = name
        self.program = program
        self.folder = folder / name
        # Where the project of the copy is, and so its target folder.
        self.project = self.folder
        self.environment = {}
        self.seconds = 0.0
        self.output = ""

    def copy(self, source, into="."):
        ignored = shutil.ignore_patterns("target", "logs", "*.duckdb", "*.duckdb.wal")
        shutil.copytree(source, self.folder / into, symlinks=True, ignore=ignored, dirs_exist_ok=True)

    def run(self, arguments):
        """Runs a command and returns with what it exited."""
        # The results of the command before must not be taken for this one's.
        self.run_results().unlink(missing_ok=True)
        # Variables of the surrounding shell must not reach only one of them.
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DBT_", "HCDBT_", "CLAIMS_"))
        }
        environment.update(self.environment, DO_NOT_TRACK="1", NO_COLOR="1")
        start = time.monotonic()
        run = subprocess.run(
            [self.program, *arguments], cwd=self.folder, env=environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        self.seconds = time.monotonic() - start
        self.output = run.stdout
        return run.returncode

    def run_results(self):
        return self.project / "target" / "run_results.json"

    def statuses(self):
        """Returns the status of each node that the last command ran."""
        if not self.run_results().exists():
            return {}
        results = json.loads(self.run_results().read_text())["results"]
        return {result["unique_id"]: result["status"] for result in results}


def differing_statuses(one, other):
    """Describes which nodes ended otherwise, the command being the same for both."""
    mine, theirs = one.statuses(), other.statuses()
    problems = []
    for unique_id in sorted(mine.keys() | theirs.keys()):
        a, b = mine.get(unique_id, "absent"), theirs.get(unique_id, "absent")
        if a != b:
            problems.append(f"{unique_id} is {a} in {one.name}, {b} in {other.name}")
    return problems


def default_hcdbt():
    return str(ROOT / "target" / "debug" / "hcdbt")
