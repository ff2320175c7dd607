#!/usr/bin/env python3
"""Shows what `hcdbt check` catches: mutates models and compares with a run.

Each mutant is one mistake in one model, singular test, or macro that makes a
model's SQL: a renamed column, a function that does not exist, a wrong number of
arguments, a name that two tables have, a set operation with another number of
columns, ... It is checked, and then really run (on no rows). What fails to run
must be caught; what runs must not be blamed; an error must point at the changed
line, or of a macro also at the macro's call.

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
                distinct = re.match(r"\s+distinct\b", after, re.I)
                at = end + (distinct.end() if distinct else 0)
                is_set = re.search(r"\b(union|intersect|except)(\s+all|\s+by\s+name)?$", before, re.I)
                found.append(("set of other width" if is_set else "one column more", False, at, at, " 1 as one_more,"))
                found.append(("constant that does not convert", True, at, at, " date '2024-02-31' as bad_day,"))
                found.append(("aggregate of aggregate", True, at, at, " sum(count(*)) as sums,"))
                star = re.match(r"\s+\*(?!\s*(exclude|replace|rename))(?=\s)", after, re.I)
                if star:
                    found.append(("star without a missing column", True, end + star.end(), end + star.end(), " exclude (not_there_zz)"))
            if lower == "where":
                found.append(("window in where", True, end, end, " row_number() over () = 1 and"))
                found.append(("aggregate in where", True, end, end, " sum(1) > 0 and"))
            if lower == "from" and re.match(r"\s+\{\{", after):
                tag = re.match(r"\s+\{\{.*?\}\}", after, re.S)
                found.append(("missing relation", True, end, end + tag.end(), " no_such_relation_zz"))
            if lower in ("from", "join") and (name := re.match(r"\s+([a-z_][a-z_0-9]*)\b(?![.(])", after, re.I)):
                if name.group(1).lower() not in WORDS:
                    found.append(("missing CTE", True, end + name.start(1), end + name.end(1), name.group(1) + "_zz"))
            if lower == "over" and (paren := re.match(r"\s*\(", after)):
                at = end + paren.end()
                found.append(("window by a missing column", True, at, at, "partition by not_there_zz " if not re.match(r"\s*partition", after[paren.end():], re.I) else "order by 1) + sum(1) over ("))
            if lower == "join" and re.search(r"\busing\s*\(", after[:200]):
                using = re.search(r"\busing\s*\(", after[:200])
                at = end + using.end()
                found.append(("using a missing column", True, at, at, "not_there_zz, "))
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
        is_cast = re.search(r"\bcast\s*\((?:[^()]|\([^()]*\))*\bas$", before, re.I)
        if before.endswith("::") or is_cast and after.lstrip().startswith(")"):
            found.append(("unknown type", True, start, end, word + "_zz"))
            continue
        is_cte = re.match(r"\s+as\s*(?:(?:not\s+)?materialized\s*)?\(", after, re.I)
        if re.search(r"\bas$", before) or is_cte or is_call:
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

    def tests(self):
        """Lists singular tests: name, file, what to select, the command that runs them."""
        result = self.run("--quiet", "list", "--resource-type", "test", "--output", "json",
                          "--output-keys", "name", "original_file_path", "test_metadata")
        found = []
        for line in result.stdout.splitlines():
            if line.startswith("{"):
                test = json.loads(line)
                path = (self.dir / test["original_file_path"]).resolve()
                if path.suffix == ".sql" and path.exists():
                    found.append((test["name"], path, test["name"], "test"))
        return found

    def macros(self, runs):
        """Lists the project's macro files, each with a model whose SQL it makes."""
        manifest = json.loads((self.dir / "target/manifest.json").read_text())
        root = manifest["metadata"]["project_name"]
        found = {}
        for node in manifest["nodes"].values():
            if node["resource_type"] != "model" or node["name"] not in runs:
                continue
            for macro in node["depends_on"]["macros"]:
                macro = manifest["macros"].get(macro)
                if macro and macro["package_name"] == root:
                    path = (self.dir / macro["original_file_path"]).resolve()
                    if "generate_" not in macro["name"] and path.exists():
                        found.setdefault((path, macro["name"]), node["name"])
        return [(f"macro {name}", path, model, "run", name) for (path, name), model in found.items()]

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
                found.append((model["name"], path, model["name"], "run"))
        return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--project", action="append", help="projects to mutate, the reference project unless given")
    parser.add_argument("--hcdbt", default=ROOT / "target/debug/hcdbt")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", default="", help="only kinds of mistakes that match")
    parser.add_argument("--known", help="leave out models whose names match, since they ask the database")
    args = parser.parse_args()
    rng = random.Random(args.seed)
    projects = args.project or [ROOT / "project"]
    totals = {"failing": 0, "caught": 0, "running": 0, "blamed": 0, "exact": 0, "placed": 0}
    missed = []

    def miss(text):
        missed.append(text)
        print(text, file=sys.stderr, flush=True)

    by_kind = {}
    for source in projects:
        with tempfile.TemporaryDirectory() as folder:
            work = pathlib.Path(folder)
            project = Project(pathlib.Path(args.hcdbt).resolve(), source, work)
            errors, found = project.check()
            print(f"{source}: {found['checked']} nodes as they are, {len(errors)} errors")
            for error in errors:
                miss(f"an original is blamed: {error['title']}")
            built = project.run("run", "--no-check") if not project.run("seed", "--no-check").returncode else None
            if built is None or built.returncode not in (0, 1):
                sys.exit("the project does not build:\n" + (built.stdout + built.stderr if built else "seeds"))
            # A model that does not run as it is says nothing about its mutants.
            results = json.loads((project.dir / "target/run_results.json").read_text())["results"]
            runs = {r["unique_id"].split(".")[2] for r in results if r["status"] == "success"}
            backups = {path: path.read_bytes() for path in work.rglob("*.duckdb")}
            mutations = []
            project.run("test", "--no-check")
            results = json.loads((project.dir / "target/run_results.json").read_text())["results"]
            passes = {r["unique_id"].split(".")[2] for r in results if r["status"] in ("pass", "fail", "warn")}
            is_left_out = lambda name: args.known and re.search(args.known, name)
            targets = [model for model in project.models() if model[0] in runs and not is_left_out(model[0])]
            targets += [test for test in project.tests() if test[0] in passes]
            for target in targets:
                text = target[1].read_bytes().decode()
                mutations += [(*target, text, place) for place in places(text)]
            for *target, macro in project.macros(runs):
                text = target[1].read_bytes().decode()
                body = re.search(r"\{%-?\s*macro\s+" + re.escape(macro) + r"\b.*?%\}(.*?)\{%-?\s*endmacro", text, re.S)
                for kind, is_exact, start, end, new in places(text) if body else []:
                    if body.start(1) <= start < body.end(1):
                        mutations.append((*target, text, ("in a macro: " + kind, is_exact, start, end, new)))
            # As many of each kind, as far as there are.
            kinds = {}
            for mutation in mutations:
                if not re.search(args.kinds, mutation[5][0]):
                    continue
                kinds.setdefault(mutation[5][0], []).append(mutation)
            chosen = []
            share = -(-args.count // len(projects))
            pools = [rng.sample(pool, len(pool)) for pool in kinds.values()]
            while len(chosen) < share and any(pools):
                for pool in pools:
                    if pool and len(chosen) < share:
                        chosen.append(pool.pop())
            for name, path, selected, command, text, (kind, is_exact, start, end, new) in chosen:
                line = text[:start].count("\n") + 1
                path.write_bytes((text[:start] + new + text[end:]).encode())
                kind_of_node = "test" if command == "test" else "model"
                # What a macro breaks may be something that the model reads as well.
                selection = [] if kind.startswith("in a macro") else ["--select", selected]
                errors, _ = project.check(*selection, "--resource-type", kind_of_node)
                flags = ["--empty"] if command == "run" else []
                if kind.endswith("constant that does not convert"):
                    # Only a row shows it.
                    command, flags = "show", ["--limit", "1"]
                no_check = ["--no-check"] if command != "show" else []
                # Incremental models have two forms; that an older table has other columns is
                # no mistake in the SQL.
                again = ["--full-refresh"] if command == "run" else []
                ran = project.run(command, *no_check, "--select", selected, *flags, *again)
                if again and ran.returncode == 0:
                    ran = project.run(command, *no_check, "--select", selected, *flags)
                path.write_bytes(text.encode())
                fails = ran.returncode != 0
                if command == "test":
                    outcome = json.loads((project.dir / "target/run_results.json").read_text())["results"]
                    fails = any(r["status"] == "error" for r in outcome) or not outcome
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
                        miss("missed: " + where + "\n    " + (ran.stdout + ran.stderr)[-300:].replace("\n", "\n    "))
                    elif is_exact:
                        totals["exact"] += 1
                        labels = [l for e in errors for l in e["labels"]]
                        is_placed = any(pathlib.Path(l["file"]).name == path.name and l["line"] <= line <= l["end_line"] for l in labels)
                        totals["placed"] += is_placed
                        stats[3] += is_placed
                        if not is_placed:
                            lines = [(l["file"], l["line"]) for l in labels]
                            miss(f"elsewhere: {where} at {lines}: {errors[0]['title']}")
                else:
                    totals["running"] += 1
                    totals["blamed"] += bool(errors)
                    if errors:
                        miss("blamed: " + where + ": " + errors[0]["title"])
    for kind, (count, failing, caught, placed) in sorted(by_kind.items()):
        print(f"{kind:44} {count:4} mutants, {failing:4} fail to run, {caught:4} caught, {placed:4} in the changed line")
    print(f"{totals['caught']} of {totals['failing']} that fail are caught; {totals['blamed']} of {totals['running']} that run are blamed; "
          f"{totals['placed']} of {totals['exact']} point at the changed line")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
