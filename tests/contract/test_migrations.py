"""The migrated schema is the one that the tables describe, on both databases."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from core.errors import StoreError
from core.store import dialect, schema
from core.store.engine import engine_for
from core.store.tables import Table


def test_migrations_lead_to_the_tables_as_written(store: Engine) -> None:
    with store.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Table.metadata) == []


def test_migrations_make_every_constraint_and_partial_index(empty_store: Engine) -> None:
    schema.upgrade(empty_store)
    migrated = _details(empty_store)
    Table.metadata.drop_all(empty_store)
    Table.metadata.create_all(empty_store)
    assert migrated == _details(empty_store)
    assert migrated["answer"]["indexes"]


def _details(engine: Engine) -> dict[str, dict[str, Any]]:
    look = inspect(engine)
    names = sorted(set(look.get_table_names()) - {"alembic_version"})
    return {
        name: {
            "columns": [(c["name"], str(c["type"]), c["nullable"]) for c in look.get_columns(name)],
            "checks": sorted((c["name"], c["sqltext"]) for c in look.get_check_constraints(name)),
            "unique": sorted((u["name"], u["column_names"]) for u in look.get_unique_constraints(name)),
            "indexes": sorted(
                (i["name"], i["column_names"], i["unique"], str(_options(i))) for i in look.get_indexes(name)
            ),
            "foreign": sorted(
                (f["name"], f["constrained_columns"], f["referred_table"], str(f["options"]))
                for f in look.get_foreign_keys(name)
            ),
            "key": look.get_pk_constraint(name)["constrained_columns"],
        }
        for name in names
    }


def _options(index: Any) -> dict[str, str]:
    return {key: str(value) for key, value in index.get("dialect_options", {}).items()}


def test_upgrading_twice_changes_nothing(empty_store: Engine) -> None:
    first = schema.upgrade(empty_store)
    assert (first.before, first.after, first.backup) == (None, schema.expected(), None)
    assert not schema.upgrade(empty_store).changed


def test_a_newer_schema_is_refused_in_words(store: Engine) -> None:
    with store.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer version of Touchstone"):
        schema.upgrade(store)
    with pytest.raises(StoreError, match="newer version of Touchstone"):
        schema.check(store)


def test_a_database_of_another_program_is_refused(empty_store: Engine) -> None:
    with empty_store.begin() as connection:
        connection.execute(text("CREATE TABLE invoices (id INTEGER)"))
    with pytest.raises(StoreError, match="not Touchstone's"):
        schema.upgrade(empty_store)


def test_an_empty_database_is_not_current(empty_store: Engine) -> None:
    with pytest.raises(StoreError, match=r"manage\.py db upgrade"):
        schema.check(empty_store)


def test_every_migration_has_one_successor_at_most() -> None:
    assert len(schema.revisions()) == len(list((schema.MIGRATIONS / "versions").glob("*.py")))


def test_a_database_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"/file cannot be made"):
        schema.upgrade(engine_for(f"sqlite:///{tmp_path}/file/db"))


def test_items_withdrawn_before_can_be_restored_after_the_upgrade(empty_store: Engine) -> None:
    """Until 0003 only what people had set aside could be withdrawn, and nothing remembered what it was."""
    _at(empty_store, "0002")
    with empty_store.begin() as connection:
        for statement in OLD_WORKSPACE:
            connection.execute(text(statement))
    schema.upgrade(empty_store)
    with empty_store.connect() as connection:
        found = connection.execute(text("SELECT item_id, was FROM withdrawal ORDER BY item_id")).all()
        assert [tuple(row) for row in found] == [(1, "quarantined"), (2, "flagged")]
        assert connection.execute(text("SELECT count(*) FROM answer")).scalar_one() == 1
    with pytest.raises(DBAPIError, match="append-only"), empty_store.begin() as connection:
        connection.execute(text("DELETE FROM answer"))


def test_items_that_only_pilot_annotators_are_left_for_go_on_after_the_upgrade(empty_store: Engine) -> None:
    """Until 0004 whoever had answered an item in the pilot was barred from it, and left it behind for good."""
    _at(empty_store, "0003")
    with empty_store.begin() as connection:
        for statement in (
            *OLD_WORKSPACE,
            PILOT_ANSWER,
            "INSERT INTO lane_cursor (person_id, lane_id, position) VALUES (1, 1, 3)",
        ):
            connection.execute(text(statement))
        answer = sqlalchemy.Table("answer", sqlalchemy.MetaData(), autoload_with=connection)
        dialect.append_only(connection, answer, free=schema.ANSWER_FREE, owner="project")
    schema.upgrade(empty_store)
    with empty_store.begin() as connection:
        assert connection.execute(text("SELECT id FROM answer WHERE piloted")).scalars().all() == [2]
        assert connection.execute(text("SELECT count(*) FROM lane_cursor")).scalar_one() == 0
        connection.execute(text("UPDATE answer SET purpose = 'work' WHERE id = 2"))
    with pytest.raises(DBAPIError, match="append-only"), empty_store.begin() as connection:
        connection.execute(text("UPDATE answer SET purpose = 'pilot' WHERE id = 1"))


def test_ids_of_what_can_be_deleted_are_never_given_again(store: Engine) -> None:
    for table in ("project", "item", "import_job"):
        if store.dialect.name == "sqlite":
            with store.connect() as connection:
                made = connection.execute(text(f"SELECT sql FROM sqlite_master WHERE name = '{table}'")).scalar_one()
            assert "AUTOINCREMENT" in made


def _at(engine: Engine, revision: str) -> None:
    with engine.connect() as connection, dialect.foreign_keys_off(connection), connection.begin():
        schema.migrate(connection, revision)


OLD_WORKSPACE = (
    (
        "INSERT INTO person (id, name, role, kind, active, language, created_at)"
        " VALUES (1, 'Ana', 'annotator', 'member', true, 'en', '2026-01-01 00:00:00')"
    ),
    (
        "INSERT INTO project (id, slug, title, task, state, policy, split_salt, simulated, created_at, state_at)"
        " VALUES (1, 'here', '\"Here\"', 'pairwise', 'live', '{}', 's', false, '2026-01-01 00:00:00', '2026-01-01 00:00:00')"
    ),
    "INSERT INTO batch (id, project_id, name, priority, created_at) VALUES (1, 1, '', 0, '2026-01-01 00:00:00')",
    (
        "INSERT INTO lane (id, project_id, batch_id, priority, lang, response_lang, sensitive)"
        " VALUES (1, 1, 1, 0, '', '', '')"
    ),
    *(
        "INSERT INTO item (id, project_id, lane_id, position, key, state, payload, lang, response_lang, overlap, digest,"
        f" duplicate_key, words, created_at) VALUES ({n}, 1, 1, {n}, 'i{n}', '{state}', '{{}}', '', '', 1, 'd', 'd', 1,"
        " '2026-01-01 00:00:00')"
        for n, state in ((1, "withdrawn"), (2, "withdrawn"), (3, "open"))
    ),
    (
        "INSERT INTO answer (id, item_id, person_id, project_id, purpose, nth, revision, current, outcome, guideline_version,"
        " settings_version, device, submit_key, body_digest, at)"
        " VALUES (1, 1, 1, 1, 'work', 0, 1, true, 'personal_data', 1, 1, '', 'k', 'd', '2026-01-01 00:00:00')"
    ),
)
PILOT_ANSWER = (
    "INSERT INTO answer (id, item_id, person_id, project_id, purpose, nth, revision, current, outcome, guideline_version,"
    " settings_version, device, submit_key, body_digest, at)"
    " VALUES (2, 3, 1, 1, 'pilot', 0, 1, true, 'submitted', 1, 1, '', 'p', 'd', '2026-01-01 00:00:00')"
)
