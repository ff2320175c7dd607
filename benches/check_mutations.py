#!/usr/bin/env python3
"""Shows what `hcdbt check` catches: mutates models and compares with a run.

Each mutant is one model with one mistake in it: a renamed column, a function
that does not exist, a wrong number of arguments, a name that two tables have,
... It is checked, and then really run (on no rows). What fails to run must be
caught; what runs must not be blamed; an error must point at the changed line.

    cargo build && benches/check_mutations.py --count 300
    benches/check_mutations.py --project PATH   # one of your own
"""

import argparse
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORDS = set(
    """select from where group by order having as and or not in is null on using join left
    right full inner outer cross with case when then else end distinct union all except
    intersect between like over partition rows range limit qualify filter cast exists true
    false asc desc interval date timestamp recursive values lateral current_date""".split()
)


def spans(text):
    """Yields words outside of Jinja, strings and comments: (start, end, word)."""
    skip = r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/|\"[^\"]*\""
    for match in re.finditer(skip + r"|([A-Za-z_][A-Za-z_0-9]*)", text, re.S):
        if match.group(1):
            yield match.start(), match.end(), match.group(1)


def places(text):
    """Lists all mutations of a model: (kind, is exact, start, end, new text)."""
    words = list(spans(text))
    found = []
    for start, end, word in words:
        before, after = text[:start].rstrip(), text[end:]
        is_call = after.lstrip(" ").startswith("(")
        lower = word.lower()
        if lower in WORDS:
            if lower == "select":
                found.append(("one column more", False, end, end, " 1 as one_more,"))
            if lower == "group":
                line_end = text.find("\n", start)
                found.append(("no group by", False, start, line_end if line_end > 0 else len(text), ""))
            continue
        if is_call and not before.endswith((".", "with", ",")):
            found.append(("missing function", True, start, end, word + "_zz"))
            at = end + after.index("(") + 1
            if lower not in ("count", "coalesce", "concat", "list", "greatest", "least"):
                found.append(("wrong arity", True, at, at, "1, 2, 3, 4, 5, "))
            continue
        if before.endswith("::") or re.search(r"\bas\s*$", before) and after.lstrip().startswith(")"):
            found.append(("unknown type", True, start, end, word + "_zz"))
            continue
        if re.search(r"\bas$", before) or is_call:
            continue
        if after.startswith("."):
            found.append(("wrong table", True, start, end, word + "_zz"))
            found.append(("ambiguous name", True, start, end + 1, ""))
            continue
        found.append(("renamed column", True, start, end, word + "_zz"))
        if before.endswith(".") or before.endswith(","):
            name_start = start
            match = re.search(r"[A-Za-z_0-9]+\.$", text[:start])
            if match:
                name_start = match.start()
            whole = text[name_start:end]
            found.append(("wrong type", True, name_start, end, f"date_trunc('day', {whole} || 'x')"))
        if after.lstrip().startswith(",") and "\n" in after[: after.index(",") + 20]:
            comma = end + after.index(",")
            found.append(("missing comma", False, comma, comma + 1, ""))
    return found


class Project:
    def __init__(self, hcdbt, source, work):
        self.hcdbt = hcdbt
        source = pathlib.Path(source).resolve()
        if source == ROOT / "project":
            for part in ("project", "models", "seeds", "tests/sql"):
                shutil.copytree(ROOT / part, work / part, ignore=shutil.ignore_patterns("target", "*.duckdb"))
            self.dir = work / "project"
        else:
            self.dir = work / source.name
            shutil.copytree(source, self.dir, ignore=shutil.ignore_patterns("target", "*.duckdb"))
        self.env = dict(os.environ, DBT_DUCKDB_PATH=str(work / "mutations.duckdb"), NO_COLOR="1")

    def run(self, *args):
        command = [str(self.hcdbt), *args, "--project-dir", str(self.dir)]
        if (self.dir / "profiles.yml").exists():
            command += ["--profiles-dir", str(self.dir)]
        return subprocess.run(command, cwd=self.dir, env=self.env, capture_output=True, text=True)

    def check(self, *args):
        result = self.run("--quiet", "check", "--output", "json", *args)
        try:
            found = json.loads(result.stdout)
        except json.JSONDecodeError:
            sys.exit(f"check failed:\n{result.stdout}\n{result.stderr}")
        return [d for d in found["diagnostics"] if d["severity"] == "error"], found

    def models(self):
        result = self.run("--quiet", "list", "--resource-type", "model", "--output", "json",
                          "--output-keys", "name", "original_file_path", "language", "package_name")
        found = []
        for line in result.stdout.splitlines():
            if not line.startswith("{"):
                continue
            model = json.loads(line)
            path = (self.dir / model["original_file_path"]).resolve()
            if path.suffix == ".sql" and path.exists():
                found.append((model["name"], path))
        return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--project", action="append", help="projects to mutate, the reference project unless given")
    parser.add_argument("--hcdbt", default=ROOT / "target/debug/hcdbt")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--known", help="leave out models whose names match, since they ask the database")
    args = parser.parse_args()
    rng = random.Random(args.seed)
    projects = args.project or [ROOT / "project"]
    totals = {"failing": 0, "caught": 0, "running": 0, "blamed": 0, "exact": 0, "placed": 0}
    missed = []
    by_kind = {}
    for source in projects:
        with tempfile.TemporaryDirectory() as folder:
            work = pathlib.Path(folder)
            project = Project(pathlib.Path(args.hcdbt).resolve(), source, work)
            errors, found = project.check()
            print(f"{source}: {found['checked']} nodes as they are, {len(errors)} errors")
            for error in errors:
                missed.append(f"an original is blamed: {error['title']}")
            built = project.run("run", "--empty", "--no-check") if not project.run("seed", "--no-check").returncode else None
            if built is None or built.returncode not in (0, 1):
                sys.exit("the project does not build:\n" + (built.stdout + built.stderr if built else "seeds"))
            # A model that does not run as it is says nothing about its mutants.
            results = json.loads((project.dir / "target/run_results.json").read_text())["results"]
            runs = {r["unique_id"].split(".")[2] for r in results if r["status"] == "success"}
            backups = {path: path.read_bytes() for path in work.rglob("*.duckdb")}
            mutations = []
            for name, path in project.models():
                if name not in runs or args.known and re.search(args.known, name):
                    continue
                text = path.read_bytes().decode()
                mutations += [(name, path, text, place) for place in places(text)]
            # As many of each kind, as far as there are.
            kinds = {}
            for mutation in mutations:
                kinds.setdefault(mutation[3][0], []).append(mutation)
            chosen = []
            share = -(-args.count // len(projects))
            pools = [rng.sample(pool, len(pool)) for pool in kinds.values()]
            while len(chosen) < share and any(pools):
                for pool in pools:
                    if pool and len(chosen) < share:
                        chosen.append(pool.pop())
            for name, path, text, (kind, is_exact, start, end, new) in chosen:
                line = text[:start].count("\n") + 1
                path.write_bytes((text[:start] + new + text[end:]).encode())
                errors, _ = project.check("--select", name, "--resource-type", "model")
                ran = project.run("run", "--empty", "--no-check", "--select", name)
                path.write_bytes(text.encode())
                fails = ran.returncode != 0
                if not fails:
                    for backup, data in backups.items():
                        backup.write_bytes(data)
                stats = by_kind.setdefault(kind, [0, 0, 0, 0])
                stats[0] += 1
                where = f"{kind} in {name}:{line} ({text[start:end]!r} -> {new!r})"
                if fails:
                    totals["failing"] += 1
                    stats[1] += 1
                    totals["caught"] += bool(errors)
                    stats[2] += bool(errors)
                    if not errors:
                        missed.append("missed: " + where + "\n    " + ran.stdout[-300:].replace("\n", "\n    "))
                    elif is_exact:
                        totals["exact"] += 1
                        labels = [l for e in errors for l in e["labels"]]
                        is_placed = any(pathlib.Path(l["file"]).name == path.name and l["line"] <= line <= l["end_line"] for l in labels)
                        totals["placed"] += is_placed
                        stats[3] += is_placed
                        if not is_placed:
                            lines = [(l["file"], l["line"]) for l in labels]
                            missed.append(f"elsewhere: {where} at {lines}: {errors[0]['title']}")
                else:
                    totals["running"] += 1
                    totals["blamed"] += bool(errors)
                    if errors:
                        missed.append("blamed: " + where + ": " + errors[0]["title"])
    for kind, (count, failing, caught, placed) in sorted(by_kind.items()):
        print(f"{kind:18} {count:4} mutants, {failing:4} fail to run, {caught:4} caught, {placed:4} in the changed line")
    print(f"{totals['caught']} of {totals['failing']} that fail are caught; {totals['blamed']} of {totals['running']} that run are blamed; "
          f"{totals['placed']} of {totals['exact']} point at the changed line")
    print("\n".join(missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
