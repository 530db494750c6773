"""Which answers were given in a pilot"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('answer', sa.Column('piloted', sa.Boolean(), server_default=sa.false(), nullable=False))
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('ALTER TABLE answer DISABLE TRIGGER USER')
    else:
        op.execute('DROP TRIGGER IF EXISTS answer_no_update')
    op.execute("UPDATE answer SET piloted = true WHERE purpose = 'pilot'")
    # Whoever answered in a pilot was barred from its items, and left them behind; now they may have them.
    op.execute(
        "DELETE FROM lane_cursor WHERE lane_id IN (SELECT item.lane_id FROM item JOIN answer ON answer.item_id = item.id"
        " WHERE answer.purpose = 'pilot')"
    )
