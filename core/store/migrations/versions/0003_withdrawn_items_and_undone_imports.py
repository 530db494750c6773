"""Withdrawn items and undone imports"""

from typing import Literal

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def anew() -> Literal['always', 'never']:
    return 'always' if op.get_context().dialect.name == 'sqlite' else 'never'


IDS_ARE_FINAL = {'sqlite_autoincrement': True}
EARLIER = """
INSERT INTO withdrawal (item_id, project_id, was, reason, at)
SELECT item.id, item.project_id,
    CASE WHEN EXISTS (SELECT 1 FROM answer WHERE answer.item_id = item.id AND answer.outcome = 'personal_data' AND answer.current)
        THEN 'quarantined' ELSE 'flagged' END,
    '', item.created_at
FROM item WHERE item.state = 'withdrawn'
"""
"""Until now only what people had set aside could be withdrawn."""


def upgrade() -> None:
    op.create_table('withdrawal',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('project_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('was', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('restored_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('restored_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['person.id'], name=op.f('fk_withdrawal_by_id')),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], name=op.f('fk_withdrawal_item_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['project_id'], ['project.id'], name=op.f('fk_withdrawal_project_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['restored_by'], ['person.id'], name=op.f('fk_withdrawal_restored_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_withdrawal'))
    )
    with op.batch_alter_table('withdrawal', schema=None) as batch_op:
        batch_op.create_index('ix_withdrawal_item', ['item_id'], unique=False)
        batch_op.create_index('ix_withdrawal_project', ['project_id', 'at'], unique=False)
        batch_op.create_index('uq_withdrawal_standing', ['item_id'], unique=True, sqlite_where=sa.text('restored_at IS NULL'), postgresql_where=sa.text('restored_at IS NULL'))

    op.execute(EARLIER)
    if op.get_context().dialect.name == 'sqlite':  # a guard that names a table stands in the way of making it anew
        for guard in ('answer_no_update', 'answer_no_delete'):
            op.execute(f'DROP TRIGGER IF EXISTS {guard}')
    with op.batch_alter_table('project', table_kwargs=IDS_ARE_FINAL, recreate=anew()) as batch_op:
        pass

    with op.batch_alter_table('import_job', table_kwargs=IDS_ARE_FINAL, recreate=anew()) as batch_op:
        batch_op.add_column(sa.Column('undone_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_import_job_undone_by'), 'person', ['undone_by'], ['id'])

    with op.batch_alter_table('item', table_kwargs=IDS_ARE_FINAL, recreate=anew()) as batch_op:
        batch_op.create_index(batch_op.f('ix_item_import_id'), ['import_id'], unique=False)

