# Runs one Python model. The program that started this process holds the
# database; what the model reads comes from there as Parquet files, and what it
# writes goes back the same way. The two talk in JSON lines over the pipes that
# this process was started with.
#
# DuckDB looks a table's name up among the variables of the frames below it, so
# those here have names that no table has.


def _hcdbt_run():
    import io
    import json
    import linecache
    import os
    import re
    import sys
    import threading
    import traceback
    import types

    # `python -c` looks for modules in the current folder, which dbt does not.
    sys.path[:] = [path for path in sys.path if path != ""]

    questions = os.fdopen(os.dup(1), "w", encoding="utf-8")
    answers = os.fdopen(os.dup(0), "r", encoding="utf-8")
    # What other programs print must not get between the messages.
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    lock = threading.RLock()
    own_file = _hcdbt_run.__code__.co_filename

    def tell(kind, **fields):
        with lock:
            questions.write(json.dumps({"kind": kind, **fields}) + "\n")
            questions.flush()

    class Printed(io.TextIOBase):
        """What the model prints, line by line."""

        encoding = "utf-8"
        rest = ""

        def writable(self):
            return True

        def fileno(self):
            return 2

        def write(self, text):
            *lines, self.rest = (self.rest + text).split("\n")
            for line in lines:
                tell("print", text=line)
            return len(text)

        def close_line(self):
            if self.rest:
                self.write("\n")

    job = json.loads(answers.readline())
    sys.stdout = Printed()
    for path in job["module_paths"]:
        if path not in sys.path:
            sys.path.append(path)

    try:
        import duckdb
    except ImportError as error:
        tell("failed", summary=str(error), text=str(error), missing="duckdb", is_setup=True)
        return

    def ask(kind, **fields):
        with lock:
            tell(kind, **fields)
            answer = json.loads(answers.readline() or '{"error": "the command was stopped"}')
        if "error" in answer:
            name = (answer.get("class") or "").replace(" ", "") + "Exception"
            kind_of_error = getattr(duckdb, name, duckdb.Error)
            raise kind_of_error(answer["error"])
        return answer

    def quoted(name):
        return '"' + name.replace('"', '""') + '"'

    def literal(text):
        return "'" + text.replace("'", "''") + "'"

    # Parquet has no room for all values of these, so they travel as texts.
    as_text = re.compile(r"\b(U?HUGEINT|INTERVAL|TIME WITH TIME ZONE|UNION)\b")

    class Session:
        """DuckDB's connection, with the tables of the project's database."""

        def __init__(self, connection, shared):
            self._connection = connection
            self._shared = shared
            # Tables may also be variables of the model, which lie below frames
            # of this file.
            attempt(connection, ["set python_scan_all_frames = true"])
            # There is no terminal to draw on.
            attempt(connection, ["set enable_progress_bar = false", *job["settings"]])
            connection.execute("use " + quoted(shared.database))

        def __getattr__(self, name):
            return getattr(self._connection, name)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return False

        def cursor(self):
            return Session(self._connection.cursor(), self._shared)

        duplicate = cursor

        def execute(_hcdbt_self, *_hcdbt_args, **_hcdbt_kwargs):
            _hcdbt_args = _hcdbt_self._prepare(_hcdbt_args, _hcdbt_kwargs)
            if _hcdbt_args:
                _hcdbt_self._connection.execute(*_hcdbt_args, **_hcdbt_kwargs)
            return _hcdbt_self

        def executemany(_hcdbt_self, *_hcdbt_args, **_hcdbt_kwargs):
            _hcdbt_args = _hcdbt_self._prepare(_hcdbt_args, _hcdbt_kwargs)
            if _hcdbt_args:
                _hcdbt_self._connection.executemany(*_hcdbt_args, **_hcdbt_kwargs)
            return _hcdbt_self

        def sql(_hcdbt_self, *_hcdbt_args, **_hcdbt_kwargs):
            _hcdbt_args = _hcdbt_self._prepare(_hcdbt_args, _hcdbt_kwargs)
            if _hcdbt_args:
                return _hcdbt_self._connection.sql(*_hcdbt_args, **_hcdbt_kwargs)

        query = from_query = sql

        def table(self, name):
            self._bring([name])
            return self._connection.table(name)

        def view(self, name):
            self._bring([name])
            return self._connection.view(name)

        def register(self, name, value):
            self._connection.register(name, value)
            self._shared.registered.add(name.lower())
            return self

        def unregister(self, name):
            self._connection.unregister(name)
            self._shared.registered.discard(name.lower())
            return self

        def _prepare(_hcdbt_self, _hcdbt_args, _hcdbt_kwargs):
            """Brings the tables that a text reads, and runs what changes the
            project's database there. Returns what is left to run here."""
            _hcdbt_args = list(_hcdbt_args)
            if not _hcdbt_args and "query" in _hcdbt_kwargs:
                _hcdbt_args.append(_hcdbt_kwargs.pop("query"))
            if not _hcdbt_args or not isinstance(_hcdbt_args[0], str):
                return _hcdbt_args
            try:
                _hcdbt_parts = _hcdbt_self._connection.extract_statements(_hcdbt_args[0])
            except duckdb.Error:
                # Running it gives the error its proper form.
                return _hcdbt_args
            if any(not _hcdbt_part.query.strip() for _hcdbt_part in _hcdbt_parts):
                # DuckDB itself makes several of one; they cannot be told apart.
                _hcdbt_self._bring_mentioned(_hcdbt_args[0])
                return _hcdbt_args
            for _hcdbt_part in _hcdbt_parts[:-1]:
                if _hcdbt_self._is_change(_hcdbt_part):
                    _hcdbt_self._change(_hcdbt_part.query, None)
                else:
                    _hcdbt_self._bring_read(_hcdbt_part.query)
                    _hcdbt_self._connection.execute(_hcdbt_part.query)
            for _hcdbt_part in _hcdbt_parts[-1:]:
                if _hcdbt_self._is_change(_hcdbt_part):
                    _hcdbt_self._change(
                        _hcdbt_part.query,
                        _hcdbt_kwargs.get("parameters", (*_hcdbt_args, None)[1]),
                    )
                    return None
                _hcdbt_self._bring_read(_hcdbt_part.query)
                _hcdbt_args[0] = _hcdbt_part.query
            return _hcdbt_args

        def _is_change(self, statement):
            """Tells whether a statement changes the project's database."""
            kind = str(statement.type).rsplit(".", 1)[-1]
            text = re.sub(r"\s+", " ", without_comments(statement.query)).strip()
            if kind == "CREATE":
                return self._shared.is_built or not re.match(
                    r"create (or replace )?(persistent )?"
                    r"(temp|temporary|secret|macro|function|type)\b",
                    text,
                    re.I,
                )
            if kind not in ("INSERT", "UPDATE", "DELETE", "DROP", "ALTER", "MERGE_INTO"):
                return False
            target = re.search(
                r"\b(?:into|update|from|table|view|index|schema)(?: if exists)? "
                r'("(?:[^"]|"")*"|[\w.]+)',
                text,
                re.I,
            )
            return not (target and self._is_own(target[1].strip('"')))

        def _is_own(self, name):
            """Tells whether a name is one of the model's own, temporary ones."""
            if name.lower() in self._shared.registered:
                return True
            sql = (
                "select 1 from (select table_name as n from duckdb_tables() where temporary"
                " union all select view_name from duckdb_views() where temporary and not internal)"
                " where lower(n) = lower(?)"
            )
            return self._connection.execute(sql, [name]).fetchone() is not None

        def _names(self, _hcdbt_query):
            try:
                return list(self._connection.get_table_names(_hcdbt_query, qualified=True))
            except TypeError:
                return list(self._connection.get_table_names(_hcdbt_query))

        def _bring_read(self, _hcdbt_query):
            try:
                names = self._names(_hcdbt_query)
            except duckdb.Error:
                self._bring_mentioned(_hcdbt_query)
                return
            self._bring(names)

        def _bring_mentioned(self, _hcdbt_query):
            """Brings what a text may read, where DuckDB does not say it."""
            words = {word.lower() for word in re.findall(r"\w+", _hcdbt_query)}
            for database, schema, name in ask("names")["names"]:
                if set(re.findall(r"\w+", name.lower())) <= words:
                    self._bring([".".join(quoted(part) for part in (database, schema, name))])

        def _bring(self, names):
            for name in names:
                if name in self._shared.known or self._is_own(name.strip('"')):
                    continue
                found = ask("load", name=name)
                self._shared.known.add(name)
                if not found.get("missing"):
                    self._define(found)

        def _define(self, found):
            database, schema, name = found["database"], found["schema"], found["name"]
            columns = [self._column(*column) for column in found["columns"]]
            query = "select %s from read_parquet(%s)" % (
                ", ".join(columns),
                literal(found["path"]),
            )
            run = self._connection.execute
            if database == "temp":
                run("create or replace temp view %s as %s" % (quoted(name), query))
                return
            if database not in self._shared.attached:
                run("attach if not exists ':memory:' as " + quoted(database))
                self._shared.attached.add(database)
            place = quoted(database) + "." + quoted(schema)
            run("create schema if not exists " + place)
            run("create or replace view %s.%s as %s" % (place, quoted(name), query))

        def _column(self, name, kind):
            name = quoted(name)
            try:
                self._connection.execute("select null::" + kind)
            except duckdb.Error:
                # A type that this process does not know comes as what it is in
                # the file.
                return name
            return "%s::%s as %s" % (name, kind, name)

        def _change(self, _hcdbt_query, values):
            """Runs a statement in the project's database, after bringing there
            what it reads of the model's own."""
            # What is written to need not exist here; what it is made of does.
            source = re.search(r"(?is)\b(select|with|from)\b.*", without_comments(_hcdbt_query))
            try:
                names = self._names(source[0]) if source else []
            except duckdb.Error:
                names = []
            words = {word.lower() for word in re.findall(r"\w+", _hcdbt_query)}
            names += [name for name in self._shared.registered if name in words]
            for name in dict.fromkeys(names):
                if "." in name and not name.startswith('"'):
                    continue
                plain = name.strip('"')
                if not self._is_own(plain) and not ask("exists", name=name)["missing"]:
                    continue
                self._hand_over(plain)
            if values is not None:
                values = [value if isinstance(value, (bool, int, float, str)) or value is None
                          else str(value) for value in values]
            ask("execute", sql=_hcdbt_query, values=values)
            self._shared.known.clear()

        def _hand_over(self, _hcdbt_name):
            source = " from " + quoted(_hcdbt_name)
            try:
                columns = [
                    (row[0], row[1])
                    for row in self._connection.execute("describe select *" + source).fetchall()
                ]
            except duckdb.CatalogException:
                # The statement itself will say what is missing.
                return
            selected = ", ".join(
                "%s::varchar as %s" % (quoted(name), quoted(name)) if as_text.search(kind)
                else quoted(name)
                for name, kind in columns
            )
            path = os.path.join(job["folder"], "out%d.parquet" % self._shared.count())
            self._connection.execute(
                "copy (select %s%s) to %s (format parquet)" % (selected, source, literal(path))
            )
            ask("register", name=_hcdbt_name, path=path, columns=columns)

    class Shared:
        """What the cursors of one model have in common."""

        def __init__(self):
            self.database = None
            self.attached = {"memory"}
            self.known = set()
            self.registered = set()
            self.written = 0
            # From then on tables are created for the project, temporary ones too.
            self.is_built = False

        def count(self):
            self.written += 1
            return self.written

    def without_comments(text):
        return re.sub(r"(?s)/\*.*?\*/|--[^\n]*", " ", text)

    def attempt(connection, statements):
        """What cannot be set up matters only when the model uses it, and then
        DuckDB says so."""
        works = True
        for statement in statements:
            try:
                connection.execute(statement)
            except duckdb.Error:
                works = False
        return works

    def connect():
        config = dict(job["config"])
        while True:
            try:
                connection = duckdb.connect(":memory:", config=config)
                break
            except duckdb.Error as error:
                # An option that this version of DuckDB does not have.
                unknown = [name for name in config if name.lower() in str(error).lower()]
                if not unknown:
                    raise
                for name in unknown:
                    del config[name]
        for load, install in job["extensions"]:
            if not attempt(connection, [load]) and install:
                attempt(connection, [install, load])
        attempt(connection, job["secrets"])
        shared = Shared()
        database = job["database"]
        if database != "memory":
            connection.execute("attach ':memory:' as " + quoted(database))
            shared.attached.add(database)
        shared.database = database
        return Session(connection, shared)

    # Messages of these are about code; any others may quote values of rows.
    of_code = [
        NameError, AttributeError, ImportError, SyntaxError, NotImplementedError,
        RecursionError, MemoryError, KeyboardInterrupt,
    ]
    for kind in ("Binder", "Catalog", "Parser", "Permission", "IO", "NotImplemented"):
        of_code.extend(filter(None, [getattr(duckdb, kind + "Exception", None)]))

    def without_values(error, stack):
        """Writes a traceback in which no message may quote a value."""
        cause, context = error.__cause__, error.__context__
        text = ""
        for earlier, between in [
            (cause, "The above exception was the direct cause of the following exception:"),
            (
                None if cause is not None or error.__suppress_context__ else context,
                "During handling of the above exception, another exception occurred:",
            ),
        ]:
            if earlier is not None:
                told = traceback.TracebackException(type(earlier), earlier, earlier.__traceback__)
                shown = [frame for frame in told.stack if frame.filename != own_file]
                text += without_values(earlier, shown) + "\n\n" + between + "\n\n"
        text += "Traceback (most recent call last):\n"
        text += "".join(traceback.StackSummary.from_list(stack).format())
        return text + last_lines(error)

    def last_lines(error):
        kind = type(error)
        if isinstance(error, tuple(of_code)):
            return "".join(traceback.format_exception_only(kind, error)).rstrip("\n")
        name = kind.__qualname__
        if kind.__module__ not in ("builtins", "__main__"):
            name = kind.__module__ + "." + name
        return name + ": ***"

    def failure(error):
        """Tells of an error without the frames of this file."""
        frames = error.__traceback__
        while frames is not None and frames.tb_frame.f_code.co_filename != job["path"]:
            frames = frames.tb_next
        told = traceback.TracebackException(type(error), error, frames)
        # Functions of this file that the model has called.
        shown = [frame for frame in told.stack if frame.filename != own_file]
        told.stack = traceback.StackSummary.from_list(shown)
        text = "".join(told.format())
        last = told.format_exception_only()
        hides = not job["shows_values"]
        if hides:
            text = without_values(error, shown)
            last = [last_lines(error)]
        line = None
        if isinstance(error, SyntaxError) and error.filename == job["path"]:
            line = error.lineno
        while frames is not None:
            if frames.tb_frame.f_code.co_filename == job["path"]:
                line = frames.tb_lineno
            frames = frames.tb_next
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        last = [line for line in last if not line.startswith(" ")]
        summary = last[-1 if isinstance(error, SyntaxError) else 0].strip().splitlines()
        tell(
            "failed",
            summary=summary[0] if summary else type(error).__name__,
            text=text.rstrip("\n"),
            line=line,
            missing=missing,
            is_interrupt=isinstance(error, KeyboardInterrupt),
            hides_values=hides and not isinstance(error, tuple(of_code)),
        )

    # Code that waits for others finds the loop it would have had in a program
    # of its own.
    try:
        import asyncio

        asyncio.set_event_loop(asyncio.new_event_loop())
    except Exception:
        pass

    code = job["code"]
    linecache.cache[job["path"]] = (len(code), None, code.splitlines(True), job["path"])
    try:
        module = types.ModuleType(job["name"])
        module.__file__ = job["path"]
        exec(compile(code, job["path"], "exec", dont_inherit=True), module.__dict__)
        session = connect()
        dbt = module.dbtObj(lambda relation: session.query("select * from " + relation))
        frame = module.model(dbt, session)
        session._shared.is_built = True
        # A relation may read tables that only its own connection sees; another
        # kind of table may be read from the session while it is written.
        own = isinstance(frame, duckdb.DuckDBPyRelation)
        module.materialize(frame, session if own else session.cursor())
    except BaseException as error:
        sys.stdout.close_line()
        failure(error)
        return
    sys.stdout.close_line()
    tell("done")


_hcdbt_run()
