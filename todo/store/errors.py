"""Errors of the store; ``api/problems.py`` turns each into a response.

StoreError
    UserUnknown            the account of the verified user does not exist
    UserWithoutUuid        the token identifies its user by an id that is not a UUID
    NotFound               the user has no such task or tag
    TasksUnknown           some of several tasks do not exist; nothing was changed
    TagsUnknown            some of several tags do not exist; nothing was changed
    TagNameTaken           the user has another tag of this name
    ChangedSince           a change can't be undone, because its tasks were changed again
    TooManyTags            a task would have more than MAX_TAGS_OF_TASK tags
    CursorInvalid          a cursor that the store did not create, or of another sort order
    ConversationFull       a thread would have more than MAX_ITEMS items
    Busy                   another transaction of the user, or of the database, takes too long
    DatabaseUnavailable    the database can't be reached, is locked or not migrated
"""

from collections.abc import Iterable
from uuid import UUID


class StoreError(Exception):
    """Root of everything the store raises on purpose."""


class UserUnknown(StoreError):
    """The token is valid, but the account does not exist (any more)."""


class UserWithoutUuid(StoreError):
    """The token identifies its user by an id that is not a UUID."""


class NotFound(StoreError):
    """The user has no such row; another user may have it."""


class TasksUnknown(StoreError):
    """Some tasks do not exist; ``unknown`` has their ids in the order of the request."""

    def __init__(self, unknown: Iterable[UUID]) -> None:
        super().__init__("some tasks do not exist")
        self.unknown = list(unknown)


class TagsUnknown(StoreError):
    """Some tags do not exist; ``unknown`` has their ids."""

    def __init__(self, unknown: Iterable[UUID]) -> None:
        super().__init__("some tags do not exist")
        self.unknown = frozenset(unknown)


class TagNameTaken(StoreError):
    """Tag names are unique per user, regardless of case."""


class ChangedSince(StoreError):
    """A change can't be undone: its tasks were changed again, or deleted for ever."""


class TooManyTags(StoreError):
    """A task may have at most ``MAX_TAGS_OF_TASK`` tags."""


class CursorInvalid(StoreError):
    """The message says why the cursor can't be used, in a sentence for the client."""


class ConversationFull(StoreError):
    """A conversation has as many items as it may have."""


class Busy(StoreError):
    """Another transaction takes too long; a retry may succeed."""


class DatabaseUnavailable(StoreError):
    """The database can't serve this request now; a retry may succeed. The cause is chained."""
