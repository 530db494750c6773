"""Prompts that items share, and one salt for every project's splits"""

import hashlib
import json
import unicodedata
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

AT_ONCE = 1000
ITEM = sa.table('item', sa.column('id', sa.BigInteger), sa.column('payload', sa.Text), sa.column('prompt_key', sa.String), sa.column('state', sa.String))
ONE_SALT = 'UPDATE project SET split_salt = (SELECT split_salt FROM project ORDER BY id LIMIT 1)'


def upgrade() -> None:
    op.add_column('item', sa.Column('prompt_key', sa.String(), nullable=True))
    connection, last = op.get_bind(), 0
    while rows := _next(connection, last):
        connection.execute(
            sa.update(ITEM).where(ITEM.c.id == sa.bindparam('at')).values(prompt_key=sa.bindparam('key')),
            [{'at': row.id, 'key': _prompt_key(json.loads(row.payload))} for row in rows],
        )
        last = rows[-1].id
    op.create_index('ix_item_prompt', 'item', ['project_id', 'prompt_key'], unique=False)
    op.execute(ONE_SALT)


def _next(connection: sa.Connection, last: int) -> Any:
    payload = sa.type_coerce(ITEM.c.payload, sa.Text).label('payload')
    query = sa.select(ITEM.c.id, payload).where(ITEM.c.id > last, ITEM.c.state != 'stub')
    return connection.execute(query.order_by(ITEM.c.id).limit(AT_ONCE)).all()


def _prompt_key(payload: dict[str, Any]) -> str | None:
    """As core.interchange.sameness has it on this day."""
    asked = next((payload[name] for name in ('prompt', 'text', 'brief') if payload.get(name)), '')
    if not isinstance(asked, str):
        one = len(asked) == 1 and asked[0]['role'] == 'user'
        asked = asked[0]['content'] if one else '\n'.join(f"{turn['role']}: {turn['content']}" for turn in asked)
    asked = ' '.join(unicodedata.normalize('NFKC', asked).casefold().split())
    return hashlib.sha256(asked.encode()).hexdigest()[:32] if asked else None
