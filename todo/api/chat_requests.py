"""Requests of the ChatKit protocol, version 1.6: ``type`` names one, ``params`` belongs to it.

Unknown members are ignored, because newer clients send more. What the service can't do (files,
dictation) is refused.
"""

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from .requests import MAX_TEXT, Fields, Id, Query, Title, Zone, not_blank, storable

MAX_PARTS = 20
MAX_PAGE_ITEMS = 100


class ChatFields(Fields):
    """Members that a client may send; unknown members are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore", use_attribute_docstrings=True)


class ChatQuery(Query):
    """Options of the assistant."""

    tz: Zone = ZoneInfo("UTC")
    """Time zone of the days and times in messages, such as Europe/Berlin."""


class Part(ChatFields):
    """A part of a message: text, or the name of something that the client offered."""

    type: Literal["input_text", "input_tag"]
    text: Annotated[str, StringConstraints(max_length=MAX_TEXT), AfterValidator(storable)]


class UserMessage(ChatFields):
    """A message of the user."""

    content: Annotated[list[Part], Field(min_length=1, max_length=MAX_PARTS)]
    attachments: Annotated[list[Any], Field(default_factory=list, max_length=0)]
    quoted_text: (
        Annotated[str, StringConstraints(max_length=MAX_TEXT), AfterValidator(storable)] | None
    ) = None

    @field_validator("content")
    @classmethod
    def _check_length(cls, parts: list[Part]) -> list[Part]:
        text = "".join(part.text for part in parts)
        if len(text) > MAX_TEXT:
            message = "This may have at most {max_length} characters."
            raise PydanticCustomError("string_too_long", message, {"max_length": MAX_TEXT})
        not_blank(text)
        return parts

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(part.text for part in self.content).strip()


class CreateThread(ChatFields):
    """Begin a thread with a message."""

    input: UserMessage


class OfThread(ChatFields):
    """A request about a thread."""

    thread_id: Id


class AddMessage(OfThread):
    """Add a message to a thread."""

    input: UserMessage


class RetryAfterItem(OfThread):
    """Answer a message again."""

    item_id: Id


class Action(ChatFields):
    """What was clicked in a card."""

    type: Literal["confirm", "cancel", "undo"]


class CustomAction(OfThread):
    """Do what was clicked in a card."""

    item_id: Id
    action: Action


class ListThreads(ChatFields):
    """A page of threads."""

    limit: Annotated[int | None, Field(ge=1, le=MAX_PAGE_ITEMS)] = None
    order: Literal["asc", "desc"] = "desc"
    after: Id | None = None


class ListItems(ListThreads, OfThread):
    """A page of the items of a thread."""


class UpdateThread(OfThread):
    """Rename a thread."""

    title: Title


PARAMS: dict[str, type[ChatFields]] = {
    "threads.create": CreateThread,
    "threads.add_user_message": AddMessage,
    "threads.retry_after_item": RetryAfterItem,
    "threads.custom_action": CustomAction,
    "threads.get_by_id": OfThread,
    "threads.list": ListThreads,
    "threads.update": UpdateThread,
    "threads.delete": OfThread,
    "items.list": ListItems,
}


def _known(name: str) -> str:
    if name not in PARAMS:
        raise PydanticCustomError("not_a_choice", f"This must be one of {', '.join(PARAMS)}.")
    return name


class ChatRequest(ChatFields):
    """A request of the ChatKit protocol."""

    type: Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": list(PARAMS)})]
    """What to do. The first four stream events, the others return JSON."""
    params: dict[str, Any]
    """Parameters, by type; see docs/chat.md."""
