#!/usr/bin/env python3
"""Changes a project in some 80 ways and asks dbt and hcdbt what was modified.

The project is tests/fixtures/selection; the changes are in tests/fixtures/state_changes.json.
Each has `edits`, perhaps edits that come `before` the state is recorded, variables and
environment for both, and `truth`: what is built or said differently afterwards, as a person
says (patterns, resources that are read by others counting for themselves alone). What dbt
says for each comparison is recorded under `dbt`, so that the tests need no dbt; `--record`
writes it anew.

Run it with the Python that has dbt-core and dbt-duckdb. hcdbt is taken from HCDBT, else
from target/debug. Prints a line for each change, and how often each tool is right. Exits
with 0 when both say the same, or differ as `ours` of the change says, else with 1.
"""

import contextlib
import fnmatch
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from tools import ROOT, default_hcdbt

FIXTURE = ROOT / "tests" / "fixtures" / "selection"
CHANGES = ROOT / "tests" / "fixtures" / "state_changes.json"
CHECKS = ["new", "modified"] + [
    f"modified.{part}" for part in ("body", "configs", "persisted_descriptions", "relation", "macros", "contract")
]
OUTPUT = ["--quiet", "--output", "json", "--output-keys", "unique_id", "--resource-type", "all"]
OUTPUT += ["--indirect-selection", "empty"]


def main():
    changes = json.loads(CHANGES.read_text())
    os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
    different, right = 0, {"dbt": 0, "hcdbt": 0}
    tools = {"dbt": Dbt(), "hcdbt": Hcdbt()}
    for change in changes:
        said = {name: compare(change, tool) for name, tool in tools.items()}
        change["dbt"] = {check: ids for check, ids in said["dbt"].items() if ids}
        expected = said["dbt"] | change.get("ours", {})
        line = f"{change['kind']:12} {change['name']:30}"
        for name, answer in said.items():
            missed, wrong = judge(answer["modified"], change["truth"])
            right[name] += not missed and not wrong
            line += f" {name}: {'right' if not missed and not wrong else f'missed {missed}, too many {wrong}'};"
        print(line, flush=True)
        for check in CHECKS:
            if expected[check] != said["hcdbt"][check]:
                different += 1
                print(f"    state:{check}: dbt {said['dbt'][check]}")
                print(f"    {' ' * len(check)}      hcdbt {said['hcdbt'][check]}")
    if "--record" in sys.argv:
        CHANGES.write_text(json.dumps(changes, indent=1) + "\n")
    print(f"{len(changes)} changes: dbt is right for {right['dbt']}, hcdbt for {right['hcdbt']}")
    print(f"{different} comparisons differ")
    return 1 if different else 0


def judge(modified, truth):
    if modified == "error":
        return "error", 0
    missed = sum(not any(fnmatch.fnmatch(id, pattern) for id in modified) for pattern in truth)
    wrong = sum(not any(fnmatch.fnmatch(id, pattern) for pattern in truth) for id in modified)
    return missed, wrong


def compare(change, tool):
    before = edited(files_of(FIXTURE), change.get("before", []))
    tool.parse(before, change.get("vars_before", change.get("vars")), change.get("env_before", {}))
    (tool.folder / "state").mkdir(exist_ok=True)
    shutil.copy(tool.folder / "target" / "manifest.json", tool.folder / "state")
    after = edited(before, change["edits"])
    tool.parse(after, change.get("vars"), change.get("env", change.get("env_before", {})))
    return {check: tool.select(change, check) for check in CHECKS}


def files_of(folder):
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".json")
    return {str(path.relative_to(folder)): path.read_text() for path in files}


def edited(files, edits):
    files = dict(files)
    for change in edits:
        name = change["file"]
        if "write" in change:
            files[name] = change["write"]
        elif change.get("remove"):
            del files[name]
        else:
            files[name] = files[name].replace(change["from"], change["to"], 1)
    return files


class Tool:
    """A tool with a folder of its own, in which the project lies in its present form."""

    def __init__(self):
        self.made = tempfile.TemporaryDirectory(prefix="hcdbt-changes-")
        self.folder = pathlib.Path(self.made.name)
        self.written = {}

    def parse(self, files, variables, environment):
        for name in self.written.keys() - files.keys():
            (self.folder / name).unlink()
        for name, text in files.items():
            if self.written.get(name) != text:
                path = self.folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        self.written = files
        os.environ.update(environment)
        try:
            self.read(["--vars", json.dumps(variables)] if variables else [])
        finally:
            for name in environment:
                del os.environ[name]


class Dbt(Tool):
    def read(self, flags):
        from dbt.cli.main import dbtRunner

        # In one folder dbt reads again only what has changed.
        with contextlib.chdir(self.folder):
            ran = dbtRunner().invoke(["--quiet", "parse", *flags])
        self.manifest = ran.result

    def select(self, change, check):
        from dbt.contracts.state import PreviousState
        from dbt.graph.selector_methods import StateSelectorMethod

        state = PreviousState(pathlib.Path("state"), pathlib.Path("target"), self.folder)
        method = StateSelectorMethod(self.manifest, state, [])
        sections = ("nodes", "sources", "exposures", "metrics", "unit_tests", "semantic_models", "saved_queries")
        everything = {id for name in (*sections, "functions") for id in getattr(self.manifest, name)}
        try:
            found = set(method.search(everything, check))
            # `ls` shows no hooks.
            return sorted(id for id in found if not id.startswith("operation."))
        except Exception:
            return "error"


class Hcdbt(Tool):
    program = os.environ.get("HCDBT") or default_hcdbt()

    def read(self, flags):
        subprocess.run([self.program, "--quiet", "parse", *flags], cwd=self.folder, check=True)

    def select(self, change, check):
        environment = os.environ | change.get("env", change.get("env_before", {}))
        variables = ["--vars", json.dumps(change["vars"])] if change.get("vars") else []
        command = ["ls", "--select", f"state:{check}", "--state", "state", *OUTPUT, *variables]
        ran = subprocess.run(
            [self.program, *command], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        lines = [line for line in ran.stdout.splitlines() if line.startswith("{")]
        ids = sorted(json.loads(line)["unique_id"] for line in lines)
        return ids if ran.returncode == 0 else "error"


if __name__ == "__main__":
    sys.exit(main())
