"""A row per user for transactions to lock, and counts that the service maintains itself.

Triggers with transition tables, advisory locks and several references to "user" do not work on
distributed PostgreSQL.
"""

import re
from pathlib import Path
from runpy import run_path

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

UUID = sa.Uuid().with_variant(sa.String(36), "sqlite")
TABLES = ("tags", "tasks", "task_counts")
TO_USER = ("user", "uuid")
TO_OWNERS = ("owners", "user_id")


def upgrade() -> None:
    op.create_table(
        "owners",
        sa.Column("user_id", UUID, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.uuid"], name="fk_owners_user", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name="pk_owners"),
    )
    # Of all users, so that processes of the release before can go on writing for them.
    op.execute('INSERT INTO owners (user_id) SELECT uuid FROM "user" WHERE uuid IS NOT NULL')
    drop_triggers()
    for table in TABLES:
        change_reference(table, TO_USER, TO_OWNERS)


def downgrade() -> None:
    for table in TABLES:
        change_reference(table, TO_OWNERS, TO_USER)
    create_triggers()
    op.drop_table("owners")


def change_reference(table: str, old: tuple[str, str], new: tuple[str, str]) -> None:
    """Let the foreign key of ``table`` refer to another table and column."""
    if op.get_bind().dialect.name == "sqlite":
        change_reference_on_sqlite(table, old, new)
        return
    op.drop_constraint(f"fk_{table}_{old[0]}", table, type_="foreignkey")
    op.create_foreign_key(
        f"fk_{table}_{new[0]}", table, new[0], ["user_id"], [new[1]], ondelete="CASCADE"
    )


def change_reference_on_sqlite(table: str, old: tuple[str, str], new: tuple[str, str]) -> None:
    """Make the table anew with the changed constraint; env.py has switched foreign keys off."""
    connection = op.get_bind()
    of_table = {"name": table}
    (create,) = connection.scalars(
        sa.text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :name"), of_table
    )
    indexes = connection.scalars(
        sa.text("SELECT sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = :name"), of_table
    ).all()
    create, changed = re.subn(
        rf'fk_{table}_{old[0]} FOREIGN KEY\(user_id\) REFERENCES "?{old[0]}"? \({old[1]}\)',
        f'fk_{table}_{new[0]} FOREIGN KEY(user_id) REFERENCES "{new[0]}" ({new[1]})',
        re.sub(rf'^CREATE TABLE "?{table}"? ', f"CREATE TABLE {table}_new ", create),
    )
    if changed != 1:
        raise RuntimeError(f"the table {table} is not as the migrations made it: {create}")
    op.execute(create)
    op.execute(f"INSERT INTO {table}_new SELECT * FROM {table}")  # noqa: S608
    op.execute(f"DROP TABLE {table}")
    op.execute(f"ALTER TABLE {table}_new RENAME TO {table}")
    for index in filter(None, indexes):  # those of constraints have no SQL
        op.execute(index)


def drop_triggers() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION count_tasks CASCADE")
    else:
        for event in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER count_tasks_after_{event}")


def create_triggers() -> None:
    revision_0002 = run_path(str(Path(__file__).with_name("0002_counts_of_tasks.py")))
    if op.get_bind().dialect.name == "postgresql":
        op.execute(revision_0002["FUNCTION_OF_POSTGRESQL"])
        statements = revision_0002["TRIGGERS_OF_POSTGRESQL"]
    else:
        statements = revision_0002["TRIGGERS_OF_SQLITE"]
    for statement in statements:
        op.execute(statement)
