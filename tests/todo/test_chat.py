"""The endpoint of the assistant: threads, messages, cards, and who may see and click them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
import requests
from flask import Flask
from sqlalchemy import func, select, update
from support.chat import Chat, cards, text_of, user_message
from support.client import Client, expect, problem
from support.faulty_issuer import hs256_token

from bridge import User
from todo.api.problems import ChatBusy, ChatLimit
from todo.api.streams import take_slot
from todo.assistant import chatkit, edits
from todo.assistant.conversation import Turn, message
from todo.assistant.edits import Create, Edit, delete
from todo.store import conversations, tasks
from todo.store.conversations import NewItem
from todo.store.errors import ConversationFull, NotFound
from todo.store.session import db, find_user, read, write
from todo.store.tables import chat_items, chat_threads


@pytest.fixture
def chat(alice: Client) -> Chat:
    return Chat(alice)


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [
        event["item"]["type"] if event["type"] == "thread.item.done" else event["type"]
        for event in events
    ]


def propose(app: Flask, chat: Chat, some: list[Edit]) -> str:
    """Add a card to the conversation that proposes edits; return its id."""
    with app.app_context():
        user = find_user(UUID(chat.client.person.uuid))
        turn = Turn(user, UUID(chat.thread_id), "", datetime.now(UTC), ZoneInfo("UTC"))
        with turn.reply() as reply:
            reply.propose("Delete it?", ["it"], some, confirm="Delete", cancel="Keep")
    return str(chat.items()[-1]["id"])


def deletion(app: Flask, chat: Chat, *found: Any) -> list[Edit]:
    """Return the edits that delete tasks in their current versions."""
    with app.app_context(), read(find_user(UUID(chat.client.person.uuid))) as reader:
        return [delete(tasks.find(reader, UUID(task["id"]))) for task in found]


def test_a_message_begins_a_thread_and_is_answered(chat: Chat, alice: Client):
    events = chat.say("add pay rent 2026-11-27 5pm #home !high")
    assert kinds(events) == [
        "thread.created",
        "user_message",
        "stream_options",
        "assistant_message",
        "widget",
        "client_effect",
    ]
    assert events[0]["thread"]["title"] == "add pay rent 2026-11-27 5pm #home !high"
    (task,) = alice.read("/tasks")["items"]
    assert (task["priority"], [tag["name"] for tag in task["tags"]]) == ("high", ["home"])
    assert task["due_date"] == "2026-11-27T16:00:00Z"  # five o'clock in Berlin
    assert [item["type"] for item in chat.items()] == [
        "user_message",
        "assistant_message",
        "widget",
    ]
    found = chat.read("threads.get_by_id", thread_id=chat.thread_id)
    assert found["items"]["data"] == chat.items()


def test_the_stream_must_not_be_buffered_or_stored(chat: Chat):
    with chat.send("threads.create", input=user_message("add milk")) as response:
        assert response.headers["Cache-Control"] == "no-cache, no-transform"
        assert response.headers["X-Accel-Buffering"] == "no"


def test_a_receipt_undoes_its_change_once(chat: Chat, alice: Client):
    (receipt,) = cards(chat.say("add milk"))
    events = chat.click(receipt["id"], "undo")
    assert kinds(events) == ["thread.item.replaced", "client_effect"]
    assert events[0]["item"]["id"] == receipt["id"]
    assert "undone" in events[0]["item"]["copy_text"]
    assert alice.read("/tasks")["total"] == 0
    assert kinds(chat.click(receipt["id"], "undo")) == ["notice"]
    assert alice.read("/trash")["total"] == 1


def test_what_was_changed_meanwhile_is_not_undone(chat: Chat, alice: Client):
    (receipt,) = cards(chat.say("add milk"))
    (task,) = alice.read("/tasks")["items"]
    expect(200, alice.ask("PATCH", f"/tasks/{task['id']}", json={"title": "oat milk"}))
    (notice,) = chat.click(receipt["id"], "undo")
    assert notice["message"] == "It was changed meanwhile, so it can't be undone."
    assert [one["title"] for one in alice.read("/tasks")["items"]] == ["oat milk"]


def test_a_confirmed_card_deletes_and_its_receipt_restores(app: Flask, chat: Chat, alice: Client):
    chat.say("add milk")
    before = alice.read("/tasks")["items"]
    card = propose(app, chat, deletion(app, chat, *before))
    assert alice.read("/tasks")["items"] == before
    (replaced,) = cards(chat.click(card, "confirm"))
    assert replaced["copy_text"] == "1 task deleted"
    assert alice.read("/tasks")["total"] == 0
    assert kinds(chat.click(card, "confirm")) == ["notice"]
    chat.click(card, "undo")
    assert alice.read("/tasks")["items"] == before


def test_a_cancelled_card_changes_nothing(app: Flask, chat: Chat, alice: Client):
    chat.say("add milk")
    before = alice.read("/tasks")["items"]
    card = propose(app, chat, deletion(app, chat, *before))
    events = chat.click(card, "cancel")
    assert kinds(events) == ["thread.item.replaced"]
    assert kinds(chat.click(card, "confirm")) == ["notice"]
    assert alice.read("/tasks")["items"] == before


def test_a_card_leaves_tasks_that_were_changed_since_as_they_are(
    app: Flask, chat: Chat, alice: Client
):
    changed, same = (alice.make("/tasks", title=title) for title in ("changed", "same"))
    chat.say("add milk")
    card = propose(app, chat, deletion(app, chat, changed, same))
    expect(200, alice.ask("PATCH", f"/tasks/{changed['id']}", json={"priority": "high"}))
    (replaced,) = cards(chat.click(card, "confirm"))
    assert replaced["copy_text"] == "1 task deleted; 1 task had been changed meanwhile"
    assert {one["title"] for one in alice.read("/tasks")["items"]} == {"changed", "milk"}


def test_of_several_clicks_at_once_exactly_one_acts(app: Flask, chat: Chat, alice: Client):
    chat.say("add milk")
    (milk,) = alice.read("/tasks")["items"]
    card = propose(app, chat, deletion(app, chat, milk))
    for action in ("confirm", "undo"):
        body = {
            "type": "threads.custom_action",
            "params": {
                "thread_id": chat.thread_id,
                "item_id": card,
                "action": {"type": action},
            },
        }
        statuses = alice.at_once(*[("POST", "/chat", body)] * 2)
        # A slot of the stream before may be given back a moment later.
        assert 200 in statuses
        assert set(statuses) <= {200, 429}
        titles = [one["title"] for one in alice.read("/tasks")["items"]]
        assert titles == ([] if action == "confirm" else ["milk"])
    assert alice.read("/trash")["total"] == 0


def test_threads_are_listed_in_the_order_of_their_last_use(alice: Client):
    chats = [Chat(alice) for _ in range(3)]
    for number, chat in enumerate(chats):
        chat.say(f"add task {number}")
    chats[0].say("add another task")
    first = chats[0].read("threads.list", limit=2)
    assert [one["id"] for one in first["data"]] == [chats[0].thread_id, chats[2].thread_id]
    assert first["has_more"] is True
    last = chats[0].read("threads.list", limit=2, after=first["after"])
    assert [one["id"] for one in last["data"]] == [chats[1].thread_id]
    assert (last["has_more"], last["after"]) == (False, None)
    ascending = chats[0].read("threads.list", order="asc")["data"]
    assert [one["id"] for one in ascending] == [chats[at].thread_id for at in (1, 2, 0)]


def test_items_are_listed_in_pages(chat: Chat):
    chat.say("add milk")
    chat.say("add bread")
    every = [item["id"] for item in chat.items()]
    assert len(every) == 6
    for order, expected in (("asc", every), ("desc", every[::-1])):
        found, after = [], None
        while True:
            page = chat.read(
                "items.list", thread_id=chat.thread_id, limit=4, order=order, after=after
            )
            found += [item["id"] for item in page["data"]]
            if not page["has_more"]:
                break
            after = page["after"]
        assert found == expected


def test_a_thread_is_renamed_and_deleted_with_its_items(app: Flask, chat: Chat):
    chat.say("add milk")
    chat.read("threads.update", thread_id=chat.thread_id, title="Shopping")
    assert chat.read("threads.get_by_id", thread_id=chat.thread_id)["title"] == "Shopping"
    assert chat.read("threads.delete", thread_id=chat.thread_id) == {}
    assert problem(404, chat.send("threads.get_by_id", thread_id=chat.thread_id)) == "not_found"
    with app.app_context(), db.engine.connect() as connection:
        for table, column in ((chat_threads, "id"), (chat_items, "thread_id")):
            rows = select(func.count()).where(table.c[column] == UUID(chat.thread_id))
            assert connection.scalar(rows) == 0


def test_a_long_message_gives_its_thread_a_short_title(chat: Chat):
    events = chat.say("add milk\n" + "add " + "x" * 100)
    assert events[0]["thread"]["title"] == "add milk"
    events = Chat(chat.client).say("add " + "word " * 30)
    assert len(events[0]["thread"]["title"]) <= conversations.TITLE_LENGTH
    assert events[0]["thread"]["title"].endswith("…")


def requests_about(thread_id: str, item_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
    about = {"thread_id": thread_id}
    yield "threads.get_by_id", about
    yield "threads.add_user_message", about | {"input": user_message("add stolen")}
    yield "threads.retry_after_item", about | {"item_id": item_id}
    yield "threads.custom_action", about | {"item_id": item_id, "action": {"type": "undo"}}
    yield "threads.update", about | {"title": "stolen"}
    yield "threads.delete", about
    yield "items.list", about
    yield "threads.list", {"after": thread_id}


def test_a_thread_of_another_user_is_404_in_each_request(chat: Chat, alice: Client, bob: Client):
    (receipt,) = cards(chat.say("add milk"))
    before = chat.items(), alice.read("/tasks")
    own = Chat(bob)
    own.say("add bread")
    for kind, params in requests_about(chat.thread_id, receipt["id"]):
        assert problem(404, own.send(kind, **params)) == "not_found", kind
    # The own thread with an item of another user, and an unknown item of an own thread.
    for item_id in (receipt["id"], str(uuid4())):
        for kind in ("threads.retry_after_item", "threads.custom_action"):
            params = {"thread_id": own.thread_id, "item_id": item_id}
            params |= {"action": {"type": "undo"}} if kind == "threads.custom_action" else {}
            assert problem(404, own.send(kind, **params)) == "not_found", kind
    listing = own.send("items.list", thread_id=own.thread_id, after=receipt["id"])
    assert problem(404, listing) == "not_found"
    assert (chat.items(), alice.read("/tasks")) == before


def test_a_card_of_another_thread_is_404(chat: Chat, alice: Client):
    (receipt,) = cards(chat.say("add milk"))
    other = Chat(alice)
    other.say("add bread")
    params = {"thread_id": other.thread_id, "item_id": receipt["id"], "action": {"type": "undo"}}
    assert problem(404, other.send("threads.custom_action", **params)) == "not_found"
    assert alice.read("/tasks")["total"] == 2


def test_a_home_made_token_is_refused_with_its_cause(chat: Chat, alice: Client):
    alice.token = hs256_token(alice.person.id)
    response = chat.send("threads.list")
    assert problem(401, response) == "token_kind"


def test_another_users_path_is_403(alice: Client, bob: Client):
    body = {"type": "threads.list", "params": {}}
    response = bob.ask("POST", "/chat", of=alice.person, json=body)
    assert problem(403, response) == "user_mismatch"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"type": "threads.dance", "params": {}}, ("type", "not_a_choice")),
        ({"type": "input.transcribe", "params": {}}, ("type", "not_a_choice")),
        ({"type": "attachments.create", "params": {}}, ("type", "not_a_choice")),
        ({"params": {}}, ("type", "required")),
        ({"type": "threads.list"}, ("params", "required")),
        ({"type": "threads.list", "params": []}, ("params", "wrong_type")),
        ({"type": "threads.list", "params": {"limit": 0}}, ("params.limit", "out_of_range")),
        ({"type": "threads.list", "params": {"limit": 101}}, ("params.limit", "out_of_range")),
        ({"type": "threads.list", "params": {"after": "../x"}}, ("params.after", "not_a_uuid")),
        ({"type": "threads.list", "params": {"order": "up"}}, ("params.order", "not_a_choice")),
        ({"type": "threads.create", "params": {}}, ("params.input", "required")),
        (
            {"type": "threads.update", "params": {"thread_id": str(uuid4()), "title": "x" * 201}},
            ("params.title", "too_long"),
        ),
    ],
)
def test_an_invalid_request_is_422(alice: Client, body: Any, expected: tuple[str, str]):
    errors = expect(422, alice.ask("POST", "/chat", json=body))["errors"]
    assert [(error["field"], error["code"]) for error in errors] == [expected]


def part(text: str) -> dict[str, Any]:
    return {"type": "input_text", "text": text}


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"content": []}, "content", "too_short"),
        ({"content": [part("x")] * 21}, "content", "too_long"),
        ({"content": [part("  ")]}, "content", "too_short"),
        ({"content": [part("x" * 4001)]}, "content.0.text", "too_long"),
        ({"content": [part("x" * 2001)] * 2}, "content", "too_long"),
        ({"content": [part("a\0b")]}, "content.0.text", "character"),
        ({"content": [{"type": "input_image", "text": "x"}]}, "content.0.type", "not_a_choice"),
        ({"attachments": ["atc_1"]}, "attachments", "too_long"),
        ({"quoted_text": "x" * 4001}, "quoted_text", "too_long"),
    ],
)
def test_an_invalid_message_is_422_and_makes_no_thread(
    chat: Chat, changes: dict[str, Any], field: str, code: str
):
    response = chat.send("threads.create", check=False, input=user_message("add x") | changes)
    errors = expect(422, response)["errors"]
    assert [(one["field"], one["code"]) for one in errors] == [(f"params.input.{field}", code)]
    assert chat.read("threads.list")["data"] == []


def test_half_a_surrogate_pair_in_a_message_is_422(alice: Client):
    body = (
        '{"type": "threads.create", "params": {"input": {"content": '
        '[{"type": "input_text", "text": "\\ud800"}]}}}'
    )
    headers = {"Content-Type": "application/json"}
    errors = expect(422, alice.ask("POST", "/chat", data=body, headers=headers))["errors"]
    assert [error["code"] for error in errors] == ["character"]


def test_a_message_of_4000_characters_and_unknown_members_are_accepted(chat: Chat):
    text = "add milk " + "\n" * 3990 + "x"
    assert len(text) == 4000
    message = user_message(text) | {"new_member": {"a": 1}}
    events = chat.stream("threads.create", input=message)
    assert kinds(events)[:2] == ["thread.created", "user_message"]


@pytest.mark.parametrize(
    ("data", "media_type", "expected"),
    [
        (b"", "application/json", (400, "body_malformed")),
        (b"nonsense", "application/json", (400, "body_malformed")),
        (b"[]", "application/json", (400, "body_malformed")),
        (b'{"type": 1, "type": 2}', "application/json", (400, "body_malformed")),
        (b"[" * 30_000, "application/json", (400, "body_malformed")),
        (b" " * 70_000, "application/json", (413, "body_too_large")),
        (b"{}", "text/plain", (415, "media_type_unsupported")),
    ],
)
def test_a_body_that_is_no_request_is_refused(
    alice: Client, data: bytes, media_type: str, expected: tuple[int, str]
):
    response = alice.ask("POST", "/chat", data=data, headers={"Content-Type": media_type})
    assert (response.status_code, problem(response.status_code, response)) == expected


@pytest.mark.parametrize("query", ["tz=Mars/X", "tz=Europe/Berlin&tz=UTC"])
def test_an_invalid_zone_is_422(alice: Client, query: str):
    body = {"type": "threads.list", "params": {}}
    assert problem(422, alice.ask("POST", f"/chat?{query}", json=body)) == "validation_failed"


def test_get_is_405(alice: Client):
    assert problem(405, alice.ask("GET", "/chat")) == "method_not_allowed"


def test_a_message_whose_answer_changed_something_is_not_answered_again(chat: Chat, alice: Client):
    chat.say("add milk")
    message = chat.items()[0]["id"]
    before = chat.items(), alice.read("/tasks")
    params = {"thread_id": chat.thread_id, "item_id": message}
    (error,) = expect(422, chat.send("threads.retry_after_item", **params))["errors"]
    assert (error["field"], error["code"]) == ("params.item_id", "not_retryable")
    assert (chat.items(), alice.read("/tasks")) == before


def test_a_message_is_answered_again_in_the_place_of_the_lost_answer(
    app: Flask, chat: Chat, alice: Client
):
    chat.say("add milk")
    with app.app_context():
        user = find_user(UUID(alice.person.uuid))
        with write(user) as transaction:
            content = chatkit.user_message("add bread", None)
            question, _ = conversations.add_items(
                transaction,
                UUID(chat.thread_id),
                [NewItem("user_message", content), message("Adding")],
            )
    events = chat.stream(
        "threads.retry_after_item", thread_id=chat.thread_id, item_id=str(question.id)
    )
    assert "bread" in text_of(events)
    kinds_ = [item["type"] for item in chat.items()]
    assert kinds_ == ["user_message", "assistant_message", "widget"] * 2


def test_only_the_latest_threads_are_kept(store: Flask, ada: User, monkeypatch: Any):
    with write(ada) as transaction:
        made = [
            conversations.create_thread(transaction, str(number)).id
            for number in range(conversations.MAX_THREADS)
        ]
    with write(ada) as transaction:
        conversations.add_items(transaction, made[0], [NewItem("user_message", {})])
        made.append(conversations.create_thread(transaction, "new").id)
    with read(ada) as reader:
        for thread_id in (made[0], made[2], made[-1]):
            conversations.find_thread(reader, thread_id)
        with pytest.raises(NotFound):
            conversations.find_thread(reader, made[1])


def test_a_conversation_is_full_at_its_limit(store: Flask, ada: User):
    with write(ada) as transaction:
        thread = conversations.create_thread(transaction, None)
        full = [NewItem("user_message", {})] * conversations.MAX_ITEMS
        conversations.add_items(transaction, thread.id, full)
    with pytest.raises(ConversationFull), write(ada) as transaction:
        conversations.add_items(transaction, thread.id, [NewItem("user_message", {})])
    with read(ada) as reader:
        latest, _ = conversations.page_of_items(reader, thread.id, limit=1, order="desc")
    assert latest[0].seq == conversations.MAX_ITEMS


def test_a_full_conversation_is_a_422(app: Flask, chat: Chat, alice: Client):
    chat.say("add milk")
    with app.app_context(), db.engine.connect() as connection:
        is_last = (chat_items.c.thread_id == UUID(chat.thread_id)) & (chat_items.c.seq == 3)
        connection.execute(update(chat_items).where(is_last).values(seq=conversations.MAX_ITEMS))
    params = {"thread_id": chat.thread_id, "input": user_message("add bread")}
    (error,) = expect(422, chat.send("threads.add_user_message", **params))["errors"]
    assert (error["field"], error["code"]) == ("params.thread_id", "too_long")
    assert alice.read("/tasks")["total"] == 1


def test_slots_are_limited_in_all_and_for_each_user(store: Flask):
    people = [uuid4() for _ in range(9)]
    give_back = [take_slot(person) for person in people[:8] for _ in range(2)]
    with pytest.raises(ChatLimit):
        take_slot(people[0])
    with pytest.raises(ChatBusy):
        take_slot(people[8])
    give_back.pop()()
    with pytest.raises(ChatLimit):
        take_slot(people[0])
    take_slot(people[8])()
    for one in give_back:
        one()


def test_a_request_that_is_refused_gives_its_slot_back(chat: Chat):
    for _ in range(40):
        params = {"thread_id": str(uuid4()), "input": user_message("add x")}
        assert problem(404, chat.send("threads.add_user_message", **params)) == "not_found"
    chat.say("add milk")


def test_a_stream_that_nobody_reads_gives_its_slot_back(chat: Chat, alice: Client):
    for _ in range(40):
        response = requests.post(
            f"{alice.url}/api/v1/{alice.person.uuid}/chat",
            headers={"Authorization": f"Bearer {alice.token}"},
            json={"type": "threads.create", "params": {"input": user_message("add x")}},
            stream=True,
            timeout=60,
        )
        assert response.status_code == 200
        response.close()
    assert alice.read("/tasks")["total"] > 0


def test_edits_create_with_tags_that_do_not_exist(store: Flask, ada: User):
    with write(ada) as transaction:
        values = {"title": "milk", "tags": ["Home", "home", "Shop"]}
        outcome = edits.apply(transaction, edits.from_json(edits.to_json([Create(values)])))
    assert [tag.name for tag in outcome.created[0].tags] == ["Home", "Shop"]
