"""A trash for deleted tasks, and the latest changes, which can be undone."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

UUID = sa.Uuid().with_variant(sa.String(36), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "trash",
        sa.Column("user_id", UUID, nullable=False),
        sa.Column("id", UUID, nullable=False),
        sa.Column("deleted_at", TIME, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        *keys("trash"),
    )
    op.create_index("ix_trash_deleted_at", "trash", ["user_id", "deleted_at", "id"])
    op.create_index("ix_trash_position", "trash", ["user_id", "position"])
    op.create_table(
        "changes",
        sa.Column("user_id", UUID, nullable=False),
        sa.Column("id", UUID, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        *keys("changes"),
    )


def downgrade() -> None:
    op.drop_table("changes")
    op.drop_table("trash")


def keys(table: str) -> tuple[sa.ForeignKeyConstraint, sa.PrimaryKeyConstraint]:
    return (
        sa.ForeignKeyConstraint(
            ["user_id"], ["owners.user_id"], name=f"fk_{table}_owners", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "id", name=f"pk_{table}"),
    )
