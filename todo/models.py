"""Tasks and tags; every row belongs to one user, and every query starts from that user."""

import unicodedata
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    MetaData,
    Select,
    SmallInteger,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    Uuid,
    select,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, validates
from sqlalchemy.types import TypeEngine
from uuid_utils.compat import uuid7

PRIORITIES = ("low", "medium", "high")


class TextUuid(TypeDecorator[UUID]):
    """A uuid on PostgreSQL, and elsewhere the text with hyphens that Better Auth writes."""

    impl = String(36)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Uuid() if dialect.name == "postgresql" else String(36))

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> Any:
        return value if value is None or dialect.name == "postgresql" else str(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:
        return value if value is None or isinstance(value, UUID) else UUID(value)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, kept and given in UTC; SQLite has no zones of its own."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def now() -> datetime:
    """Return the present, aware."""
    return datetime.now(UTC)


def folded(text: str) -> str:
    """Return ``text`` as it is compared without regard to case, alike on every database."""
    return unicodedata.normalize("NFC", text).casefold()


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(metadata=Base.metadata)


class User(Base):
    """Better Auth's table where the database is shared; else our copy of the same shape."""

    __tablename__ = "user"
    id: Mapped[str] = mapped_column(Text, primary_key=True)
    uuid: Mapped[UUID] = mapped_column(TextUuid, unique=True)
    name: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column("createdAt", UtcDateTime, default=now)


class Owned:
    """A row of one user."""

    user_id: Mapped[UUID] = mapped_column(
        TextUuid, ForeignKey("user.uuid", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[UUID] = mapped_column(TextUuid, primary_key=True, default=uuid7)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    @classmethod
    def of(cls, user_id: UUID) -> Select[Self]:
        """Start a query that sees this user's rows and no one else's."""
        return select(cls).where(cls.user_id == user_id)


class TaskTag(Base):
    """A tag on a task; both keys go through the one owner, so strangers can't be joined."""

    __tablename__ = "task_tags"
    user_id: Mapped[UUID] = mapped_column(TextUuid, primary_key=True)
    task_id: Mapped[UUID] = mapped_column(TextUuid, primary_key=True)
    tag_id: Mapped[UUID] = mapped_column(TextUuid, primary_key=True)
    __table_args__ = (
        ForeignKeyConstraint(
            ["user_id", "task_id"], ["tasks.user_id", "tasks.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["user_id", "tag_id"], ["tags.user_id", "tags.id"], ondelete="CASCADE"
        ),
        Index(None, "user_id", "tag_id"),
    )


class Tag(Owned, Base):
    __tablename__ = "tags"
    name: Mapped[str] = mapped_column(String(50))
    name_key: Mapped[str] = mapped_column(Text)
    color: Mapped[str | None] = mapped_column(String(7))
    __table_args__ = (
        UniqueConstraint("user_id", "name_key"),
        CheckConstraint("length(name) BETWEEN 1 AND 50", name="name_length"),
    )

    @validates("name")
    def _fold_name(self, key: str, name: str) -> str:
        self.name_key = folded(name)
        return name


class Task(Owned, Base):
    __tablename__ = "tasks"
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str | None] = mapped_column(Text)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    priority_rank: Mapped[int | None] = mapped_column("priority", SmallInteger)
    due_date: Mapped[datetime | None] = mapped_column(UtcDateTime)
    position: Mapped[int]
    search_text: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    version: Mapped[int] = mapped_column(default=1)
    tags: Mapped[list[Tag]] = relationship(
        secondary="task_tags", order_by=Tag.name_key, passive_deletes=True
    )
    __table_args__ = (
        CheckConstraint("length(title) BETWEEN 1 AND 200", name="title_length"),
        CheckConstraint("priority BETWEEN 1 AND 3", name="priority_rank"),
        Index(None, "user_id", "created_at", "id"),
        Index(None, "user_id", "position"),
    )

    @property
    def completed(self) -> bool:
        return self.completed_at is not None

    @completed.setter
    def completed(self, value: bool) -> None:
        if value != self.completed:
            self.completed_at = now() if value else None

    @property
    def priority(self) -> str | None:
        return PRIORITIES[self.priority_rank - 1] if self.priority_rank else None

    @priority.setter
    def priority(self, name: str | None) -> None:
        self.priority_rank = PRIORITIES.index(name) + 1 if name else None
