"""What two DuckDB databases hold, and in what they differ."""

import collections
import contextlib
import os

# Sums over floats depend on the order in which threads deliver the rows; so far
# down two results are the same.
SIGNIFICANT_DIGITS = 9
EXAMPLES = 3
# Columns of the reference project that tell which run loaded a row, and when.
OF_THE_RUN = ("load_id", "loaded_at")
# More rows than this are counted and hashed, but not shown.
SHOWN_FROM_AT_MOST = 200_000


class Database:
    """A database file, read with `folder` as the current one: views may name files
    relative to it."""

    def __init__(self, path, folder):
        self.path = path
        self.folder = folder

    @contextlib.contextmanager
    def connection(self):
        import duckdb

        before = os.getcwd()
        os.chdir(self.folder)
        try:
            with duckdb.connect(str(self.path), read_only=True) as connection:
                yield connection
        finally:
            os.chdir(before)

    def relations(self):
        with self.connection() as connection:
            listed = connection.execute(
                "select table_schema, table_name, table_type from information_schema.tables order by all"
            ).fetchall()
            return {f"{schema}.{name}": relation(connection, schema, name, kind) for schema, name, kind in listed}


class Relation:
    def __init__(self, schema, name, kind):
        self.quoted = f"{quote(schema)}.{quote(name)}"
        self.kind = kind
        self.columns = []
        self.row_count = 0
        # Whatever the order of the rows, equal rows give an equal digest.
        self.digest = None
        # Why it cannot be read, for a view whose query fails.
        self.error = None


def relation(connection, schema, name, kind):
    import duckdb

    found = Relation(schema, name, kind)
    try:
        described = connection.execute(f"describe {found.quoted}").fetchall()
        found.columns = [(column[0], column[1]) for column in described]
        row = ", ".join(comparable(*column) for column in found.columns if column[0] not in OF_THE_RUN)
        found.row_count, *found.digest = connection.execute(
            f"select count(*), sum(h::hugeint), bit_xor(h) from (select hash(row({row})) as h from {found.quoted})"
        ).fetchone()
    except duckdb.Error as error:
        found.error = str(error).splitlines()[0]
    return found


def comparable(column, data_type):
    column = quote(column)
    if data_type in ("DOUBLE", "FLOAT"):
        finite = f"isfinite({column}) and {column} <> 0"
        return f"case when {finite} then printf('%.{SIGNIFICANT_DIGITS}g', {column}::double) else ({column} + 0)::varchar end"
    return column


def differences(left, right, left_name, right_name, ignored=lambda name: False, examples=EXAMPLES):
    """Describes in what `right` differs from `left`, both a `Database`."""
    problems = []
    a_relations, b_relations = left.relations(), right.relations()
    for name in sorted(a_relations.keys() | b_relations.keys()):
        if ignored(name):
            continue
        a, b = a_relations.get(name), b_relations.get(name)
        if a is None or b is None:
            problems.append(f"{name} is missing in {left_name if a is None else right_name}")
            continue
        if a.kind != b.kind:
            problems.append(f"{name} is a {a.kind} in {left_name}, a {b.kind} in {right_name}")
        if a.error != b.error:
            for side, error in ((left_name, a.error), (right_name, b.error)):
                problems.append(f"{name} in {side}: {error or 'can be read'}")
        elif a.columns != b.columns:
            problems.append(f"{name} has other columns: {differing_columns(a, b)}")
        elif a.row_count != b.row_count or a.digest != b.digest:
            counts = f"{a.row_count} in {left_name}, {b.row_count} in {right_name}"
            problems.append(f"{name} has other rows ({counts})")
            problems += differing_rows(left, right, left_name, right_name, a, examples)
    return problems, a_relations


def differing_columns(a, b):
    for one, other in zip(a.columns, b.columns):
        if one != other:
            return f"{' '.join(one)} against {' '.join(other)}"
    return f"{len(a.columns)} against {len(b.columns)}"


def differing_rows(left, right, left_name, right_name, found, examples):
    if not examples or found.row_count > SHOWN_FROM_AT_MOST:
        return []
    rows = []
    for database in (left, right):
        with database.connection() as connection:
            fetched = connection.execute(f"select columns(name -> name not in {OF_THE_RUN}) from {found.quoted}").fetchall()
            # Lists and structs are not hashable; their texts are.
            rows.append(collections.Counter(map(repr, fetched)))
    only_left, only_right = rows[0] - rows[1], rows[1] - rows[0]
    problems = []
    for side, only in ((left_name, only_left), (right_name, only_right)):
        problems += [f"  only in {side}: {row}" for row in sorted(only)[:examples]]
    return problems


def quote(name):
    return '"' + name.replace('"', '""') + '"'
