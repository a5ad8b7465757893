"""The assistant: /api/v1/{user_id}/chat, an endpoint of the ChatKit protocol."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import chain
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, Response, current_app, g, jsonify, stream_with_context

from ..assistant import chatkit, embedded, turns
from ..assistant.chatkit import Event
from ..assistant.conversation import AlreadyAnswered, CannotUndo, Reply, Responder, Turn
from ..store import conversations
from ..store.conversations import NewItem
from ..store.records import ChatItem
from ..store.session import Transaction, read, write
from .bodies import CHAT_REQUEST, read_body, read_query, validate
from .chat_requests import (
    PARAMS,
    AddMessage,
    ChatQuery,
    ChatRequest,
    CreateThread,
    CustomAction,
    ListItems,
    ListThreads,
    OfThread,
    RetryAfterItem,
    UpdateThread,
    UserMessage,
)
from .describe import Body, Content, describe
from .problems import FieldError, Invalid
from .responses import encode
from .streams import check_of_stream, take_slot

bp = Blueprint("chat", __name__)

PAGE_ITEMS = 100
MAX_PREVIOUS = 50

Stream = tuple[list[Event], Iterator[Event | None]]

_RESPONDER = "chat_responder"


def init_app(app: Flask) -> None:
    """Choose the assistant: a language model if one is set up, otherwise the embedded one."""
    app.extensions[_RESPONDER] = embedded.respond
    if app.config["CHAT_MODEL_URL"]:
        # Imported only here: the client of the model takes time and memory.
        from ..assistant.model import ModelAssistant  # noqa: PLC0415
        from ..assistant.model_connection import ModelSettings  # noqa: PLC0415

        app.extensions[_RESPONDER] = ModelAssistant(
            ModelSettings(
                url=app.config["CHAT_MODEL_URL"],
                name=app.config["CHAT_MODEL"],
                key=app.config["CHAT_MODEL_KEY"],
                idle_seconds=app.config["CHAT_MODEL_IDLE_SECONDS"],
                retries=app.config["CHAT_MODEL_RETRIES"],
            )
        ).respond


@bp.post("/chat")
@describe(
    {
        200: Content(
            "Events as a stream, or the thread or page that was asked for.",
            # The schema of a stream is that of an event: its `data` has an event of the protocol.
            {"text/event-stream": dict, "application/json": dict},
        )
    },
    body=Body(ChatRequest, CHAT_REQUEST),
    query=ChatQuery,
    problems={
        404: "You have no such conversation, or no such item.",
        422: "Some values are invalid, or the message can't be answered again.",
        429: "You have too many answers under way; see `Retry-After`.",
        503: "The assistant, the keys or the database are not available; see `Retry-After`.",
    },
)
def chat(user_id: UUID) -> Response:
    """Speak with the assistant: a request of the ChatKit protocol."""
    zone = read_query(ChatQuery).tz
    chat_request = read_body(ChatRequest, CHAT_REQUEST)
    params = validate(PARAMS[chat_request.type], chat_request.params, within=("params",))
    if chat_request.type in STREAMED:
        return _stream(STREAMED[chat_request.type], params, zone)
    return jsonify(ANSWERED[chat_request.type](params))


def _stream(begin: Callable[[Any, ZoneInfo], Stream], params: Any, zone: ZoneInfo) -> Response:
    """Return the response that streams events.

    The message is saved before the response starts, while an error can still have its status.
    """
    give_back = take_slot(g.user.uuid)
    try:
        first, rest = begin(params, zone)
    except BaseException:
        give_back()
        raise
    response = Response(
        stream_with_context(_lines(chain(first, rest))), content_type="text/event-stream"
    )
    response.headers["Cache-Control"] = "no-cache, no-transform"
    response.headers["X-Accel-Buffering"] = "no"  # for nginx
    # Not a `finally` of the generator, which does not run if the generator was never begun.
    response.call_on_close(give_back)
    return response


def _lines(events: Iterator[Event | None]) -> Iterator[bytes]:
    """Encode events as server-sent events (HTML Living Standard, section 9.2)."""
    try:
        for event in events:
            if event is not None:
                yield b"data: " + encode(event) + b"\n\n"
    except turns.ReaderGone:
        return


def _create(params: CreateThread, zone: ZoneInfo) -> Stream:
    message = params.input
    with write(g.user) as transaction:
        thread = conversations.create_thread(transaction, conversations.title_of(message.text))
        item = _save_message(transaction, thread.id, message)
    turn = _turn(item, message.text, zone)
    return [chatkit.thread_created(thread), *_first(item)], _run(turn)


def _add_message(params: AddMessage, zone: ZoneInfo) -> Stream:
    message = params.input
    with write(g.user) as transaction:
        previous = _since_last_message(transaction, params.thread_id)
        item = _save_message(transaction, params.thread_id, message)
    return _first(item), _run(_turn(item, message.text, zone, previous))


def _save_message(transaction: Transaction, thread_id: UUID, message: UserMessage) -> ChatItem:
    content = chatkit.user_message(message.text, message.quoted_text)
    (item,) = conversations.add_items(transaction, thread_id, [NewItem("user_message", content)])
    return item


def _since_last_message(
    transaction: Transaction, thread_id: UUID, before: UUID | None = None
) -> list[ChatItem]:
    """Return the items after the last message of the user, or after the last one ``before``."""
    latest, _ = conversations.page_of_items(
        transaction, thread_id, limit=MAX_PREVIOUS, order="desc", after=before
    )
    of_turn: list[ChatItem] = []
    for item in latest:
        if item.kind == "user_message":
            break
        of_turn.insert(0, item)
    return of_turn


def _retry(params: RetryAfterItem, zone: ZoneInfo) -> Stream:
    with write(g.user) as transaction:
        item = conversations.find_item(transaction, params.thread_id, params.item_id)
        later, has_more = conversations.page_of_items(
            transaction, params.thread_id, limit=PAGE_ITEMS, order="asc", after=item.id
        )
        # An answer that changed or proposed something stays, or it would be done twice.
        if (
            item.kind != "user_message"
            or has_more
            or any(one.kind != "assistant_message" for one in later)
        ):
            message = "This message can't be answered again."
            raise Invalid([FieldError("params.item_id", message, "not_retryable")])
        conversations.delete_items_after(transaction, item)
        previous = _since_last_message(transaction, params.thread_id, before=item.id)
    text = item.content["content"][0]["text"]
    return [chatkit.stream_options()], _run(_turn(item, text, zone, previous))


def _turn(
    item: ChatItem, text: str, zone: ZoneInfo, previous: list[ChatItem] | None = None
) -> Turn:
    return Turn(g.user, item.thread_id, text, datetime.now(UTC), zone, previous or ())


def _first(item: ChatItem) -> list[Event]:
    return [chatkit.item_done(chatkit.item(item)), chatkit.stream_options()]


def _run(turn: Turn) -> Iterator[Event | None]:
    respond: Responder = current_app.extensions[_RESPONDER]
    return turns.run(turn, respond, check_of_stream())


def _act(params: CustomAction, zone: ZoneInfo) -> Stream:
    turn = Turn(g.user, params.thread_id, "", datetime.now(UTC), zone)
    act: Callable[[Reply], object] = {
        "confirm": lambda reply: reply.confirm(params.item_id),
        "cancel": lambda reply: reply.cancel(params.item_id),
        "undo": lambda reply: reply.undo(params.item_id),
    }[params.action.type]
    try:
        with turn.reply() as reply:
            act(reply)
    except AlreadyAnswered:
        return [chatkit.notice("That was answered already.")], iter(())
    except CannotUndo as error:
        return [chatkit.notice(str(error))], iter(())
    steps = reply.steps()

    def respond(_turn: Turn) -> Any:
        yield from steps

    return [], turns.run(turn, respond, check_of_stream())


def _show_thread(params: OfThread) -> dict[str, Any]:
    with read(g.user) as reader:
        thread = conversations.find_thread(reader, params.thread_id)
        items, has_more = conversations.page_of_items(
            reader, thread.id, limit=PAGE_ITEMS, order="asc"
        )
    return chatkit.thread(thread, chatkit.page(map(chatkit.item, items), has_more=has_more))


def _list_threads(params: ListThreads) -> dict[str, Any]:
    with read(g.user) as reader:
        threads, has_more = conversations.page_of_threads(
            reader, limit=params.limit or PAGE_ITEMS, order=params.order, after=params.after
        )
    return chatkit.page(map(chatkit.thread, threads), has_more=has_more)


def _list_items(params: ListItems) -> dict[str, Any]:
    with read(g.user) as reader:
        items, has_more = conversations.page_of_items(
            reader,
            params.thread_id,
            limit=params.limit or PAGE_ITEMS,
            order=params.order,
            after=params.after,
        )
    return chatkit.page(map(chatkit.item, items), has_more=has_more)


def _update_thread(params: UpdateThread) -> dict[str, Any]:
    with write(g.user) as transaction:
        thread = conversations.find_thread(transaction, params.thread_id)
        thread = conversations.rename_thread(transaction, thread, params.title)
    return chatkit.thread(thread)


def _delete_thread(params: OfThread) -> dict[str, Any]:
    with write(g.user) as transaction:
        thread = conversations.find_thread(transaction, params.thread_id)
        conversations.delete_thread(transaction, thread)
    return {}


STREAMED: dict[str, Callable[[Any, ZoneInfo], Stream]] = {
    "threads.create": _create,
    "threads.add_user_message": _add_message,
    "threads.retry_after_item": _retry,
    "threads.custom_action": _act,
}
ANSWERED: dict[str, Callable[[Any], dict[str, Any]]] = {
    "threads.get_by_id": _show_thread,
    "threads.list": _list_threads,
    "threads.update": _update_thread,
    "threads.delete": _delete_thread,
    "items.list": _list_items,
}
