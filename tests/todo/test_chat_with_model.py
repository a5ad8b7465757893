"""The assistant with a language model, in gunicorn, with a scripted endpoint."""

import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from support.chat import Chat, cards, text_of, user_message
from support.client import Client, expect, problem, serving
from support.processes import Gunicorn, Issuer, wait_until
from support.scripted_model import Exchange, ScriptedModel, says

KEY = "sk-the-key-of-the-model"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[ScriptedModel]:
    with ScriptedModel() as endpoint:
        yield endpoint


@pytest.fixture
def model(endpoint: ScriptedModel) -> ScriptedModel:
    endpoint.answers.clear()
    endpoint.requests.clear()
    endpoint.failed_once.clear()
    return endpoint


def env(endpoint: ScriptedModel, **more: str) -> dict[str, str]:
    return {
        "CHAT_MODEL_URL": endpoint.url,
        "CHAT_MODEL": "gpt",
        "CHAT_MODEL_KEY": KEY,
        "CHAT_STREAMS": "2",
        "LOG_LEVEL": "DEBUG",
        **more,
    }


@pytest.fixture(scope="module")
def chat_service(better_auth: Issuer, endpoint: ScriptedModel) -> Iterator[Gunicorn]:
    with serving(better_auth, workers=1, threads=6, env=env(endpoint)) as gunicorn:
        yield gunicorn


@pytest.fixture
def alice(chat_service: Gunicorn, better_auth: Issuer) -> Client:
    return Client(chat_service.url, better_auth.sign_up("Alice"))


@pytest.fixture
def chat(alice: Client) -> Chat:
    return Chat(alice)


def deltas(events: list[dict[str, Any]]) -> list[str]:
    return [event["update"]["delta"] for event in events if "delta" in event.get("update", {})]


def test_words_arrive_one_by_one(chat: Chat, model: ScriptedModel):
    has_arrived = threading.Event()

    def answer(exchange: Exchange) -> None:
        exchange.say("one")
        exchange.wait(has_arrived)
        exchange.say(" two")
        exchange.end()

    model.answers = [answer]
    with chat.streaming("threads.create", input=user_message("count")) as events:
        found = []
        for event in events:
            found.append(event)
            if deltas([event]) == ["one"]:
                has_arrived.set()
    assert deltas(found) == ["one", " two"]
    assert text_of(found) == "one two"


def test_a_task_is_added_with_a_card_and_nothing_private_is_sent(
    chat: Chat, alice: Client, model: ScriptedModel
):
    events = chat.say("add a tree due 2026-12-24T18:00")
    assert text_of(events) == "Added."
    shown = [card["copy_text"] for card in cards(events)]
    assert shown == ["a tree (Thu 24 Dec, 18:00)", "1 task added"]
    assert "client_effect" in [event["type"] for event in events]
    (task,) = alice.read("/tasks")["items"]
    assert (task["title"], task["due_date"]) == ("a tree", "2026-12-24T17:00:00Z")
    assert len(model.requests) == 2
    person = alice.person
    for secret in (person.uuid, person.id, person.email, person.name, alice.token, task["id"]):
        assert secret not in model.sent


def test_a_deletion_is_confirmed_once_and_undone(chat: Chat, alice: Client, model: ScriptedModel):
    chat.say("add milk")
    before = alice.read("/tasks")["items"]
    (card,) = cards(chat.say("delete milk"))
    assert alice.read("/tasks")["items"] == before
    (receipt,) = cards(chat.click(card["id"], "confirm"))
    assert receipt["copy_text"] == "1 task deleted"
    assert alice.read("/tasks")["total"] == 0
    (notice,) = chat.click(card["id"], "confirm")
    assert notice["message"] == "That was answered already."
    chat.click(card["id"], "undo")
    assert alice.read("/tasks")["items"] == before


def test_a_reader_who_leaves_stops_the_model(chat: Chat, model: ScriptedModel):
    with chat.streaming("threads.create", input=user_message("slow 1000 0.01")) as events:
        while deltas([next(events)]) != ["word3 "]:
            pass
    assert model.wait_for_close()
    wait_until(lambda: len(chat.items()) == 2)
    text = chat.items()[1]["content"][0]["text"]
    assert text.startswith("word0 word1 word2 word3")
    assert text.endswith("\n\n*Stopped.*")


def test_a_reader_who_leaves_a_silent_model_gives_its_slot_back(chat: Chat, model: ScriptedModel):
    for _ in range(3):  # there are two slots
        model.answers = [says("Hello."), lambda exchange: exchange.silence()]
        chat.thread_id = ""
        chat.say("hello")
        params = {"thread_id": chat.thread_id, "input": user_message("hello?")}
        with chat.streaming("threads.add_user_message", **params) as events:
            next(events)
        assert model.wait_for_close()


def test_more_streams_than_slots_are_refused_and_the_api_goes_on(
    chat_service: Gunicorn, better_auth: Issuer, chat: Chat, model: ScriptedModel
):
    other = Chat(Client(chat_service.url, better_auth.sign_up("Bob")))
    model.answers = [lambda exchange: exchange.silence()] * 2
    silent = {"input": user_message("hello?")}
    with (
        chat.streaming("threads.create", **silent) as first,
        chat.streaming("threads.create", **silent) as second,
    ):
        next(first), next(second)
        for refused, status, code in ((chat, 429, "chat_limit"), (other, 503, "chat_busy")):
            response = refused.send("threads.create", **silent)
            assert problem(status, response) == code
            assert response.headers["Retry-After"] == "2"
        assert len(chat.read("threads.list")["data"]) == 2
        assert other.read("threads.list")["data"] == []
        assert other.client.read("/tasks")["total"] == 0

    def is_answered() -> bool:
        with other.send("threads.create", **silent) as response:
            return response.status_code == 200 and b"You said" in response.content

    wait_until(is_answered)


def test_a_failed_answer_is_tried_again(chat: Chat, model: ScriptedModel):
    *_, error = chat.say("fail once")
    assert (error["type"], error["allow_retry"]) == ("error", True)
    (question,) = chat.items()
    retry = {"thread_id": chat.thread_id, "item_id": question["id"]}
    events = chat.stream("threads.retry_after_item", **retry)
    assert text_of(events) == "You said: fail once"
    assert [item["type"] for item in chat.items()] == ["user_message", "assistant_message"]


def test_an_answer_that_changed_something_is_not_tried_again(
    chat: Chat, alice: Client, model: ScriptedModel
):
    events = chat.say("add milk then cut")
    assert (events[-1]["type"], events[-1]["allow_retry"]) == ("error", False)
    assert "client_effect" in [event["type"] for event in events]
    retry = {"thread_id": chat.thread_id, "item_id": chat.items()[0]["id"]}
    response = chat.send("threads.retry_after_item", **retry)
    assert problem(422, response)
    assert alice.read("/tasks")["total"] == 1
    *_, receipt = cards(events)
    chat.click(receipt["id"], "undo")
    assert alice.read("/tasks")["total"] == 0


def test_a_turn_ends_in_time(better_auth: Issuer, endpoint: ScriptedModel, model: ScriptedModel):
    settings = env(endpoint, CHAT_TURN_SECONDS="1")
    with serving(better_auth, workers=1, env=settings) as gunicorn:
        chat = Chat(Client(gunicorn.url, better_auth.sign_up("Alice")))
        *_, error = chat.say("slow 100000 0.01")
    assert error["message"] == "The answer took too long. Try again."
    assert model.wait_for_close()


@pytest.mark.parametrize("args", [[], ["--preload"]], ids=["fork", "preload"])
def test_a_stop_ends_the_answer_and_keeps_its_words(
    better_auth: Issuer, endpoint: ScriptedModel, model: ScriptedModel, args: list[str]
):
    with serving(better_auth, workers=1, env=env(endpoint), args=args) as gunicorn:
        chat = Chat(Client(gunicorn.url, better_auth.sign_up("Alice")))
        found = []
        with chat.streaming("threads.create", input=user_message("slow 100000 0.01")) as events:
            for event in events:
                found.append(event)
                if deltas([event]) == ["word3 "]:
                    os.kill(gunicorn.pid, signal.SIGTERM)
        assert found[-1]["message"] == "The service is being restarted. Try again."
        gunicorn.stop()
        gunicorn.start()
        assert chat.items()[1]["content"][0]["text"].startswith("word0 word1 word2 word3")
        assert model.wait_for_close()


def test_the_log_has_neither_text_nor_key(
    chat: Chat, chat_service: Gunicorn, alice: Client, model: ScriptedModel
):
    chat.say("add a confidential task")
    chat.say("fail 500")
    chat.say("fail 401")
    expect(200, alice.ask("GET", "/tasks"))
    log = chat_service.log
    assert "InternalServerError, status 500" in log
    assert "AuthenticationError, status 401" in log
    for secret in ("confidential", "fail", KEY, alice.token):
        assert secret not in log
