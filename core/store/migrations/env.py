"""Where Alembic meets the store: the connection comes from core.store.schema, which holds the lock."""

from typing import Any, Literal

from alembic import context
from sqlalchemy.types import TypeDecorator

from core.store.tables import Table


def _render(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Migrations name plain SQLAlchemy types, so that a later change of ours cannot alter the past."""
    if kind == "type" and isinstance(item, TypeDecorator):
        name = type(item.impl_instance).__name__
        return f"sa.{name}(timezone=True)" if name == "DateTime" else f"sa.{name}()"
    return False


def _run() -> None:
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=Table.metadata,
        render_as_batch=True,
        render_item=_render,
        transactional_ddl=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


_run()
