"""Statements of the hot path, compiled once a dialect and handed to the driver directly.

SQLAlchemy's execution costs about ten times what the database takes for a look-up by key. A Prepared keeps the
statement in Core, with the types of its columns and parameters, and leaves out everything else.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.expression import Executable

Convert = Callable[[Any], Any]
Statement = Executable | Callable[[Connection], Executable]
"""Or how to make one for a database, where the databases differ."""


class Prepared:
    """A Core statement with named parameters. No `in_`: its text depends on the length."""

    def __init__(self, statement: Statement, *, keys: Sequence[str] | None = None) -> None:
        """`keys`: the columns that an INSERT is given."""
        self._statement, self._keys = statement, keys
        self._ready: dict[str, _Ready] = {}

    def all(self, connection: Connection, parameters: Mapping[str, Any]) -> list[Any]:
        """Rows with their columns as attributes."""
        return self._for(connection).rows(connection, parameters)

    def first(self, connection: Connection, parameters: Mapping[str, Any]) -> Any:
        """The first row, or None."""
        rows = self._for(connection).rows(connection, parameters)
        return rows[0] if rows else None

    def scalar(self, connection: Connection, parameters: Mapping[str, Any]) -> Any:
        """The first column of the first row, or None."""
        row = self.first(connection, parameters)
        return None if row is None else row[0]

    def run(self, connection: Connection, parameters: Mapping[str, Any]) -> None:
        self._for(connection).run(connection, parameters)

    def run_many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        self._for(connection).run_many(connection, rows)

    def _for(self, connection: Connection) -> "_Ready":
        name = connection.dialect.name
        if name not in self._ready:
            statement = self._statement(connection) if callable(self._statement) else self._statement
            self._ready[name] = _Ready(statement, connection.dialect, self._keys)
        return self._ready[name]


class _Ready:
    """A statement compiled for one dialect."""

    def __init__(self, statement: Any, dialect: Dialect, keys: Sequence[str] | None) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=list(keys) if keys else None)
        self.sql = str(compiled)
        self._defaults = {name: bind.value for bind, name in compiled.bind_names.items() if not bind.required}
        if keys:
            self._defaults |= dict.fromkeys(keys)
        self._names = list(compiled.positiontup) if compiled.positional else list(compiled.bind_names.values())
        self._positional = compiled.positional
        kinds = {name: bind.type for bind, name in compiled.bind_names.items()}
        self._binds = {name: _binder(kind, dialect) for name, kind in kinds.items()}
        columns = getattr(statement, "exported_columns", None) if statement.is_select else statement._returning  # noqa: SLF001 - no public name
        columns = list(columns or ())
        self._row: Any = namedtuple("Row", [c.key for c in columns], rename=True) if columns else None
        self._reads = [(n, read) for n, c in enumerate(columns) if (read := _reader(c.type, dialect)) is not None]

    def rows(self, connection: Connection, parameters: Mapping[str, Any]) -> list[Any]:
        found = self._execute(connection, self._bound(parameters)).fetchall()
        if not self._reads:
            return [self._row._make(values) for values in found]
        return [self._row._make(self._read(values)) for values in found]

    def run(self, connection: Connection, parameters: Mapping[str, Any]) -> None:
        self._execute(connection, self._bound(parameters))

    def run_many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        try:
            cursor = connection.connection.cursor()
            cursor.executemany(self.sql, [self._bound(row) for row in rows])
        except connection.dialect.loaded_dbapi.Error as error:
            raise database_error(connection, self.sql, error) from error

    def _execute(self, connection: Connection, values: Any) -> Any:
        try:
            cursor = connection.connection.cursor()
            cursor.execute(self.sql, values)
        except connection.dialect.loaded_dbapi.Error as error:
            raise database_error(connection, self.sql, error) from error
        return cursor

    def _bound(self, parameters: Mapping[str, Any]) -> Any:
        values = []
        for name in self._names:
            value = parameters[name] if name in parameters else self._defaults[name]
            bind = self._binds[name]
            values.append(bind(value) if bind is not None and value is not None else value)
        return values if self._positional else dict(zip(self._names, values, strict=True))

    def _read(self, values: Sequence[Any]) -> list[Any]:
        read = list(values)
        for n, convert in self._reads:
            if read[n] is not None:
                read[n] = convert(read[n])
        return read


def database_error(connection: Connection, sql: str, error: Exception) -> BaseException:
    """A driver's error as SQLAlchemy would raise it."""
    return DBAPIError.instance(sql, None, error, connection.dialect.loaded_dbapi.Error, dialect=connection.dialect)


def _binder(kind: Any, dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)  # type: ignore[no-any-return]


def _reader(kind: Any, dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)  # type: ignore[no-any-return]
