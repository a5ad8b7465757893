"""Tables of the service.

The primary key and the foreign keys of every table begin with the user: a task and a tag of two
users can't be joined, whatever the SQL says, and all rows of a user can live on one node of a
distributed database (docs/operations.md).
"""

import unicodedata
from datetime import UTC, datetime
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    TextClause,
    TypeDecorator,
    UniqueConstraint,
    Uuid,
    false,
    text,
)

MAX_TITLE = 200
MAX_DESCRIPTION = 10_000
MAX_TAG_NAME = 50
MAX_TAGS_OF_TASK = 50

Priority = Literal["low", "medium", "high"]
PriorityOrNone = Literal[Priority, "none"]
PRIORITIES: tuple[Priority, ...] = get_args(Priority)

# Sort key of a list -> its column. Each has indexes; the id breaks ties.
SORT_KEYS = {
    "created_at": "created_at",
    "updated_at": "updated_at",
    "due_date": "due_date",
    "priority": "priority",
    "title": "title_key",
    "position": "position",
}


class HyphenatedUUID(TypeDecorator[UUID]):
    """A UUID as text with hyphens, as Better Auth stores it; SQLAlchemy's type omits them."""

    impl = String(36)
    cache_ok = True

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> UUID | None:
        return None if value is None else UUID(value)


class UTCDateTime(TypeDecorator[datetime]):
    """An aware datetime, returned in UTC; SQLite stores no offset."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a datetime without an offset")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is UTC:
            return value
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Rank(TypeDecorator[Priority]):
    """A priority, stored as its rank (1 to 3) so that the database can sort by it."""

    impl = SmallInteger
    cache_ok = True

    def process_bind_param(self, value: Priority | None, dialect: Dialect) -> int | None:
        return None if value is None else rank(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Priority | None:
        return None if value is None else PRIORITIES[value - 1]


def rank(priority: PriorityOrNone | None) -> int:
    """Return the rank of a priority: 1 to 3, and 0 for none."""
    return 0 if priority in (None, "none") else PRIORITIES.index(priority) + 1


def fold(text: str) -> str:
    """Return the form that texts share when they differ in case only (Unicode 3.13, D145).

    Computed here because databases disagree about case, and SQLite knows only that of ASCII.
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())


def fold_for_search(text: str) -> str:
    """Return the form that texts share when they differ in case, accents or width only.

    Marks that are parts of letters stay: nukta, voicing marks of kana and virama, which are the
    combining classes 7 to 9 (Unicode 16.0, table 4-2).
    """
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", _without_accents(_without_accents(text).casefold()))


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if unicodedata.combining(letter) < 10)


# The default sort order of text in PostgreSQL depends on the machine. SQLite sorts by bytes.
_BYTEWISE = Text().with_variant(Text(collation="C"), "postgresql")
_UUID = Uuid().with_variant(HyphenatedUUID(), "sqlite")

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def _owner_id() -> Column[UUID]:
    return Column(
        "user_id", _UUID, ForeignKey("owners.user_id", ondelete="CASCADE"), primary_key=True
    )


# Better Auth's own table, or a copy of the claims where the service has its own database.
users = Table(
    "user",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text),
    Column("email", Text),
    Column("createdAt", UTCDateTime, key="created_at", nullable=False),
    Column("uuid", _UUID, nullable=False, unique=True),
)

# One row per user who has used the service: the row to lock, and the only one that refers to
# Better Auth's table. Deleting the account deletes it, and with it all rows of the user.
owners = Table(
    "owners",
    metadata,
    Column("user_id", _UUID, ForeignKey("user.uuid", ondelete="CASCADE"), primary_key=True),
)

tags = Table(
    "tags",
    metadata,
    _owner_id(),
    Column("id", _UUID, primary_key=True),
    Column("name", Text, nullable=False),
    Column("key", _BYTEWISE, nullable=False),  # the folded name
    Column("color", Text),
    UniqueConstraint("user_id", "key", name="uq_tags_key"),
    CheckConstraint(f"length(name) BETWEEN 1 AND {MAX_TAG_NAME}", name="name"),
    CheckConstraint("length(color) = 7 AND color LIKE '#%'", name="color"),
)


def _indexes(name: str, *order: str | TextClause) -> tuple[Index, Index]:
    """Return an index of all tasks of a user, and a partial one of the active tasks."""
    is_active = text("completed_at IS NULL")
    return (
        Index(f"ix_tasks_{name}", "user_id", *order),
        Index(
            f"ix_tasks_active_{name}",
            "user_id",
            *order,
            postgresql_where=is_active,
            sqlite_where=is_active,
        ),
    )


tasks = Table(
    "tasks",
    metadata,
    _owner_id(),
    Column("id", _UUID, primary_key=True),
    Column("title", Text, nullable=False),
    Column("description", Text),
    Column("completed_at", UTCDateTime),
    Column("priority", Rank),
    Column("due_date", UTCDateTime),  # midnight UTC if it is a day; see due.py
    Column("due_all_day", Boolean, nullable=False, server_default=false()),
    Column("position", BigInteger, nullable=False),
    Column("title_key", _BYTEWISE, nullable=False),  # the folded title, to sort by
    Column("search_text", Text, nullable=False),  # title and description, to search in
    Column("created_at", UTCDateTime, nullable=False),
    Column("updated_at", UTCDateTime, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint(f"length(title) BETWEEN 1 AND {MAX_TITLE}", name="title"),
    CheckConstraint(f"length(description) <= {MAX_DESCRIPTION}", name="description"),
    CheckConstraint(f"priority BETWEEN 1 AND {len(PRIORITIES)}", name="priority"),
    CheckConstraint("version >= 1", name="version"),
    *(index for name, key in SORT_KEYS.items() for index in _indexes(name, key, "id")),
    # Scanned backwards, an index returns NULLs first, hence DESC NULLS LAST. SQLite reads the
    # tasks with a key and those without in two queries instead.
    *(
        index.ddl_if(dialect="postgresql")
        for key in ("due_date", "priority")
        for index in _indexes(f"{key}_desc", text(f"{key} DESC NULLS LAST"), text("id DESC"))
    ),
)

task_tags = Table(
    "task_tags",
    metadata,
    Column("user_id", _UUID, primary_key=True),
    Column("task_id", _UUID, primary_key=True),
    Column("tag_id", _UUID, primary_key=True),
    # Both keys share user_id, so a task and a tag of two users can't be linked.
    ForeignKeyConstraint(["user_id", "task_id"], ["tasks.user_id", "tasks.id"], ondelete="CASCADE"),
    ForeignKeyConstraint(["user_id", "tag_id"], ["tags.user_id", "tags.id"], ondelete="CASCADE"),
    Index("ix_task_tags_tag", "user_id", "tag_id", "task_id"),
)

# Number of tasks per user, state and rank of the priority (0 for none), so that a list knows its
# total without counting. store/counts.py maintains it.
task_counts = Table(
    "task_counts",
    metadata,
    _owner_id(),
    Column("completed", Boolean, primary_key=True),
    Column("priority", SmallInteger, primary_key=True),
    Column("count", BigInteger, nullable=False),
)

# Deleted tasks, until they are restored or deleted for ever. A table of its own, so that no query,
# count or index of tasks has to leave them out. The position is reserved for the task.
trash = Table(
    "trash",
    metadata,
    _owner_id(),
    Column("id", _UUID, primary_key=True),
    Column("deleted_at", UTCDateTime, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("content", Text, nullable=False),  # the task as JSON
    Index("ix_trash_deleted_at", "user_id", "deleted_at", "id"),
    Index("ix_trash_position", "user_id", "position"),
)

# What is needed to undo each of the latest changes of a user; store/changes.py writes it.
changes = Table(
    "changes",
    metadata,
    _owner_id(),
    Column("id", _UUID, primary_key=True),
    Column("created_at", UTCDateTime, nullable=False),
    Column("content", Text, nullable=False),
)

# Responses to requests with an Idempotency-Key; store/idempotency.py writes it.
idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    _owner_id(),
    Column("key", Text, primary_key=True),
    Column("created_at", UTCDateTime, nullable=False),
    Column("digest", Text, nullable=False),  # of the request
    Column("status", SmallInteger, nullable=False),
    Column("headers", Text, nullable=False),  # JSON
    Column("body", Text, nullable=False),
    Index("ix_idempotency_keys_created_at", "user_id", "created_at"),
)

# Conversations with the assistant, and what was said in them; store/conversations.py writes both.
chat_threads = Table(
    "chat_threads",
    metadata,
    _owner_id(),
    Column("id", _UUID, primary_key=True),
    Column("title", Text),
    Column("created_at", UTCDateTime, nullable=False),
    Column("updated_at", UTCDateTime, nullable=False),
    CheckConstraint(f"length(title) BETWEEN 1 AND {MAX_TITLE}", name="title"),
    Index("ix_chat_threads_updated_at", "user_id", "updated_at", "id"),
)

chat_items = Table(
    "chat_items",
    metadata,
    Column("user_id", _UUID, primary_key=True),
    Column("id", _UUID, primary_key=True),
    Column("thread_id", _UUID, nullable=False),
    Column("seq", Integer, nullable=False),  # order within the thread
    Column("kind", Text, nullable=False),
    Column("content", Text, nullable=False),  # JSON that clients see
    Column("memo", Text),  # JSON for the server alone: what a card proposes, or how to undo
    Column("created_at", UTCDateTime, nullable=False),
    ForeignKeyConstraint(
        ["user_id", "thread_id"], ["chat_threads.user_id", "chat_threads.id"], ondelete="CASCADE"
    ),
    UniqueConstraint("user_id", "thread_id", "seq", name="uq_chat_items_seq"),
    CheckConstraint("kind IN ('user_message', 'assistant_message', 'widget')", name="kind"),
)
