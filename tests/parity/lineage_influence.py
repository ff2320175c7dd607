#!/usr/bin/env python3
"""Holds column lineage against what really influences what.

Random queries (joins of every kind, set operations, windows, pivots, correlated subqueries,
recursive CTEs, lists and structs, ...) become models over three small tables. Then each
column of these tables is changed in several ways, and every query is run again: where a
column of the result changes, or the number of rows, lineage must have said that the changed
column goes into it or decides about rows. More edges than that are no mistake: not every
value that could change a result does.

    tests/parity/lineage_influence.py --queries 200 [--seed 1]

Needs the Python package `duckdb` in hcdbt's version. hcdbt is taken from HCDBT, else from
target/debug. Exits with 0 when no influence is missing.
"""

import argparse
import copy
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

import duckdb

from tools import default_hcdbt

# Types: i(nteger), v(archar), d(ate), l(ist of integers), s(truct).
TABLES = {
    "t": {"a": "i", "b": "i", "s": "v", "g": "v"},
    "u": {"a": "i", "k": "i", "n": "v"},
    "w": {"k": "i", "x": "i", "d": "d", "l": "l", "p": "s"},
}
SQL_TYPES = {
    "i": "INTEGER", "v": "VARCHAR", "d": "DATE", "l": "INTEGER[]", "s": "STRUCT(f INTEGER, h VARCHAR)",
}
LITERALS = {"d": "date '2024-05-01'", "l": "[1, 2]", "s": "{'f': 1, 'h': 'm'}"}
ROWS = 9


def value(chance, kind):
    if kind == "i":
        return chance.randint(0, 5)
    if kind == "v":
        return chance.choice(["p", "q", "r", "ab", "xy"])
    if kind == "d":
        return f"2024-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}"
    if kind == "l":
        return [chance.randint(0, 4) for _ in range(chance.randint(1, 3))]
    return {"f": chance.randint(0, 5), "h": chance.choice("mno")}


class Queries:
    """Makes queries. A scope is a list of (name of a table, its columns)."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.used = 0
        self.ctes = {}

    def query(self):
        self.used, self.ctes, parts = 0, {}, []
        for _ in range(self.chance.choice([0, 0, 1, 2, 3])):
            name = self.name("cte")
            sql, columns = self.select(self.chance.randint(0, 2))
            parts.append(f"{name} as ({sql})")
            self.ctes[name] = columns
        sql, _ = self.select(self.chance.randint(0, 3))
        return f"with {', '.join(parts)} {sql}" if parts else sql

    def name(self, prefix):
        self.used += 1
        return f"{prefix}{self.used}"

    def is_so(self, probability):
        return self.chance.random() < probability

    def column(self, scope, kind):
        """Returns a column of a type, with its table or, if it has no other, without."""
        found = [(table, name) for table, columns in scope for name, k in columns.items() if k == kind]
        if not found:
            return None
        table, name = self.chance.choice(found)
        is_alone = sum(name in columns for _, columns in scope) == 1
        return name if is_alone and self.is_so(0.5) else f"{table}.{name}"

    def literal(self, kind):
        texts = {"i": str(self.chance.randint(0, 5)), "v": self.chance.choice(["'p'", "'q'", "'ab'"])}
        return (texts | LITERALS)[kind]

    def expression(self, scope, kind, depth=2, subqueries=False):
        if depth <= 0 or self.is_so(0.3):
            return self.column(scope, kind) if self.is_so(0.9) and self.column(scope, kind) else self.literal(kind)

        e = self.maker(scope, depth - 1, subqueries)

        def condition():
            return self.condition(scope, depth - 1, subqueries)

        if kind == "i" and subqueries and self.is_so(0.35):
            return self.scalar_subquery(scope)
        forms = {
            "i": [
                lambda: f"({e('i')} + {e('i')})", lambda: f"coalesce({e('i')}, {e('i')})",
                lambda: f"case when {condition()} then {e('i')} else {e('i')} end",
                lambda: f"case {e('i')} when {e('i')} then {e('i')} end",
                lambda: f"length({e('v')})", lambda: f"{e('i')}::int", lambda: f"month({e('d')})::int",
                lambda: f"extract(day from {e('d')})::int", lambda: f"list_sum({e('l')})::int",
                lambda: f"{e('l')}[1]", lambda: f"if({condition()}, {e('i')}, {e('i')})",
                lambda: f"list_reduce({e('l')}, lambda x, y: x + y + {e('i')})",
                lambda: f"len(list_filter({e('l')}, lambda q: q > {e('i')}))::int",
                lambda: f"len([z * {e('i')} for z in {e('l')} if z <> {e('i')}])::int",
                lambda: f"nullif({e('i')}, {e('i')})", lambda: f"greatest({e('i')}, {e('i')})",
                lambda: f"struct_extract({e('s')}, 'f')", lambda: f"({e('s')}).f",
            ],
            "v": [
                lambda: f"({e('v')} || {e('v')})", lambda: f"upper({e('v')})",
                lambda: f"coalesce({e('v')}, {e('v')})",
                lambda: f"case when {condition()} then {e('v')} else {e('v')} end",
                lambda: f"cast({e('i')} as varchar)", lambda: f"struct_extract({e('s')}, 'h')",
                lambda: f"concat({e('v')}, {e('i')})", lambda: f"substring({e('v')} from 1 for {e('i')})",
                lambda: f"{e('v')}[1:2]", lambda: f"format('{{}}-{{}}', {e('i')}, {e('v')})",
                lambda: f"list_aggregate([{e('v')}, {e('v')}], 'max')", lambda: f"try_cast({e('i')} as varchar)",
            ],
            "d": [lambda: f"({e('d')} + {e('i')}::int)", lambda: f"coalesce({e('d')}, {e('d')})"],
            "l": [
                lambda: f"[{e('i')}, {e('i')}]", lambda: f"list_transform({e('l')}, lambda x: x + {e('i')})",
                lambda: f"[x + {e('i')} for x in {e('l')}]",
            ],
            "s": [lambda: f"{{'f': {e('i')}, 'h': {e('v')}}}", lambda: f"struct_pack(f := {e('i')}, h := {e('v')})"],
        }
        return self.chance.choice(forms[kind])()

    def maker(self, scope, depth, subqueries=False):
        """Returns what makes an expression of a type."""
        return lambda kind: self.expression(scope, kind, depth, subqueries)

    def condition(self, scope, depth=1, subqueries=False):
        e = self.maker(scope, depth - 1, subqueries)

        forms = [
            lambda: f"{e('i')} > {e('i')}", lambda: f"{e('v')} = {e('v')}",
            lambda: f"{e('i')} between {e('i')} and {e('i')}", lambda: f"{e('v')} like '%' || {e('v')}",
            lambda: f"{e('i')} in ({e('i')}, {e('i')})", lambda: f"{e('i')} is not null",
            lambda: f"({e('i')} < {e('i')} or not {e('v')} < {e('v')})",
            lambda: f"list_contains({e('l')}, {e('i')})", lambda: f"({e('i')}, {e('v')}) = ({e('i')}, {e('v')})",
            lambda: f"{e('i')} is distinct from {e('i')}",
        ]
        if subqueries and self.is_so(0.4):
            table, columns = self.table()
            own = [(self.name("q"), columns)]
            read = f"from {table} {own[0][0]}"
            inner = self.expression(own, "i", 1)
            forms = [
                lambda: f"exists (select 1 {read} where {self.condition(own + scope)})",
                lambda: f"{e('i')} in (select {inner} {read} where {self.condition(scope + own)})",
                lambda: f"{e('i')} > any (select {inner} {read})",
                lambda: f"{e('i')} not in (select {inner} {read} where {inner} is not null)",
            ]
        return self.chance.choice(forms)()

    def scalar_subquery(self, scope):
        table, columns = self.table()
        own = [(self.name("q"), columns)]
        read = f"from {table} {own[0][0]}"
        forms = [
            lambda: f"(select {self.aggregate(own, 'i')} {read} where {self.condition(scope + own)})",
            lambda: f"(select {self.aggregate(own, 'i')} {read}"
            f" where {self.expression(scope, 'i', 0)} = {self.expression(own, 'i', 0)})",
            lambda: f"(select {self.expression(own, 'i', 1)} {read} order by all limit 1)",
            lambda: f"len(array(select {self.expression(own, 'i', 1)} {read} where {self.condition(scope + own)}))::int",
        ]
        return self.chance.choice(forms)()

    def aggregate(self, scope, kind):
        e = self.maker(scope, 1)

        forms = {
            "i": [
                lambda: f"sum({e('i')})::int", lambda: f"max({e('i')})", lambda: "count(*)::int",
                lambda: f"count(distinct {e('v')})::int", lambda: f"count({e('i')})::int",
                lambda: f"min({e('i')}) filter (where {self.condition(scope)})",
                lambda: f"arg_max({e('i')}, {e('i')})", lambda: f"sum(distinct {e('i')})::int",
                lambda: f"count_if({self.condition(scope)})::int", lambda: f"quantile_disc({e('i')}, 0.5)",
            ],
            "v": [
                lambda: f"string_agg({e('v')}, ',' order by {e('i')}, {e('v')})", lambda: f"max({e('v')})",
                lambda: f"min_by({e('v')}, ({e('i')}, {e('v')}))",
            ],
        }
        return self.chance.choice(forms[kind])()

    def window(self, scope, kind):
        e = self.maker(scope, 1)

        parts = f"partition by {e(self.chance.choice('iv'))} " if self.is_so(0.7) else ""
        order = f"order by {e('i')}, {e('v')}"
        forms = {
            "i": [
                lambda: f"rank() over ({parts}{order})::int", lambda: f"(sum({e('i')}) over ({parts}))::int",
                lambda: f"max({e('i')}) over ({parts}{order})",
                lambda: f"count(*) filter (where {self.condition(scope)}) over ({parts})::int",
            ],
            "v": [lambda: f"max({e('v')}) over ({parts}{order})"],
        }
        return self.chance.choice(forms[kind])()

    def table(self):
        if self.ctes and self.is_so(0.5):
            return self.chance.choice(list(self.ctes.items()))
        name = self.chance.choice(list(TABLES))
        return "{{ ref('%s') }}" % name, TABLES[name]

    def relation(self, depth):
        if depth <= 0 or self.is_so(0.5):
            return self.table()
        sql, columns = self.select(depth - 1)
        return f"({sql})", columns

    def source(self, depth):
        table, columns = self.relation(depth)
        name = self.name("r")
        sql, scope = f"{table} as {name}", [(name, columns)]
        if self.is_so(0.12):
            columns = {self.name("z"): kind for kind in columns.values()}
            sql, scope = f"{table} as {name}({', '.join(columns)})", [(name, columns)]
        if depth > 0 and self.is_so(0.45):
            return self.joined(sql, scope, depth)
        if self.is_so(0.15) and (items := self.column(scope, "l")):
            element, name = self.name("el"), self.name("un")
            return f"{sql}, unnest({items}) as {name}({element})", scope + [(name, {element: "i"})]
        return sql, scope

    def joined(self, sql, scope, depth):
        table, columns = self.relation(depth - 1)
        name = self.name("r")
        both = scope + [(name, columns)]
        kind = self.chance.choice(
            ["join", "left join", "full join", "right join", "cross join", "semi join", "anti join", "using", "asof", "lateral"]
        )
        if kind == "cross join":
            return f"{sql} cross join {table} as {name}", both
        if kind == "lateral":
            column = self.name("x")
            return f"{sql}, lateral (select {self.expression(scope, 'i')} as {column}) as {name}", scope + [(name, {column: "i"})]
        if kind == "using":
            common = [column for column, k in scope[0][1].items() if columns.get(column) == k]
            if not common:
                return sql, scope
            join = self.chance.choice(["join", "left join", "full join"])
            return f"{sql} {join} {table} as {name} using ({self.chance.choice(common)})", both
        if kind == "asof":
            left, right = self.column(scope, "i"), self.column([(name, columns)], "i")
            if not left or not right:
                return sql, scope
            return f"{sql} asof left join {table} as {name} on {left} >= {right}", both
        on = f"{self.expression(scope, 'i', 1)} = {self.expression([(name, columns)], 'i', 1)}"
        if self.is_so(0.3):
            on += f" and {self.condition(both)}"
        is_filter = kind in ("semi join", "anti join")
        return f"{sql} {kind} {table} as {name} on {on}", scope if is_filter else both

    def select(self, depth, columns=None):
        source, scope = self.source(depth)
        where = f" where {self.condition(scope, 2, self.is_so(0.3))}" if self.is_so(0.4) else ""
        read = f"from {source}{where}"
        if columns is None:
            form = self.chance.choices(
                [self.plain, self.grouped, self.starred, self.pivoted, self.unpivoted, self.combined, self.recursive],
                [42, 25, 8, 6, 5, 9, 5],
            )[0]
            made = form(read, scope, depth)
            if made:
                return made
        return self.plain(read, scope, depth, columns)

    def plain(self, read, scope, depth, columns=None):
        is_free = columns is None
        columns = columns or {self.name("c"): self.chance.choice("iiivvvd") for _ in range(self.chance.randint(1, 4))}
        has_windows, subqueries, items = self.is_so(0.25), self.is_so(0.3), []
        for name, kind in columns.items():
            is_window = has_windows and kind in "iv" and self.is_so(0.6)
            made = self.window(scope, kind) if is_window else self.expression(scope, kind, 2, subqueries)
            items.append(f"{made} as {name}")
        if is_free and self.is_so(0.1):
            name = self.name("e")
            items.append(f"unnest({self.expression(scope, 'l', 1)}) as {name}")
            columns = columns | {name: "i"}
        distinct = "distinct " if self.is_so(0.1) else ""
        tail = ""
        if self.is_so(0.1):
            by, order = self.expression(scope, "i", 1), self.expression(scope, "i", 1)
            tail = f" qualify rank() over (partition by {by} order by {order}) = 1"
        elif self.is_so(0.1):
            tail = f" order by all limit {self.chance.randint(1, 4)}"
        return f"select {distinct}{', '.join(items)} {read}{tail}", columns

    def grouped(self, read, scope, depth):
        keys = {self.name("k"): self.chance.choice("iv") for _ in range(self.chance.randint(1, 2))}
        made = {self.name("m"): self.chance.choice("iiv") for _ in range(self.chance.randint(1, 3))}
        of_keys = [self.expression(scope, kind, 1) for kind in keys.values()]
        items = [f"{key} as {name}" for key, name in zip(of_keys, keys)]
        items += [f"{self.aggregate(scope, kind)} as {name}" for name, kind in made.items()]
        by = self.chance.choice(["all", ", ".join(str(i + 1) for i in range(len(keys))), f"rollup ({', '.join(of_keys)})"])
        having = f" having {self.aggregate(scope, 'i')} > {self.chance.randint(0, 2)}" if self.is_so(0.3) else ""
        return f"select {', '.join(items)} {read} group by {by}{having}", keys | made

    def starred(self, read, scope, depth):
        if len(scope) > 1:
            return None
        columns, star = dict(scope[0][1]), []
        if len(columns) > 1 and self.is_so(0.5):
            left_out = self.chance.choice(list(columns))
            del columns[left_out]
            star.append(f"exclude ({left_out})")
        integers = [name for name, kind in columns.items() if kind == "i"]
        if integers and self.is_so(0.5):
            star.append(f"replace ({self.expression(scope, 'i')} as {self.chance.choice(integers)})")
        elif self.is_so(0.5):
            old, new = self.chance.choice(list(columns)), self.name("n")
            columns = {new if name == old else name: kind for name, kind in columns.items()}
            star.append(f"rename ({old} as {new})")
        sql = f"select * {' '.join(star)} {read}"
        return (f"from ({sql})" if self.is_so(0.3) else sql), columns

    def pivoted(self, read, scope, depth):
        key, one, two = self.name("k"), self.name("p"), self.name("p")
        rows = f"select {self.expression(scope, 'v', 1)} as {key}, {self.expression(scope, 'i', 1)} as num, {self.expression(scope, 'v', 1)} as what {read}"
        sql = f"select * from (pivot ({rows}) on what in ('p' as {one}, 'q' as {two}) using max(num) group by {key})"
        return sql, {key: "v", one: "i", two: "i"}

    def unpivoted(self, read, scope, depth):
        key, name, value, one, two = (self.name("n") for _ in range(5))
        rows = f"select {self.expression(scope, 'v', 1)} as {key}, {self.expression(scope, 'i', 1)} as {one}, {self.expression(scope, 'i', 1)} as {two} {read}"
        sql = f"select {key}, {name}, {value} from (unpivot ({rows}) on {one}, {two} into name {name} value {value})"
        return sql, {key: "v", name: "v", value: "i"}

    def combined(self, read, scope, depth):
        columns = {self.name("c"): self.chance.choice("iivvd") for _ in range(self.chance.randint(1, 3))}
        operator = self.chance.choice(["union all", "union", "intersect", "except", "union all by name"])
        one, _ = self.select(depth - 1, columns)
        two, _ = self.select(depth - 1, columns)
        return f"select * from (({one}) {operator} ({two}))", columns

    def recursive(self, read, scope, depth):
        table, number, text = self.name("rc"), self.name("n"), self.name("v")
        start = f"select {self.expression(scope, 'i', 0)} as {number}, {self.expression(scope, 'v', 1)} as {text} {read}"
        step = f"select {number} + 1, {text} || 'x' from {table} where {number} < 4"
        return (
            f"select {number}, {text} from (with recursive {table} as ({start} union all {step}) select * from {table})",
            {number: "i", text: "v"},
        )


def connection(rows):
    made = duckdb.connect()
    # Rows that tie come in the same order each time.
    made.execute("set threads = 1")
    for table, columns in TABLES.items():
        made.execute(f"create table {table} ({', '.join(f'{name} {SQL_TYPES[kind]}' for name, kind in columns.items())})")
        made.executemany(f"insert into {table} values ({', '.join('?' * len(columns))})", rows[table])
    return made


def changed(rows, seed):
    """Yields (table, column, connection to a database where that column has other values)."""
    for table, columns in TABLES.items():
        for place, (name, kind) in enumerate(columns.items()):
            for variant in range(6):
                chance = random.Random(f"{seed} {variant} {name}")
                values = [row[place] for row in rows[table]]
                if variant == 0:
                    chance.shuffle(values)
                elif variant == 1:
                    values = [None] * len(values)
                elif variant == 2:
                    values = values[:1] * len(values)
                else:
                    values = [old if chance.random() < 0.3 else value(chance, kind) for old in values]
                other = copy.deepcopy(rows)
                for row, new in zip(other[table], values):
                    row[place] = new
                yield table, name, connection(other)


def result(database, sql):
    rows = database.execute(f"select * from ({sql})").fetchall()
    names = [column[0] for column in database.description]
    return names, [sorted(repr(row[i]) for row in rows) for i in range(len(names))]


def in_duckdb(sql):
    for table in TABLES:
        sql = sql.replace("{{ ref('%s') }}" % table, table)
    return sql


def write_project(folder, queries):
    (folder / "models").mkdir(parents=True)
    (folder / "dbt_project.yml").write_text("name: influence\nversion: '1.0'\nprofile: influence\n")
    (folder / "profiles.yml").write_text(
        "influence: {target: dev, outputs: {dev: {type: duckdb, path: influence.duckdb}}}\n"
    )
    for table, columns in TABLES.items():
        items = ", ".join(f"null::{SQL_TYPES[kind]} as {name}" for name, kind in columns.items())
        (folder / "models" / f"{table}.sql").write_text(f"{{{{ config(materialized='table') }}}} select {items}")
    for number, sql in enumerate(queries):
        (folder / "models" / f"q{number}.sql").write_text("{{ config(materialized='table') }} " + sql)


def traced(folder):
    """Returns for each model its columns, with what goes into each, and what decides about rows."""
    lineage = json.loads((folder / "target/hcdbt/lineage.json").read_text())
    tables = lineage["tables"]

    def names(edges):
        edges = [edge for edge in edges if isinstance(edge, list) and len(edge) >= 3]
        return {(tables[e[0]]["id"].split(".")[-1], tables[e[0]]["columns"][e[1]]) for e in edges}

    found = {}
    for table in tables:
        inputs = table.get("inputs", [])
        inputs += [[]] * (len(table["columns"]) - len(inputs))
        columns = dict(zip(table["columns"], map(names, inputs)))
        found[table["id"].split(".")[-1]] = (columns, names(table.get("rows", [])))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    rows = {
        table: [[value(chance, kind) for kind in columns.values()] for _ in range(ROWS)]
        for table, columns in TABLES.items()
    }
    original = connection(rows)
    maker, queries = Queries(options.seed), []
    while len(queries) < options.queries:
        sql = maker.query()
        try:
            names, columns = result(original, in_duckdb(sql))
        except duckdb.Error:
            continue
        if len(sql) < 4000 and len(columns[0]) < 3000 and len(set(names)) == len(names):
            queries.append(sql)
    hcdbt = os.environ.get("HCDBT", default_hcdbt())
    with tempfile.TemporaryDirectory(prefix="hcdbt-influence-") as folder:
        folder = pathlib.Path(folder)
        write_project(folder, queries)
        compiled = subprocess.run([hcdbt, "compile"], cwd=folder, capture_output=True, text=True)
        if compiled.returncode != 0:
            sys.exit(compiled.stdout + compiled.stderr)
        lineage = traced(folder)
    changes = list(changed(rows, options.seed))
    missing, columns = 0, 0
    for number, sql in enumerate(map(in_duckdb, queries)):
        names, before = result(original, sql)
        of_columns, of_rows = lineage[f"q{number}"]
        influences = {name: set() for name in names}
        for table, column, database in changes:
            try:
                _, after = result(database, sql)
            except duckdb.Error:
                continue  # A value that the query cannot take, as a cast of it.
            for name, old, new in zip(names, before, after):
                if old != new:
                    influences[name].add((table, column))
        for name in names:
            columns += 1
            lost = influences[name] - of_columns.get(name, set()) - of_rows
            if lost:
                missing += 1
                print(f"{name} is influenced by {sorted(lost)}, of which lineage says nothing:\n    {sql}\n")
    print(f"{len(queries)} queries with {columns} columns; influences are missing in {missing}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
