"""A FastAPI service written the usual way: async SQLAlchemy and asyncpg, pydantic, PyJWT."""

import os
from datetime import datetime
from uuid import UUID

import jwt
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Column, ForeignKey, Table, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload

app = FastAPI()
engine = create_async_engine(
    os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://"), pool_size=8
)
sessions = async_sessionmaker(engine, expire_on_commit=False)
ISSUER = os.environ["BETTER_AUTH_URL"]
jwks = jwt.PyJWKClient(f"{ISSUER}/api/auth/jwks")


class Base(DeclarativeBase):
    pass


task_tags = Table(
    "task_tags",
    Base.metadata,
    Column("task_id", ForeignKey("tasks.id"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id"), primary_key=True),
)


class User(Base):
    __tablename__ = "user"
    id: Mapped[str] = mapped_column(primary_key=True)
    uuid: Mapped[UUID]


class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    color: Mapped[str | None]


class Task(Base):
    __tablename__ = "tasks"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    title: Mapped[str]
    description: Mapped[str | None]
    completed_at: Mapped[datetime | None]
    priority: Mapped[int | None]
    due_date: Mapped[datetime | None]
    position: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int]
    tags: Mapped[list[Tag]] = relationship(secondary=task_tags)


class TagOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: UUID
    name: str
    color: str | None


class TaskOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: UUID
    user_id: UUID
    title: str
    description: str | None
    completed_at: datetime | None
    priority: int | None
    due_date: datetime | None
    position: int
    created_at: datetime
    updated_at: datetime
    version: int
    tags: list[TagOut]


class PageOut(BaseModel):
    items: list[TaskOut]
    total: int
    page: int
    limit: int


async def session():
    async with sessions() as session:
        yield session


async def user(authorization: str = Header(), session: AsyncSession = Depends(session)):
    token = authorization.removeprefix("Bearer ")
    key = jwks.get_signing_key_from_jwt(token).key
    claims = jwt.decode(token, key, ["EdDSA"], issuer=ISSUER, audience=ISSUER)
    found = await session.scalar(select(User).where(User.uuid == UUID(claims["uuid"])))
    if found is None:
        raise HTTPException(401)
    return found


@app.get("/api/v1/{user_id}/tasks")
async def tasks(
    user_id: UUID,
    page: int = 1,
    limit: int = 20,
    user: User = Depends(user),
    session: AsyncSession = Depends(session),
) -> PageOut:
    if user.uuid != user_id:
        raise HTTPException(403)
    query = select(Task).where(Task.user_id == user_id)
    total = await session.scalar(select(func.count()).select_from(query.subquery()))
    rows = await session.scalars(
        query.options(selectinload(Task.tags))
        .order_by(Task.created_at.desc())
        .offset((page - 1) * limit)
        .limit(limit)
    )
    return PageOut(items=list(rows), total=total, page=page, limit=limit)
