"""A FastAPI service written the usual way: async SQLAlchemy and asyncpg, pydantic, PyJWT."""

import os
from datetime import UTC, datetime
from uuid import UUID, uuid4

import jwt
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Column, DateTime, ForeignKey, Table, func, select
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
    type_annotation_map = {datetime: DateTime(timezone=True)}  # noqa: RUF012


task_tags = Table(
    "task_tags",
    Base.metadata,
    Column("user_id", primary_key=True),
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
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
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
    title_key: Mapped[str]
    search_text: Mapped[str]
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


class TaskIn(BaseModel):
    title: str
    description: str | None = None
    tag_ids: list[UUID] = []


class TaskPatch(BaseModel):
    title: str | None = None
    description: str | None = None


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


async def owner(user_id: UUID, user: User = Depends(user)):
    if user.uuid != user_id:
        raise HTTPException(403)
    return user


@app.get("/api/v1/{user_id}/tasks", dependencies=[Depends(owner)])
async def tasks(
    user_id: UUID, page: int = 1, limit: int = 20, session: AsyncSession = Depends(session)
) -> PageOut:
    query = select(Task).where(Task.user_id == user_id)
    total = await session.scalar(select(func.count()).select_from(query.subquery()))
    rows = await session.scalars(
        query.options(selectinload(Task.tags))
        .order_by(Task.created_at.desc())
        .offset((page - 1) * limit)
        .limit(limit)
    )
    return PageOut(items=list(rows), total=total, page=page, limit=limit)


async def find(session: AsyncSession, user_id: UUID, task_id: UUID) -> Task:
    query = select(Task).where(Task.user_id == user_id, Task.id == task_id)
    task = await session.scalar(query.options(selectinload(Task.tags)))
    if task is None:
        raise HTTPException(404)
    return task


@app.get("/api/v1/{user_id}/tasks/{task_id}", dependencies=[Depends(owner)])
async def read(user_id: UUID, task_id: UUID, session: AsyncSession = Depends(session)) -> TaskOut:
    return await find(session, user_id, task_id)


@app.post("/api/v1/{user_id}/tasks", dependencies=[Depends(owner)], status_code=201)
async def create(user_id: UUID, body: TaskIn, session: AsyncSession = Depends(session)) -> TaskOut:
    tags = await session.scalars(select(Tag).where(Tag.id.in_(body.tag_ids)))
    last = await session.scalar(select(func.max(Task.position)).where(Task.user_id == user_id))
    now = datetime.now(UTC)
    task = Task(
        user_id=user_id,
        title=body.title,
        description=body.description,
        title_key=body.title.lower(),
        search_text=body.title.lower(),
        position=(last or 0) + 1,
        created_at=now,
        updated_at=now,
        version=1,
    )
    session.add(task)
    await session.flush()
    links = [{"user_id": user_id, "task_id": task.id, "tag_id": tag.id} for tag in tags]
    if links:
        await session.execute(task_tags.insert(), links)
    await session.commit()
    return await find(session, user_id, task.id)


@app.patch("/api/v1/{user_id}/tasks/{task_id}", dependencies=[Depends(owner)])
async def change(
    user_id: UUID, task_id: UUID, body: TaskPatch, session: AsyncSession = Depends(session)
) -> TaskOut:
    task = await find(session, user_id, task_id)
    for name, value in body.model_dump(exclude_unset=True).items():
        setattr(task, name, value)
    task.updated_at = datetime.now(UTC)
    task.version += 1
    await session.commit()
    return task
