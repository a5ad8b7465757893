"""What is stored: people, their tasks and tags. Knows SQL, and nothing of requests.

Each row belongs to one user by its primary key, and whatever refers to it does so through that
user: a tag and a task of different owners can't be joined, whoever writes the SQL.
"""

import unicodedata
from datetime import UTC, datetime
from typing import Literal, Self, get_args
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    BindParameter,
    CheckConstraint,
    Column,
    Connection,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    MetaData,
    Select,
    SmallInteger,
    String,
    Table,
    Text,
    TextClause,
    TypeDecorator,
    UniqueConstraint,
    Uuid,
    event,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    column_property,
    declared_attr,
    mapped_column,
)
from uuid_utils.compat import uuid7

MAX_TITLE = 200
MAX_DESCRIPTION = 10_000
MAX_TAG_NAME = 50
MAX_TAGS_OF_TASK = 50

Priority = Literal["low", "medium", "high"]
PriorityOrNone = Literal[Priority, "none"]
PRIORITIES: tuple[Priority, ...] = get_args(Priority)

# What lists are sorted by, and by which column; together with the id, which breaks ties, each is
# unique, and each has its indexes.
SORT_KEYS = {
    "created_at": "created_at",
    "updated_at": "updated_at",
    "due_date": "due_date",
    "priority": "priority",
    "title": "title_key",
    "position": "position",
}


class HyphenatedUUID(TypeDecorator[UUID]):
    """A UUID as the text that Better Auth writes; the stock type leaves the hyphens out."""

    impl = String(36)
    cache_ok = True

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> UUID | None:
        return None if value is None else UUID(value)


class UTCDateTime(TypeDecorator[datetime]):
    """A moment: aware on the way in and out, in UTC, on databases that keep zones or don't."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment needs an offset")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is UTC:
            return value
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Rank(TypeDecorator[Priority]):
    """A priority as its rank from 1, so that the database sorts by it."""

    impl = SmallInteger
    cache_ok = True

    def process_bind_param(self, value: Priority | None, dialect: Dialect) -> int | None:
        return None if value is None else rank(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Priority | None:
        return None if value is None else PRIORITIES[value - 1]


def rank(priority: PriorityOrNone) -> int:
    """Return the place of a priority in their order; that of none is 0."""
    return 0 if priority == "none" else PRIORITIES.index(priority) + 1


# PostgreSQL's own order depends on the machine; SQLite's is that of the bytes.
_BYTEWISE = Text().with_variant(Text(collation="C"), "postgresql")
_UUID = Uuid().with_variant(HyphenatedUUID(), "sqlite")


class Base(DeclarativeBase):
    """The tables of the service."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(referred_table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy's own)
        UUID: _UUID,
        datetime: UTCDateTime,
        str: Text,
    }


class User(Base):
    """A person: Better Auth's own row, or a copy of the claims where its database is elsewhere."""

    __tablename__ = "user"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    email: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column("createdAt")
    uuid: Mapped[UUID] = mapped_column(unique=True)


# Both keys go through user_id, which is one column: that is what keeps owners apart.
task_tags = Table(
    "task_tags",
    Base.metadata,
    Column("user_id", _UUID, primary_key=True),
    Column("task_id", _UUID, primary_key=True),
    Column("tag_id", _UUID, primary_key=True),
    ForeignKeyConstraint(["user_id", "task_id"], ["tasks.user_id", "tasks.id"], ondelete="CASCADE"),
    ForeignKeyConstraint(["user_id", "tag_id"], ["tags.user_id", "tags.id"], ondelete="CASCADE"),
    Index("ix_task_tags_tag", "user_id", "tag_id", "task_id"),
)


class Owned(Base):
    """A row of one user."""

    __abstract__ = True

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("user.uuid", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)

    @classmethod
    def of(cls, user_id: UUID | BindParameter[UUID]) -> Select[Self]:
        """Start a query that sees this user's rows and no one else's; the only way to start one."""
        return select(cls).where(cls.user_id == user_id)


class Tag(Owned):
    """A label; ``key`` is what makes its name unique, whatever the case."""

    __tablename__ = "tags"
    __table_args__ = (
        UniqueConstraint("user_id", "key", name="uq_tags_key"),
        CheckConstraint(f"length(name) BETWEEN 1 AND {MAX_TAG_NAME}", name="name"),
        CheckConstraint("length(color) = 7 AND color LIKE '#%'", name="color"),
    )

    name: Mapped[str]
    key: Mapped[str] = mapped_column(_BYTEWISE)
    color: Mapped[str | None]

    @declared_attr
    @classmethod
    def task_count(cls) -> Mapped[int]:
        """The number of its tasks; read when asked for."""
        links = task_tags.c
        query = select(func.count()).where(links.user_id == cls.user_id, links.tag_id == cls.id)
        return column_property(query.correlate_except(task_tags).scalar_subquery(), deferred=True)


def _indexes(name: str, *order: str | TextClause) -> tuple[Index, Index]:
    """Return an index of all tasks of a user, and one of the active, few though they may be."""
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


class Task(Owned):
    """Something to do; done when it has a ``completed_at``."""

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint(f"length(title) BETWEEN 1 AND {MAX_TITLE}", name="title"),
        CheckConstraint(f"length(description) <= {MAX_DESCRIPTION}", name="description"),
        CheckConstraint(f"priority BETWEEN 1 AND {len(PRIORITIES)}", name="priority"),
        CheckConstraint("version >= 1", name="version"),
        *(index for name, key in SORT_KEYS.items() for index in _indexes(name, key, "id")),
        # Read backwards, those by what may be missing would begin with the tasks that come last.
        # SQLite reads them in two turns.
        *(
            index.ddl_if(dialect="postgresql")
            for key in ("due_date", "priority")
            for index in _indexes(f"{key}_desc", text(f"{key} DESC NULLS LAST"), text("id DESC"))
        ),
    )

    title: Mapped[str]
    description: Mapped[str | None]
    completed_at: Mapped[datetime | None]
    priority: Mapped[Priority | None] = mapped_column(Rank)
    due_date: Mapped[datetime | None]
    position: Mapped[int] = mapped_column(BigInteger)
    title_key: Mapped[str] = mapped_column(_BYTEWISE)
    search_text: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()


class TaskCount(Base):
    """How many tasks a user has, by state and rank of priority; triggers keep it.

    So that a list can tell its total without counting. The triggers are the migration's.
    """

    __tablename__ = "task_counts"

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("user.uuid", ondelete="CASCADE"), primary_key=True
    )
    completed: Mapped[bool] = mapped_column(primary_key=True)
    priority: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)


def fold(written: str) -> str:
    """Return what equal texts share, whatever their case: The Unicode Standard, 3.13, D145.

    Databases disagree about case, and SQLite knows only that of ASCII.
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", written).casefold())


def is_shared(connection: Connection) -> bool:
    """Tell whether this is Better Auth's database, and so the table ``user`` its own."""
    return inspect(connection).has_table("account")


def own_tables(connection: Connection) -> set[str]:
    """Return the names of the tables that our migrations make here."""
    shared = {User.__tablename__} if is_shared(connection) else set()
    return set(Base.metadata.tables) - shared


@event.listens_for(Tag.name, "set")
def _derive_key(tag: Tag, name: str, _old: object, _initiator: object) -> None:
    tag.key = fold(name)
