"""All SQL: tables, engine, dialect, migrations."""
