"""The embedded assistant: what it does and answers, without HTTP."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from bridge import User
from todo.assistant.conversation import Failed, Replaced, Saved, TasksChanged, Turn
from todo.assistant.embedded import HELP, respond
from todo.store import conversations, tasks
from todo.store.records import ChatItem, Task
from todo.store.session import read, write
from todo.store.tags import find_or_create
from todo.store.task_list import TaskListQuery, page

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=BERLIN)  # a Wednesday
TODAY, TOMORROW, FRIDAY = date(2026, 11, 25), date(2026, 11, 26), date(2026, 11, 27)
YESTERDAY, MONDAY = date(2026, 11, 24), date(2026, 11, 30)


class Talk:
    """A conversation of a user with the embedded assistant."""

    def __init__(self, user: User, zone: ZoneInfo = BERLIN, now: datetime = NOW) -> None:
        self.user, self.zone, self.now = user, zone, now
        with write(user) as transaction:
            self.thread_id = conversations.create_thread(transaction, None).id
        self.items: list[ChatItem] = []
        self.has_changed = False

    def say(self, text: str) -> str:
        """Send a message; return the words of the answer."""
        turn = Turn(self.user, self.thread_id, text, self.now, self.zone, self.items)
        steps = list(respond(turn))
        self.items = [step.item for step in steps if isinstance(step, Saved)]
        self.replaced = [step.item for step in steps if isinstance(step, Replaced)]
        self.has_changed = any(isinstance(step, TasksChanged) for step in steps)
        return "\n\n".join(
            item.content["content"][0]["text"]
            for item in self.items
            if item.kind == "assistant_message"
        )

    def widgets(self, kind: str = "Card") -> list[dict[str, Any]]:
        """Return the cards, or the lists, of the last answer."""
        found = [item.content["widget"] for item in self.items if item.kind == "widget"]
        return [widget for widget in found if widget["type"] == kind]

    def card(self) -> list[str]:
        """Return the texts of the one card of the last answer, and the labels of its buttons."""
        (card,) = self.widgets()
        texts = [child["value"] for child in card["children"] if "value" in child]
        return texts + [card[name]["label"] for name in ("confirm", "cancel") if name in card]

    def receipt(self) -> str:
        """Return the text of the receipt of the last answer."""
        (item,) = [item for item in self.items if item.memo and "undo" in item.memo]
        return str(item.content["copy_text"])

    def listed(self) -> list[str]:
        """Return the titles in the list of the last answer."""
        (found,) = self.widgets("ListView")
        return [row["children"][0]["value"] for row in found["children"]]

    def make(self, title: str, due: Any = None, **values: Any) -> Task:
        """Create a task; tags are names."""
        with write(self.user) as transaction:
            names = values.pop("tags", ())
            tags = list(find_or_create(transaction, names).values()) if names else []
            given = {"title": title, "due_date": due, "tags": tags, **values}
            defaults = {"description": None, "completed": False, "priority": None}
            return tasks.create(transaction, [defaults | given])[0]

    def all(self) -> dict[str, Task]:
        """Return all tasks by title."""
        with read(self.user) as reader:
            return {one.title: one for one in page(reader, TaskListQuery(limit=100)).tasks}


@pytest.fixture
def talk(store: Flask, ada: User) -> Talk:
    return Talk(ada)


def berlin(text: str) -> datetime:
    """Return a time by the clock of Berlin."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def fields(task: Task) -> dict[str, Any]:
    """Return the fields that commands change."""
    names = ("title", "description", "completed", "priority", "due_date", "tags")
    return {name: getattr(task, name) for name in names}


# Adding


def test_a_task_is_added_with_its_fields(talk: Talk):
    answer = talk.say("add pay rent friday 5pm #home !high")
    assert answer == "Added **pay rent**: Fri 27 Nov, 17:00 · high · #home."
    assert talk.receipt() == "1 task added"
    assert talk.has_changed
    (task,) = talk.all().values()
    assert (task.title, task.priority, task.version) == ("pay rent", "high", 1)
    assert task.due_date == datetime(2026, 11, 27, 16, tzinfo=UTC)
    assert [tag.name for tag in task.tags] == ["home"]


def test_three_tasks_are_added_at_once_and_undone_at_once(talk: Talk):
    talk.say("add buy milk today; call mum tomorrow at 9; read a book")
    assert set(talk.all()) == {"buy milk", "call mum", "read a book"}
    assert talk.receipt() == "3 tasks added"
    assert talk.say("undo") == "Undone: 3 tasks are as they were."
    assert talk.all() == {}


def test_a_strangers_first_sentence_adds_both_tasks(talk: Talk):
    talk.say("dentist tomorrow half nine and buy a gift for mum before sunday")
    found = {title: task.due_date for title, task in talk.all().items()}
    assert found == {
        "dentist": berlin("2026-11-26 09:30"),
        "buy a gift for mum": date(2026, 11, 28),
    }
    assert talk.receipt() == "2 tasks added"
    assert talk.say("undo") == "Undone: 2 tasks are as they were."


@pytest.mark.parametrize(
    ("zone", "text", "due"),
    [
        ("America/New_York", "add ny tomorrow 9am", "2026-11-26T14:00:00+00:00"),
        ("Pacific/Auckland", "add nz tomorrow 9am", "2026-11-25T20:00:00+00:00"),
        ("Europe/Berlin", "add dst 2027-03-28 2:30am", "2027-03-28T01:30:00+00:00"),
    ],
)
def test_times_are_those_of_the_person(store: Flask, ada: User, zone: str, text: str, due: str):
    talk = Talk(ada, ZoneInfo(zone))
    talk.say(text)
    (task,) = talk.all().values()
    assert task.due_date == datetime.fromisoformat(due)


def test_a_plain_text_is_offered_as_a_task(talk: Talk):
    talk.say("buy stamps")
    assert talk.card() == ["Add “buy stamps”?", "Add", "No"]
    assert talk.all() == {}
    assert not talk.has_changed
    assert talk.say("yes") == "1 task added."
    assert set(talk.all()) == {"buy stamps"}
    assert talk.say("yes") == "I did not ask anything."
    assert len(talk.all()) == 1


def test_a_plain_text_with_a_date_is_added_at_once(talk: Talk):
    assert talk.say("buy stamps tomorrow !low") == "Added **buy stamps**: tomorrow · low."
    assert talk.say("undo") == "Undone: 1 task is as it was."


def test_pasted_lines_are_proposed_in_one_card(talk: Talk):
    talk.say("Shopping:\n- milk\n* [ ] eggs tomorrow\n3. bread #home\n- [x] salt\n")
    rows = ["“milk”", "“eggs” (tomorrow)", "“bread” (#home)"]
    assert talk.card() == ["Add 3 tasks?", *rows, "Add", "No"]
    assert talk.say("no") == "Nothing was changed."
    assert talk.all() == {}


def test_a_repeated_task_is_added_for_its_next_date(talk: Talk):
    answer = talk.say("add yoga every monday and friday at 18:00")
    assert "I can't repeat tasks yet" in answer
    assert talk.all()["yoga"].due_date == berlin("2026-11-27 18:00")


def test_a_title_may_have_at_most_200_characters(talk: Talk):
    with pytest.raises(Failed) as failed:
        talk.say("add milk; " + "x" * 201)
    assert failed.value.message == "The title may have at most 200 characters."
    assert not failed.value.allow_retry
    assert talk.all() == {}


def test_titles_are_stored_as_typed_and_escaped_in_answers(talk: Talk):
    title = "<img src=x onerror=alert(1)> [a](javascript:x)"
    answer = talk.say(f"add {title}")
    assert set(talk.all()) == {title}
    assert "\\<img" in answer
    assert "\\[a\\]\\(javascript" in answer
    talk.make("stamps")
    assert talk.say("rename stamps to buy *bold* stamps").endswith("**buy \\*bold\\* stamps**.")
    assert "buy *bold* stamps" in talk.all()


# Lists


def test_questions_are_answered_with_a_sentence_and_a_list(talk: Talk):
    talk.make("late", YESTERDAY)
    talk.make("evening", berlin("2026-11-25 18:00"))
    talk.make("noon", berlin("2026-11-25 12:00"), tags=["home"])
    talk.make("essay", FRIDAY, priority="high")
    talk.make("old", TODAY, completed=True)
    talk.make("undated", tags=["Home"])
    before = talk.all()
    for text, answer, titles in [
        ("what's due today?", "2 tasks are due today:", ["noon", "evening"]),
        ("today", "2 tasks are due today:", ["noon", "evening"]),
        ("what is due friday", "1 task is due on Fri 27 Nov:", ["essay"]),
        (
            "anything due this week?",
            "3 tasks are due from today to Sun 29 Nov:",
            ["noon", "evening", "essay"],
        ),
        ("what's overdue?", "1 task is overdue:", ["late"]),
        ("what's on #home?", "You have 2 open tasks tagged #home:", ["noon", "undated"]),
        ("tasks tagged home", "You have 2 open tasks tagged #home:", ["noon", "undated"]),
        ("show me high priority tasks", "You have 1 open high-priority task:", ["essay"]),
        ("tasks without a date", "You have 1 open task without a date:", ["undated"]),
        ("find essay", "I found 1 task with “essay”:", ["essay"]),
        ("anything about old?", "I found 1 task with “old”:", ["old"]),
        ("did I finish old?", "**old** is done:", ["old"]),
        ("is the essay done?", "**essay** is open, due Fri 27 Nov:", ["essay"]),
    ]:
        assert (text, talk.say(text)) == (text, answer)
        assert talk.listed() == titles
        assert not talk.has_changed
    assert talk.say("what is due tomorrow?") == "Nothing is due tomorrow."
    assert talk.say("how many tasks are open?") == "You have 5 open tasks."
    assert talk.say("find unicorn") == "I found no tasks with “unicorn”."
    assert talk.all() == before


def test_nothing_is_overdue(talk: Talk):
    assert talk.say("what's overdue?") == "Nothing is overdue."
    assert not talk.widgets("ListView")


def test_completed_tasks_are_found_by_the_day_of_their_completion(store: Flask, ada: User):
    talk = Talk(ada, now=datetime.now(UTC))
    talk.make("milk")
    talk.say("done milk")
    assert talk.say("what did I finish today?") == "You have 1 completed task today:"
    assert talk.listed() == ["milk"]
    talk.now += timedelta(days=1)
    assert talk.say("done today") == "I found no completed tasks today."


def test_a_long_list_shows_its_first_tasks(talk: Talk):
    for number in range(21):
        talk.make(f"t{number:02}", TODAY)
    answer = talk.say("what is due today?")
    assert answer == "21 tasks are due today. Here are the first 20:"
    assert len(talk.listed()) == 20


# Changing


def test_everything_overdue_is_moved_and_keeps_its_time(talk: Talk):
    talk.make("a", berlin("2026-11-23 08:00"))
    talk.make("b", YESTERDAY)
    talk.make("c", berlin("2026-11-25 09:00"))
    before = {title: task.due_date for title, task in talk.all().items()}
    assert talk.say("move everything overdue to tomorrow") == "Moved 3 tasks to tomorrow."
    assert talk.receipt() == "3 tasks changed"
    found = talk.all()
    assert {title: task.due_date for title, task in found.items()} == {
        "a": berlin("2026-11-26 08:00"),
        "b": TOMORROW,
        "c": berlin("2026-11-26 09:00"),
    }
    assert {task.version for task in found.values()} == {2}
    talk.say("undo")
    assert {title: task.due_date for title, task in talk.all().items()} == before


def test_a_task_is_completed_by_words_or_by_its_number(talk: Talk):
    talk.make("milk")
    talk.make("late report", TODAY)
    talk.make("late fee", TOMORROW)
    assert talk.say("done milk") == "Completed **milk**."
    assert talk.say("done late").startswith("2 tasks are like “late”. Which one?")
    assert talk.listed() == ["late report", "late fee"]
    assert not talk.has_changed
    assert talk.say("done 2") == "Completed **late fee**."
    assert talk.say("done milk") == "That is so already; I changed nothing."


@pytest.mark.parametrize("words", ["cafe", "menu cafe", "CAFÉ"])
def test_a_task_is_found_without_its_accents_and_in_any_order(talk: Talk, words: str):
    talk.make("Print the café menu")
    assert talk.say(f"find {words}") == f"I found 1 task with “{words}”:"
    assert talk.listed() == ["Print the café menu"]
    talk.say(f"done {words}")
    assert talk.all()["Print the café menu"].completed


@pytest.mark.parametrize(
    ("answer", "completed"),
    [
        ("2", {"late fee"}),
        ("the first", {"late report"}),
        ("the last one", {"late fee"}),
        ("both", {"late report", "late fee"}),
        ("1 and 2", {"late report", "late fee"}),
        ("late fee", {"late fee"}),
        ("3", set()),
        ("no", set()),
    ],
)
def test_the_question_which_one_is_answered(talk: Talk, answer: str, completed: set[str]):
    talk.make("late report", TODAY)
    talk.make("late fee", TOMORROW)
    talk.say("done late")
    talk.say(answer)
    assert {title for title, task in talk.all().items() if task.completed} == completed
    assert set(talk.all()) == {"late report", "late fee"}


def test_which_one_is_answered_only_in_the_next_turn(talk: Talk):
    talk.make("late report", TODAY)
    talk.make("late fee", TOMORROW)
    talk.say("done late")
    talk.say("hello")
    assert talk.say("2") == "I did not ask anything."


def test_numbers_count_in_the_list_last_shown(talk: Talk):
    for title in ("a", "b", "c"):
        talk.make(title, TODAY)
    assert talk.say("done 2").startswith("There is no list to count in.")
    talk.say("today")
    talk.say("done 1")
    talk.say("hello")
    assert talk.say("done 3") == "Completed **c**."
    assert talk.say("done 4") == "The last list has no number 4."
    assert talk.say("reopen 1 and 3") == "Reopened 2 tasks."


def test_several_commands_are_one_change(talk: Talk):
    talk.make("milk")
    talk.make("report", TODAY)
    before = {title: fields(task) for title, task in talk.all().items()}
    talk.say("done milk, add eggs tomorrow and move the report to friday")
    found = talk.all()
    assert found["milk"].completed
    assert found["eggs"].due_date == TOMORROW
    assert found["report"].due_date == FRIDAY
    assert talk.receipt() == "1 task added, 2 changed"
    assert talk.say("undo") == "Undone: 3 tasks are as they were."
    assert {title: fields(task) for title, task in talk.all().items()} == before


def test_the_rest_is_the_rest_of_the_list(talk: Talk):
    for title in ("report", "milk", "eggs"):
        talk.make(title, YESTERDAY)
    talk.make("other", TODAY)
    talk.say("what's overdue?")
    talk.say("move the report to friday, the rest to monday")
    found = {title: task.due_date for title, task in talk.all().items()}
    assert found == {"report": FRIDAY, "milk": MONDAY, "eggs": MONDAY, "other": TODAY}


Change = tuple[str, str, dict[str, Any]]

# (what is said of the task "milk", answer, changed fields)
CHANGES: list[Change] = [
    ("postpone milk by a day", "Moved **milk** to tomorrow, 17:00.", {"due": "2026-11-26 17:00"}),
    ("postpone milk by 2 hours", "", {"due": "2026-11-25 19:00"}),
    ("push milk back a week", "", {"due": "2026-12-02 17:00"}),
    ("push milk to 3pm", "Moved **milk** to today, 15:00.", {"due": "2026-11-25 15:00"}),
    ("milk is due friday", "", {"due": "2026-11-27 17:00"}),
    ("move milk to friday 9am", "", {"due": "2026-11-27 09:00"}),
    ("move milk a day earlier", "", {"due": "2026-11-24 17:00"}),
    ("remove the date of milk", "Removed the date of **milk**.", {"due": None}),
    ("tag milk with #shop", "Tagged **milk** with #shop.", {"tags": ["home", "shop"]}),
    ("tag milk #a #b", "", {"tags": ["a", "b", "home"]}),
    ("remove #home from milk", "Removed #home from **milk**.", {"tags": []}),
    ("set milk to high", "Set **milk** to high.", {"priority": "high"}),
    ("milk is urgent", "Set **milk** to high.", {"priority": "high"}),
    ("remove the priority of milk", "", {"priority": None}),
    ("rename milk to oat milk", "Renamed it to **oat milk**.", {"title": "oat milk"}),
    ("note on milk: only organic; no sugar", "", {"description": "only organic; no sugar"}),
    ("I finished milk", "Completed **milk**.", {"completed": True}),
    ("mark milk as done", "Completed **milk**.", {"completed": True}),
    ("MILK is done.", "Completed **milk**.", {"completed": True}),
]


def milk(talk: Talk) -> dict[str, Any]:
    (task,) = talk.all().values()
    found = fields(task)
    due = found.pop("due_date")
    found["due"] = f"{due.astimezone(BERLIN):%Y-%m-%d %H:%M}" if due else None
    return found | {"tags": [tag.name for tag in task.tags]}


@pytest.mark.parametrize(("text", "answer", "changed"), CHANGES)
def test_a_task_is_changed(talk: Talk, text: str, answer: str, changed: dict[str, Any]):
    talk.make("milk", berlin("2026-11-25 17:00"), priority="low", tags=["home"])
    before = milk(talk)
    assert talk.say(text).startswith(answer)
    assert milk(talk) == before | changed
    assert talk.receipt() == "1 task changed"
    talk.say("undo")
    assert milk(talk) == before


def test_what_is_so_already_is_not_changed(talk: Talk):
    talk.make("buy stamps")
    assert talk.say("set buy stamps to high") == "Set **buy stamps** to high."
    assert talk.say("set buy stamps to high") == "That is so already; I changed nothing."
    assert talk.all()["buy stamps"].version == 2
    assert not talk.has_changed


def test_a_task_without_a_date_is_not_postponed(talk: Talk):
    talk.make("milk")
    assert talk.say("postpone milk by a day") == "**milk** has no date that could be moved."
    assert not talk.has_changed


def test_a_day_has_no_hours_to_move(talk: Talk):
    talk.make("milk", TODAY)
    assert talk.say("postpone milk by 2 hours") == "**milk** has no time that could be moved."
    assert talk.all()["milk"].due_date == TODAY


def test_a_date_may_not_be_beyond_the_calendar(talk: Talk):
    talk.make("milk", date(9990, 1, 1))
    with pytest.raises(Failed):
        talk.say("postpone milk by 900 months")
    assert talk.all()["milk"].version == 1


def test_a_month_later_is_at_most_the_last_day_of_the_month(talk: Talk):
    talk.make("milk", date(2027, 1, 31))
    talk.say("postpone milk by a month")
    assert talk.all()["milk"].due_date == date(2027, 2, 28)


def test_a_time_keeps_its_clock_when_the_clocks_change(talk: Talk):
    talk.make("milk", berlin("2027-03-27 12:00"))
    talk.say("postpone milk by a day")
    assert talk.all()["milk"].due_date == berlin("2027-03-28 12:00")


def test_tasks_that_are_not_found_do_not_stop_the_others(talk: Talk):
    talk.make("milk")
    talk.make("bread")
    answer = talk.say("done milk, eggs and bread")
    assert answer == "I found no task like “eggs”.\n\nCompleted 2 tasks."
    assert talk.say("undo") == "Undone: 2 tasks are as they were."


def test_a_title_with_and_is_one_task(talk: Talk):
    talk.make("salt and pepper")
    talk.make("salt")
    talk.say("done salt and pepper")
    assert {title for title, one in talk.all().items() if one.completed} == {"salt and pepper"}


def test_an_open_task_comes_before_a_completed_one(talk: Talk):
    talk.make("milk", completed=True)
    talk.make("oat milk")
    assert talk.say("done milk") == "Completed **oat milk**."


def test_a_title_with_the_word_to_is_renamed(talk: Talk):
    talk.make("letter to mum")
    talk.say("rename letter to mum to letter to dad")
    assert set(talk.all()) == {"letter to dad"}


def test_notes_are_added_to_the_description(talk: Talk):
    talk.make("milk")
    talk.say("note on milk: organic")
    talk.say("add a note to milk: 2 bottles")
    assert talk.all()["milk"].description == "organic\n2 bottles"
    talk.say("describe milk as cow's milk")
    assert talk.all()["milk"].description == "cow's milk"


def test_all_tags_are_removed(talk: Talk):
    talk.make("milk", tags=["a", "b"])
    assert talk.say("untag milk") == "Removed all tags from **milk**."
    assert talk.all()["milk"].tags == []


def test_a_tag_may_have_at_most_50_characters(talk: Talk):
    talk.make("milk")
    with pytest.raises(Failed):
        talk.say("tag milk with #" + "x" * 51)
    assert talk.all()["milk"].tags == []


def test_too_many_commands_change_nothing(talk: Talk):
    talk.make("milk")
    answer = talk.say("done milk; " * 26)
    assert answer == "At most 25 commands fit in a message. I changed nothing."
    assert not talk.all()["milk"].completed


def test_it_is_the_task_of_the_last_answer(talk: Talk):
    talk.say("add milk today")
    talk.say("move it to friday")
    assert talk.all()["milk"].due_date == FRIDAY
    talk.say("add eggs tomorrow and set it to high")
    assert talk.all()["eggs"].priority == "high"


def test_many_tasks_are_changed_after_a_question(talk: Talk):
    for number in range(37):
        talk.make(f"t{number}")
    talk.say("done all")
    assert talk.card()[0] == "Complete 37 tasks?"
    assert talk.card()[-3:] == ["and 27 more", "Complete", "Cancel"]
    assert not any(task.completed for task in talk.all().values())
    talk.say("yes")
    assert all(task.completed for task in talk.all().values())


# Deleting


def test_completed_tasks_are_deleted_after_a_question(talk: Talk):
    talk.make("a", completed=True)
    talk.make("b", completed=True)
    talk.make("c")
    before = talk.all()
    talk.say("delete all done tasks")
    assert talk.card()[0] == "Delete 2 tasks?"
    assert talk.card()[-2:] == ["Delete", "Keep"]
    assert talk.all() == before
    assert talk.say("no") == "Nothing was changed."
    talk.say("delete all done tasks")
    assert talk.say("yes") == "2 tasks deleted."
    assert set(talk.all()) == {"c"}
    talk.say("undo")
    assert {t: fields(one) for t, one in talk.all().items()} == {
        t: fields(one) for t, one in before.items()
    }


def test_one_card_asks_about_everything_in_a_message(talk: Talk):
    talk.make("milk")
    talk.say("buy stamps; delete milk")
    rows = ["Add “buy stamps”?", "Delete 1 task?", "milk"]
    assert talk.card() == ["Do all of this?", *rows, "Do it", "Cancel"]
    assert talk.say("yes") == "1 task added, 1 deleted."
    assert set(talk.all()) == {"buy stamps"}


def test_yes_answers_only_the_card_of_the_turn_before(talk: Talk):
    talk.make("victim")
    talk.say("delete victim")
    talk.say("add something else")
    assert talk.say("yes") == "I did not ask anything."
    assert set(talk.all()) == {"victim", "something else"}


def test_more_tasks_than_a_card_can_hold_are_counted(talk: Talk):
    with write(talk.user) as transaction:
        values = {
            "description": None, "completed": True, "priority": None, "due_date": None, "tags": []
        }  # fmt: skip
        tasks.create(transaction, ({**values, "title": f"t{n}"} for n in range(1234)))
    talk.say("delete all done tasks")
    assert talk.card()[0] == "Delete the first 1,000 of 1,234 tasks?"
    assert talk.say("yes") == "1,000 tasks deleted."


def test_a_command_that_fits_no_task_may_be_a_task(talk: Talk):
    assert talk.say("delete old files from laptop tomorrow").startswith("I found no task")
    assert talk.card()[0] == "Add “delete old files from laptop” (tomorrow)?"
    talk.say("yes")
    assert set(talk.all()) == {"delete old files from laptop"}


@pytest.mark.parametrize(
    ("text", "offer"),
    [
        ("move the piano to monday", "Add “move the piano to monday”?"),
        ("the flight is at 5pm friday", "Add “the flight” (Fri 27 Nov, 17:00)?"),
        ("tell bob it is urgent", "Add “tell bob it is urgent”?"),
        ("done piano", None),
        ("set piano to high", None),
        ("done 3", None),
    ],
)
def test_what_may_be_offered_as_a_task(talk: Talk, text: str, offer: str | None):
    talk.say(text)
    assert [card["children"][0]["value"] for card in talk.widgets()] == ([offer] if offer else [])
    assert talk.all() == {}


# Undo, plans and words


def test_changes_are_undone_one_after_another(talk: Talk):
    talk.make("c1")
    for text in ("add a1 tomorrow", "done a1", "set c1 to low"):
        talk.say(text)
    answers = [talk.say("undo") for _ in range(5)]
    assert answers[:3] == ["Undone: 1 task is as it was."] * 3
    assert answers[3:] == ["There is nothing to undo here."] * 2
    assert {title: task.priority for title, task in talk.all().items()} == {"c1": None}


def test_what_was_changed_elsewhere_is_not_undone(talk: Talk):
    talk.say("add milk tomorrow")
    with write(talk.user) as transaction:
        (task,) = page(transaction, TaskListQuery()).tasks
        tasks.update(transaction, task, {"title": "oat milk"})
    answer = "It was changed meanwhile, so it can't be undone."
    assert [talk.say("undo"), talk.say("undo")] == [answer, answer]
    assert set(talk.all()) == {"oat milk"}


def test_the_day_is_planned(talk: Talk):
    assert talk.say("plan my day") == (
        "Nothing is due today and nothing is urgent. Enjoy your day!"
    )
    talk.make("low late", YESTERDAY, priority="low")
    talk.make("high late", YESTERDAY, priority="high")
    talk.make("evening", berlin("2026-11-25 18:00"))
    talk.make("noon", berlin("2026-11-25 12:00"))
    talk.make("passed", berlin("2026-11-25 09:00"))
    for number in range(6):
        talk.make(f"urgent {number}", priority="high")
    talk.make("someday")
    assert talk.say("plan my day") == (
        "3 tasks are overdue, 2 are due today and 6 are urgent without a date:"
    )
    assert talk.listed()[:5] == ["high late", "low late", "passed", "noon", "evening"]
    assert len(talk.listed()) == 10
    assert not talk.has_changed


def test_the_week_is_planned_by_a_card(talk: Talk):
    talk.make("due", TODAY)
    talk.make("late", YESTERDAY)
    talk.make("low", priority="low")
    talk.make("high", priority="high")
    before = talk.all()
    talk.say("plan my week, at most 2 a day")
    assert talk.card() == [
        "Move 3 tasks?",
        "late → today",
        "high → tomorrow",
        "low → tomorrow",
        "Move",
        "Cancel",
    ]
    assert talk.all() == before
    talk.say("yes")
    found = {title: task.due_date for title, task in talk.all().items()}
    assert found == {"due": TODAY, "late": TODAY, "high": TOMORROW, "low": TOMORROW}


@pytest.mark.parametrize(
    "text",
    [
        "should I move the report?",
        "should I move the report and delete milk?",
        "what does delete do?",
        "did I finish milk?",
        "delete milk?",
        "don't delete milk",
        "what is the meaning of life?",
        "help",
        "thanks",
        "yes",
        "no",
        "2",
        "both",
        "undo",
        "empty the trash",
    ],
)
def test_questions_and_polite_words_change_nothing(talk: Talk, text: str):
    talk.make("report", TODAY)
    talk.make("milk")
    before = talk.all()
    assert talk.say(text)
    assert talk.all() == before
    assert not talk.has_changed


def test_what_is_not_understood_is_answered_with_help(talk: Talk):
    answer = talk.say("what is the meaning of life?")
    assert answer == f"I did not understand that.\n\n{HELP}"


def test_no_message_makes_the_assistant_fail(talk: Talk):
    pieces = [
        *("done", "milk", "eggs", "move", "delete", "all", "tasks", "overdue", "to", "friday"),
        *("tag", "#home", "set", "high", "rename", "add", "and", ",", ";", "yes", "no", "2", "1"),
        *("undo", "what", "is", "today", "it", "them", "the rest", "by", "2 days", "plan my week"),
        *("note on milk:", "reopen", "mark", "as", "?", "both", "tomorrow", "every monday", "\n-"),
    ]
    choose = random.Random(1)
    talk.make("milk", TODAY)
    for _ in range(300):
        answer = talk.say(" ".join(choose.choices(pieces, k=choose.randint(1, 8))))
        assert answer
