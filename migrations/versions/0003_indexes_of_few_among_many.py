"""Add partial indexes for active tasks, and an index that covers the tasks of a tag."""

from alembic import op

revision = "0003"
down_revision = "0002"

KEYS = {
    "created_at": "created_at",
    "updated_at": "updated_at",
    "due_date": "due_date",
    "priority": "priority",
    "title": "title_key",
    "position": "position",
}
# Scanned backwards, an ascending index returns NULLs first, hence indexes with DESC NULLS LAST.
KEYS_THAT_MAY_BE_NULL = ("due_date", "priority")


def upgrade() -> None:
    for name, key in KEYS.items():
        _create(name, key, "id")
    if op.get_bind().dialect.name == "postgresql":
        for key in KEYS_THAT_MAY_BE_NULL:
            _create(f"{key}_desc", f"{key} DESC NULLS LAST", "id DESC")
    _index_tags("user_id", "tag_id", "task_id")


def _create(name: str, key: str, last: str) -> None:
    op.execute(
        f"CREATE INDEX ix_tasks_active_{name} ON tasks (user_id, {key}, {last}) "
        "WHERE completed_at IS NULL"
    )


def _index_tags(*columns: str) -> None:
    op.drop_index("ix_task_tags_tag", "task_tags")
    op.create_index("ix_task_tags_tag", "task_tags", columns)


def downgrade() -> None:
    _index_tags("user_id", "tag_id")
    if op.get_bind().dialect.name == "postgresql":
        for key in KEYS_THAT_MAY_BE_NULL:
            op.drop_index(f"ix_tasks_active_{key}_desc", "tasks")
    for name in KEYS:
        op.drop_index(f"ix_tasks_active_{name}", "tasks")
