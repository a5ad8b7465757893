"""The account of a verified user: it must exist, and gets a row in ``owners`` at first sight."""

import sqlite3
from datetime import UTC, datetime
from uuid import UUID

import psycopg
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles on SQLite too

from bridge import User

from .connection import Connection
from .errors import UserUnknown, UserWithoutUuid
from .statements import USER_ID, Statement, bound
from .tables import owners, users

ACCOUNT = Statement(select(owners.c.user_id).where(owners.c.user_id == USER_ID))
"""Finds one row if the account exists."""

_USER = Statement(
    select(users.c.id, users.c.uuid, users.c.email, users.c.name).where(users.c.uuid == USER_ID)
)
_OTHER_UUID = Statement(
    select(users.c.uuid).where(users.c.id == bound("id", users.c.id), users.c.uuid != USER_ID)
)
_COPY_CLAIMS = Statement(
    insert(users)
    .values(
        id=bound("id", users.c.id),
        uuid=USER_ID,
        name=bound("name", users.c.name),
        email=bound("email", users.c.email),
        created_at=bound("created_at", users.c.created_at),
    )
    .on_conflict_do_nothing()
)
_ADD_OWNER = Statement(
    insert(owners)
    .from_select(["user_id"], select(users.c.uuid).where(users.c.uuid == USER_ID))
    .on_conflict_do_nothing()
)


def uuid_of(user: User) -> UUID:
    """Return the UUID that the rows of ``user`` are stored under, or raise ``UserWithoutUuid``."""
    if user.uuid is None:
        raise UserWithoutUuid(
            f"the token identifies its user by {user.identity!r}, but this service needs a UUID; "
            "unset BETTER_AUTH_USER_CLAIM and give each user a uuid, or let Better Auth create "
            'UUIDs as user ids (advanced.database.generateId: "uuid")'
        )
    return user.uuid


def add_owner(connection: Connection, user: User) -> None:
    """Add the missing row of a user in ``owners``, or raise ``UserUnknown``.

    In Better Auth's own database the account must exist. In a database of the service's own, the
    account is a copy of the verified claims, created here.
    """
    key = {"owner_id": uuid_of(user)}
    try:
        if not connection.has_table("account"):
            claims = {"id": user.id, "name": user.name, "email": user.email}
            copied = key | claims | {"created_at": datetime.now(UTC)}
            connection.run_all([(_COPY_CLAIMS, [copied])])
        connection.run_all([(_ADD_OWNER, [key])])
    except (psycopg.IntegrityError, sqlite3.IntegrityError):
        pass  # the account was deleted in between
    if not connection.rows(ACCOUNT, key):
        raise UserUnknown(_why_unknown(connection, user))


def _why_unknown(connection: Connection, user: User) -> str:
    key = {"owner_id": uuid_of(user), "id": user.id}
    for (uuid,) in connection.rows(_OTHER_UUID, key):
        return (
            f"the user {user.id!r} is stored with the uuid {uuid}, but the token has the uuid "
            f"{user.uuid}; set the former uuid in Better Auth's database if this is the same "
            "person, or use a new database for the service if Better Auth has a new one"
        )
    return f"no user {user.uuid} (sub {user.id!r}) in the database"


def find(connection: Connection, uuid: UUID) -> User:
    """Return the user of an account, or raise ``UserUnknown``."""
    for id_, _, email, name in connection.rows(_USER, {"owner_id": uuid}):
        return User(id=id_, uuid=uuid, email=email, name=name, identity=uuid, issuer="", claims={})
    raise UserUnknown(f"no user {uuid} in the database")
