"""The assistant's panel: messages, cards, conversations, and what goes wrong on the way."""

import contextlib
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import jwt
import pytest
from playwright.sync_api import APIResponse, Error, Locator, Route, expect
from support.browser import PHONE, Site, Visit, Visitor, once, running_site
from support.chat_server import Event, Exchange
from support.client import Client
from support.processes import NewDatabase, Person, local_session, wait_until

THEMES = ["light", "dark"]
# The assistant adds a task without asking if the message has a date or a priority.
WATER = "water the tomatoes !low"
CREATED_AT = "2026-11-25T09:00:00Z"


@pytest.fixture
def client(site: Site, alice: Person) -> Client:
    """An API client for Alice."""
    return site.client(alice)


@pytest.fixture(scope="module")
def scripted(database_kind: str, new_database: NewDatabase) -> Iterator[Site]:
    """A site whose chat endpoint a test can take over. It is on SQLite for tests with `once`."""
    with running_site(new_database(database_kind), with_chat_server=True) as site:
        yield site


@pytest.fixture
def by(visit: Visit, scripted: Site) -> Iterator[Visitor]:
    """A browser in which a new user of the scripted site is signed in."""
    assert scripted.chat is not None
    scripted.chat.exchanges.clear()
    visitor = visit(scripted, scripted.sign_up("Bob"))
    yield visitor
    assert not scripted.chat.answers
    visitor.page.context.set_offline(False)


def panel(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("complementary", name="Assistant")


def field(visitor: Visitor) -> Locator:
    return visitor.page.get_by_label("Message to the assistant")


def messages(visitor: Visitor) -> Locator:
    return panel(visitor).get_by_role("region", name="Conversation")


def card(visitor: Visitor, name: str) -> Locator:
    return panel(visitor).get_by_role("group", name=name)


def press(visitor: Visitor, name: str) -> None:
    panel(visitor).get_by_role("button", name=name, exact=True).click()


def open_panel(visitor: Visitor, path: str = "/dashboard") -> None:
    visitor.goto(path)
    visitor.page.keyboard.press("a")
    expect(field(visitor)).to_be_focused()


def say(visitor: Visitor, text: str) -> None:
    field(visitor).fill(text)
    field(visitor).press("Enter")


def titles(visitor: Visitor) -> Locator:
    return visitor.page.locator("main [data-title]")


# Events for answers of the scripted endpoint.


def item(kind: str, text: str, **fields: Any) -> Event:
    content = {"type": "input_text" if kind == "user_message" else "output_text", "text": text}
    base = {"id": str(uuid4()), "thread_id": "t1", "created_at": CREATED_AT, "type": kind}
    return base | {"content": [content | {"annotations": []}]} | fields


def asked(exchange: Exchange) -> list[Event]:
    """Return the first events of an answer: the conversation and the user's message."""
    text = exchange.request["params"]["input"]["content"][0]["text"]
    thread = {"id": "t1", "title": text, "created_at": CREATED_AT}
    return [{"type": "thread.created", "thread": thread}, done(item("user_message", text))]


def done(of: Event) -> Event:
    return {"type": "thread.item.done", "item": of}


def added(of: Event) -> Event:
    return {"type": "thread.item.added", "item": of | {"content": []}}


def delta(of: Event, words: str) -> Event:
    update = {
        "type": "assistant_message.content_part.text_delta",
        "content_index": 0,
        "delta": words,
    }
    return {"type": "thread.item.updated", "item_id": of["id"], "update": update}


def widget(of: Event, copy_text: str) -> Event:
    base = {"id": str(uuid4()), "thread_id": "t1", "created_at": CREATED_AT, "type": "widget"}
    return base | {"widget": of, "copy_text": copy_text}


def proposal(question: str, *rows: str) -> Event:
    captions = [{"type": "Caption", "value": row} for row in rows]
    text = {"type": "Text", "value": question, "weight": "semibold"}
    return {
        "type": "Card",
        "children": [text, *captions],
        "confirm": {"label": "Delete", "action": {"type": "confirm"}},
        "cancel": {"label": "Keep", "action": {"type": "cancel"}},
    }


def task_list(task: dict[str, Any]) -> Event:
    return {
        "type": "ListView",
        "children": [
            {
                "type": "ListViewItem",
                "onClickAction": {
                    "type": "task.open",
                    "handler": "client",
                    "payload": {"task_id": task["id"]},
                },
                "children": [
                    {"type": "Text", "value": task["title"]},
                    {"type": "Caption", "value": "Fri 27 Nov, 17:00 · high · #home"},
                ],
            }
        ],
    }


def answering(*events: Event) -> Callable[[Exchange], None]:
    """Return an answer with these events after the user's message."""

    def answer(exchange: Exchange) -> None:
        exchange.start()
        exchange.send(*asked(exchange), *events)
        exchange.end()

    return answer


def test_a_task_is_added_and_undone(at: Visitor, client: Client):
    open_panel(at)
    say(at, "water the tomatoes !high")
    expect(titles(at)).to_have_text(["water the tomatoes"])
    receipt = card(at, "1 task added")
    expect(receipt).to_be_visible()
    expect(messages(at)).to_contain_text("Added water the tomatoes: high.")
    expect(panel(at).get_by_role("status")).to_contain_text("Added water the tomatoes: high.")
    (task,) = client.read("/tasks")["items"]
    assert task["priority"] == "high"
    receipt.get_by_role("button", name="Undo").click()
    expect(card(at, "1 task added · undone")).to_be_focused()
    expect(titles(at)).to_have_count(0)
    assert client.read("/tasks")["total"] == 0
    expect(panel(at).get_by_role("button", name="Undo")).to_have_count(0)


@once
def test_a_list_that_loads_during_the_answer_is_loaded_again(at: Visitor):
    """The first response has the list as it was before the answer."""
    held: list[tuple[Route, APIResponse]] = []
    at.page.route(
        re.compile(r"/tasks\?"), lambda route: held.append((route, route.fetch())), times=1
    )
    open_panel(at)
    say(at, WATER)
    expect(card(at, "1 task added")).to_be_visible()
    for route, response in held:
        with contextlib.suppress(Error):  # the page has cancelled the request
            route.fulfill(response=response)
    assert len(held) == 1
    expect(titles(at)).to_have_text(["water the tomatoes"])


@once
def test_the_conversation_survives_closing_leaving_and_reloading(at: Visitor):
    open_panel(at)
    say(at, "first task !low")
    expect(card(at, "1 task added")).to_be_visible()
    field(at).fill("a draft")
    field(at).press("Escape")
    expect(panel(at)).to_be_hidden()
    at.page.keyboard.press("a")
    expect(field(at)).to_have_value("a draft")
    expect(card(at, "1 task added")).to_be_visible()
    at.page.get_by_role("link", name="Tags").click()
    at.wait_for_path("/tags")
    expect(card(at, "1 task added")).to_be_visible()
    at.page.reload()
    expect(field(at)).to_have_value("a draft")
    expect(card(at, "1 task added")).to_be_visible()
    say(at, "second task !low")
    expect(card(at, "1 task added")).to_have_count(2)


@once
def test_conversations_are_opened_renamed_and_deleted(at: Visitor):
    open_panel(at)
    for title in ("first task !low", "second task !low"):
        say(at, title)
        expect(card(at, "1 task added")).to_be_visible()
        press(at, "New conversation")
        expect(card(at, "1 task added")).to_have_count(0)
        expect(field(at)).to_be_focused()
    press(at, "Conversations")
    entries = panel(at).get_by_role("listitem")
    expect(entries).to_have_count(2)
    expect(entries.first).to_contain_text("second task !low")
    press(at, "Rename “first task !low”")
    name = panel(at).get_by_label("Title of the conversation")
    name.press("Escape")
    expect(name).to_have_count(0)
    expect(panel(at)).to_be_visible()
    press(at, "Rename “first task !low”")
    name.fill("Garden")
    name.press("Enter")
    press(at, "Garden")
    expect(messages(at)).to_contain_text("Added first task: low.")
    expect(panel(at).locator("header")).to_contain_text("Garden")
    press(at, "Conversations")
    press(at, "Delete “Garden”")
    press(at, "Keep")
    press(at, "Delete “Garden”")
    press(at, "Delete")
    expect(entries).to_have_count(1)
    at.goto("/dashboard")
    expect(panel(at).get_by_role("list", name="Suggestions")).to_be_visible()


@once
def test_other_tabs_show_the_changes(at: Visitor):
    open_panel(at)
    other = at.context.new_page()
    other.goto(f"{at.site.url}/dashboard")
    expect(other.get_by_role("heading", name="No tasks yet")).to_be_visible()
    say(at, WATER)
    expect(other.locator("main [data-title]")).to_have_text(["water the tomatoes"])
    expect(other.get_by_role("complementary", name="Assistant")).to_be_hidden()


@once
def test_the_panel_asks_about_selected_tasks(at: Visitor, client: Client):
    for title in ("Third", "Second", "First"):
        client.make("/tasks", title=title)
    page = at.goto("/dashboard")
    at.button("Select").click()
    page.get_by_label("Select “First”").check()
    page.get_by_label("Select “Third”").check()
    at.button("Ask about these").click()
    expect(field(at)).to_be_focused()
    expect(field(at)).to_have_value("About “First” and “Third”: ")
    field(at).press("Escape")
    expect(panel(at)).to_be_hidden()
    expect(at.button("Ask about these")).to_be_focused()


@once
def test_suggestions_have_the_numbers_of_the_tasks(at: Visitor, client: Client):
    client.make("/tasks", title="Late", due_date="2020-02-29")
    client.make("/tasks", title="Done", completed=True)
    open_panel(at)
    suggestions = panel(at).get_by_role("list", name="Suggestions")
    expect(suggestions).to_contain_text("1 overdue: sort them out")
    expect(suggestions).to_contain_text("1 done: delete them")
    suggestions.get_by_role("button", name="Plan my day").click()
    expect(messages(at).locator("[data-message=user]")).to_contain_text("Plan my day")
    expect(suggestions).to_have_count(0)


@once
def test_the_key_opens_the_panel_but_not_while_the_user_types(at: Visitor):
    page = at.goto("/dashboard")
    page.get_by_label("New task").press("a")
    expect(page.get_by_label("New task")).to_have_value("a")
    expect(panel(at)).to_be_hidden()
    page.get_by_label("New task").blur()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Open the assistant")
    page.keyboard.press("a")
    expect(panel(at)).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    button = page.get_by_role("button", name="Assistant", exact=True)
    button.click()
    expect(field(at)).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "true")
    field(at).press("Escape")
    expect(button).to_be_focused()
    page.goto(f"{at.site.url}/settings")
    page.wait_for_function("document.querySelector('main button')")
    button.press("a")
    expect(field(at)).to_be_focused()


@once
def test_words_appear_as_they_arrive_and_can_be_stopped(by: Visitor, scripted: Site):
    chat = scripted.chat
    assert chat is not None
    more, exchanges = threading.Semaphore(0), []

    def answer(exchange: Exchange) -> None:
        exchanges.append(exchange)
        message = item("assistant_message", "")
        exchange.start()
        exchange.send(*asked(exchange), added(message))
        for number in range(3):
            exchange.send(delta(message, f"word{number} "))
            more.acquire(timeout=20)
        exchange.wait_until_left()

    chat.answers.append(answer)
    open_panel(by)
    say(by, "go on")
    answer_text = messages(by).locator("[data-message=assistant]")
    for number in range(3):
        expect(answer_text).to_contain_text(f"word{number}")
        expect(answer_text).not_to_contain_text(f"word{number + 1}")
        expect(panel(by).get_by_role("status")).to_have_text("")
        more.release()
    field(by).fill("next")
    field(by).press("Enter")  # not sent while the assistant answers
    press(by, "Stop")
    expect(answer_text).to_contain_text("Stopped.")
    expect(field(by)).to_have_value("next")
    assert exchanges[0].has_left.wait(20)
    assert len(chat.streams()) == 1


@once
def test_progress_is_shown_and_announced(by: Visitor, scripted: Site):
    assert scripted.chat is not None
    more = threading.Event()

    def answer(exchange: Exchange) -> None:
        exchange.start()
        exchange.send(*asked(exchange), {"type": "progress_update", "text": "Looking at tasks…"})
        more.wait(20)
        exchange.send(done(item("assistant_message", "You have **none**.")))
        exchange.end()

    scripted.chat.answers.append(answer)
    open_panel(by)
    say(by, "what do I have?")
    expect(messages(by)).to_contain_text("Looking at tasks…")
    status = panel(by).get_by_role("status")
    expect(status).to_have_text("Looking at tasks…")
    more.set()
    expect(status).to_have_text("You have none.")
    expect(messages(by).locator("strong")).to_have_text("none")
    expect(messages(by)).not_to_contain_text("Looking at tasks…")


@once
def test_a_busy_service_is_asked_again(by: Visitor, scripted: Site):
    assert scripted.chat is not None
    by.page.clock.install()
    by.expect_error("status of 503")
    for _ in range(2):
        scripted.chat.answers.append(lambda one: one.refuse(503, "chat_busy", Retry_After="2"))
    open_panel(by)
    say(by, WATER)
    for number in (1, 2):
        expect(messages(by)).to_contain_text("The assistant is busy. Waiting…")
        wait_until(lambda number=number: by.page.title() and len(requests_of(scripted)) == number)
        by.page.clock.run_for(2000)
    expect(card(by, "1 task added")).to_be_visible()
    expect(messages(by)).not_to_contain_text("busy")
    assert len(messages(by).locator("[data-message=user]").all()) == 1


def requests_of(site: Site) -> list[Exchange]:
    assert site.chat is not None
    return site.chat.streams()


@once
def test_a_lost_answer_is_found_and_nothing_is_done_twice(by: Visitor, scripted: Site):
    assert scripted.chat is not None
    by.expect_error("ERR_INCOMPLETE_CHUNKED_ENCODING|network error")
    scripted.chat.answers.append(lambda one: one.forward(cut_after=2))
    open_panel(by)
    say(by, WATER)
    alert = messages(by).get_by_role("alert")
    expect(alert).to_contain_text("The answer broke off")
    expect(titles(by)).to_have_text(["water the tomatoes"])
    alert.get_by_role("button", name="Try again").click()
    expect(card(by, "1 task added")).to_be_visible()
    expect(alert).to_have_count(0)
    expect(titles(by)).to_have_text(["water the tomatoes"])
    assert [one.request["type"] for one in requests_of(scripted)] == ["threads.create"]


@once
def test_a_message_whose_response_was_lost_is_not_sent_twice(by: Visitor, scripted: Site):
    assert scripted.chat is not None
    by.expect_error("ERR_INCOMPLETE_CHUNKED_ENCODING|network error|status of 50")
    scripted.chat.answers.append(lambda one: one.forward(cut_after=0))
    open_panel(by)
    by.settle()
    say(by, WATER)
    expect(messages(by).get_by_role("alert")).to_be_visible()
    expect(field(by)).to_have_value(WATER)
    field(by).press("Enter")
    expect(card(by, "1 task added")).to_be_visible()
    expect(field(by)).to_have_value("")
    expect(titles(by)).to_have_text(["water the tomatoes"])
    assert len(requests_of(scripted)) == 1


@once
def test_an_answer_that_failed_is_given_again_in_its_place(by: Visitor, scripted: Site):
    """The service has the message but no answer, as after an error of the model."""
    chat = scripted.chat
    assert chat is not None

    def fail(exchange: Exchange) -> None:
        exchange.start()
        exchange.send({"type": "error", "message": "The model broke off.", "allow_retry": True})
        exchange.end()

    open_panel(by)
    say(by, WATER)
    press(by, "Undo")
    expect(card(by, "1 task added · undone")).to_be_visible()
    chat.answers.append(fail)
    say(by, "mow the lawn !low")
    alert = messages(by).get_by_role("alert")
    expect(alert).to_contain_text("The model broke off.")
    alert.get_by_role("button", name="Try again").click()
    expect(card(by, "1 task added")).to_be_visible()
    expect(alert).to_have_count(0)
    expect(titles(by)).to_have_text(["mow the lawn"])
    assert [one.request["type"] for one in chat.exchanges if one.request["type"] != "threads.list"][
        -2:
    ] == ["items.list", "threads.add_user_message"]


@once
def test_the_front_end_neither_buffers_nor_compresses_a_stream(scripted: Site):
    chat = scripted.chat
    assert chat is not None
    more, exchanges = threading.Event(), []

    def answer(exchange: Exchange) -> None:
        exchanges.append(exchange)
        exchange.start()
        exchange.send({"type": "first"})
        more.wait(20)
        exchange.send({"type": "second"})
        exchange.wait_until_left()

    chat.answers.append(answer)
    person = scripted.sign_up("Fay")
    with local_session() as http:
        response = http.post(
            f"{scripted.url}/backend/api/v1/{person.uuid}/chat",
            json={"type": "threads.create", "params": {}},
            headers={"Authorization": f"Bearer {person.token}", "Accept-Encoding": "gzip, br"},
            stream=True,
            timeout=20,
        )
        assert "Content-Encoding" not in response.headers
        assert response.headers["X-Accel-Buffering"] == "no"
        assert response.raw.read1() == b'data: {"type": "first"}\n\n'
        more.set()
        assert response.raw.read1() == b'data: {"type": "second"}\n\n'
        response.close()
    assert exchanges[0].has_left.wait(20)


@once
def test_an_offline_message_is_sent_once_when_the_connection_is_back(by: Visitor, scripted: Site):
    open_panel(by)
    by.settle()
    by.expect_error("ERR_INTERNET_DISCONNECTED")
    by.context.set_offline(True)
    say(by, WATER)
    expect(messages(by).get_by_role("alert")).to_contain_text("You are offline")
    expect(field(by)).to_have_value(WATER)
    by.context.set_offline(False)
    expect(card(by, "1 task added")).to_be_visible()
    expect(field(by)).to_have_value("")
    expect(titles(by)).to_have_text(["water the tomatoes"])
    assert len(requests_of(scripted)) == 1


@once
def test_a_signed_out_user_finds_the_message_after_the_next_sign_in(
    visit: Visit, site: Site, alice: Person
):
    visitor = visit(site, alice)
    visitor.page.clock.install()
    open_panel(visitor, "/tags")
    visitor.settle()
    site.web.sign_out(alice)
    visitor.page.clock.fast_forward("20:00")  # past the expiry of the page's token
    visitor.expect_error("status of 401")
    say(visitor, WATER)
    visitor.wait_for_path("/sign-in")
    visitor.sign_in(alice.email)
    visitor.wait_for_path("/tags")
    expect(field(visitor)).to_have_value(WATER)
    field(visitor).press("Enter")
    expect(card(visitor, "1 task added")).to_be_visible()


@once
def test_every_request_carries_a_token_of_the_issuer_and_no_secret(
    visit: Visit, database_kind: str, new_database: NewDatabase
):
    # A token is renewed 30 s before it expires, so each is used for 2 s.
    settings = {"JWT_EXPIRATION": "32s"}
    with running_site(new_database(database_kind), settings, with_chat_server=True) as site:
        visitor = visit(site, site.sign_up("Alice"))
        open_panel(visitor)
        for number in range(3):
            say(visitor, f"task {number} !low")
            expect(card(visitor, "1 task added")).to_have_count(number + 1)
            visitor.page.wait_for_timeout(1_200)
        press(visitor, "Conversations")
        expect(panel(visitor).get_by_role("listitem")).to_have_count(1)
        assert site.chat is not None
        keys = jwt.PyJWKClient(f"{site.url}/api/auth/jwks")
        tokens = set()
        for exchange in site.chat.exchanges:
            scheme, token = exchange.authorization.split(" ")
            claims = jwt.decode(
                token,
                keys.get_signing_key_from_jwt(token).key,
                algorithms=["EdDSA"],
                issuer=site.url,
                audience=site.url,
            )
            assert scheme == "Bearer"
            assert exchange.path.startswith(f"/api/v1/{claims['uuid']}/chat?tz=")
            tokens.add(token)
        assert len(tokens) > 1
        # Each message was sent once, though the token was renewed in between.
        assert len(site.chat.streams()) == 3
        expect(titles(visitor)).to_have_text(["task 2", "task 1", "task 0"])


@once
def test_an_action_is_done_once_although_its_token_is_refused(by: Visitor, scripted: Site):
    assert scripted.chat is not None
    by.expect_error("status of 401")
    renewals: list[str] = []
    open_panel(by)
    say(by, WATER)
    expect(card(by, "1 task added")).to_be_visible()
    by.page.on("request", lambda one: "/auth/token" in one.url and renewals.append(one.url))
    scripted.chat.answers.append(lambda one: one.refuse(401, "key_unknown"))
    press(by, "Undo")
    expect(card(by, "1 task added · undone")).to_be_visible()
    _, refused, undo = requests_of(scripted)
    assert refused.request == undo.request
    assert len(renewals) == 1


@once
def test_a_card_asks_before_anything_is_deleted(by: Visitor, scripted: Site):
    chat = scripted.chat
    assert chat is not None
    asks = widget(proposal("Delete 2 tasks?", "Milk", "Bread"), "Delete 2 tasks?")
    text = {"type": "Text", "value": "Nothing was changed."}
    closed = asks | {"widget": {"type": "Card", "children": [text]}}
    chat.answers.append(answering(done(asks)))

    def close(exchange: Exchange) -> None:
        exchange.start()
        exchange.send({"type": "thread.item.replaced", "item": closed})
        exchange.end()

    chat.answers.append(close)
    open_panel(by)
    say(by, "delete all")
    question = card(by, "Delete 2 tasks?")
    expect(question).to_contain_text("Milk")
    expect(question.get_by_role("button")).to_have_text(["Delete", "Keep"])
    question.get_by_role("button", name="Keep").click()
    expect(card(by, "Nothing was changed.")).to_be_focused()
    expect(question).to_have_count(0)
    assert chat.streams()[-1].request == {
        "type": "threads.custom_action",
        "params": {"thread_id": "t1", "item_id": asks["id"], "action": {"type": "cancel"}},
    }


@once
def test_a_task_of_a_list_opens_in_its_form_on_any_page(by: Visitor, scripted: Site):
    assert scripted.chat is not None
    person = scripted.sign_up("Carol")
    client = scripted.client(person)
    by.become(person)
    task = client.make("/tasks", title="Pay rent")
    scripted.chat.answers.append(answering(done(widget(task_list(task), "Pay rent"))))
    open_panel(by, "/settings")
    say(by, "list")
    entry = panel(by).get_by_role("button", name="Pay rent")
    entry.click()
    dialog = by.page.get_by_role("dialog", name="Edit task")
    dialog.get_by_label("Title").fill("Pay the rent")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    assert client.read(f"/tasks/{task['id']}")["title"] == "Pay the rent"
    expect(panel(by)).to_be_visible()
    client.ask("DELETE", f"/tasks/{task['id']}")
    by.expect_error("status of 404")
    entry.click()
    expect(by.page.get_by_text("This task was deleted.")).to_be_visible()
    expect(dialog).to_have_count(0)


HOSTILE = """**bold** <img src=x onerror=alert(1)> ![x](https://evil.example/?q=1)
[a](javascript:alert(1)) https://evil.example

- one
- `<b>two</b>`
"""


@once
def test_an_answer_can_neither_load_nor_run_anything(by: Visitor, scripted: Site):
    assert scripted.chat is not None
    scripted.chat.answers.append(answering(done(item("assistant_message", HOSTILE))))
    open_panel(by)
    say(by, "x")
    answer = messages(by).locator("[data-message=assistant]")
    expect(answer).to_contain_text("<img src=x onerror=alert(1)>")
    expect(answer).to_contain_text("[a](javascript:alert(1))")
    expect(answer.locator("a, img, b")).to_have_count(0)
    expect(answer.locator("li")).to_have_text(["one", "<b>two</b>"])


def fill_with_everything(visitor: Visitor, site: Site) -> None:
    """Show every kind of content in the panel, with long words."""
    assert site.chat is not None
    task = {"id": str(uuid4()), "title": "w" * 200}
    receipt = {
        "type": "Card",
        "children": [
            {
                "type": "Row",
                "justify": "between",
                "children": [
                    {"type": "Text", "value": "3 tasks added"},
                    {"type": "Button", "label": "Undo", "onClickAction": {"type": "undo"}},
                ],
            }
        ],
    }
    site.chat.answers.append(
        answering(
            done(item("assistant_message", f"**{'w' * 300}**\n\n```\n{'c' * 300}\n```\n1. one")),
            done(widget(receipt, "3 tasks added")),
            done(widget(task_list(task), task["title"])),
            done(widget(proposal(f"Delete {'w' * 200}?", "v" * 200), "Delete?")),
            {"type": "notice", "level": "warning", "message": "n" * 100},
            {"type": "error", "message": "e" * 100, "allow_retry": True},
        )
    )
    say(visitor, "u" * 300)
    expect(messages(visitor).get_by_role("alert")).to_be_visible()


ALL_AXE = """axe.run({resultTypes: ['violations']}).then(({violations}) =>
  violations.map(({id, nodes}) => `${id}: ${nodes.map(({html}) => html.slice(0, 200))}`))"""
# The elements of the panel that are wider than the panel, or of which a part is hidden.
CUT = """() => {
  const visible = [...document.querySelectorAll("#assistant *:not(.sr-only, .truncate)")]
    .filter((element) => element.checkVisibility());
  const clips = (element) => getComputedStyle(element).overflowY === "hidden";
  return visible
    .filter((element) => element.getBoundingClientRect().right > innerWidth + 1
      || (clips(element) && element.scrollHeight > element.clientHeight + 1))
    .map((element) => element.outerHTML.slice(0, 200));
}"""
SMALL = """() => [...document.querySelectorAll("#assistant :is(a, button, input, textarea)")]
  .filter((element) => element.checkVisibility())
  .map((element) => [element.getBoundingClientRect(), element])
  .filter(([{ width, height }]) => width < 24 || height < 24)
  .map(([, element]) => element.outerHTML)"""


@once
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", ["desk", "phone"])
def test_axe_finds_nothing_and_everything_fits(visit: Visit, scripted: Site, theme: str, size: str):
    options = {"viewport": PHONE} if size == "phone" else {}
    visitor = visit(scripted, scripted.sign_up("Dora"), color_scheme=theme, **options)
    open_panel(visitor)
    visitor.settle()
    check_panel(visitor)
    for title in ("w" * 190, "many words " * 17):
        say(visitor, f"{title} !low")
        expect(card(visitor, "1 task added")).to_be_visible()
        press(visitor, "New conversation")
    fill_with_everything(visitor, scripted)
    check_panel(visitor)
    press(visitor, "Conversations")
    expect(panel(visitor).get_by_role("listitem")).to_have_count(2)
    check_panel(visitor)
    panel(visitor).get_by_role("button", name="Delete “w").click()
    panel(visitor).get_by_role("button", name="Rename “many").click()
    expect(panel(visitor).get_by_label("Title of the conversation")).to_be_focused()
    check_panel(visitor)


def check_panel(visitor: Visitor) -> None:
    visitor.axe()  # loads axe
    assert visitor.page.evaluate(ALL_AXE) == []
    assert visitor.overflow() == []
    assert visitor.page.evaluate(CUT) == []
    assert visitor.page.evaluate(SMALL) == []


@once
@pytest.mark.parametrize("width", [640, 768, 1024, 1280, 1600])
def test_the_page_makes_room_for_the_panel(visit: Visit, site: Site, width: int):
    visitor = visit(site, site.sign_up("Emma"), viewport={"width": width, "height": 800})
    open_panel(visitor)
    visitor.settle()
    assert visitor.overflow() == []
    box = panel(visitor).bounding_box()
    page = visitor.page.get_by_role("main").bounding_box()
    header = visitor.page.locator("header > div").first.bounding_box()
    assert box is not None
    assert page is not None
    assert header is not None
    assert box["width"] == 416  # 26rem
    assert page["x"] == header["x"]
    assert (page["x"] + page["width"] <= box["x"]) == (width >= 1024)


@once
def test_on_a_phone_the_panel_covers_the_page(visit: Visit, site: Site, alice: Person):
    visitor = visit(site, alice, viewport=PHONE)
    page = visitor.goto("/dashboard")
    visitor.button("Assistant").click()
    expect(field(visitor)).to_be_focused()
    assert panel(visitor).bounding_box() == {"x": 0, "y": 0, **PHONE}
    # The page behind is out of reach for the keyboard.
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main, nav') === null")
    press(visitor, "Close the assistant")
    expect(visitor.button("Assistant")).to_be_focused()


def test_a_stranger_adds_two_tasks_with_one_undo(at: Visitor, client: Client):
    at.page.clock.set_fixed_time("2026-11-25T10:00:00Z")
    open_panel(at)
    say(at, "dentist tomorrow half nine and buy a gift for mum before sunday")
    expect(titles(at)).to_have_count(2)
    expect(panel(at).get_by_role("button", name="Undo")).to_have_count(1)
    tasks = {task["title"]: task["due_date"] for task in client.read("/tasks")["items"]}
    assert set(tasks) == {"dentist", "buy a gift for mum"}
    assert re.search(r"T\d\d:30:00Z$", tasks["dentist"])
    press(at, "Undo")
    expect(titles(at)).to_have_count(0)
    assert client.read("/tasks")["total"] == 0
