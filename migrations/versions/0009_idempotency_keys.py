"""Responses to requests with an Idempotency-Key, to be repeated."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

UUID = sa.Uuid().with_variant(sa.String(36), "sqlite")


def upgrade() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("user_id", UUID, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("status", sa.SmallInteger, nullable=False),
        sa.Column("headers", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["owners.user_id"],
            name="fk_idempotency_keys_owners",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["user_id", "created_at"])


def downgrade() -> None:
    op.drop_table("idempotency_keys")
