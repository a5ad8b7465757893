"""Add task counts that triggers update, and indexes for sort keys that may be NULL."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

UUID = sa.Uuid().with_variant(sa.String(36), "sqlite")
# Scanned backwards, an ascending index returns NULLs first, hence indexes with DESC NULLS LAST.
KEYS_THAT_MAY_BE_NULL = ("due_date", "priority")


def upgrade() -> None:
    op.create_table(
        "task_counts",
        sa.Column("user_id", UUID, nullable=False),
        sa.Column("completed", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.uuid"], name="fk_task_counts_user", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "completed", "priority", name="pk_task_counts"),
    )
    op.execute(COUNT_ALL)
    if op.get_bind().dialect.name == "postgresql":
        for key in KEYS_THAT_MAY_BE_NULL:
            op.execute(
                f"CREATE INDEX ix_tasks_{key}_desc ON tasks "
                f"(user_id, {key} DESC NULLS LAST, id DESC)"
            )
        op.execute(FUNCTION_OF_POSTGRESQL)
        statements = TRIGGERS_OF_POSTGRESQL
    else:
        statements = TRIGGERS_OF_SQLITE
    for statement in statements:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION count_tasks CASCADE")
        for key in KEYS_THAT_MAY_BE_NULL:
            op.drop_index(f"ix_tasks_{key}_desc", "tasks")
    else:
        for event in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER count_tasks_after_{event}")
    op.drop_table("task_counts")


COUNT_ALL = """
INSERT INTO task_counts (user_id, completed, priority, count)
SELECT user_id, completed_at IS NOT NULL, coalesce(priority, 0), count(*)
FROM tasks GROUP BY 1, 2, 3
"""

# INSERT and DELETE update the counts once per statement. Counting per row would write many versions
# of the same count row, and finding the last version would mean skipping all others. UPDATE changes
# the counts per row, and only for the few rows that move from one count to another.
FUNCTION_OF_POSTGRESQL = """
CREATE FUNCTION count_tasks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO task_counts AS c
      SELECT user_id, completed_at IS NOT NULL, coalesce(priority, 0), count(*)
      FROM made GROUP BY 1, 2, 3
      ON CONFLICT (user_id, completed, priority) DO UPDATE SET count = c.count + excluded.count;
  ELSIF TG_OP = 'DELETE' THEN
    UPDATE task_counts c SET count = c.count - gone.count
      FROM (
        SELECT user_id, completed_at IS NOT NULL AS completed, coalesce(priority, 0) AS priority,
          count(*) AS count
        FROM deleted GROUP BY 1, 2, 3
      ) gone
      WHERE (c.user_id, c.completed, c.priority) = (gone.user_id, gone.completed, gone.priority);
  ELSE
    UPDATE task_counts SET count = count - 1
      WHERE (user_id, completed, priority)
        = (OLD.user_id, OLD.completed_at IS NOT NULL, coalesce(OLD.priority, 0));
    INSERT INTO task_counts AS c
      VALUES (NEW.user_id, NEW.completed_at IS NOT NULL, coalesce(NEW.priority, 0), 1)
      ON CONFLICT (user_id, completed, priority) DO UPDATE SET count = c.count + 1;
  END IF;
  RETURN NULL;
END $$
"""
MOVES = """
  OLD.user_id <> NEW.user_id OR (OLD.completed_at IS NULL) <> (NEW.completed_at IS NULL)
  OR coalesce(OLD.priority, 0) <> coalesce(NEW.priority, 0)
"""
TRIGGERS_OF_POSTGRESQL = (
    """
    CREATE TRIGGER count_tasks_after_insert AFTER INSERT ON tasks
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION count_tasks()
    """,
    """
    CREATE TRIGGER count_tasks_after_delete AFTER DELETE ON tasks
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION count_tasks()
    """,
    f"""
    CREATE TRIGGER count_tasks_after_update AFTER UPDATE ON tasks
    FOR EACH ROW WHEN ({MOVES}) EXECUTE FUNCTION count_tasks()
    """,
)

ADD_ONE = """
  INSERT INTO task_counts
    VALUES (NEW.user_id, NEW.completed_at IS NOT NULL, coalesce(NEW.priority, 0), 1)
    ON CONFLICT (user_id, completed, priority) DO UPDATE SET count = count + 1;
"""
TAKE_ONE = """
  UPDATE task_counts SET count = count - 1
    WHERE (user_id, completed, priority)
      = (OLD.user_id, OLD.completed_at IS NOT NULL, coalesce(OLD.priority, 0));
"""
TRIGGERS_OF_SQLITE = (
    f"CREATE TRIGGER count_tasks_after_insert AFTER INSERT ON tasks BEGIN {ADD_ONE} END",
    f"CREATE TRIGGER count_tasks_after_delete AFTER DELETE ON tasks BEGIN {TAKE_ONE} END",
    f"""
    CREATE TRIGGER count_tasks_after_update AFTER UPDATE ON tasks WHEN {MOVES}
    BEGIN {TAKE_ONE} {ADD_ONE} END
    """,
)
