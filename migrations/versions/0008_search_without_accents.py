"""The text to search in has no accents, and is the same in all widths of letters.

The rows are rewritten in batches, each a transaction of its own, so that the service can run
meanwhile. If the migration is interrupted, it can be run again.
"""

import unicodedata
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

BATCH = 1000
UUID = sa.Uuid().with_variant(sa.String(36), "sqlite")
TASKS = sa.table(
    "tasks",
    sa.column("user_id", UUID),
    sa.column("id", UUID),
    sa.column("title", sa.Text),
    sa.column("description", sa.Text),
    sa.column("search_text", sa.Text),
)
OWNERS = sa.table("owners", sa.column("user_id", UUID))
SET_TEXT = (
    sa.update(TASKS)
    .where(TASKS.c.user_id == sa.bindparam("owner"), TASKS.c.id == sa.bindparam("task"))
    .values(search_text=sa.bindparam("text"))
)


def upgrade() -> None:
    rewrite(without_accents)


def downgrade() -> None:
    rewrite(with_accents)


def without_accents(title: str, description: str) -> str:
    """Return the text that the release of this revision searches in."""
    folded = remove_accents(remove_accents(f"{title}\n{description}").casefold())
    return unicodedata.normalize("NFC", folded)


def remove_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if unicodedata.combining(letter) < 10)


def with_accents(title: str, description: str) -> str:
    """Return the text that the release before searches in."""
    return "\n".join(
        unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())
        for text in (title, description)
    )


def rewrite(text_of: Callable[[str, str], str]) -> None:
    connection = op.get_bind()
    is_postgresql = connection.dialect.name == "postgresql"
    begin = "BEGIN" if is_postgresql else "BEGIN IMMEDIATE"
    # The text of a task in ASCII is the same with and without accents. The database finds the
    # other tasks: in UTF-8 they have more bytes than characters.
    is_other = [
        sa.func.length(text)
        < (
            sa.func.octet_length(sa.func.convert_to(text, "UTF8"))
            if is_postgresql
            else sa.func.length(sa.cast(text, sa.LargeBinary))
        )
        for text in (TASKS.c.title, TASKS.c.description)
    ]
    query = sa.select(TASKS).where(sa.or_(*is_other)).order_by(TASKS.c.user_id, TASKS.c.id)
    part = query
    connection.exec_driver_sql("COMMIT")
    while True:
        connection.exec_driver_sql(begin)
        rows = connection.execute(part.limit(BATCH)).all()
        if not rows:
            return  # within a transaction, as the migration began
        if is_postgresql:
            # Transactions of the service lock the row of their user before they change tasks.
            users = sorted({row.user_id for row in rows})
            owners = sa.select(OWNERS).where(OWNERS.c.user_id.in_(users))
            connection.execute(owners.order_by(OWNERS.c.user_id).with_for_update(key_share=True))
            locked = part.where(TASKS.c.user_id.in_(users))
            rows = connection.execute(locked.limit(BATCH)).all()  # as they are under the lock
        changed = [
            {"owner": row.user_id, "task": row.id, "text": text}
            for row in rows
            if (text := text_of(row.title, row.description or "")) != row.search_text
        ]
        if changed:
            connection.execute(SET_TEXT, changed)
        connection.exec_driver_sql("COMMIT")
        if rows:
            last = sa.tuple_(*(sa.literal(key, UUID) for key in rows[-1][:2]))
            part = query.where(sa.tuple_(TASKS.c.user_id, TASKS.c.id) > last)
