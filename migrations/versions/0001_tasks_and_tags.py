"""Tasks and tags; a user table where Better Auth's is not there."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    from todo.models import Base

    connection = op.get_bind()
    shared = sa.inspect(connection).has_table("account")
    if shared:
        _check_shared(connection)
    names = ["tags", "tasks", "task_tags"] if shared else ["user", "tags", "tasks", "task_tags"]
    Base.metadata.create_all(connection, tables=[Base.metadata.tables[name] for name in names])


def _check_shared(connection: sa.Connection) -> None:
    columns = {column["name"]: column for column in sa.inspect(connection).get_columns("user")}
    if "uuid" not in columns:
        raise RuntimeError(
            'Better Auth\'s table "user" has no column uuid: declare it in user.additionalFields '
            "and run Better Auth's migration"
        )
    if connection.dialect.name == "postgresql" and not isinstance(columns["uuid"]["type"], sa.Uuid):
        raise RuntimeError(
            'The column "user".uuid is text. Run: ALTER TABLE "user" ALTER COLUMN uuid TYPE uuid '
            "USING uuid::uuid, ALTER COLUMN uuid SET DEFAULT gen_random_uuid()"
        )


def downgrade() -> None:
    for name in ("task_tags", "tasks", "tags"):
        op.drop_table(name)
    if not sa.inspect(op.get_bind()).has_table("account"):
        op.drop_table("user")
