"""Create the tables of tasks and tags, and a table of users unless Better Auth's is there."""

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0001"
down_revision = None

# Better Auth stores UUIDs as text with hyphens on SQLite.
UUID = sa.Uuid().with_variant(sa.String(36), "sqlite")
TIME = sa.DateTime(timezone=True)
# SQLite compares text by bytes. PostgreSQL's default order depends on the locale of the server.
BYTEWISE_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    columns = _columns_of_better_auth()
    if columns is None:
        _create_user()
    else:
        _check(columns)
    _create_tags()
    _create_tasks()
    _create_task_tags()


def downgrade() -> None:
    for name in ("task_tags", "tasks", "tags"):
        op.drop_table(name)
    if _columns_of_better_auth() is None:
        op.drop_table("user")


def _columns_of_better_auth() -> dict[str, sa.types.TypeEngine] | None:
    """Return the columns of Better Auth's table "user", or None if this is not its database."""
    inspector = sa.inspect(op.get_bind())
    if not inspector.has_table("account"):
        return None
    return {column["name"]: column["type"] for column in inspector.get_columns("user")}


def _check(columns: dict[str, sa.types.TypeEngine]) -> None:
    """Raise CommandError with a fix if no foreign key can refer to the column "user".uuid."""
    if "uuid" not in columns:
        raise CommandError(
            'Better Auth\'s table "user" has no column uuid: declare it in user.additionalFields, '
            "with unique: true, and run Better Auth's own migration first. If its ids are UUIDs "
            '(generateId: "uuid"), on PostgreSQL run instead: ALTER TABLE "user" '
            "ADD COLUMN uuid uuid GENERATED ALWAYS AS (id::uuid) STORED UNIQUE"
        )
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    if is_postgresql and not isinstance(columns["uuid"], sa.Uuid):
        raise CommandError(
            'The column "user".uuid is text. Run: ALTER TABLE "user" ALTER COLUMN uuid TYPE uuid '
            "USING uuid::uuid, ALTER COLUMN uuid SET DEFAULT gen_random_uuid()"
        )
    if not _is_unique():
        raise CommandError(
            'The column "user".uuid is not unique. Run: CREATE UNIQUE INDEX user_uuid ON '
            '"user" (uuid)'
        )


def _is_unique() -> bool:
    inspector = sa.inspect(op.get_bind())
    # SQLite's index for a UNIQUE column is an unnamed auto index, which is omitted by default.
    indexes = inspector.get_indexes("user", include_auto_indexes=True)
    return any(index["unique"] and index["column_names"] == ["uuid"] for index in indexes)


def _create_user() -> None:
    op.create_table(
        "user",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("email", sa.Text()),
        sa.Column("createdAt", TIME, nullable=False),
        sa.Column("uuid", UUID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_user"),
        sa.UniqueConstraint("uuid", name="uq_user_uuid"),
    )


def _create_tags() -> None:
    op.create_table(
        "tags",
        sa.Column("user_id", UUID, nullable=False),
        sa.Column("id", UUID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", BYTEWISE_TEXT, nullable=False),
        sa.Column("color", sa.Text()),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 50", name=op.f("ck_tags_name")),
        sa.CheckConstraint("length(color) = 7 AND color LIKE '#%'", name=op.f("ck_tags_color")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.uuid"], name="fk_tags_user", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_tags"),
        sa.UniqueConstraint("user_id", "key", name="uq_tags_key"),
    )


def _create_tasks() -> None:
    op.create_table(
        "tasks",
        sa.Column("user_id", UUID, nullable=False),
        sa.Column("id", UUID, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("completed_at", TIME),
        sa.Column("priority", sa.SmallInteger()),
        sa.Column("due_date", TIME),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("title_key", BYTEWISE_TEXT, nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(title) BETWEEN 1 AND 200", name=op.f("ck_tasks_title")),
        sa.CheckConstraint("length(description) <= 10000", name=op.f("ck_tasks_description")),
        sa.CheckConstraint("priority BETWEEN 1 AND 3", name=op.f("ck_tasks_priority")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_tasks_version")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.uuid"], name="fk_tasks_user", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_tasks"),
    )
    for name in ("created_at", "updated_at", "due_date", "priority", "position"):
        op.create_index(f"ix_tasks_{name}", "tasks", ["user_id", name, "id"])
    op.create_index("ix_tasks_title", "tasks", ["user_id", "title_key", "id"])


def _create_task_tags() -> None:
    op.create_table(
        "task_tags",
        sa.Column("user_id", UUID, nullable=False),
        sa.Column("task_id", UUID, nullable=False),
        sa.Column("tag_id", UUID, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id", "task_id"],
            ["tasks.user_id", "tasks.id"],
            name="fk_task_tags_tasks",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id", "tag_id"],
            ["tags.user_id", "tags.id"],
            name="fk_task_tags_tags",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "task_id", "tag_id", name="pk_task_tags"),
    )
    op.create_index("ix_task_tags_tag", "task_tags", ["user_id", "tag_id"])
