"""Lists of items in every state, and texts that need no change in the other language"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

FINAL = sa.text('current AND final')


def upgrade() -> None:
    for versions in ('guideline_version', 'settings_version'):
        agree = sa.Column('languages_agree', sa.Boolean(), server_default=sa.false(), nullable=False)
        op.add_column(versions, agree)
    op.drop_index('ix_item_import_id', table_name='item')
    op.create_index('ix_item_imported', 'item', ['import_id', 'state', 'id'])
    op.create_index('ix_item_listed', 'item', ['project_id', 'state', 'id'])
    op.create_index(
        'ix_verdict_final', 'verdict', ['project_id', 'item_id'], sqlite_where=FINAL, postgresql_where=FINAL
    )
