"""Conversations with the assistant, and their items."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

UUID = sa.Uuid().with_variant(sa.String(36), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "chat_threads",
        sa.Column("user_id", UUID, nullable=False),
        sa.Column("id", UUID, nullable=False),
        sa.Column("title", sa.Text),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.CheckConstraint("length(title) BETWEEN 1 AND 200", name="title"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["owners.user_id"], name="fk_chat_threads_owners", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_chat_threads"),
    )
    op.create_index("ix_chat_threads_updated_at", "chat_threads", ["user_id", "updated_at", "id"])
    op.create_table(
        "chat_items",
        sa.Column("user_id", UUID, nullable=False),
        sa.Column("id", UUID, nullable=False),
        sa.Column("thread_id", UUID, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("memo", sa.Text),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint("kind IN ('user_message', 'assistant_message', 'widget')", name="kind"),
        sa.ForeignKeyConstraint(
            ["user_id", "thread_id"],
            ["chat_threads.user_id", "chat_threads.id"],
            name="fk_chat_items_chat_threads",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_chat_items"),
        sa.UniqueConstraint("user_id", "thread_id", "seq", name="uq_chat_items_seq"),
    )


def downgrade() -> None:
    op.drop_table("chat_items")
    op.drop_table("chat_threads")
