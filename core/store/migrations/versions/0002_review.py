"""Review, probabilities and the audit track"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001_523c4845'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('example',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('project_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled', sa.String(), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("settled IS NULL OR settled IN ('taken','declined')", name=op.f('ck_example_settled')),
    sa.ForeignKeyConstraint(['by_id'], ['person.id'], name=op.f('fk_example_by_id')),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], name=op.f('fk_example_item_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['project_id'], ['project.id'], name=op.f('fk_example_project_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_example'))
    )
    with op.batch_alter_table('example', schema=None) as batch_op:
        batch_op.create_index('ix_example_project', ['project_id', 'settled_at'], unique=False)

    op.create_table('probability',
    sa.Column('answer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('target', sa.String(), nullable=False),
    sa.Column('code', sa.Integer(), nullable=False),
    sa.Column('value', sa.Float(), nullable=False),
    sa.ForeignKeyConstraint(['answer_id'], ['answer.id'], name=op.f('fk_probability_answer_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('answer_id', 'target', 'code', name=op.f('pk_probability'))
    )
    op.create_table('returned',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('answer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('project_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('comment', sa.String(), nullable=False),
    sa.Column('by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled', sa.String(), nullable=True),
    sa.Column('reply', sa.String(), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("settled IS NULL OR settled IN ('revised','kept','withdrawn')", name=op.f('ck_returned_settled')),
    sa.ForeignKeyConstraint(['answer_id'], ['answer.id'], name=op.f('fk_returned_answer_id')),
    sa.ForeignKeyConstraint(['by_id'], ['person.id'], name=op.f('fk_returned_by_id')),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], name=op.f('fk_returned_item_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_returned_person_id')),
    sa.ForeignKeyConstraint(['project_id'], ['project.id'], name=op.f('fk_returned_project_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_returned'))
    )
    with op.batch_alter_table('returned', schema=None) as batch_op:
        batch_op.create_index('ix_returned_item', ['item_id'], unique=False)
        batch_op.create_index('ix_returned_person', ['person_id', 'settled_at'], unique=False)
        batch_op.create_index('ix_returned_project', ['project_id', 'at'], unique=False)

    with op.batch_alter_table('item', schema=None) as batch_op:
        batch_op.add_column(sa.Column('audit', sa.Boolean(), server_default=sa.false(), nullable=False))

    # Nothing wrote verdicts before this revision: the table is made anew instead of copied.
    op.drop_table('verdict')
    op.create_table('verdict',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('project_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('assignment_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('stage', sa.Integer(), nullable=False),
    sa.Column('current', sa.Boolean(), nullable=False),
    sa.Column('final', sa.Boolean(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('extras', sa.Text(), nullable=True),
    sa.Column('basis', sa.String(), nullable=False),
    sa.Column('answer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('suggested', sa.Text(), nullable=True),
    sa.Column('confidence', sa.Float(), nullable=True),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('comment', sa.String(), nullable=True),
    sa.Column('settings_version', sa.Integer(), nullable=False),
    sa.Column('guideline_version', sa.Integer(), nullable=False),
    sa.Column('submit_key', sa.Text(), nullable=False),
    sa.Column('body_digest', sa.String(), nullable=False),
    sa.Column('active_ms', sa.Integer(), nullable=True),
    sa.Column('by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reopened_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reopened_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('reopened_why', sa.String(), nullable=True),
    sa.CheckConstraint("basis IN ('accepted','picked','edited')", name=op.f('ck_verdict_basis')),
    sa.CheckConstraint("reason IS NULL OR reason IN ('guideline_gap','annotator_error','ambiguous','bad_item')", name=op.f('ck_verdict_reason')),
    sa.ForeignKeyConstraint(['answer_id'], ['answer.id'], name=op.f('fk_verdict_answer_id')),
    sa.ForeignKeyConstraint(['assignment_id'], ['assignment.id'], name=op.f('fk_verdict_assignment_id')),
    sa.ForeignKeyConstraint(['by_id'], ['person.id'], name=op.f('fk_verdict_by_id')),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], name=op.f('fk_verdict_item_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['project_id'], ['project.id'], name=op.f('fk_verdict_project_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['reopened_by'], ['person.id'], name=op.f('fk_verdict_reopened_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_verdict')),
    sa.UniqueConstraint('submit_key', name=op.f('uq_verdict_submit_key'))
    )
    op.create_index('ix_verdict_item', 'verdict', ['item_id', 'id'], unique=False)
    op.create_index('ix_verdict_project', 'verdict', ['project_id', 'at'], unique=False)
    op.create_index('uq_verdict_current', 'verdict', ['item_id'], unique=True, sqlite_where=sa.text('current'), postgresql_where=sa.text('current'))
